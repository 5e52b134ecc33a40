// SPDX-License-Identifier: MIT
//
// The numbers of a canonical `data` array, from behind its opening bracket on, as bytes.
//
// The bits of the digits in 64 bytes of text tell where each number begins and ends, so that no
// number waits for the length of the one before it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include <jamnet/core/cpu.hpp>
#include <jamnet/jsonmidi/detail/byte_list_avx512.hpp>
#include <jamnet/jsonmidi/detail/digit_map.hpp>

namespace jamnet::inline v0::jsonmidi::detail {

class byte_list {
public:
  /// `text` begins behind the bracket; numbers are at most `max`.
  byte_list(std::string_view text, unsigned max) noexcept : rest_{text}, max_{max} {}

  /// Fills `out` as far as there are numbers and returns how many; false when what comes next is
  /// not canonical, and then nothing of it counts. At the end, and only there, closed() is true.
  template <class Map = native_digit_map>
  [[nodiscard]] bool try_next(std::span<std::uint8_t> out, std::size_t& count) noexcept;

  [[nodiscard]] bool closed() const noexcept { return closed_; }
  /// What comes behind the closing bracket.
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

private:
  template <class Map>
  bool take_block(const char* block, std::span<std::uint8_t> out, std::size_t& count) noexcept;

  std::string_view rest_;
  unsigned max_;
  bool begun_ = false, closed_ = false;
};

template <class Map>
bool byte_list::try_next(std::span<std::uint8_t> out, std::size_t& count) noexcept {
  count = 0;
  if (!begun_ && rest_.starts_with(']')) {
    rest_.remove_prefix(1);
    closed_ = true;
  }
  begun_ = true;
#if defined(JAMNET_X86_VECTORS)
  if (std::is_same_v<Map, native_digit_map> && this_cpu.avx512 && !closed_) {
    const char* at = rest_.data();
    count = take_sixteens_avx512(at, at + rest_.size(), max_, out.data(), out.size());
    rest_.remove_prefix(static_cast<std::size_t>(at - rest_.data()));
  }
#endif
  while (!closed_ && count < out.size()) {
    std::array<char, 72> last; // the end of the text, with something behind it
    const char* block = rest_.data();
    if (rest_.size() < last.size()) {
      last.fill(' ');
      rest_.copy(last.data(), rest_.size());
      block = last.data();
    }
    if (!take_block<Map>(block, out, count)) return false;
  }
  return true;
}

// Takes the numbers that end in the 64 bytes at `block`, which are those of rest_; eight more can
// be read.
template <class Map>
bool byte_list::take_block(const char* block, std::span<std::uint8_t> out,
                           std::size_t& count) noexcept {
  static constexpr std::array<unsigned, 4> least{0, 0, 10, 100}; // of so many digits
  const unsigned max = max_;
  const std::size_t room = out.size() - count;
  std::uint8_t* to = out.data() + count;
  std::uint64_t ends = ~Map::digits(block).digits;
  std::size_t begin = 0, taken = 0;
  unsigned bad = 0;
  char separator = ',';
  while (ends != 0 && separator == ',' && taken < room) {
    const auto end = static_cast<std::size_t>(std::countr_zero(ends));
    ends &= ends - 1;
    const std::size_t size = (end - begin) & 3, none = (end - begin) & ~std::size_t{3};
    const std::uint64_t text = json::detail::load8(block + begin);
    const std::uint64_t digits = (text ^ 0x303030) << (8 * (3 - size));
    const auto value =
        static_cast<unsigned>((digits & 15) * 100 + (digits >> 8 & 15) * 10 + (digits >> 16 & 15));
    bad |= static_cast<unsigned>(size == 0) | static_cast<unsigned>(none) |
           static_cast<unsigned>(value > max) | static_cast<unsigned>(value < least[size]);
    to[taken++] = static_cast<std::uint8_t>(value);
    separator = static_cast<char>(text >> (8 * size));
    begin = end + 1;
  }
  if (bad != 0 || begin == 0 || (separator != ',' && separator != ']')) return false;
  count += taken;
  rest_.remove_prefix(begin < rest_.size() ? begin : rest_.size());
  closed_ = separator == ']';
  return true;
}

} // namespace jamnet::inline v0::jsonmidi::detail
