// SPDX-License-Identifier: MIT
//
// The JSONMIDI codec as a WebAssembly module: three functions over two buffers of its memory, which
// never grows. It imports nothing and allocates nothing. bassoon.js is its other half.
//
// `text` holds lines on their way in and out, `records` what they mean: of each line a head of
// eight words, and behind it the words of its packets. Time and seq are two words each, the low one
// first, because JavaScript reads two numbers faster than one BigInt.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#ifndef __cpp_lib_to_chars
// libc++ before 20 cannot read a double; no MIDI message has one.
namespace std {
from_chars_result from_chars(const char*, const char*, double&);
}
#endif

#include <jamnet/jsonmidi/decode.hpp>
#include <jamnet/jsonmidi/encode.hpp>
#include <jamnet/midi/data_message.hpp>

#define BASSOON_EXPORT(name) extern "C" [[clang::export_name(#name)]]

using namespace jamnet;

namespace {

constexpr std::size_t max_line = jsonmidi::limits{}.line;

alignas(64) std::array<char, 2 * max_line> text;
alignas(64) std::array<std::uint32_t, max_line> records;
std::array<std::uint8_t, jsonmidi::max_data_size> sysex_room;

struct head {
  std::int64_t time = 0;
  std::uint64_t seq = midi_event::no_seq;
  std::uint32_t end = 0;    // where in the text its line ends
  std::uint32_t code = 0;   // an errc; 0: the line is good
  std::uint32_t offset = 0; // of what is wrong, from the start of the line
  std::uint32_t words = 0;  // of all packets; 0: the line is refused, or blank
};
constexpr std::size_t head_words = sizeof(head) / 4;
static_assert(head_words == 8);

// No line makes more: the densest is text, of which twelve bytes fill a packet of four words.
constexpr std::size_t max_words(std::size_t line) {
  return head_words + std::min(line, max_line) / 2 + 4;
}
static_assert(max_words(max_line) < records.size());

// Writes the record of a line, and returns how many words it takes.
std::size_t write_record(std::string_view line, std::uint32_t* to) {
  head h;
  const auto packets = jsonmidi::decode_packets(line, [&](const midi_event& event) {
    h.time = event.time.time_since_epoch().count();
    h.seq = event.seq;
    for (std::size_t i = 0; i < event.packet.size(); ++i)
      to[head_words + h.words++] = event.packet.words[i];
  });
  if (!packets) {
    h.code = static_cast<std::uint32_t>(packets.error().code);
    h.offset = packets.error().detail;
  }
  h.end = static_cast<std::uint32_t>(line.data() + line.size() - text.data());
  std::memcpy(to, &h, sizeof h);
  return head_words + h.words;
}

ump take_packet(std::span<const std::uint32_t>& words) {
  ump packet;
  const std::size_t size = std::min(ump::word_count(words[0]), words.size());
  std::copy_n(words.begin(), size, packet.words.begin());
  words = words.subspan(size);
  return packet;
}

// Puts packets together that are one SysEx, or one piece of it, as a line of it is decoded: all of
// one stream, and each but the last full.
template <class Sysex>
bool try_join(std::span<const std::uint32_t> words, jsonmidi::system_exclusive& whole) {
  std::size_t size = 0;
  bool starts = false, ends = false;
  for (bool first = true; !words.empty(); first = false) {
    const auto part = Sysex::from(take_packet(words));
    const bool last = words.empty();
    if (!part || part->form == ump_form::complete || part->data.size() == 0) return false;
    unsigned stream = 0;
    if constexpr (requires { part->stream_id; }) stream = part->stream_id;
    if (first) {
      whole.group = part->group;
      whole.stream_id = static_cast<std::uint8_t>(stream);
    }
    const bool starts_here = part->form == ump_form::start, ends_here = part->form == ump_form::end;
    if (part->group != whole.group || stream != whole.stream_id) return false;
    if ((starts_here && !first) || (ends_here && !last) || (!part->data.full() && !last))
      return false;
    if (part->data.size() > sysex_room.size() - size) return false;
    std::copy_n(part->data.bytes().begin(), part->data.size(), sysex_room.begin() + size);
    size += part->data.size();
    starts |= starts_here;
    ends |= ends_here;
  }
  whole.data = bytes_view{sysex_room}.first(size);
  whole.form = starts ? (ends ? ump_form::complete : ump_form::start)
                      : (ends ? ump_form::end : ump_form::continued);
  return true;
}

} // namespace

BASSOON_EXPORT(text) char* text_begin() { return text.data(); }
BASSOON_EXPORT(text_size) std::size_t text_size() { return text.size(); }
BASSOON_EXPORT(records) std::uint32_t* records_begin() { return records.data(); }
BASSOON_EXPORT(records_size) std::size_t records_size() { return records.size(); }

/// Decodes one line of `size` bytes into one record.
BASSOON_EXPORT(decode) void decode(std::size_t size) {
  write_record({text.data(), size}, records.data());
}

/// Decodes what whole lines there are among `size` bytes, as far as there is room, each into one
/// record; returns how many words they take.
BASSOON_EXPORT(decode_lines) std::size_t decode_lines(std::size_t size) {
  std::string_view rest{text.data(), size};
  std::size_t used = 0;
  for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
    if (max_words(end) > records.size() - used) break;
    const std::string_view line = rest.substr(0, end);
    std::uint32_t* const to = &records[used];
    if (line.size() > max_line || line.find_first_not_of(" \t\r") != line.npos) {
      used += write_record(line, to);
    } else {
      const head blank{.end = static_cast<std::uint32_t>(line.data() + end - text.data())};
      std::memcpy(to, &blank, sizeof blank);
      used += head_words;
    }
    rest.remove_prefix(end + 1);
  }
  return used;
}

/// Encodes the event of the first record, and returns the size of its text, without a line end: one
/// line if it is one packet or one SysEx, or else one for each packet. 0 if it does not fit.
BASSOON_EXPORT(encode) std::size_t encode() {
  head h;
  std::memcpy(&h, records.data(), sizeof h);
  const session_time time{nanoseconds{h.time}};
  std::span<const std::uint32_t> words{&records[head_words], h.words};

  jsonmidi::system_exclusive sysex{.time = time, .seq = h.seq};
  if (words.size() > ump::word_count(words[0])) {
    const bool seven = try_join<sysex7>(words, sysex);
    sysex.type = seven ? jsonmidi::sysex_type::sysex7 : jsonmidi::sysex_type::sysex8;
    if (seven || try_join<sysex8>(words, sysex)) return jsonmidi::encode(sysex, text).size();
  }
  std::size_t size = 0;
  while (!words.empty()) {
    if (size != 0) text[size++] = '\n';
    if (text.size() - size <= jsonmidi::max_encoded_size) return 0;
    const midi_event event{.time = time, .seq = h.seq, .packet = take_packet(words)};
    size += jsonmidi::encode(event, std::span{text}.subspan(size)).size();
  }
  return size;
}
