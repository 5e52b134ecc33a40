// What a peer may send to break a decoder, each kind decided by name. The vectors have many more of
// each; here is what no file can hold, and what must not happen meanwhile.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <jamnet/jsonmidi/decode.hpp>
#include <jamnet/jsonmidi/reader.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

// Why a line is refused, or its time; it delivers one packet or none, and allocates nothing.
struct verdict {
  failure why{};
  std::optional<std::int64_t> time{};
  friend bool operator==(const verdict&, const verdict&) = default;
};
verdict judge(std::string_view line, const jsonmidi::limits& most = {}) {
  const testing::rt_guard guard;
  verdict v;
  const auto take = [&](const midi_event& e) { v.time = e.time.time_since_epoch().count(); };
  const auto count = jsonmidi::decode_packets(line, take, most);
  if (!count) v.why = count.error();
  return v;
}
verdict accepted(std::int64_t time = 0) { return {{}, time}; }

// A line with `@` where it is at fault, which is taken out.
verdict refusal(errc code, std::string& line) {
  const std::size_t mark = line.find('@');
  line.erase(mark, 1);
  return {{code, static_cast<std::uint32_t>(mark)}, {}};
}
void check_refused(errc code, std::string line) {
  const verdict expected = refusal(code, line);
  CAPTURE(line);
  CHECK(judge(line) == expected);
}

std::string with(const std::string& more) {
  return R"({"type":"start","timestamp":0,)" + more + "}";
}
std::string at_time(const std::string& time) {
  return R"({"type":"start","timestamp":)" + time + "}";
}

const std::string start = at_time("7");

// What a stream of lines comes to: the time of each packet, the code of each refusal.
std::vector<std::int64_t> heard(std::string_view text, std::size_t chunk) {
  std::vector<std::int64_t> out;
  jsonmidi::reader lines;
  const auto sink = [&](const result<midi_event>& e) {
    out.push_back(e ? e->time.time_since_epoch().count() : -static_cast<int>(e.error().code));
  };
  for (; !text.empty(); text.remove_prefix(std::min(chunk, text.size())))
    lines.feed(text.substr(0, chunk), sink);
  lines.finish(sink);
  return out;
}
constexpr std::int64_t minus(errc code) { return -static_cast<int>(code); }

} // namespace

