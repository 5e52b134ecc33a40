#include <jamnet/core/short_text.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("a short text keeps what fits") {
  CHECK(short_text{"ana"}.view() == "ana");
  CHECK(short_text{}.empty());
  CHECK(short_text{std::string(100, 'x')}.view() == std::string(63, 'x'));
  CHECK(short_text{"ana"} == short_text{"ana"});
  CHECK_FALSE(short_text{"ana"} == short_text{"ann"});
}

TEST_CASE("a character that does not fit whole is left out whole") {
  const std::string text = std::string(62, 'x') + "\xc3\xa9"; // é takes two bytes
  CHECK(short_text{text}.view() == std::string(62, 'x'));
}
