#include <jamnet/json/writer.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {
std::string in_json(std::string_view text) {
  std::array<char, 512> buffer;
  json::writer out{buffer};
  return std::string{out.value(text).text()};
}
} // namespace

TEST_CASE("commas and colons come by themselves, white space never") {
  std::array<char, 256> buffer;
  json::writer out{buffer};
  out.begin_object().member("a", 1).member("b", true).member("c", "x");
  out.key("d").begin_array().value(1).begin_array().end_array().null().value(2.5).end_array();
  out.key("e").begin_object().end_object().key("f").raw("[1]").end_object();
  CHECK(out.text() == R"({"a":1,"b":true,"c":"x","d":[1,[],null,2.5],"e":{},"f":[1]})");
}

TEST_CASE("integers are written to the last digit of 64 bits") {
  std::array<char, 256> buffer;
  json::writer out{buffer};
  out.begin_array().value(std::numeric_limits<std::int64_t>::min());
  out.value(std::numeric_limits<std::uint64_t>::max()).value(std::uint8_t{200}).end_array();
  CHECK(out.text() == "[-9223372036854775808,18446744073709551615,200]");
}

TEST_CASE("a double is written in the shortest form that reads back to the same double") {
  const auto text = [](double d) {
    std::array<char, 64> buffer;
    json::writer out{buffer};
    return std::string{out.value(d).text()};
  };
  CHECK(text(120) == "120");
  CHECK(text(0.1) == "0.1");
  CHECK(text(std::numeric_limits<double>::infinity()) == "null");
  CHECK(text(std::numeric_limits<double>::quiet_NaN()) == "null");
  random_source random{1};
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random.next();
    double d = 0;
    std::memcpy(&d, &bits, sizeof d);
    if (!(d - d == 0)) continue;
    CAPTURE(d);
    REQUIRE(nlohmann::json::parse(text(d)).get<double>() == d);
  }
}

TEST_CASE("strings are escaped where JSON asks for it and nowhere else") {
  CHECK(in_json("plain \u00e9 \U0001d11e /") == "\"plain \u00e9 \U0001d11e /\"");
  CHECK(in_json("\"\\\b\f\n\r\t") == R"("\"\\\b\f\n\r\t")");
  CHECK(in_json({"\0\x1f\x7f", 3}) == "\"\\u0000\\u001f\x7f\"");
}

TEST_CASE("bytes that are not UTF-8 become U+FFFD, whatever stands around them") {
  CHECK(in_json("a\xff"
                "b\xc3") == "\"a\ufffdb\ufffd\"");
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    random_source random{seed};
    std::string text(random.next() % 12, ' ');
    for (char& c : text)
      c = static_cast<char>(random.next() % 3 ? random.next() | 0x80 : random.next());
    CAPTURE(seed);
    const std::string json = in_json(text);
    REQUIRE(nlohmann::json::accept(json));
    const auto replace = nlohmann::json::error_handler_t::strict;
    if (json.find("\ufffd") == std::string::npos)
      REQUIRE(nlohmann::json(text).dump(-1, ' ', false, replace) == json);
  }
}

TEST_CASE("what does not fit leaves nothing behind") {
  const std::string_view whole = R"({"key":[1,"two"]})";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    std::array<char, 32> buffer;
    json::writer out{std::span{buffer}.first(size)};
    out.begin_object().key("key").begin_array().value(1).value("two").end_array().end_object();
    CHECK(out.ok() == (size == whole.size()));
    CHECK(out.text() == (out.ok() ? whole : std::string_view{}));
  }
}

TEST_CASE("writing allocates nothing") {
  std::array<char, 256> buffer;
  const testing::rt_guard guard;
  json::writer out{buffer};
  out.begin_array().value(0.1).value(1e300).value("a\nb\xff").value(-5).end_array();
  CHECK(out.ok());
}