TEST_CASE("duplicate keys: a key of the format is refused the second time, any other is not") {
  check_refused(errc::key_duplicate, with(R"(@"type":"start")"));
  check_refused(errc::key_duplicate, with(R"(@"type":"stop")"));
  check_refused(errc::key_duplicate, with(R"(@"t\u0079pe":"start")"));
  check_refused(errc::key_duplicate, with(R"("\u0067roup":1,@"group":1)"));
  check_refused(errc::key_duplicate, with(R"("velocity":{},@"velocity":[])")); // of another type
  CHECK(judge(with(R"("x":1,"x":2,"":3,"":4)")) == accepted());
  CHECK(judge(with(R"("x":{"type":1,"type":2,"group":[],"group":[]})")) == accepted());
  std::string many; // no table of the keys there were, which would cost the square of them
  for (int i = 0; i < 100'000; ++i) many += R"("x":0,)";
  CHECK(judge(with(many + R"("y":0)")) == accepted());
}

TEST_CASE("deep nesting: 32 levels are read, the 33rd is refused before the stack feels it") {
  const auto nested = [](std::size_t depth, const std::string& open, const std::string& close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "0";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  const std::string arrays(31, '[');
  CHECK(judge(with("\"x\":" + nested(31, "[", "]"))) == accepted());
  CHECK(judge(with("\"x\":" + nested(31, "{\"\":", "}"))) == accepted());
  check_refused(errc::json_depth, with("\"x\":" + arrays + "@[" + "0" + std::string(32, ']')));
  check_refused(errc::json_depth, with("\"data\":" + arrays + "@[" + "0" + std::string(32, ']')));
  check_refused(errc::json_depth, with("\"x\":" + arrays + "@" + std::string(1'000'000, '[')));
  check_refused(errc::json_depth, with("\"x\":" + arrays + "@{}" + std::string(1'000'000, ']')));
}

TEST_CASE(
    "10 MB lines: refused by their length alone, kept by no one, and the next line is heard") {
  const std::string junk(10'000'000, 'x'), text = "\"" + junk + "\"";
  const std::string valid = with("\"x\":" + text);
  CHECK(judge(junk) == verdict{{errc::line_too_long, 1u << 20}, {}});
  CHECK(judge(valid) == verdict{{errc::line_too_long, 1u << 20}, {}});
  CHECK(judge(valid, {.line = 1u << 24}) == accepted()); // it is by its length alone
  for (const std::size_t chunk : {std::size_t{1} << 30, std::size_t{65536}, std::size_t{1000}})
    for (const std::string& line :
         {junk, valid, std::string(10'000'000, ' '), std::string(10'000'000, '[')}) {
      const auto all = heard(start + "\n" + line + "\n" + start, chunk);
      CHECK(all == std::vector<std::int64_t>{7, minus(errc::line_too_long), 7});
    }
}

TEST_CASE("lone surrogates: an escape that is half a character is refused wherever it stands") {
  for (const std::string half : {"@\\ud800", "@\\udfff", "@\\udbff\\u0020", "@\\udbff\\udbff",
                                 "@\\udc00\\ud800", "\\ud834\\udd1e@\\udd1e", "@\\ud83d x"}) {
    check_refused(errc::json_utf8, with("\"x\":\"" + half + "\""));
    check_refused(errc::json_utf8, with("\"" + half + "\":0"));
    check_refused(errc::json_utf8, "{\"type\":\"" + half + "\"}");
    check_refused(errc::json_utf8,
                  R"({"type":"endpointName","timestamp":0,"text":")" + half + "\"}");
  }
  CHECK(judge(with(R"("\ud834\udd1e":"\uDBFF\uDFFF")")) == accepted());
  check_refused(errc::json_utf8, with("\"x\":\"@\xed\xa0\xb4\xed\xb4\x9e\"")); // both, as bytes
}

TEST_CASE("overlong UTF-8: a character has one spelling, and no other is taken for it") {
  for (const std::string bytes :
       {"@\xc0\x80", "@\xc0\xaf", "@\xc1\xbf", "@\xe0\x80\xaf", "@\xe0\x9f\xbf",
        "@\xf0\x80\x80\xaf", "@\xf0\x8f\xbf\xbf", "@\xf8\x80\x80\x80\xaf"}) {
    check_refused(errc::json_utf8, with("\"x\":\"" + bytes + "\""));
    check_refused(errc::json_utf8, with("\"" + bytes + "\":0"));
  }
  check_refused(errc::json_utf8, "{\"@\xc1\xb4ype\":\"start\",\"timestamp\":0}");
  CHECK(judge(with("\"x\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"")) ==
        accepted());
}

TEST_CASE("NUL bytes: no more than any control character are they JSON, and they end nothing") {
  const std::string nul(1, '\0');
  check_refused(errc::json_syntax, with("\"x\":\"@" + nul + "\""));
  check_refused(errc::json_syntax, with("\"@" + nul + "\":0"));
  check_refused(errc::json_syntax, with("\"x\":@" + nul + "0"));
  check_refused(errc::json_syntax, "@" + nul + start);
  check_refused(errc::json_syntax, start + "@" + nul);
  check_refused(errc::json_syntax, start + "@" + nul + "}");
  // As an escape it is a character, and makes another word of a word.
  CHECK(judge(with(R"("type\u0000":0,"x":"\u0000")")) == accepted());
  check_refused(errc::type_unknown, R"({"type":@"start\u0000","timestamp":0})");
}

TEST_CASE(
    "numbers: 1e400, -0, 01, 0x10 and 2^63 are each decided, as a time and as what is skipped") {
  struct decided {
    const char* number;
    verdict as_time;
  };
  const verdict range{{errc::value_range, 28}, {}};
  for (const decided& d : std::vector<decided>{{"1e400", range},
                                               {"-1e400", range},
                                               {"1e-400", range},
                                               {"1e99999999999999999999", range},
                                               {"0e400", accepted(0)},
                                               {"-0", accepted(0)},
                                               {"-0.0", accepted(0)},
                                               {"-0e-0", accepted(0)},
                                               {"9223372036854775807", accepted(INT64_MAX)},
                                               {"9223372036854775808", range},
                                               {"9.223372036854775808e18", range},
                                               {"-9223372036854775808", accepted(INT64_MIN)},
                                               {"-9223372036854775809", range},
                                               {"18446744073709551616", range},
                                               {"340282366920938463463374607431768211456", range},
                                               {"60.0", accepted(60)},
                                               {"6e1", accepted(60)},
                                               {"60.5", range}}) {
    CAPTURE(d.number);
    CHECK(judge(at_time(d.number)) == d.as_time);
    CHECK(judge(with("\"x\":" + std::string{d.number})) == accepted());
  }
  for (const std::string bad : {"0@1", "-0@1", "0@0", "0@x10", "@+1", "@.5", "5.@", "1e@", "-@",
                                "@NaN", "@Infinity", "-@Infinity", "1@_0", "1@'0", "0@b1", "1@n"}) {
    check_refused(errc::json_syntax, at_time(bad));
    check_refused(errc::json_syntax, with("\"x\":" + bad));
  }
  const std::string zeros(500'000, '0'); // exact all the same
  CHECK(judge(at_time("6" + zeros + "e-499999")) == accepted(60));
  CHECK(judge(at_time("0." + zeros + "6e500002")) == accepted(60));
  CHECK(judge(at_time("6" + zeros)) == range);
}

TEST_CASE("data of 65,536 bytes is taken, of one more refused, whatever the bytes are") {
  const auto sysex = [](std::size_t size) {
    std::string data;
    for (std::size_t i = 0; i < size; ++i) data += i == 0 ? "0" : ",0";
    return R"({"type":"systemExclusive","timestamp":0,"data":@[)" + data + "]}";
  };
  std::string most = sysex(65'536);
  most.erase(most.find('@'), 1);
  CHECK(judge(most) == accepted());
  check_refused(errc::data_too_long, sysex(65'537));
}

TEST_CASE("a line cut at any byte is truncated there, and never takes from the next one") {
  const std::string line = with(R"("x":[1.5e-3,true,null,"\u00e9\n",{"":-0}])");
  for (std::size_t size = 0; size < line.size(); ++size) {
    CAPTURE(size);
    const auto cut = std::string_view{line}.substr(0, size);
    CHECK(judge(cut) == verdict{{errc::json_truncated, static_cast<std::uint32_t>(size)}, {}});
    if (size > 0)
      CHECK(heard(std::string{cut} + "\n" + start, 7) ==
            std::vector<std::int64_t>{minus(errc::json_truncated), 7});
  }
}
