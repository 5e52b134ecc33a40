// What is JSON and what is not, one case for each way to be wrong, after the families that Nicolas
// Seriot's survey of parsers made known; and two other parsers that must say the same.
#include <jamnet/json/reader.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#ifdef JAMNET_TEST_SIMDJSON
#include <simdjson.h>
#endif

using namespace jamnet;
using namespace std::string_literals;

namespace {

bool accepts(std::string_view text) {
  json::reader in{text};
  return in.skip() && in.finish();
}

// What the other parsers say. To nlohmann a NUL is the end of the text, so it is not asked about
// texts with one; both treat numbers too great for a double as errors, but nlohmann tells that from
// errors of syntax.
enum class opinion { no, yes, too_great };
opinion nlohmann_says(const std::string& text) {
  if (text.find('\0') != text.npos) return opinion::no;
  try {
    const auto parsed = nlohmann::json::parse(text);
    return opinion::yes;
  } catch (const nlohmann::json::out_of_range&) {
    return opinion::too_great;
  } catch (const nlohmann::json::exception&) {
    return opinion::no;
  }
}
opinion simdjson_says([[maybe_unused]] const std::string& text, [[maybe_unused]] opinion absent) {
#ifdef JAMNET_TEST_SIMDJSON
  static simdjson::dom::parser parser;
  return parser.parse(text).error() == simdjson::SUCCESS ? opinion::yes : opinion::no;
#else
  return absent;
#endif
}

const std::vector<std::string> well_formed{
    // structure
    "[]", "{}", "[ ]", " { } ", "\t\r\n []\n", "[[]]", "[{}]", "[[],[[]],{}]", "{\"\":{}}", "null",
    "true", "false", "0", "\"\"", " null ", "[null,true,false]", "[1\n]", "[1\r\n,\t2]",
    "[\"a\",\"b\"]", R"({"a":1,"b":[2,{"c":null}]})", R"({"a":1,"a":2})", R"({"a":1,"a":1})",
    R"({ "min" : -1.0e+28, "max" : 1.0e+28 })", R"({"x":[{"id":"xxxxxxxxxxxxxxxx"}],"id":"x"})",
    "{\"a\":\n\"b\"\n}", "[1,null,null,2]", "[2] ", R"({"a\u0000b":0})", R"({"a":[]})",
    R"({"asd":"sdf","dfg":"fgh"})",
    // numbers
    "-0", "-0.0", "0.0", "0e0", "0E-0", "0e+1", "123", "-123", "-1", "1.5", "-0.5", "1e2", "1E2",
    "1E+2", "1e-2", "123e45", "123.456e78", "0.1e1", "20e1", "123.456789", "1e-9", "1E22", "10",
    "[0,-0,1]", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
    "0.000000000000000000000000000000000001", "-0.000000000000000000001", "1.7976931348623157e308",
    "5e-324", "1e-400", "[123e65]", "9007199254740993",
    // strings
    R"("a")", R"("\"\\\/\b\f\n\r\t")", R"("\u0041\u00e9\u20AC")", R"("\ud834\udd1e")",
    R"("\uD801\udc37")", R"("\uDBFF\uDFFF")", R"("\u0000")", R"("\u001f")", R"("\uFFFF")",
    R"("\ufdd0\ufffe")", R"("\\u0041")", R"("\\\"")", R"("\/")", R"("new\u000Aline")",
    R"("\u2028")", "\"\x7f\"", "\"\xc2\x80\"", "\"\xc3\xa9\"", "\"\xdf\xbf\"", "\"\xe0\xa0\x80\"",
    "\"\xe2\x82\xac\"", "\"\xed\x9f\xbf\"", "\"\xee\x80\x80\"", "\"\xef\xbf\xbf\"",
    "\"\xf0\x90\x80\x80\"", "\"\xf0\x9d\x84\x9e\"", "\"\xf4\x8f\xbf\xbf\"", "\"\xef\xbb\xbf\"",
    "\"\xe2\x80\xa8\"", "\"a/*b*/c\"", "\"[{,:}]\"", "\" \"", "{\"\xc3\xa9\":\"\xc3\xa9\"}",
    R"(["a","\"","\\"])"};

