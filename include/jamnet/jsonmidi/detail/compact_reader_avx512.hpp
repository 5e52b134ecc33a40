// SPDX-License-Identifier: MIT
//
// compact_reader_avx2.hpp on processors with AVX-512, which tell the digits of 64 bytes at once.
#pragma once

#include <cstring>

#include <jamnet/jsonmidi/detail/byte_list_avx512.hpp>
#include <jamnet/jsonmidi/detail/compact_reader_avx2.hpp>

#if defined(JAMNET_X86_VECTORS)

namespace jamnet::inline v0::jsonmidi::detail {

struct avx512_digit_map : avx2_digit_map {
  [[gnu::target("avx512f,avx512bw,avx2,bmi,bmi2,lzcnt"), gnu::always_inline]] static digit_bits
  digits(const char* from) noexcept {
    constexpr int below = 1, equal = 0; // what is asked of a comparison
    constexpr std::uint64_t all = ~std::uint64_t{0};
    chars64 bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    bytes -= '0';
    return {
        static_cast<std::uint64_t>(__builtin_ia32_ucmpb512_mask(bytes, chars64{} + 10, below, all)),
        static_cast<std::uint64_t>(__builtin_ia32_ucmpb512_mask(bytes, chars64{}, equal, all))};
  }
};

/// Reads a line of 64 bytes or more, as read_compact does. Expects this_cpu.avx512.
[[nodiscard, gnu::target("avx512f,avx512bw,avx2,bmi,bmi2,lzcnt")]] inline bool
read_compact_avx512(std::string_view line, midi_event& out) noexcept {
  const voice_row& row = find_voice_row(line);
  if (!begins_as(row, line)) return false;
  const digit_bits bits = avx512_digit_map::digits(line.data() + line.size() - 64);
  return read_line_avx2(line, row, &bits, out);
}

} // namespace jamnet::inline v0::jsonmidi::detail

#endif
