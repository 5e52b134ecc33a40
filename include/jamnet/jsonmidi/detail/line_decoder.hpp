// SPDX-License-Identifier: MIT
//
// The strict road in: any JSON, keys in any order, and the reason for every refusal.
//
// The line is first proved to be an object without double keys (members.hpp), then its type, then
// its fields in the order of the tables; the first reason against it stands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <jamnet/core/errc.hpp>
#include <jamnet/json/string.hpp>
#include <jamnet/jsonmidi/detail/canonical_reader.hpp>
#include <jamnet/jsonmidi/detail/run.hpp>
#include <jamnet/jsonmidi/limits.hpp>
#include <jamnet/jsonmidi/members.hpp>
#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/midi/byte_stream.hpp>

namespace jamnet::inline v0::jsonmidi::detail {

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
  /// Where the data or the text of a run is.
  std::size_t data_offset() const noexcept {
    return members_.offset(row_ ? row_->fields.back().name : key{"words"});
  }

  bool is_sysex() const noexcept {
    return row_ && (row_->kind == variant::sysex7 || row_->kind == variant::sysex8);
  }
  failure unexpected_type() const noexcept {
    return {errc::type_unknown, static_cast<std::uint32_t>(members_.offset("type"))};
  }
  /// Expects a message that is not `ump`.
  const message& row() const noexcept { return *row_; }
  /// Its first packet, without the data of a run.
  const midi_event& event() const noexcept { return event_; }

  /// Calls `bool sink(const midi_event&)` for each packet, until it is false.
  template <class Sink>
  bool deliver(Sink&& sink) const;

private:
  bool prove_type() noexcept;
  bool prove_variant() noexcept;
  bool prove_common() noexcept;
  bool prove_field(const field& f) noexcept;
  bool prove_elements(const field& f) noexcept;
  bool prove_run(const field& f) noexcept;
  bool prove_words() noexcept;
  bool prove_raw_bytes() noexcept;
  bool raw_bytes_are(bool words) const noexcept;
  canonical_run plain_run() const noexcept {
    return {*row_, event_, text_.substr(members_.offset("data") + 1)};
  }
  template <class Next>
  bool deliver_run(Next&& next, const auto& sink) const;

  std::string_view text_;
  limits most_;
  members<key_index> members_;
  const message* row_ = nullptr; // null: `ump`
  midi_event event_{};           // complete, but for the data of a run
  std::size_t protocol_ = 0;     // 1: midi2
  std::size_t run_size_ = 0;     // how many bytes it has
  std::size_t packets_ = 1;
  bool plain_ = false; // data are written canonically
};

inline bool has_run(const message& row) noexcept {
  return !row.fields.empty() && row.fields.back().kind >= field_kind::data;
}

inline bool line_decoder::prove_type() noexcept {
  std::array<char, 64> scratch;
  std::string_view name;
  if (!members_.try_word("type", scratch, name)) return false;
  if (name == "ump") return prove_words();
  row_ = find_message(name);
  if (!row_) return members_.fail(errc::type_unknown, members_.offset("type"));
  if (!prove_common() || !prove_variant()) return false;
  event_.packet.words[0] |= row_->word;
  for (const field& f : row_->fields)
    if (!prove_field(f)) return false;
  return true;
}

// What any message may carry.
inline bool line_decoder::prove_common() noexcept {
  static constexpr std::array<std::string_view, 2> protocols{"midi1", "midi2"};
  const bool grouped = row_ && row_->has_group();
  std::int64_t time = 0, seq = 0, group = 0;
  if (!members_.try_integer("timestamp", time, INT64_MIN, INT64_MAX)) return false;
  if (members_.has("seq") && !members_.try_integer("seq", seq, 0, max_seq)) return false;
  if (members_.has("protocol") && !members_.try_choice("protocol", protocols, protocol_))
    return false;
  if (grouped && members_.has("group") && !members_.try_integer("group", group, 0, 15))
    return false;
  event_.time = session_time{nanoseconds{time}};
  if (members_.has("seq")) event_.seq = static_cast<std::uint64_t>(seq);
  event_.packet.words[0] = static_cast<std::uint32_t>(group) << 24;
  return true;
}

// Of two messages of one name the one that is meant.
inline bool line_decoder::prove_variant() noexcept {
  static constexpr std::array<std::string_view, 2> sysex_types{"sysex7", "sysex8"};
  std::size_t sysex = 0;
  if (row_->kind == variant::midi2_only && members_.has("protocol") && protocol_ == 0)
    return members_.fail(errc::value_range, members_.offset("protocol"));
  if (row_->kind == variant::sysex7 && members_.has("sysexType") &&
      !members_.try_choice("sysexType", sysex_types, sysex))
    return false;
  if (row_->kind == variant::midi1) row_ += protocol_;
  row_ += sysex;
  for (const key k : row_->refused)
    if (k != key{} && members_.has(k)) return members_.fail(errc::value_range, members_.offset(k));
  return true;
}

