// SPDX-License-Identifier: MIT
//
// The members of one JSON object, read by key in whatever order they were written.
//
// Two passes, no allocation: the first proves that the text is one JSON object which gives no
// known key twice, and notes where each value starts; then values are read where they stand, as
// the caller comes to need them. Plain integers and words, which most values are, are read at once
// and kept. Unknown keys are checked and forgotten.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <jamnet/core/errc.hpp>
#include <jamnet/json/reader.hpp>
#include <jamnet/jsonmidi/detail/byte_list.hpp>
#include <jamnet/jsonmidi/name_index.hpp>

namespace jamnet::inline v0::jsonmidi {

/// The integers of an array in a text that is known to be JSON, one after the other.
class integer_array {
public:
  /// Begins at the opening bracket, at `offset`.
  integer_array(std::string_view text, std::size_t offset) noexcept
      : text_{text},
        in_{text, offset + 1} {}

  /// Takes the next element; false at the end and, then with !ok(), for an element of another type
  /// or outside its range. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool try_next(std::int64_t& out, std::int64_t min, std::int64_t max) noexcept {
    if (in_.peek() == json::kind::none || !in_.try_integer(out, min, max)) return false;
    static_cast<void>(in_.peek()); // over white space
    if (text_[in_.offset()] == ',') in_ = json::reader{text_, in_.offset() + 1};
    return true;
  }
  [[nodiscard]] bool ok() const noexcept { return in_.ok(); }
  [[nodiscard]] failure error() const noexcept { return in_.error(); }

private:
  std::string_view text_;
  json::reader in_;
};

/// `Keys` is a name_index. The first failure stays, and its detail is an offset into the text: of
/// the value at fault, of a key that came twice, of the closing brace when a key is missing.
template <const auto& Keys>
class members {
public:
  using key = indexed_name<Keys>;

  /// The text must outlive this.
  explicit members(std::string_view text) noexcept : text_{text} {}

  // All of these are [one-thread] [rt-safe].

  /// The first pass; nothing may be read before it. False when the text is not a JSON object, or
  /// has a known key twice. O(text)
  [[nodiscard]] bool prove() noexcept;

  [[nodiscard]] bool has(key k) const noexcept { return in(present_, k.index); }
  /// Where the value starts. Expects has(k).
  [[nodiscard]] std::size_t offset(key k) const noexcept { return at_[k.index]; }
  /// What the value is; `none` when it is absent.
  [[nodiscard]] json::kind kind(key k) const noexcept {
    return has(k) ? json::reader{text_, offset(k)}.peek() : json::kind::none;
  }

  // Each is false, with a failure, when the value is absent, of another type or out of range.

  [[nodiscard]] bool try_integer(key k, std::int64_t& out, std::int64_t min,
                                 std::int64_t max) noexcept {
    if (!require(k)) return false;
    if (in(integers_, k.index)) {
      out = values_[k.index];
      return (out >= min && out <= max) || fail(errc::value_range, offset(k));
    }
    json::reader value{text_, offset(k)};
    return value.try_integer(out, min, max) || fail(value.error());
  }
  [[nodiscard]] bool try_bool(key k, bool& out) noexcept {
    if (!require(k)) return false;
    json::reader in{text_, offset(k)};
    return in.try_bool(out) || fail(in.error());
  }
  [[nodiscard]] bool try_double(key k, double& out) noexcept {
    if (!require(k)) return false;
    json::reader in{text_, offset(k)};
    return in.try_double(out) || fail(in.error());
  }
  /// A string of up to `scratch.size()` bytes; a longer one is no word of any format, so it may
  /// come empty.
  [[nodiscard]] bool try_word(key k, std::span<char> scratch, std::string_view& out) noexcept;
  /// A string of any length, as it is written between its quotes.
  [[nodiscard]] bool try_string(key k, std::string_view& raw) noexcept {
    if (!require(k)) return false;
    if (kind(k) != json::kind::string) return fail(errc::json_type, offset(k));
    raw = raw_string(k);
    return true;
  }
  /// The same of a value that is known to be a string.
  [[nodiscard]] std::string_view raw_string(key k) const noexcept {
    if (in(words_, k.index))
      return text_.substr(offset(k) + 1, static_cast<std::size_t>(values_[k.index]));
    json::reader value{text_, offset(k)};
    std::string_view raw;
    static_cast<void>(value.try_raw(raw));
    return raw.substr(1, raw.size() - 2);
  }
  /// One of these strings, by its place among them.
  [[nodiscard]] bool try_choice(key k, std::span<const std::string_view> choices,
                                std::size_t& out) noexcept;
  /// An array; what is in it the caller reads as integer_array{text, offset(k)}.
  [[nodiscard]] bool try_array(key k) noexcept {
    if (!require(k)) return false;
    return kind(k) == json::kind::array || fail(errc::json_type, offset(k));
  }

  [[nodiscard]] failure error() const noexcept { return failure_; }
  /// Refuses the text; the first reason stays. Always false.
  bool fail(failure why) noexcept {
    if (failure_.code == errc{}) failure_ = why;
    return false;
  }
  bool fail(errc code, std::size_t offset) noexcept {
    return fail({code, static_cast<std::uint32_t>(offset)});
  }

private:
  bool prove_plain() noexcept;

  // Sets of keys.
  using key_set = std::array<std::uint64_t, (Keys.size() + 63) / 64>;
  static bool in(const key_set& set, std::size_t i) noexcept {
    return (set[i / 64] >> (i % 64) & 1) != 0;
  }
  static void add(key_set& set, std::size_t i) noexcept { set[i / 64] |= 1ull << (i % 64); }
  bool require(key k) noexcept { return has(k) || fail(errc::key_missing, end_); }

