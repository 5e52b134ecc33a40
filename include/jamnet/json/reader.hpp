// SPDX-License-Identifier: MIT
//
// A strict reader of JSON (RFC 8259) that is asked for the values the caller expects, in the
// order of the text; objects hand their members over as they come:
//
//     json::reader in{text};
//     in.try_object([&](std::string_view key, json::reader& value) {
//       return key == "bpm" ? value.try_double(bpm) : value.skip();
//     }) && in.finish();
//
// Nothing is stored, so nothing is allocated and only views of the text come out. What is skipped
// is checked as strictly as what is read. The first failure stays: everything after it is false.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include <jamnet/core/config.hpp>
#include <jamnet/core/errc.hpp>
#include <jamnet/json/digits.hpp>
#include <jamnet/json/number.hpp>
#include <jamnet/json/string.hpp>

namespace jamnet::inline v0::json {

/// What a value is, told from its first character; `none`: no value starts there.
enum class kind : std::uint8_t { none, object, array, string, number, boolean, null };

class reader {
public:
  static constexpr unsigned max_depth = 32; ///< of arrays and objects within each other
  static constexpr std::size_t max_escaped_key = 128;

  /// Reads `text` from `offset` on; offsets count from its front. The text must outlive the reader
  /// and what it gives out, and be shorter than 4 GiB. A value there is inside `depth` others.
  explicit reader(std::string_view text, std::size_t offset = 0, unsigned depth = 0) noexcept
      : text_{text},
        at_{offset},
        depth_{depth} {}

  // Each of the following takes the next value. It is false when that value is missing, malformed
  // or, as json_type, of another type; all are [one-thread] [rt-safe] and linear in the value.

  /// Calls `bool member(std::string_view key, reader& value)` for each member in turn. It must
  /// take the value; false from it ends the reading, as json_type unless it called fail().
  /// The key is a view of the text, or of a local buffer when it was written with escapes and
  /// has at most max_escaped_key bytes; a longer one comes as it was written, escapes and all.
  template <class F>
  [[nodiscard]] bool try_object(F&& member);
  /// Calls `bool element(reader& value)` for each element in turn, on the same terms.
  template <class F>
  [[nodiscard]] bool try_array(F&& element);

  /// Any number whose value is an integer between `min` and `max`, however written (60, 60.0,
  /// 6e1); value_range for every other number.
  [[nodiscard]] bool
  try_integer(std::int64_t& out, std::int64_t min = std::numeric_limits<std::int64_t>::min(),
              std::int64_t max = std::numeric_limits<std::int64_t>::max()) noexcept;
  /// An integer of up to 16 digits written as nothing but digits, perhaps behind a minus: as nearly
  /// all are. False, and nothing taken, for whatever else comes next.
  [[nodiscard]] bool try_plain_integer(std::int64_t& out) noexcept;
  [[nodiscard]] bool
  try_unsigned(std::uint64_t& out, std::uint64_t min = 0,
               std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) noexcept;
  /// The nearest double; value_range for a number too great for one.
  [[nodiscard]] bool try_double(double& out) noexcept;
  [[nodiscard]] bool try_bool(bool& out) noexcept;
  [[nodiscard]] bool try_null() noexcept;
  /// A view of the text, or of `scratch` for a string with escapes; value_range when one of those
  /// does not fit there.
  [[nodiscard]] bool try_string(std::span<char> scratch, std::string_view& out) noexcept;
  /// Any value, as it is written.
  [[nodiscard]] bool try_raw(std::string_view& out) noexcept;
  /// Any value, ignored but checked.
  [[nodiscard]] bool skip() noexcept;
  /// Whether only white space is left; json_syntax otherwise.
  [[nodiscard]] bool finish() noexcept;

  /// What the next value is; takes nothing but white space. [one-thread] [rt-safe]
  [[nodiscard]] kind peek() noexcept;
  /// Where the next value starts (in a callback), or where the last one ended. [rt-safe] O(1)
  [[nodiscard]] std::size_t offset() const noexcept { return at_; }
  /// Where the key that was read last starts, at its opening quote. [rt-safe] O(1)
  [[nodiscard]] std::size_t key_offset() const noexcept { return key_; }

