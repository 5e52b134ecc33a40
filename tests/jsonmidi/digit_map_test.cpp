#include <jamnet/jsonmidi/detail/digit_map.hpp>

#include <array>

#include <doctest/doctest.h>

#include <jamnet/core/cpu.hpp>
#include <jamnet/core/random.hpp>
#include <jamnet/jsonmidi/detail/compact_reader_avx512.hpp>

using namespace jamnet;
using namespace jamnet::jsonmidi::detail;

namespace {

digit_bits by_hand(const char* from) {
  digit_bits bits{};
  for (unsigned i = 0; i < 64; ++i) {
    bits.digits |= std::uint64_t{from[i] >= '0' && from[i] <= '9'} << i;
    bits.zeros |= std::uint64_t{from[i] == '0'} << i;
  }
  return bits;
}

template <class Map>
void check_map(const std::array<char, 64>& text, const digit_bits& expected) {
  const digit_bits bits = Map::digits(text.data());
  REQUIRE(bits.digits == expected.digits);
  REQUIRE(bits.zeros == expected.zeros);
}

#if defined(JAMNET_X86_VECTORS)
[[gnu::target("avx2,bmi,bmi2,lzcnt")]] digit_bits avx2_digits(const char* from) {
  return avx2_digit_map::digits(from);
}
[[gnu::target("avx512f,avx512bw,avx2,bmi,bmi2,lzcnt")]] digit_bits avx512_digits(const char* from) {
  return avx512_digit_map::digits(from);
}
#endif

} // namespace

TEST_CASE("every map finds the digits and the zeros, whatever stands beside them") {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    random_source random{seed};
    std::array<char, 64> text;
    for (auto& c : text)
      c = static_cast<char>(random.next() % 2 == 0 ? '0' + random.next() % 12 - 1 : random.next());
    const digit_bits expected = by_hand(text.data());
    CAPTURE(seed);
    check_map<portable_digit_map>(text, expected);
    check_map<native_digit_map>(text, expected);
#if defined(JAMNET_X86_VECTORS)
    if (!this_cpu.avx2) continue;
    REQUIRE(avx2_digits(text.data()).digits == expected.digits);
    REQUIRE(avx2_digits(text.data()).zeros == expected.zeros);
    if (!this_cpu.avx512) continue;
    REQUIRE(avx512_digits(text.data()).digits == expected.digits);
    REQUIRE(avx512_digits(text.data()).zeros == expected.zeros);
#endif
  }
}

TEST_CASE("a text differs where it counts and nowhere else") {
  const masked_text<16> text{"\"note\":"};
  for (std::size_t at = 0; at < 16; ++at) {
    std::array<char, 16> other{};
    std::string_view{"\"note\":"}.copy(other.data(), 7);
    CHECK(portable_digit_map::differ(other.data(), text) == 0);
    CHECK(native_digit_map::differ(other.data(), text) == 0);
    other[at] = static_cast<char>(other[at] ^ 1);
    CHECK((portable_digit_map::differ(other.data(), text) != 0) == (at < 7));
    CHECK((native_digit_map::differ(other.data(), text) != 0) == (at < 7));
  }
}
