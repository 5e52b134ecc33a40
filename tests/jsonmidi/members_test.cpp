#include <jamnet/jsonmidi/members.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace jamnet;

namespace {

constexpr jsonmidi::name_index keys{std::to_array<std::string_view>({"a", "b", "c"})};
using object = jsonmidi::members<keys>;

failure why(std::string_view text) {
  object o{text};
  return o.prove() ? failure{} : o.error();
}

} // namespace

TEST_CASE("members are read by key, in any order, and unknown ones skipped") {
  object o{R"( {"x":[{"a":1}], "b" : "now", "c":2.5,"\u0061":60.0} )"};
  REQUIRE(o.prove());
  std::int64_t a = 0;
  double c = 0;
  char scratch[8];
  std::string_view b;
  CHECK(o.try_integer("a", a, 0, 127));
  CHECK(o.try_word("b", scratch, b));
  CHECK(o.try_double("c", c));
  CHECK(a == 60);
  CHECK(b == "now");
  CHECK(c == 2.5);
  CHECK(o.kind("b") == json::kind::string);
}

TEST_CASE("a known key may come once, an unknown one as often as it likes") {
  CHECK(why(R"({"x":1,"x":2,"a":1})") == failure{});
  CHECK(why(R"({"a":1,"a":1})") == failure{errc::key_duplicate, 7});
  CHECK(why(R"({"a":1,"\u0061":1})") == failure{errc::key_duplicate, 7});
}

TEST_CASE("only one object is one object") {
  CHECK(why("[1]") == failure{errc::json_type, 0});
  CHECK(why("") == failure{errc::json_truncated, 0});
  CHECK(why("{}{}") == failure{errc::json_syntax, 2});
  CHECK(why(R"({"x":01})") == failure{errc::json_syntax, 6});
}

TEST_CASE("a missing key is told at the closing brace, a bad value at the value") {
  const auto read = [](std::string_view text) {
    object o{text};
    REQUIRE(o.prove());
    std::int64_t a = 0;
    return o.try_integer("a", a, 0, 127) ? failure{} : o.error();
  };
  CHECK(read(R"({"b":1}  )") == failure{errc::key_missing, 6});
  CHECK(read(R"({"a": "1"})") == failure{errc::json_type, 6});
  CHECK(read(R"({"a": 128})") == failure{errc::value_range, 6});
}

TEST_CASE("a choice is one of its words") {
  constexpr std::array<std::string_view, 2> words{"beat", "bar"};
  const auto choice = [&](std::string_view text, std::size_t& out) {
    object o{text};
    REQUIRE(o.prove());
    return o.try_choice("a", words, out) ? failure{} : o.error();
  };
  std::size_t i = 9;
  CHECK(choice(R"({"a":"b\u0061r"})", i) == failure{});
  CHECK(i == 1);
  CHECK(choice(R"({"a":"bars"})", i) == failure{errc::value_range, 5});
  CHECK(choice(R"({"a":"\n)" + std::string(100, 'x') + R"("})", i) ==
        failure{errc::value_range, 5});
  CHECK(choice(R"({"a":1})", i) == failure{errc::json_type, 5});
}

TEST_CASE("the integers of an array come one after the other, then no more") {
  const auto read = [](std::string_view text, std::vector<std::int64_t>& out) {
    jsonmidi::integer_array in{text, text.find('[')};
    for (std::int64_t value = 0; in.try_next(value, 0, 10);) out.push_back(value);
    return in.ok() ? failure{} : in.error();
  };
  std::vector<std::int64_t> out;
  CHECK(read(R"({"a":[ 1 ,2.0,	3 ]})", out) == failure{});
  CHECK(out == std::vector<std::int64_t>{1, 2, 3});
  out.clear();
  CHECK(read("[]", out) == failure{});
  CHECK(out.empty());
  CHECK(read("[1,11]", out) == failure{errc::value_range, 3});
  CHECK(read("[1,[2]]", out) == failure{errc::json_type, 3});
}