const std::vector<std::string> malformed{
    // nothing, or too much
    "", " ", "\n", "[][]", "[]]", "[]}", "{}}", "{}[]", "[] x", "1]", "1 2", "\"\"\"",
    "\"a\" \"b\"", "null,", "nullnull", "{}#", "{}//", "{}/**/", "{}/", "[1]]", "]", "}", ":", ",",
    "*", "a", "'", "<null>", "<.>", "[]\0"s, "\0"s, "\0[]"s, "[\0]"s, "[1,\0 2]"s, "\xef\xbb",
    "\xff", "[]\xef\xbb\xbf", "[\xe2\x81\xa0]", "\xe2\x81\xa0", "[\f]", "[\v]", "\f[]", "[]\f",
    "[\xc2\xa0]", "\xc2\xa0", "[\x85]", "[\x1b]", "\x01", "[\x7f]",
    // arrays
    "[", "[[", "[1", "[1,", "[\"\"", "[\"a\",\n4\n,1,", "[1,]", "[1,,2]", "[,1]", "[,]", "[1,,]",
    "[\"\",]", "[1 true]", "[1 2]", "[\"a\" \"b\"]", "[1:2]", "[\"\":1]", "[3[4]]", "[x", "[x]",
    "[*]", "[-]", "[1}", "[1;2]", "(1)", "[{}", "[{]", "[[]", "[\"x\"]]", "[a\xc3\xa9]",
    // objects
    "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1]", "{\"a\"}",
    "{\"a\" 1}", "{\"a\",1}", "{\"a\"::1}", "{\"a\":,}", "{\"a\":}", "{:1}", "{,}", "{,\"a\":1}",
    "{\"a\":1,}", "{\"a\":1,,}", "{\"a\":1,,\"b\":2}", "{\"a\":1 \"b\":2}", "{\"a\":1;\"b\":2}",
    "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", "{\"a\":1:2}", "{\"a\"=1}", "{\"a\":/*b*/1}",
    "{/**/}", "{\"a\":1}x", "{{}}", "{[]}", "{\"a\"", "{\"a\":a}", "{\"a\":'b'}", "{\"x\", null}",
    "{9999E9999:1}", "{\"a\":\"b\",\"c\"}", "{\"a\":\"a\" 123}",
    // literals
    "nul", "tru", "fals", "nulll", "truee", "True", "TRUE", "False", "Null", "NULL", "undefined",
    "[nul]", "[tru]", "[fals]", "[n]", "[t]", "[f]", "tr\\u0075e", "NaN", "nan", "Infinity", "inf",
    "Inf", "-NaN", "-Infinity", "+Infinity", "[NaN]",
    // numbers
    "+1", "++1", "--1", "-", "- 1", "-a", "01", "-01", "00", "-00", "012", "0x10", "0X1F", "0b1",
    "0o7", "1_000", "1'000", "1 000", "1,000", ".", ".5", "-.5", ".e1", "5.", "-5.", "0.", "5.e1",
    "1.e", "0.e1", "2.e3", "2.e+3", "9.e+", "1e", "1E", "1e+", "1e-", "1.0e", "1.0e+", "0e", "0E",
    "0e+", "1eE2", "1e1e1", "1e+-1", "0.3e+", "1e1.5", "1.2.3", "1.1.", "0.1.2", "1a", "1ea",
    "1.2a-3", "1x", "1f", "1L", "1n", "1+2", "1-2", "1/2", "0e+-1", "\xef\xbc\x91",
    "0.\xef\xbc\x91", "[1+]", "[-foo]", "[- 1]", "[0e]", "[1.8011670033376514H-308]", "0\xff",
    "1\xc3\xa9", "1\0"s,
    // strings
    "\"", "\"a", "\"\\", "\"\\\"", "\"\\u", "\"\\u00", "\"\\u0041", "'a'", "`a`", "a\"", "\"\\a\"",
    "\"\\x41\"", "\"\\'\"", "\"\\0\"", "\"\\v\"", "\"\\e\"", "\"\\U0041\"", "\"\\ \"", "\"\\\n\"",
    "\"\\\xc3\xa9\"", "\"\\\xff\"", "\"\\\\\\\"", "\"\\u\"", "\"\\u0\"", "\"\\u00\"", "\"\\u004\"",
    "\"\\u004g\"", "\"\\ug041\"", "\"\\u+041\"", "\"\\u-041\"", "\"\\u 041\"", "\"\\u00\xc3\xa9\"",
    "\"\\u{41}\"", "\\u0022a\\u0022", "\"\n\"", "\"\t\"", "\"\r\"", "\"\0\""s, "\"\x01\"",
    "\"\x1f\"", "\"\b\"", "\"a\nb\"", "\"\\\0\""s, "{\"\n\":1}", "{\"\0\":1}"s, "\"a\" b\"",
    // half characters, as escapes and as bytes
    R"("\ud800")", R"("\udc00")", R"("\udfff")", R"("\udbff")", R"("\ud800\ud800")", R"("\ud834x")",
    R"("\ud834\n")", R"("\ud834\u0041")", R"("\ud800\u")", R"("\ud800\u1")", R"("\ud800\u1x")",
    R"("\udd1e\ud834")", R"("\ud834\udd1e\udd1e")", R"("\ud800\\udc00")", R"({"\ud800":1})",
    "\"\x80\"", "\"\xbf\"", "\"\xc3\"", "\"\xc3", "\"\xc3\x28\"", "\"\xe2\x82\"",
    "\"\xe2\x28\xa1\"", "\"\xe2\x82\x28\"", "\"\xf0\x9d\x84\"", "\"\xf0\x28\x8c\xbc\"",
    "\"\xf0\x90\x28\xbc\"", "\"\xf0\x28\x8c\x28\"", "\"\xc3\xa9\xa9\"", "\"\xe2\x82\xac\x80\"",
    "\"\xc0\x80\"", "\"\xc0\xaf\"", "\"\xc1\xbf\"", "\"\xe0\x80\xaf\"", "\"\xe0\x9f\xbf\"",
    "\"\xf0\x80\x80\xaf\"", "\"\xf0\x8f\xbf\xbf\"", "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"",
    "\"\xed\xa0\xb4\xed\xb4\x9e\"", "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"",
    "\"\xf8\x88\x80\x80\x80\"", "\"\xfc\x84\x80\x80\x80\x80\"", "\"\xfe\"", "\"\xff\"",
    "{\"\xff\":1}", "[\"\xff\"]"};

} // namespace