  std::string_view text_;
  key_set present_{};                                // the keys that are there
  key_set integers_{}, words_{};                     // and those whose value is kept
  std::array<std::uint32_t, Keys.size() + 1> at_;    // where; the last is for unknown keys
  std::array<std::int64_t, Keys.size() + 1> values_; // the integer, or the length of the word
  std::size_t end_ = 0;                              // of the closing brace
  failure failure_{};
};

template <const auto& Keys>
bool members<Keys>::prove() noexcept {
  if (prove_plain()) return true;
  present_ = integers_ = words_ = {};
  json::reader text{text_};
  const bool object = text.try_object([&](std::string_view name, json::reader& value) {
    const std::size_t i = Keys.find(name);
    if (i == Keys.none) return value.skip();
    if (in(present_, i)) return value.fail(errc::key_duplicate, value.key_offset());
    add(present_, i);
    at_[i] = static_cast<std::uint32_t>(value.offset());
    return value.skip();
  });
  end_ = text.offset() - 1;
  return (object && text.finish()) || fail(text.error());
}

// The same for text as it usually is, without escapes and with integers of up to sixteen digits,
// whose values it keeps. False says nothing: then prove() finds out.
template <const auto& Keys>
bool members<Keys>::prove_plain() noexcept {
  using json::detail::digit_run, json::detail::leading_digits, json::detail::load8,
      json::detail::not_plain, json::detail::powers_of_ten;
  const char* const begin = text_.data();
  const char* const end = begin + text_.size();
  const auto eight = [&](const char* at) { // zeros behind the end
    const auto left = static_cast<std::size_t>(end - at);
    if (left >= 8) [[likely]]
      return load8(at);
    return left == 0 ? 0 : load8(end - 8) >> (64 - 8 * left);
  };
  const auto over_space = [&](const char* at) {
    while (at != end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
    return at;
  };
  const auto over_word = [&](const char* at) { // to its closing quote; to the end without one
    std::uint64_t stops = 0;
    while ((stops = not_plain(eight(at))) == 0) at += 8;
    at += static_cast<unsigned>(std::countr_zero(stops)) / 8;
    return at != end && *at == '"' ? at : end;
  };
  const auto over_bytes = [&](const char* at) { // an array of bytes; nothing else is passed over
    std::array<std::uint8_t, 64> bytes;
    std::size_t count = 0;
    if (*at != '[') return at;
    detail::byte_list list{{at + 1, end}, 255};
    while (!list.closed())
      if (!list.try_next(bytes, count)) return at;
    return list.rest().data();
  };
  if (text_.size() < 8 || *begin != '{') return false;
  for (const char* at = begin; at == begin || *at == ',';) {
    at = over_space(at + 1);
    if (at == end || *at != '"') return false;
    const char* const name = at + 1;
    at = over_word(name);
    if (at == end) return false;
    const std::size_t i = Keys.find({name, static_cast<std::size_t>(at - name)});
    at = over_space(at + 1);
    if (at == end || *at != ':') return false;
    at = over_space(at + 1);
    if (at == end) return false;
    const std::size_t slot = i != Keys.none ? i : Keys.size();
    if (i != Keys.none && in(present_, i)) return false;
    if (i != Keys.none) add(present_, i);
    at_[slot] = static_cast<std::uint32_t>(at - begin);

    const bool negative = *at == '-';
    const char* const digits = at + negative;
    if (*at == '"') {
      at = over_word(at + 1);
      if (at == end) return false;
      if (i != Keys.none) add(words_, i);
      values_[slot] = at - begin - at_[slot] - 1;
      ++at;
    } else if (digits != end && *digits >= '0' && *digits <= '9') {
      digit_run run = leading_digits(eight(digits));
      std::uint64_t value = run.value;
      at = digits + run.size;
      if (run.size == 8) {
        run = leading_digits(eight(at));
        value = value * powers_of_ten[run.size] + run.value;
        at += run.size;
      }
      if (*digits == '0' && at - digits > 1) return false;
      if (i != Keys.none) add(integers_, i);
      values_[slot] = static_cast<std::int64_t>(negative ? 0 - value : value);
    } else if (const char* const behind = over_bytes(at); behind != at) {
      at = behind;
    } else {
      json::reader value{text_, at_[slot], 1};
      if (!value.skip()) return false;
      at = begin + value.offset();
    }
    at = over_space(at);
    if (at == end) return false;
    if (*at == '}') {
      end_ = static_cast<std::size_t>(at - begin);
      return over_space(at + 1) == end;
    }
  }
  return false;
}

template <const auto& Keys>
bool members<Keys>::try_word(key k, std::span<char> scratch, std::string_view& out) noexcept {
  if (!require(k)) return false;
  if (in(words_, k.index)) {
    out = text_.substr(offset(k) + 1, static_cast<std::size_t>(values_[k.index]));
    return true;
  }
  json::reader in{text_, offset(k)};
  if (in.try_string(scratch, out)) return true;
  if (in.error().code != errc::value_range) return fail(in.error());
  out = {};
  return true;
}

template <const auto& Keys>
bool members<Keys>::try_choice(key k, std::span<const std::string_view> choices,
                               std::size_t& out) noexcept {
  char scratch[16];
  std::string_view word;
  if (!try_word(k, scratch, word)) return false;
  for (out = 0; out < choices.size(); ++out)
    if (choices[out] == word) return true;
  return fail(errc::value_range, offset(k));
}

} // namespace jamnet::inline v0::jsonmidi
