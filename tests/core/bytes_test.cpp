#include <jamnet/core/bytes.hpp>

#include <array>
#include <cstdint>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;

TEST_CASE("the first byte is the highest") {
  constexpr std::array<std::uint8_t, 8> bytes{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
  static_assert(load_be<std::uint8_t>(bytes.data()) == 0x01);
  static_assert(load_be<std::uint16_t>(bytes.data()) == 0x0123);
  static_assert(load_be<std::uint32_t>(bytes.data()) == 0x01234567);
  static_assert(load_be<std::uint64_t>(bytes.data()) == 0x0123456789abcdef);
  static_assert(load_be<std::int32_t>(bytes.data() + 4) == static_cast<std::int32_t>(0x89abcdef));
}

TEST_CASE("what is stored is loaded again, signed or not") {
  random_source random{1};
  std::array<std::uint8_t, 8> bytes{};
  for (int i = 0; i < 1000; ++i) {
    const auto value = random.next();
    store_be(bytes.data(), value);
    REQUIRE(load_be<std::uint64_t>(bytes.data()) == value);
    store_be(bytes.data(), static_cast<std::int16_t>(value));
    REQUIRE(load_be<std::int16_t>(bytes.data()) == static_cast<std::int16_t>(value));
  }
}

TEST_CASE("text seen as bytes and back is the same text") {
  CHECK(as_text(as_bytes("toast")) == "toast");
  CHECK(as_bytes("\xff")[0] == 0xff);
  CHECK(as_bytes("").empty());
}

TEST_CASE("a reader takes what is there, in order, and refuses what is not") {
  const std::array<std::uint8_t, 7> bytes{1, 2, 3, 4, 5, 6, 7};
  byte_reader in{bytes};
  std::uint16_t number = 0;
  bytes_view view;
  REQUIRE(in.try_read(number));
  CHECK(number == 0x0102);
  REQUIRE(in.try_read(3, view));
  CHECK(view.data() == bytes.data() + 2);
  CHECK(in.offset() == 5);
  CHECK(in.remaining() == 2);

  std::uint32_t large = 99;
  CHECK_FALSE(in.try_read(large));
  CHECK(large == 99);
  CHECK_FALSE(in.try_read(3, view));
  CHECK(view.size() == 3);
  CHECK(in.offset() == 5);

  CHECK(in.try_read(2, view));
  CHECK(in.try_read(0, view));
  CHECK(in.remaining() == 0);
}
