// SPDX-License-Identifier: MIT
//
// The fast road in: a line that is canonical to the byte is read without looking keys up or proving
// JSON, because at every byte it is known what must follow.
//
// It never refuses: what is not canonical is left to the strict decoder, which alone says what is
// wrong. So strictness costs nothing where both ends speak canonically, and they do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <jamnet/json/digits.hpp>
#include <jamnet/jsonmidi/canonical_writer.hpp>
#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi::detail {

/// Goes through a text that is expected byte by byte.
class canonical_reader {
public:
  explicit canonical_reader(std::string_view text) noexcept
      : at_{text.data()},
        end_{text.data() + text.size()} {}

  /// Takes this text if it comes next.
  bool take(std::string_view text) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < text.size()) return false;
    if (!same_text(at_, text.data(), text.size())) return false;
    at_ += text.size();
    return true;
  }
  /// Takes what comes before the next quote.
  std::string_view take_word() noexcept {
    const char* const begin = at_;
    while (at_ != end_ && *at_ != '"') ++at_;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }
  /// Takes an integer of up to 18 digits in its shortest form. Something came before it.
  bool take_integer(std::int64_t& out, std::int64_t min, std::int64_t max) noexcept {
    const bool negative = at_ != end_ && *at_ == '-';
    at_ += negative;
    const char* const begin = at_;
    json::detail::digit_run run = json::detail::leading_digits(next_eight());
    std::uint64_t value = run.value;
    at_ += run.size;
    while (run.size == 8 && at_ - begin <= 16) {
      run = json::detail::leading_digits(next_eight());
      value = value * json::detail::powers_of_ten[run.size] + run.value;
      at_ += run.size;
    }
    const auto size = at_ - begin;
    if (size == 0 || size > 18 || (*begin == '0' && (negative || size > 1))) return false;
    out = static_cast<std::int64_t>(negative ? 0 - value : value);
    return out >= min && out <= max;
  }
  bool at_end() const noexcept { return at_ == end_; }

private:
  // The next eight bytes, zeros behind the end. Eight bytes or more were taken before.
  std::uint64_t next_eight() const noexcept {
    const auto left = static_cast<std::size_t>(end_ - at_);
    if (left >= 8) return json::detail::load8(at_);
    return left == 0 ? 0 : json::detail::load8(end_ - 8) >> (64 - 8 * left);
  }

  const char* at_;
  const char* end_;
};

/// Reads a canonical line; false, and `out` unspecified, for any other text, and for what a text
/// makes: fields that are neither numbers nor booleans. [rt-safe] O(1)
[[nodiscard]] inline bool try_canonical(std::string_view line, midi_event& out) noexcept {
  canonical_reader in{line};
  std::int64_t value = 0;
  if (!in.take(type_text)) return false;
  const message* row = find_message(in.take_word());
  if (!row || !in.take(time_text) || !in.take_integer(value, INT64_MIN, INT64_MAX)) return false;
  out.time = session_time{nanoseconds{value}};
  out.seq = midi_event::no_seq;
  out.packet = {};
  if (in.take(key_text("seq"))) {
    if (!in.take_integer(value, 0, max_seq)) return false;
    out.seq = static_cast<std::uint64_t>(value);
  }
  if (row->kind == variant::midi1 && in.take(midi2_text)) ++row;
  std::uint32_t group = 0;
  if (row->has_group() && in.take(key_text("group"))) {
    if (!in.take_integer(value, 1, 15)) return false;
    group = static_cast<std::uint32_t>(value) << 24;
  }
  out.packet.words[0] = row->word | group;
  for (const field& f : row->fields) {
    if (f.kind > field_kind::boolean) return false;
    if (!in.take(key_text(f.name))) {
      if (f.when == presence::required) return false;
      continue;
    }
    if (f.kind == field_kind::boolean)
      value = in.take("true");
    else if (!in.take_integer(value, f.min, f.max))
      return false;
    if (f.kind == field_kind::boolean && value == 0 && !in.take("false")) return false;
    out.packet.words[f.word] |= f.to_bits(value);
    out.packet.words[0] ^= f.flag;
  }
  return in.take("}") && in.at_end();
}

} // namespace jamnet::inline v0::jsonmidi::detail