TEST_CASE("y: every way to write JSON is accepted, by others too") {
  for (const std::string& text : well_formed) {
    CAPTURE(text);
    CHECK(accepts(text));
    CHECK(nlohmann_says(text) == opinion::yes);
    CHECK(simdjson_says(text, opinion::yes) == opinion::yes);
    CHECK(accepts("[" + text + ",\t{\"k\" :" + text + "} ]")); // and so as part of a text
  }
}

TEST_CASE("n: every way to get it wrong is refused, by others too") {
  for (const std::string& text : malformed) {
    CAPTURE(text);
    CHECK_FALSE(accepts(text));
    CHECK(nlohmann_says(text) == opinion::no);
    CHECK(simdjson_says(text, opinion::no) == opinion::no);
  }
}

TEST_CASE("i: where the standard leaves the choice, ours is made") {
  for (const auto* number : {"1e400", "-1e400", "123123e100000", "0.4e00669999999999999999999",
                             "18446744073709551616", "100000000000000000000", "1e-10000000000000"})
    CHECK_MESSAGE(accepts(number), number); // JSON; whether a double holds it is asked later
  CHECK_FALSE(accepts("\xef\xbb\xbf{}"));   // no byte-order mark
  CHECK_FALSE(accepts("[\0]\0"s));          // UTF-16 is none either
  CHECK(accepts(std::string(32, '[') + std::string(32, ']')));
  CHECK_FALSE(accepts(std::string(33, '[') + std::string(33, ']')));
  CHECK_FALSE(accepts(std::string(100'000, '[')));
}

TEST_CASE("whatever is one byte from JSON, all parsers judge alike") {
  const std::string bytes =
      "{}[]:,\"\\/0123456789.eE+-tfnulras \t\n\x01\x7f\x80\xbf\xc3\xed\xf4\xff\0"s;
  std::size_t compared = 0, accepted = 0;
  const auto compare = [&](const std::string& text) {
    const bool ours = accepts(text);
    const opinion theirs = nlohmann_says(text), expected = ours ? opinion::yes : opinion::no;
    CAPTURE(text);
    if (theirs == opinion::too_great) return; // it has not looked any further
    if (theirs != expected) FAIL_CHECK("nlohmann disagrees: ours says " << ours);
    if (simdjson_says(text, expected) != expected) FAIL_CHECK("simdjson disagrees: " << ours);
    ++compared;
    accepted += ours;
  };
  for (const std::string& text : well_formed) {
    const auto digits =
        std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits > 12) continue; // one more and simdjson's 64 bits are too few, which is no syntax
    for (std::size_t at = 0; at <= text.size(); ++at) {
      if (at < text.size()) compare(text.substr(0, at) + text.substr(at + 1));
      for (const char c : bytes) {
        compare(text.substr(0, at) + c + text.substr(at));
        if (at < text.size()) compare(text.substr(0, at) + c + text.substr(at + 1));
      }
    }
  }
  CHECK(accepted > 5'000); // so that both answers were tried
  CHECK(compared - accepted > 20'000);
}
