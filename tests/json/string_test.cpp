#include <jamnet/json/string.hpp>

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace jamnet;

namespace {
struct scanned {
  failure why;
  std::size_t at = 0;
  bool escaped = false;
};
scanned scan(std::string_view text) {
  scanned s;
  s.why = json::scan_string(text, s.at, s.escaped);
  return s;
}
std::string unescaped(std::string_view raw) {
  std::array<char, 64> scratch;
  std::string_view out;
  REQUIRE(json::try_unescape(raw, scratch, out));
  return std::string{out};
}
} // namespace

TEST_CASE("a string ends at the first quote that is not escaped") {
  CHECK(scan(R"(abc"def")").at == 3);
  CHECK(scan(R"(a\"c"def")").at == 4);
  CHECK(scan(R"(a\\"def")").at == 3);
  CHECK_FALSE(scan(R"(abc")").escaped);
  CHECK(scan(R"(a\nc")").escaped);
}

TEST_CASE("what is wrong with a string is told with its place") {
  CHECK(scan("ab").why == failure{errc::json_truncated, 2});
  CHECK(scan("ab\\").why == failure{errc::json_truncated, 3});
  CHECK(scan("ab\\u00").why == failure{errc::json_truncated, 6});
  CHECK(scan("ab\\q\"").why == failure{errc::json_syntax, 3});
  CHECK(scan("ab\\u00g0\"").why == failure{errc::json_syntax, 6});
  CHECK(scan("a\tb\"").why == failure{errc::json_syntax, 1});
  CHECK(scan("ab\xff\"").why == failure{errc::json_utf8, 2});
  CHECK(scan("ab\xc3\"").why == failure{errc::json_utf8, 2});
  CHECK(scan(R"(ab\ud834")").why == failure{errc::json_utf8, 2});
  CHECK(scan(R"(ab\ud834\u0041")").why == failure{errc::json_utf8, 2});
  CHECK(scan(R"(ab\udd1e\ud834")").why == failure{errc::json_utf8, 2});
}

TEST_CASE("escapes mean what RFC 8259 says, a surrogate pair one character") {
  CHECK(unescaped(R"(\u0074ype)") == "type");
  CHECK(unescaped(R"(\"\\\/\b\f\n\r\t)") == "\"\\/\b\f\n\r\t");
  CHECK(unescaped(R"(\u00e9\u20AC\ud834\udd1e)") == "\u00e9\u20ac\U0001d11e");
  CHECK(unescaped(R"(\u0000)") == std::string(1, '\0'));
}

TEST_CASE("a string that does not fit its buffer is not cut") {
  std::array<char, 3> scratch;
  std::string_view out = "before";
  CHECK_FALSE(json::try_unescape(R"(a\nbc)", scratch, out));
  CHECK_FALSE(json::try_unescape(R"(\ud834\udd1e)", scratch, out));
  CHECK(out == "before");
  CHECK(json::try_unescape(R"(a\nb)", scratch, out));
  CHECK(out == "a\nb");
}
