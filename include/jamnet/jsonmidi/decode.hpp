// SPDX-License-Identifier: MIT
//
// A line of JSONMIDI as packets: strict about everything, indifferent to the order of keys.
//
//     if (auto event = jsonmidi::decode(line)) use(*event);
//     else log(event.error());                       // value_range, detail 61: the offset
//
// A line is judged whole before anything of it is delivered, and nothing is stored meanwhile: a
// SysEx of 64 KiB is checked, then read again packet by packet. MIDI 2.0, flex data and stream
// messages by name are type_unknown so far; as `ump` they pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <jamnet/core/result.hpp>
#include <jamnet/jsonmidi/canonical.hpp>
#include <jamnet/jsonmidi/encode.hpp>
#include <jamnet/jsonmidi/members.hpp>
#include <jamnet/jsonmidi/schema.hpp>
#include <jamnet/jsonmidi/sysex.hpp>
#include <jamnet/midi/byte_stream.hpp>

namespace jamnet::inline v0::jsonmidi {

/// What a decoder takes at most.
struct limits {
  std::size_t line = std::size_t{1} << 20; ///< bytes
  std::size_t data = max_data_size;        ///< elements of `data`
};

/// The event on a line of one packet; needs_packets, at its data, for a SysEx of several. Any other
/// failure says why the line is refused and at which byte: at the value or the key at fault, or at
/// the closing brace when a key is missing. [any-thread] [rt-safe] O(line)
[[nodiscard]] result<midi_event> decode(std::string_view line, const limits& most = {}) noexcept;

/// Calls `sink(const midi_event&)` for each packet of the line, in order, and returns how many. A
/// refused line delivers none. [any-thread] [rt-safe] if the sink is; O(line)
template <class Sink>
[[nodiscard]] result<std::size_t> decode_packets(std::string_view line, Sink&& sink,
                                                 const limits& most = {});

namespace detail {

class line_decoder {
public:
  line_decoder(std::string_view text, const limits& most) noexcept
      : text_{text},
        most_{most},
        members_{text} {}

  bool prove() noexcept {
    if (text_.size() > most_.line) return members_.fail(errc::line_too_long, most_.line);
    return members_.prove() && prove_type() && prove_raw_bytes();
  }
  failure error() const noexcept { return members_.error(); }

  std::size_t packets() const noexcept { return packets_; }
  std::size_t data_offset() const noexcept { return members_.offset("data"); }

  /// Calls `bool sink(const midi_event&)` for each packet, until it is false.
  template <class Sink>
  bool deliver(Sink&& sink) const;

private:
  bool prove_type() noexcept;
  bool prove_common(bool has_group) noexcept;
  bool prove_fields(const message& row) noexcept;
  bool prove_sysex() noexcept;
  bool prove_words() noexcept;
  bool prove_raw_bytes() noexcept;
  bool raw_bytes_are(bool words) const noexcept;