  [[nodiscard]] bool ok() const noexcept { return failure_.code == errc{}; }
  /// The first failure, its detail the byte offset. Expects !ok(). [rt-safe] O(1)
  [[nodiscard]] failure error() const noexcept { return JAMNET_EXPECTS(!ok()), failure_; }
  /// Refuses the text for the caller's own reason, unless it failed before. Always false.
  /// [one-thread] [rt-safe] O(1)
  bool fail(errc code, std::size_t offset) noexcept {
    if (ok()) failure_ = {code, static_cast<std::uint32_t>(offset)};
    return false;
  }

private:
  bool next_is(char c) const noexcept { return at_ < text_.size() && text_[at_] == c; }
  bool fail_here() noexcept {
    return fail(at_ < text_.size() ? errc::json_syntax : errc::json_truncated, at_);
  }
  void skip_space() noexcept {
    while (at_ < text_.size() && text_[at_] <= ' ' && // which most are not
           (next_is(' ') || next_is('\n') || next_is('\r') || next_is('\t')))
      ++at_;
  }
  bool begin(kind wanted) noexcept;
  bool literal(std::string_view word) noexcept;
  bool take_number(number& out) noexcept;
  bool take_string(std::string_view& raw, bool& escaped) noexcept;
  bool take_key(std::span<char> scratch, std::string_view& key) noexcept;
  template <class F>
  bool sequence(char close, F&& item);

