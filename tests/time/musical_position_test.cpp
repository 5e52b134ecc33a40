#include <jamnet/time/musical_position.hpp>

#include <limits>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

std::string text_of(const musical_position& p) { return std::string{to_text(p).view()}; }

failure why_no_position(std::string_view text) {
  const auto position = parse_position(text);
  return position ? failure{} : position.error();
}

} // namespace

TEST_CASE("a position reads as musicians write it") {
  CHECK(text_of({}) == "001.01.000");
  CHECK(text_of({17, 1, 0}) == "017.01.000");
  CHECK(text_of({1234, 12, 1919}) == "1234.12.1919");
  CHECK(text_of({0, 4, 959}) == "000.04.959");
  CHECK(text_of({-1, 1, 0}) == "-001.01.000");
  const auto last = std::numeric_limits<std::uint32_t>::max();
  CHECK(text_of({std::numeric_limits<std::int64_t>::min(), last, last}) ==
        "-9223372036854775808.4294967295.4294967295");
}

TEST_CASE("every position comes back from its text") {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    random_source random{seed};
    const auto below = [&](std::uint64_t end) {
      return (random.next() >> random.next() % 64) % end;
    };
    musical_position p{static_cast<std::int64_t>(below(1'000'000'000'000'000)),
                       static_cast<std::uint32_t>(1 + below(999'999'999)),
                       static_cast<std::uint32_t>(below(1'000'000'000))};
    if (random.next() % 2 == 0) p.bar = -p.bar;
    CAPTURE(seed);
    const auto back = parse_position(text_of(p));
    REQUIRE(back);
    REQUIRE(*back == p);
  }
}

TEST_CASE("leading zeros may be more or fewer, and nothing else may differ") {
  CHECK(*parse_position("1.1.0") == musical_position{});
  CHECK(*parse_position("00017.003.00480") == musical_position{17, 3, 480});
  CHECK(*parse_position("-1.1.0") == musical_position{-1, 1, 0});
  CHECK(why_no_position("") == failure{errc::position_syntax, 0});
  CHECK(why_no_position("1") == failure{errc::position_syntax, 1});
  CHECK(why_no_position("1.1") == failure{errc::position_syntax, 3});
  CHECK(why_no_position("1.1.") == failure{errc::position_syntax, 4});
  CHECK(why_no_position("1.1.0 ") == failure{errc::position_syntax, 5});
  CHECK(why_no_position(" 1.1.0") == failure{errc::position_syntax, 0});
  CHECK(why_no_position("1,1.0") == failure{errc::position_syntax, 1});
  CHECK(why_no_position("1.-1.0") == failure{errc::position_syntax, 2});
  CHECK(why_no_position("--1.1.0") == failure{errc::position_syntax, 1});
  CHECK(why_no_position("-0.1.0") == failure{errc::position_syntax, 0});
  CHECK(why_no_position("1.0.0") == failure{errc::position_range, 2});
  CHECK(why_no_position("1000000000000000.1.0") == failure{errc::position_range, 0});
  CHECK(why_no_position("1.1.1000000000") == failure{errc::position_range, 4});
}

TEST_CASE("texts of positions are written and read without allocation") {
  const testing::rt_guard guard;
  const auto text = to_text({-999'999'999'999'999, 255, 8191});
  CHECK(parse_position(text));
}
