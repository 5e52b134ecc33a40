#include <jamnet/core/siphash.hpp>

#include <array>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

// Key 00 01 … 0f, text 00 01 … of `size` bytes: what the authors' vectors are made of.
constexpr siphash_key key{0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
constexpr std::uint64_t of_size(std::size_t size) {
  std::array<std::uint8_t, 64> text{};
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<std::uint8_t>(i);
  return siphash(key, bytes_view{text}.first(size));
}

static_assert(of_size(15) == 0xa129ca6149be45e5u); // the example of the paper, appendix A

} // namespace

TEST_CASE("SipHash-2-4 gives what its authors' vectors say") {
  constexpr std::uint64_t first[]{0x726fdb47dd0e0e31u, 0x74f839c593dc67fdu, 0x0d6c8009d9a94f5au,
                                  0x85676696d7fb7e2du, 0xcf2794e0277187b7u, 0x18765564cd99a68du,
                                  0xcbc9466e58fee3ceu, 0xab0200f58b01d137u, 0x93f5f5799a932462u,
                                  0x9e0082df0ba9e4b0u, 0x7a5dbbc594ddb9f3u, 0xf4b32f46226bada7u};
  for (std::size_t size = 0; size < std::size(first); ++size) CHECK(of_size(size) == first[size]);
  CHECK(of_size(63) == 0x958a324ceb064572u);
}

TEST_CASE("every bit of key and text counts") {
  const std::array<std::uint8_t, 9> text{1, 2, 3, 4, 5, 6, 7, 8, 9};
  const auto before = siphash(key, text);
  for (std::size_t bit = 0; bit < 64; ++bit) {
    CHECK(siphash({key.low ^ 1ull << bit, key.high}, text) != before);
    CHECK(siphash({key.low, key.high ^ 1ull << bit}, text) != before);
  }
  for (std::size_t bit = 0; bit < 72; ++bit) {
    auto other = text;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1u << bit % 8);
    CHECK(siphash(key, other) != before);
  }
  const testing::rt_guard guard;
  CHECK(siphash(key, text) == before);
}
