#include <jamnet/json/number.hpp>

#include <cmath>
#include <string>

#include <doctest/doctest.h>

using namespace jamnet;

namespace {
bool is_number(std::string_view text) {
  json::number n;
  return json::try_scan(text, n) && n.text == text;
}
bool magnitude_is(std::string_view text, std::uint64_t expected) {
  json::number n;
  std::uint64_t value = 0;
  return json::try_scan(text, n) && json::try_magnitude(n, value) && value == expected;
}
bool has_magnitude(std::string_view text) {
  json::number n;
  std::uint64_t value = 0;
  return json::try_scan(text, n) && json::try_magnitude(n, value);
}
} // namespace

TEST_CASE("a number has the grammar of RFC 8259 and no other") {
  for (const auto* good : {"0", "-0", "10", "0.5", "-0.0", "1e5", "1E+05", "1.25e-3", "9e999999"})
    CHECK_MESSAGE(is_number(good), good);
  for (const auto* bad : {"", "-", "+1", "01", "-01", ".5", "5.", "1e", "1e+", "0x1", "1.e1", "--1",
                          "NaN", "Infinity", "1_0"})
    CHECK_MESSAGE(!is_number(bad), bad);
}

TEST_CASE("an integer is the same however it is written") {
  for (const auto* sixty : {"60", "60.0", "6e1", "6000e-2", "0.6e2", "0.00060e5", "60.000e0"})
    CHECK_MESSAGE(magnitude_is(sixty, 60), sixty);
  for (const auto* zero :
       {"0", "-0", "0.0", "0e99999999999999999999", "0.000e-99999999999999999999"})
    CHECK_MESSAGE(magnitude_is(zero, 0), zero);
}

TEST_CASE("integers are exact to 64 bits") {
  CHECK(magnitude_is("9007199254740993", 9007199254740993u));
  CHECK(magnitude_is("18446744073709551615", ~std::uint64_t{0}));
  CHECK(magnitude_is("1844674407370955161500e-2", ~std::uint64_t{0}));
  CHECK_FALSE(has_magnitude("18446744073709551616"));
  CHECK_FALSE(has_magnitude("1e20"));
  CHECK_FALSE(has_magnitude("1e99999999999999999999"));
  CHECK_FALSE(has_magnitude("0.5"));
  CHECK_FALSE(has_magnitude("605e-1"));
  CHECK_FALSE(has_magnitude("1e-99999999999999999999"));
}

TEST_CASE("an exponent undoes any number of zeros") {
  const std::string zeros(1000, '0');
  CHECK(magnitude_is("7" + zeros + "e-1000", 7));
  CHECK(magnitude_is("0." + zeros + "7e1001", 7));
}

TEST_CASE("a double is the nearest one, zero when too small and none when too great") {
  const auto read = [](std::string_view text, double& out) {
    json::number n;
    return json::try_scan(text, n) && json::try_double(n, out);
  };
  double d = 1;
  CHECK((read("0.1", d) && d == 0.1));
  CHECK((read("-120.5", d) && d == -120.5));
  CHECK((read("5e-324", d) && d == 5e-324));
  CHECK((read("1e-400", d) && d == 0 && !std::signbit(d)));
  CHECK((read("-0.0001e-400", d) && d == 0 && std::signbit(d)));
  CHECK((read("1.7976931348623157e308", d) && d == 1.7976931348623157e308));
  CHECK_FALSE(read("1e400", d));
  CHECK_FALSE(read("-1000000e400", d));
  CHECK((read("0e400", d) && d == 0));
}