  std::string_view text_;
  limits most_;
  members<key_index> members_;
  midi_event event_{}; // complete, but for the data of a SysEx
  bool sysex_ = false; // then event_'s packet is an empty one of its form and group
  std::size_t packets_ = 1;
  bool midi2_ = false;
};

} // namespace detail

template <class Sink>
result<std::size_t> decode_packets(std::string_view line, Sink&& sink, const limits& most) {
  midi_event event;
  if (line.size() <= most.line && detail::try_canonical(line, event)) {
    sink(event);
    return std::size_t{1};
  }
  detail::line_decoder decoder{line, most};
  if (!decoder.prove()) return decoder.error();
  decoder.deliver([&](const midi_event& e) {
    sink(e);
    return true;
  });
  return decoder.packets();
}

inline result<midi_event> decode(std::string_view line, const limits& most) noexcept {
  midi_event event;
  if (line.size() <= most.line && detail::try_canonical(line, event)) return event;
  detail::line_decoder decoder{line, most};
  if (!decoder.prove()) return decoder.error();
  if (decoder.packets() > 1)
    return failure{errc::needs_packets, static_cast<std::uint32_t>(decoder.data_offset())};
  decoder.deliver([&](const midi_event& e) {
    event = e;
    return true;
  });
  return event;
}

namespace detail {

inline bool line_decoder::prove_type() noexcept {
  std::array<char, 64> scratch;
  std::string_view name;
  if (!members_.try_word("type", scratch, name)) return false;
  if (name == "systemExclusive") return prove_sysex();
  if (name == "ump") return prove_words();
  if (const message* row = find_message(name)) return prove_fields(*row);
  return members_.fail(errc::type_unknown, members_.offset("type"));
}

// What any message may carry.
inline bool line_decoder::prove_common(bool has_group) noexcept {
  static constexpr std::array<std::string_view, 2> protocols{"midi1", "midi2"};
  std::int64_t time = 0, seq = 0, group = 0;
  std::size_t protocol = 0;
  if (!members_.try_integer("timestamp", time, INT64_MIN, INT64_MAX)) return false;
  if (members_.has("seq") && !members_.try_integer("seq", seq, 0, max_seq)) return false;
  if (members_.has("protocol") && !members_.try_choice("protocol", protocols, protocol))
    return false;
  if (has_group && members_.has("group") && !members_.try_integer("group", group, 0, 15))
    return false;
  event_.time = session_time{nanoseconds{time}};
  if (members_.has("seq")) event_.seq = static_cast<std::uint64_t>(seq);
  event_.packet.words[0] = static_cast<std::uint32_t>(group) << 24;
  midi2_ = protocol == 1;
  return true;
}

inline bool line_decoder::prove_fields(const message& row) noexcept {
  if (!prove_common(row.has_group())) return false;
  const bool voice = row.word >> 28 == static_cast<std::uint32_t>(ump_type::midi1_voice);
  if (voice && midi2_) return members_.fail(errc::type_unknown, members_.offset("type"));
  for (const key k : row.refused)
    if (k != key{} && members_.has(k)) return members_.fail(errc::value_range, members_.offset(k));
  std::uint32_t word = row.word;
  for (const field& f : row.fields) {
    std::int64_t value = 0;
    if (f.max == 0) break;
    if (!members_.try_integer(f.name, value, f.min, f.max)) return false;
    word |= f.to_bits(value);
  }
  event_.packet.words[0] |= word;
  return true;
}

inline bool line_decoder::prove_sysex() noexcept {
  static constexpr std::array<std::string_view, 2> types{"sysex7", "sysex8"};
  std::size_t type = 0, form = 0;
  if (!prove_common(true)) return false;
  if (members_.has("sysexType") && !members_.try_choice("sysexType", types, type)) return false;
  if (type != 0) return members_.fail(errc::type_unknown, members_.offset("sysexType"));
  if (members_.has("streamId"))
    return members_.fail(errc::value_range, members_.offset("streamId"));
  if (members_.has("packet")) {
    const auto pieces = std::span{form_names}.subspan(1);
    if (!members_.try_choice("packet", pieces, form)) return false;
    ++form;
  }
  if (!members_.try_array("data")) return false;

  integer_array data{text_, members_.offset("data")};
  std::size_t size = 0;
  for (std::int64_t byte = 0; data.try_next(byte, 0, 127); ++size)
    if (size == most_.data) return members_.fail(errc::data_too_long, members_.offset("data"));
  if (!data.ok()) return members_.fail(data.error());
  event_.packet = empty_sysex7(event_.packet.group(), static_cast<ump_form>(form));
  packets_ = sysex7_packets(size);
  sysex_ = true;
  return true;
}

inline bool line_decoder::prove_words() noexcept {
  if (!prove_common(false) || !members_.try_array("words")) return false;
  integer_array words{text_, members_.offset("words")};
  ump& packet = event_.packet;
  std::size_t size = 0;
  for (std::int64_t word = 0; words.try_next(word, 0, UINT32_MAX); ++size)
    if (size < packet.words.size()) packet.words[size] = static_cast<std::uint32_t>(word);
  if (!words.ok()) return members_.fail(words.error());
  if (size != packet.size()) return members_.fail(errc::value_range, members_.offset("words"));

  // The words say the group; a `group` beside them may only say the same.
  const bool grouped = packet.type() != ump_type::utility && packet.type() != ump_type::stream;
  const std::int64_t own = packet.group();
  std::int64_t group = own;
  return !grouped || !members_.has("group") || members_.try_integer("group", group, own, own);
}

inline bool line_decoder::prove_raw_bytes() noexcept {
  if (!members_.has("rawBytes")) return true;
  if (!members_.try_array("rawBytes")) return false;
  integer_array raw{text_, members_.offset("rawBytes")};
  for (std::int64_t byte = 0; raw.try_next(byte, 0, 255);) {
  }
  if (!raw.ok()) return members_.fail(raw.error());
  return raw_bytes_are(false) || raw_bytes_are(true) ||
         members_.fail(errc::raw_bytes_mismatch, members_.offset("rawBytes"));
}

// Whether they are, to the last, the words of the packets, or else their MIDI 1.0 bytes.
inline bool line_decoder::raw_bytes_are(bool words) const noexcept {
  integer_array raw{text_, members_.offset("rawBytes")};
  std::int64_t byte = 0;
  const bool same = deliver([&](const midi_event& event) {
    const ump& packet = event.packet;
    std::array<std::uint8_t, 8> midi{};
    const std::size_t size = words ? 4 * packet.size() : to_bytes(packet, midi);
    if (size == 0 && !sysex_) return false; // it has no MIDI 1.0 bytes
    for (std::size_t i = 0; i < size; ++i)
      if (!raw.try_next(byte, 0, 255) || byte != (words ? packet.byte(i) : midi[i])) return false;
    return true;
  });
  return same && !raw.try_next(byte, 0, 255);
}

template <class Sink>
bool line_decoder::deliver(Sink&& sink) const {
  if (!sysex_) return sink(event_);
  integer_array data{text_, members_.offset("data")};
  const auto form = static_cast<ump_form>(event_.packet.status() >> 4);
  midi_event event = event_;
  for (std::size_t i = 0; i < packets_; ++i) {
    event.packet = empty_sysex7(event_.packet.group(), sysex7_form(form, i, packets_));
    std::int64_t byte = 0;
    for (std::size_t n = 0; n < sysex7_size && data.try_next(byte, 0, 127); ++n)
      add_sysex7_byte(event.packet, static_cast<std::uint8_t>(byte));
    if (!sink(event)) return false;
  }
  return true;
}

} // namespace detail

} // namespace jamnet::inline v0::jsonmidi