inline bool line_decoder::prove_field(const field& f) noexcept {
  if (f.when != presence::required && !members_.has(f.name)) return true;
  std::int64_t number = 0;
  std::size_t choice = 0;
  bool yes = false;
  switch (f.kind) {
  case field_kind::number:
    if (!members_.try_integer(f.name, number, f.min, f.max)) return false;
    break;
  case field_kind::boolean:
    if (!members_.try_bool(f.name, yes)) return false;
    number = yes;
    break;
  case field_kind::form:
    if (!members_.try_choice(f.name, std::span{form_names}.subspan(1), choice)) return false;
    number = static_cast<std::int64_t>(choice) + 1;
    break;
  case field_kind::part:
    if (!members_.try_choice(f.name, part_names, choice)) return false;
    number = static_cast<std::int64_t>(choice);
    break;
  case field_kind::bytes:
  case field_kind::pairs: return prove_elements(f);
  case field_kind::data:
  case field_kind::text: return prove_run(f);
  }
  event_.packet.words[f.word] |= f.to_bits(number);
  event_.packet.words[0] ^= f.flag;
  return true;
}

// An array of as many bytes, or pairs of half bytes, as the packet has room for.
inline bool line_decoder::prove_elements(const field& f) noexcept {
  if (!members_.try_array(f.name)) return false;
  json::reader in{text_, members_.offset(f.name)};
  std::size_t size = 0;
  const bool good = in.try_array([&](json::reader& element) {
    std::int64_t byte = 0, low = 0;
    std::size_t halves = 0;
    if (f.kind == field_kind::bytes) {
      if (!element.try_integer(byte, 0, f.max)) return false;
    } else {
      const std::size_t begin = element.offset();
      const bool pair = element.try_array([&](json::reader& half) {
        return half.try_integer(halves++ == 0 ? byte : low, 0, f.max);
      });
      if (!pair) return false;
      if (halves != 2) return element.fail(errc::value_range, begin);
      byte = byte << 4 | low;
    }
    if (size == f.count) return element.fail(errc::value_range, members_.offset(f.name));
    const std::size_t at = f.at + size++;
    event_.packet.words[at / 4] |= static_cast<std::uint32_t>(byte) << (24 - 8 * (at % 4));
    return true;
  });
  if (!good) return members_.fail(in.error());
  return size == f.count || members_.fail(errc::value_range, members_.offset(f.name));
}

// What may take several packets; how many, its size tells.
inline bool line_decoder::prove_run(const field& f) noexcept {
  std::uint8_t byte = 0;
  if (f.kind == field_kind::data) {
    if (!members_.try_array(f.name)) return false;
    if (canonical_run run = plain_run(); run.prove(most_.data)) {
      packets_ = run.packets();
      plain_ = true;
      return true;
    }
    integer_array data{text_, members_.offset(f.name)};
    for (std::int64_t value = 0; data.try_next(value, 0, f.max); ++run_size_)
      if (run_size_ == most_.data)
        return members_.fail(errc::data_too_long, members_.offset(f.name));
    if (!data.ok()) return members_.fail(data.error());
  } else {
    std::string_view raw;
    if (!members_.try_string(f.name, raw)) return false;
    for (json::string_bytes bytes{raw}; bytes.try_next(byte); ++run_size_) {
    }
  }
  packets_ = run_packets(f, run_size_);
  return true;
}

inline bool line_decoder::prove_words() noexcept {
  if (!prove_common() || !members_.try_array("words")) return false;
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
    if (size == 0 && packet.type() != ump_type::sysex7) return false; // it has no MIDI 1.0 bytes
    for (std::size_t i = 0; i < size; ++i)
      if (!raw.try_next(byte, 0, 255) || byte != (words ? packet.byte(i) : midi[i])) return false;
    return true;
  });
  return same && !raw.try_next(byte, 0, 255);
}

template <class Sink>
bool line_decoder::deliver(Sink&& sink) const {
  if (!row_ || !has_run(*row_)) return sink(event_);
  const field& f = row_->fields.back();
  if (plain_) {
    canonical_run run = plain_run();
    static_cast<void>(run.prove(most_.data));
    return run.deliver(sink);
  }
  if (f.kind == field_kind::text) {
    json::string_bytes text{members_.raw_string(f.name)};
    return deliver_run([&](std::uint8_t& byte) { return text.try_next(byte); }, sink);
  }
  integer_array data{text_, members_.offset(f.name)};
  const auto next = [&](std::uint8_t& byte) {
    std::int64_t value = 0;
    if (!data.try_next(value, 0, f.max)) return false;
    byte = static_cast<std::uint8_t>(value);
    return true;
  };
  return deliver_run(next, sink);
}

template <class Next>
bool line_decoder::deliver_run(Next&& next, const auto& sink) const {
  const run packets{*row_, event_.packet, run_size_};
  midi_event event = event_;
  for (std::size_t i = 0; i < packets.packets(); ++i) {
    std::array<std::uint8_t, 16> bytes;
    std::size_t size = 0;
    while (size < packets.capacity() && next(bytes[size])) ++size;
    event.packet = packets.packet(i, bytes.data(), size);
    if (!sink(event)) return false;
  }
  return true;
}

} // namespace jamnet::inline v0::jsonmidi::detail
