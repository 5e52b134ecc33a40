#include <jamnet/json/reader.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

failure why(std::string_view text) {
  json::reader in{text};
  return in.skip() && in.finish() ? failure{} : in.error();
}
bool reads(std::string_view text) { return why(text) == failure{}; }

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

} // namespace

TEST_CASE("members come in the order of the text, each value read where it stands") {
  json::reader in{R"( { "bpm" : 96.5, "name":"a\u00e9", "on":true, "n":[1, 2.0,3e0], "x":null } )"};
  double bpm = 0;
  std::string name;
  bool on = false, null = false;
  std::vector<std::int64_t> numbers;
  std::array<char, 8> scratch;
  const bool read = in.try_object([&](std::string_view key, json::reader& value) {
    if (key == "bpm") return value.try_double(bpm);
    if (key == "on") return value.try_bool(on);
    if (key == "x") return null = value.try_null();
    if (key == "name") {
      std::string_view text;
      const bool good = value.try_string(scratch, text);
      name = text;
      return good;
    }
    return key == "n" && value.try_array([&](json::reader& element) {
      return element.try_integer(numbers.emplace_back());
    });
  });
  CHECK((read && in.finish()));
  CHECK(bpm == 96.5);
  CHECK(name == "a\u00e9");
  CHECK(on);
  CHECK(null);
  CHECK(numbers == std::vector<std::int64_t>{1, 2, 3});
}

TEST_CASE("an escaped key is the key it stands for") {
  json::reader in{R"({"\u0074ype":1})"};
  CHECK(in.try_object(
      [](std::string_view key, json::reader& value) { return key == "type" && value.skip(); }));
}

TEST_CASE("an escaped key too long for the buffer comes as it was written") {
  const std::string raw = "\\n" + std::string(json::reader::max_escaped_key, 'k');
  const std::string text = "{\"" + raw + "\":1}";
  json::reader in{text};
  CHECK(in.try_object(
      [&](std::string_view key, json::reader& value) { return key == raw && value.skip(); }));
}

TEST_CASE("a failure names its code and the offset of the byte that breaks the rule") {
  CHECK(why("") == failure{errc::json_truncated, 0});
  CHECK(why("  ") == failure{errc::json_truncated, 2});
  CHECK(why("[1,") == failure{errc::json_truncated, 3});
  CHECK(why("{\"a\"") == failure{errc::json_truncated, 4});
  CHECK(why("tru") == failure{errc::json_truncated, 3});
  CHECK(why("truu") == failure{errc::json_syntax, 3});
  CHECK(why("[1,]") == failure{errc::json_syntax, 3});
  CHECK(why("[1 2]") == failure{errc::json_syntax, 3});
  CHECK(why("{\"a\":01}") == failure{errc::json_syntax, 6});
  CHECK(why("{\"a\" 1}") == failure{errc::json_syntax, 5});
  CHECK(why("{a:1}") == failure{errc::json_syntax, 1});
  CHECK(why("{\"a\":1,}") == failure{errc::json_syntax, 7});
  CHECK(why("{\"a\":+1}") == failure{errc::json_syntax, 5});
  CHECK(why("{} x") == failure{errc::json_syntax, 3});
  CHECK(why("\xef\xbb\xbf{}") == failure{errc::json_syntax, 0});
  CHECK(why("[\"\xff\"]") == failure{errc::json_utf8, 2});
  CHECK(why("{\"\\ud800\":1}") == failure{errc::json_utf8, 2});
}

TEST_CASE("32 levels are read, 33 are not") {
  CHECK(reads(nested(32)));
  CHECK(why(nested(33)) == failure{errc::json_depth, 32});
  CHECK(why(std::string(1'000'000, '[')) == failure{errc::json_depth, 32});
}

TEST_CASE("a value of another type is json_type, at the value") {
  std::int64_t i = 7;
  json::reader in{" \"60\""};
  CHECK_FALSE(in.try_integer(i));
  CHECK(in.error() == failure{errc::json_type, 1});
  CHECK(i == 7);
}

TEST_CASE("an integer outside its range, or not integral, is value_range") {
  const auto read = [](std::string_view text, std::int64_t min, std::int64_t max) {
    json::reader in{text};
    std::int64_t value = 0;
    return in.try_integer(value, min, max) ? failure{} : in.error();
  };
  CHECK(read("127", 0, 127) == failure{});
  CHECK(read(" 128", 0, 127) == failure{errc::value_range, 1});
  CHECK(read("-1", 0, 127) == failure{errc::value_range, 0});
  CHECK(read("60.5", 0, 127) == failure{errc::value_range, 0});
  CHECK(read("6e1", 0, 127) == failure{});
  CHECK(read("-0", 0, 127) == failure{});
  CHECK(read("-9223372036854775808", INT64_MIN, INT64_MAX) == failure{});
  CHECK(read("9223372036854775807", INT64_MIN, INT64_MAX) == failure{});
  CHECK(read("9223372036854775808", INT64_MIN, INT64_MAX) == failure{errc::value_range, 0});
  CHECK(read("-9223372036854775809", INT64_MIN, INT64_MAX) == failure{errc::value_range, 0});

  std::uint64_t u = 0;
  CHECK(json::reader{"18446744073709551615"}.try_unsigned(u));
  CHECK(u == UINT64_MAX);
  CHECK_FALSE(json::reader{"-1"}.try_unsigned(u));
  double d = 0;
  CHECK_FALSE(json::reader{"1e400"}.try_double(d));
}

