// SPDX-License-Identifier: MIT
//
// The fast road: a message of fixed fields, to and from the exact bytes of its canonical form.
//
// The reader knows at every byte what must follow, so it neither looks keys up nor proves JSON. It
// never refuses: what is not canonical to the byte is left to the strict decoder, which alone says
// what is wrong. So strictness costs nothing where both ends speak canonically, and they do.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <jamnet/jsonmidi/schema.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi::detail {

inline constexpr std::int64_t max_seq = (std::int64_t{1} << 53) - 1;

/// `,"name":` for each key.
inline constexpr auto key_texts = [] {
  std::array<std::array<char, 32>, key_names.size()> texts{};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::size_t size = 0;
    for (const std::string_view part : {std::string_view{",\""}, key_names[i], {"\":"}})
      for (const char c : part) texts[i][size++] = c;
  }
  return texts;
}();
[[nodiscard]] constexpr std::string_view key_text(key k) noexcept {
  return {key_texts[k.index].data(), key_names[k.index].size() + 4};
}

inline constexpr std::string_view type_text = R"({"type":")";
inline constexpr std::string_view time_text = R"(","timestamp":)";

class canonical_reader {
public:
  explicit canonical_reader(std::string_view text) noexcept
      : at_{text.data()},
        end_{text.data() + text.size()} {}

  /// Takes this text if it comes next.
  bool take(std::string_view text) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < text.size()) return false;
    if (std::memcmp(at_, text.data(), text.size()) != 0) return false;
    at_ += text.size();
    return true;
  }
  /// Takes what comes before the next quote.
  std::string_view take_word() noexcept {
    const char* const begin = at_;
    while (at_ != end_ && *at_ != '"') ++at_;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }
  /// Takes an integer of up to 18 digits in its shortest form.
  bool take_integer(std::int64_t& out, std::int64_t min, std::int64_t max) noexcept {
    const bool negative = at_ != end_ && *at_ == '-';
    at_ += negative;
    const char* const begin = at_;
    std::int64_t value = 0;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9' && at_ - begin < 18)
      value = value * 10 + (*at_++ - '0');
    if (at_ == begin || (*begin == '0' && (negative || at_ - begin > 1))) return false;
    out = negative ? -value : value;
    return out >= min && out <= max;
  }
  bool at_end() const noexcept { return at_ == end_; }

private:
  const char* at_;
  const char* end_;
};

/// Reads a canonical line; false, and `out` unspecified, for any other text. [rt-safe] O(1)
[[nodiscard]] inline bool try_canonical(std::string_view line, midi_event& out) noexcept {
  canonical_reader in{line};
  std::int64_t value = 0;
  if (!in.take(type_text)) return false;
  const message* const row = find_message(in.take_word());
  if (!row || !in.take(time_text) || !in.take_integer(value, INT64_MIN, INT64_MAX)) return false;
  out.time = session_time{nanoseconds{value}};
  out.seq = midi_event::no_seq;
  out.packet = {};
  if (in.take(key_text("seq"))) {
    if (!in.take_integer(value, 0, max_seq)) return false;
    out.seq = static_cast<std::uint64_t>(value);
  }
  std::uint32_t word = row->word;
  if (row->has_group() && in.take(key_text("group"))) {
    if (!in.take_integer(value, 1, 15)) return false;
    word |= static_cast<std::uint32_t>(value) << 24;
  }
  for (const field& f : row->fields) {
    if (f.max == 0) break;
    if (!in.take(key_text(f.name)) || !in.take_integer(value, f.min, f.max)) return false;
    word |= f.to_bits(value);
  }
  out.packet.words[0] = word;
  return in.take("}") && in.at_end();
}

/// Writes the canonical line of a packet of this row to `to`, which has room for any, and returns
/// its size. [rt-safe] O(1)
[[nodiscard]] inline std::size_t write_canonical(const midi_event& e, const message& row,
                                                 char* to) noexcept {
  char* at = to;
  const auto put = [&](std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    at += text.size();
  };
  const auto integer = [&](auto value) { at = std::to_chars(at, at + 20, value).ptr; };
  const std::uint32_t word = e.packet.words[0];

  put(type_text);
  put(row.name);
  put(time_text);
  integer(e.time.time_since_epoch().count());
  if (e.seq != midi_event::no_seq) {
    put(key_text("seq"));
    integer(e.seq);
  }
  if (row.has_group() && e.packet.group() != 0) {
    put(key_text("group"));
    integer(e.packet.group());
  }
  for (const field& f : row.fields) {
    if (f.max == 0) break;
    put(key_text(f.name));
    integer(static_cast<std::uint32_t>(f.from_bits(word)));
  }
  put("}");
  return static_cast<std::size_t>(at - to);
}

} // namespace jamnet::inline v0::jsonmidi::detail
