// The messages that every codec here gets: a mix as players make it, four fifths notes, some
// controllers and bends, a little MIDI 2.0 and SysEx; and what general JSON parsers make of a line.
#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/jsonmidi/decode.hpp>
#include <jamnet/jsonmidi/encode.hpp>
#include <jamnet/midi/message.hpp>

namespace jamnet_bench {

using namespace jamnet;

inline constexpr std::size_t message_count = 16384; // a power of two; more than a cache predicts

/// One message: a packet, or a SysEx of several.
struct message_type {
  midi_event event;                // without its packet when there is data
  std::vector<std::uint8_t> sysex; // of seven bits
};

/// Where the packets of a line go, and how many there are.
inline constexpr std::size_t most_packets = 4;
using packets = std::array<midi_event, most_packets>;

inline message_type random_message(random_source& random) {
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random.next() % n); };
  const unsigned channel = 1 + below(4) + (below(4) == 0 ? below(12) : 0);
  const unsigned kind = below(1000), key = 24 + below(90), value = below(128);
  message_type m;
  ump& packet = m.event.packet;
  if (kind < 800) {
    packet = kind < 400 ? ump(note_on{channel, key, 1 + below(127)})
                        : ump(note_off{channel, key, below(2) == 0 ? 64 : value});
  } else if (kind < 900) {
    packet = control_change{channel, below(120), value};
  } else if (kind < 950) {
    packet = pitch_bend{channel, below(16384)};
  } else if (kind < 980) {
    const unsigned status = kind < 960 ? 0x8 : kind < 970 ? 0x9 : 0xb;
    packet.words[0] = 0x40000000u | status << 20 | (channel - 1) << 16 | key << 8;
    packet.words[1] = static_cast<std::uint32_t>(random.next());
    if (status != 0xb && below(4) != 0) packet.words[1] &= 0xffff0000; // few have attributes
  } else {
    m.sysex.resize(4 + below(20));
    for (auto& byte : m.sysex) byte = static_cast<std::uint8_t>(below(128));
  }
  return m;
}

inline std::string_view encode_jamnet(const message_type& m, std::span<char> to) {
  static jsonmidi::encoder encoder;
  if (m.sysex.empty()) return encoder.encode(m.event, to);
  return jsonmidi::encode({.time = m.event.time, .seq = m.event.seq, .data = m.sysex}, to);
}

inline std::size_t decode_jamnet(std::string_view line, packets& out) {
  std::size_t count = 0;
  static_cast<void>(jsonmidi::decode_packets(line, [&](const midi_event& e) { out[count++] = e; }));
  return count;
}

struct corpus_type {
  std::vector<message_type> messages;
  std::vector<std::string> lines;
  std::vector<std::vector<midi_event>> expected;
  std::string text; // all lines, each ended by LF
  std::vector<std::size_t> begins;

  explicit corpus_type(bool with_seq) {
    random_source random{1};
    std::int64_t time = 3'600'000'000'000; // the session is an hour old
    for (std::size_t i = 0; i < message_count; ++i) {
      std::array<char, jsonmidi::max_encoded_size> line;
      message_type m = random_message(random);
      time += static_cast<std::int64_t>(random.next() % 5'000'000);
      m.event.time = session_time{nanoseconds{time}};
      if (with_seq) m.event.seq = 100'000 + i;
      lines.emplace_back(encode_jamnet(m, line));
      packets all;
      const std::size_t count = decode_jamnet(lines.back(), all);
      expected.emplace_back(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
      messages.push_back(std::move(m));
      begins.push_back(text.size());
      text += lines.back() + '\n';
    }
    begins.push_back(text.size());
  }
  [[nodiscard]] std::string_view line(std::size_t i) const {
    return std::string_view{text}.substr(begins[i], begins[i + 1] - begins[i] - 1);
  }
};

consteval std::size_t key_of(jsonmidi::key k) { return k.index; }

/// The members of a line as a general parser hands them over, and the packets they make.
struct members {
  std::string_view type;
  bool midi2 = false;
  std::int64_t time = 0;
  std::uint64_t seq = midi_event::no_seq;
  std::array<std::int64_t, jsonmidi::key_names.size()> values; // those of the message's keys count
  std::array<std::uint8_t, 48> data;                           // up to 23, and what is read beyond
  std::size_t size = 0;

  /// Makes the packets of what was found and returns how many.
  [[nodiscard]] std::size_t assemble(packets& out) const {
    const jsonmidi::message* row = jsonmidi::find_message(type);
    if (row == nullptr) return 0;
    if (midi2) ++row;
    midi_event event{session_time{nanoseconds{time}}, seq, {{row->word}}};
    if (row->kind == jsonmidi::variant::sysex7) {
      const jsonmidi::detail::run run{*row, event.packet, size};
      for (std::size_t i = 0, at = 0; i < run.packets(); ++i, at += 6) {
        out[i] = event;
        out[i].packet = run.packet(i, &data[at], std::min<std::size_t>(6, size - at));
      }
      return run.packets();
    }
    for (const auto& f : row->fields) {
      const std::int64_t value = values[f.name.index];
      if (value < f.min || value > f.max) return 0;
      event.packet.words[f.word] |= f.to_bits(value);
    }
    out[0] = event;
    return 1;
  }

  /// Before each line: what may be absent.
  void reset() {
    midi2 = false;
    seq = midi_event::no_seq;
    size = 0;
    values[key_of("attributeType")] = values[key_of("attributeValue")] = 0;
  }
};

} // namespace jamnet_bench