TEST_CASE("the first failure stays, also the caller's own") {
  json::reader in{R"({"a":1,"b":2})"};
  CHECK_FALSE(in.try_object([](std::string_view, json::reader& value) {
    return value.fail(errc::key_duplicate, value.key_offset());
  }));
  CHECK(in.error() == failure{errc::key_duplicate, 1});
  CHECK_FALSE(in.fail(errc::key_missing, 9));
  CHECK_FALSE(in.skip());
  CHECK_FALSE(in.finish());
  CHECK(in.peek() == json::kind::none);
  CHECK(in.error() == failure{errc::key_duplicate, 1});
}

TEST_CASE("a callback that refuses without a reason refuses the type of the value") {
  json::reader in{"[1, 2]"};
  CHECK_FALSE(in.try_array([](json::reader& value) { return value.offset() < 4 && value.skip(); }));
  CHECK(in.error() == failure{errc::json_type, 4});
}

TEST_CASE("a value can be taken as it is written") {
  json::reader in{R"([ {"a" : [1, "]"]} ,2])"};
  std::vector<std::string> raw;
  CHECK(in.try_array([&](json::reader& value) {
    std::string_view text;
    const bool good = value.try_raw(text);
    raw.emplace_back(text);
    return good;
  }));
  CHECK(raw == std::vector<std::string>{R"({"a" : [1, "]"]})", "2"});
}

TEST_CASE("reading allocates nothing") {
  const std::string text = R"({"a":[1,2.5,"x\n",{"b\u0020":null}],"c":false,"d":123456.789e-3})";
  const testing::rt_guard guard;
  json::reader in{text};
  double d = 0;
  CHECK(in.try_object([&](std::string_view key, json::reader& value) {
    return key == "d" ? value.try_double(d) : value.skip();
  }));
}

TEST_CASE("exactly the mutations that are JSON are accepted, by another parser's judgement") {
  // Not compared: texts deeper than 32; a byte-order mark and numbers beyond a double, where
  // nlohmann is the one that departs from the RFC.
  const std::vector<std::string> documents = {
      R"({"type":"noteOn","timestamp":-123456789012,"channel":1,"note":60,"velocity":1.0e2})",
      R"([true,false,null,0,-0.5,1e-7,"",[],{},[[]],{"a":{"b":[1,2]}}])",
      "  {\"k\\u0065y\" : \"\\ud834\\udd1e\\\\\\\"\\/\" ,\r\n\t\"\xc3\xa9\xe2\x82\xac\" : "
      "\"\xf0\x9d\x84\x9e\" } ",
      R"("text")",
      "12",
      "null",
      R"({"words":[4294967295,0],"x":{"y":[{"z":[{}]}]}})"};
  const std::string alphabet = "{}[]:,\"\\/0123456789.eE+-tfnulras xXdD\t\n\x01\x7f\x80\xbf\xc3\xed"
                               "\xa0\xf4\xff";
  int accepted = 0;
  for (std::uint64_t seed = 0; seed < 200'000; ++seed) {
    random_source random{seed};
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random.next() % n); };
    std::string text = documents[below(documents.size())];
    for (std::size_t edits = 1 + below(3); edits-- > 0;) {
      const std::size_t at = below(text.size() + 1);
      switch (below(4)) {
      case 0: text.insert(at, 1, alphabet[below(alphabet.size())]); break;
      case 1: text.erase(at, 1 + below(3)); break;
      case 2: text.insert(at, text.substr(below(text.size() + 1), below(8))); break;
      default:
        if (at < text.size()) text[at] = alphabet[below(alphabet.size())];
      }
    }
    const failure ours = why(text);
    if (ours.code == errc::json_depth || text.starts_with("\xef\xbb\xbf")) continue;
    bool theirs = nlohmann::json::accept(text);
    if (!theirs && ours == failure{}) {
      try {
        const auto parsed = nlohmann::json::parse(text);
      } catch (const nlohmann::json::out_of_range&) {
        theirs = true;
      } catch (const nlohmann::json::parse_error&) {
      }
    }
    accepted += theirs;
    CAPTURE(seed);
    CAPTURE(text);
    if (theirs != (ours == failure{})) FAIL("disagree: " << to_string(ours.code));
    if (ours.detail > text.size()) FAIL("offset beyond the text");
  }
  CHECK(accepted > 10'000); // so that both answers were tried
}
