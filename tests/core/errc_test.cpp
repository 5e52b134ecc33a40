#include <jamnet/core/errc.hpp>

#include <set>
#include <string_view>
#include <type_traits>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("a failure is eight bytes that can be copied anywhere") {
  static_assert(sizeof(failure) == 8);
  static_assert(std::is_trivially_copyable_v<failure>);
  CHECK(failure{errc::frame_crc, 4} == failure{errc::frame_crc, 4});
  CHECK(failure{errc::frame_crc, 4} != failure{errc::frame_crc, 5});
}

TEST_CASE("every code has its own words, and a number of no code has none") {
  std::set<std::string_view> seen;
  int codes = 0;
  for (int number = 0; number < 1000; ++number) {
    const auto words = to_string(static_cast<errc>(number));
    if (words == "unknown error") continue;
    CAPTURE(number);
    CHECK(seen.insert(words).second);
    ++codes;
  }
  CHECK(codes > 30);
}