  std::string_view text_;
  std::size_t at_;
  std::size_t key_ = 0;
  unsigned depth_;
  failure failure_{};
};

template <class F>
bool reader::try_object(F&& member) {
  return begin(kind::object) && sequence('}', [&] {
           char scratch[max_escaped_key];
           std::string_view key;
           if (!take_key(scratch, key)) return false;
           const std::size_t value = at_;
           if (!member(key, *this)) return fail(errc::json_type, value);
           JAMNET_EXPECTS(at_ != value || !ok()); // it must take the value
           return ok();
         });
}

template <class F>
bool reader::try_array(F&& element) {
  return begin(kind::array) && sequence(']', [&] {
           const std::size_t value = at_;
           if (!element(*this)) return fail(errc::json_type, value);
           JAMNET_EXPECTS(at_ != value || !ok());
           return ok();
         });
}

// From the opening bracket to behind the closing one.
template <class F>
bool reader::sequence(char close, F&& item) {
  if (depth_ == max_depth) return fail(errc::json_depth, at_);
  ++at_;
  skip_space();
  if (!next_is(close)) {
    ++depth_;
    while (true) {
      if (!item()) return false;
      skip_space();
      if (!next_is(',')) break;
      ++at_;
      skip_space();
    }
    --depth_;
    if (!next_is(close)) return fail_here();
  }
  ++at_;
  return true;
}

inline kind reader::peek() noexcept {
  skip_space();
  if (!ok() || at_ >= text_.size()) return kind::none;
  switch (text_[at_]) {
  case '{': return kind::object;
  case '[': return kind::array;
  case '"': return kind::string;
  case 't':
  case 'f': return kind::boolean;
  case 'n': return kind::null;
  case '-': return kind::number;
  default: return text_[at_] >= '0' && text_[at_] <= '9' ? kind::number : kind::none;
  }
}

inline bool reader::begin(kind wanted) noexcept {
  const kind found = peek();
  if (found == wanted) return true;
  return found == kind::none ? fail_here() : fail(errc::json_type, at_);
}

inline bool reader::literal(std::string_view word) noexcept {
  for (const char c : word) {
    if (!next_is(c)) return fail_here();
    ++at_;
  }
  return true;
}

inline bool reader::take_number(number& out) noexcept {
  if (!begin(kind::number)) return false;
  const bool good = try_scan(text_.substr(at_), out);
  at_ += out.text.size();
  return good || fail_here();
}

inline bool reader::take_string(std::string_view& raw, bool& escaped) noexcept {
  if (!begin(kind::string)) return false;
  const std::size_t first = ++at_;
  const failure why = scan_string(text_, at_, escaped);
  if (why.code != errc{}) return fail(why.code, why.detail);
  raw = text_.substr(first, at_++ - first);
  return true;
}

inline bool reader::take_key(std::span<char> scratch, std::string_view& key) noexcept {
  bool escaped = false;
  key_ = at_;
  if (!next_is('"')) return fail_here();
  if (!take_string(key, escaped)) return false;
  if (escaped) static_cast<void>(try_unescape(key, scratch, key));
  skip_space();
  if (!next_is(':')) return fail_here();
  ++at_;
  skip_space();
  return true;
}

inline bool reader::try_plain_integer(std::int64_t& out) noexcept {
  skip_space();
  std::size_t at = at_;
  if (!ok() || text_.size() - at < 18) return false; // that close to its end the text needs care
  const bool negative = text_[at] == '-';
  at += negative;
  const char* const digits = text_.data() + at;
  detail::digit_run run = detail::leading_digits(detail::load8(digits));
  std::uint64_t value = run.value;
  std::size_t size = run.size;
  if (size == 8) {
    run = detail::leading_digits(detail::load8(digits + 8));
    value = value * detail::powers_of_ten[run.size] + run.value;
    size += run.size;
  }
  const char next = digits[size]; // that many digits there cannot be that it lay behind the end
  if (size == 0 || (size > 1 && *digits == '0') || next == '.' || (next | 0x20) == 'e' ||
      (next >= '0' && next <= '9'))
    return false;
  out = static_cast<std::int64_t>(negative ? 0 - value : value);
  at_ = at + size;
  return true;
}

inline bool reader::try_integer(std::int64_t& out, std::int64_t min, std::int64_t max) noexcept {
  skip_space();
  const std::size_t offset = at_;
  std::int64_t value = 0;
  if (!try_plain_integer(value)) {
    number n;
    if (!take_number(n)) return false;
    std::uint64_t magnitude = 0;
    const auto limit = std::uint64_t{1} << 63; // the greatest magnitude of a negative number
    if (!try_magnitude(n, magnitude) || magnitude > limit - (n.negative ? 0 : 1))
      return fail(errc::value_range, offset);
    value = static_cast<std::int64_t>(n.negative ? 0 - magnitude : magnitude);
  }
  if (value < min || value > max) return fail(errc::value_range, offset);
  out = value;
  return true;
}

inline bool reader::try_unsigned(std::uint64_t& out, std::uint64_t min,
                                 std::uint64_t max) noexcept {
  skip_space();
  const std::size_t offset = at_;
  number n;
  if (!take_number(n)) return false;
  std::uint64_t value = 0;
  if (!try_magnitude(n, value) || (n.negative && value != 0) || value < min || value > max)
    return fail(errc::value_range, offset);
  out = value;
  return true;
}

inline bool reader::try_double(double& out) noexcept {
  skip_space();
  const std::size_t offset = at_;
  number n;
  if (!take_number(n)) return false;
  return json::try_double(n, out) || fail(errc::value_range, offset);
}

inline bool reader::try_bool(bool& out) noexcept {
  if (!begin(kind::boolean)) return false;
  const bool value = text_[at_] == 't';
  if (!literal(value ? "true" : "false")) return false;
  out = value;
  return true;
}

inline bool reader::try_null() noexcept { return begin(kind::null) && literal("null"); }

inline bool reader::try_string(std::span<char> scratch, std::string_view& out) noexcept {
  skip_space();
  const std::size_t offset = at_;
  std::string_view raw;
  bool escaped = false;
  if (!take_string(raw, escaped)) return false;
  if (escaped && !try_unescape(raw, scratch, raw)) return fail(errc::value_range, offset);
  out = raw;
  return true;
}

inline bool reader::try_raw(std::string_view& out) noexcept {
  skip_space();
  const std::size_t begin = at_;
  if (!skip()) return false;
  out = text_.substr(begin, at_ - begin);
  return true;
}

inline bool reader::skip() noexcept {
  std::string_view text;
  std::int64_t plain = 0;
  bool flag = false;
  number n;
  switch (peek()) {
  case kind::object:
    return try_object([](std::string_view, reader& value) { return value.skip(); });
  case kind::array: return try_array([](reader& value) { return value.skip(); });
  case kind::string: return take_string(text, flag);
  case kind::number: return try_plain_integer(plain) || take_number(n);
  case kind::boolean: return try_bool(flag);
  case kind::null: return try_null();
  case kind::none: break;
  }
  return fail_here();
}

inline bool reader::finish() noexcept {
  skip_space();
  return ok() && (at_ >= text_.size() || fail_here());
}

} // namespace jamnet::inline v0::json
