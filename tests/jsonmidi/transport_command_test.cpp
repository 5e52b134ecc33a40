#include <jamnet/jsonmidi/transport_command.hpp>

#include <array>
#include <limits>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using jsonmidi::transport_action;
using jsonmidi::transport_boundary;
using jsonmidi::transport_command;

namespace {

constexpr session_time now{nanoseconds{42}};

std::string text_of(const transport_command& command) {
  std::array<char, jsonmidi::max_transport_size> buffer;
  return std::string{jsonmidi::encode(command, buffer)};
}
session_time at(std::int64_t time) { return session_time{nanoseconds{time}}; }

// Why a command with these members is refused; `@` marks where, and is taken out.
errc refusal(std::string_view command, const std::string& marked) {
  std::string text = R"({"type":"transport","command":")" + std::string{command} +
                     R"(","timestamp":7)" + (marked.empty() ? "" : ",") + marked + "}";
  const std::size_t mark = text.find('@');
  if (mark != text.npos) text.erase(mark, 1);
  const auto decoded = jsonmidi::decode_transport(text, now);
  CAPTURE(text);
  if (decoded) return errc{};
  if (mark != text.npos) CHECK(decoded.error().detail == mark);
  return decoded.error().code;
}
bool accepts(std::string_view command, const std::string& members) {
  return refusal(command, members) == errc{};
}

} // namespace

TEST_CASE("members stand in the order of the specification, defaults left out") {
  CHECK(text_of({.action = transport_action::play, .time = at(7), .position = 0, .bpm = 120}) ==
        R"({"type":"transport","command":"PLAY","timestamp":7,"position":0,"bpm":120})");
  CHECK(text_of({.action = transport_action::record,
                 .time = at(-7),
                 .position = 16.5,
                 .bpm = 99.9,
                 .signature = jsonmidi::time_signature{7, 8},
                 .boundary = transport_boundary::bar,
                 .seq = 1,
                 .epoch = 2,
                 .by = peer_id{0xab}}) ==
        R"({"type":"transport","command":"RECORD","timestamp":-7,"position":16.5,"bpm":99.9,)"
        R"("timeSignature":[7,8],"boundary":"bar","seq":1,"epoch":2,"by":"00000000000000ab"})");
  CHECK(text_of({.action = transport_action::loop,
                 .time = at(7),
                 .loop = jsonmidi::loop_range{4, 8.25}}) ==
        R"({"type":"transport","command":"LOOP","timestamp":7,"loop":[4,8.25]})");
  CHECK(text_of({.action = transport_action::loop, .time = at(7)}) ==
        R"({"type":"transport","command":"LOOP","timestamp":7,"loop":null})");
}

TEST_CASE("a command that lacks what it needs, or is out of range, is not written") {
  CHECK(text_of({.action = transport_action::play, .position = 0}).empty());
  CHECK(text_of({.action = transport_action::seek}).empty());
  CHECK(text_of({.action = transport_action::tempo}).empty());
  CHECK(text_of({.action = transport_action::tempo, .bpm = 0.5}).empty());
  CHECK(text_of({.action = transport_action::time_signature}).empty());
  CHECK(text_of({.action = transport_action::time_signature,
                 .signature = jsonmidi::time_signature{4, 3}})
            .empty());
  CHECK(text_of({.action = transport_action::loop, .loop = jsonmidi::loop_range{8, 4}}).empty());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(text_of({.action = transport_action::stop, .position = nan}).empty());
  CHECK(
      text_of({.action = transport_action::tempo, .bpm = 120, .seq = ~0u + (1ull << 60)}).empty());
}

TEST_CASE("each command needs what the table says") {
  CHECK(accepts("PLAY", R"("position":0,"bpm":120)"));
  CHECK(refusal("PLAY", R"("bpm":120@)") == errc::key_missing);
  CHECK(refusal("PLAY", R"("position":0@)") == errc::key_missing);
  CHECK(refusal("RECORD", R"("position":0@)") == errc::key_missing);
  CHECK(accepts("STOP", R"("position":1)"));
  CHECK(refusal("STOP", R"("bpm":120@)") == errc::key_missing);
  CHECK(refusal("PAUSE", "") == errc::key_missing);
  CHECK(accepts("SEEK", R"("position":-4)"));
  CHECK(refusal("SEEK", "") == errc::key_missing);
  CHECK(accepts("TEMPO", R"("bpm":96.5)"));
  CHECK(refusal("TEMPO", R"("position":1@)") == errc::key_missing);
  CHECK(accepts("TIME_SIGNATURE", R"("timeSignature":[3,4])"));
  CHECK(refusal("TIME_SIGNATURE", "") == errc::key_missing);
  CHECK(accepts("LOOP", R"("loop":null)"));
  CHECK(refusal("LOOP", "") == errc::key_missing);
}

TEST_CASE("position and bpm may accompany any command, and are then checked") {
  for (const auto* command : {"STOP", "PAUSE", "SEEK"}) {
    CHECK(accepts(command, R"("position":0,"bpm":120)"));
    CHECK(refusal(command, R"("position":0,"bpm":@1000)") == errc::value_range);
  }
  CHECK(accepts("LOOP", R"("loop":[0,4],"position":1,"bpm":100)"));
  CHECK(refusal("TEMPO", R"("bpm":100,"position":@"1")") == errc::json_type);
}

TEST_CASE("values have their ranges") {
  CHECK(accepts("TEMPO", R"("bpm":1)"));
  CHECK(accepts("TEMPO", R"("bpm":999)"));
  CHECK(refusal("TEMPO", R"("bpm":@0.999)") == errc::value_range);
  CHECK(refusal("TEMPO", R"("bpm":@999.1)") == errc::value_range);
  CHECK(refusal("TEMPO", R"("bpm":@1e999)") == errc::value_range);
  CHECK(refusal("TEMPO", R"("bpm":@null)") == errc::json_type);

  const auto signature = [](const std::string& value) {
    return refusal("TIME_SIGNATURE", "\"timeSignature\":" + value);
  };
  for (const auto* good : {"[1,1]", "[255,64]", "[6,8]", "[4.0, 4e0]"})
    CHECK(signature(good) == errc{});
  for (const auto* bad : {"[@0,4]", "[@256,4]", "@[4,3]", "[4,@128]", "[4,@0]", "@[4]", "@[]"})
    CHECK(signature(bad) == errc::value_range);
  CHECK(signature("[4,4,4]") == errc::value_range);
  CHECK(signature("[4,@true]") == errc::json_type);
  CHECK(signature("@\"4/4\"") == errc::json_type);

  const auto loop = [](const std::string& value) { return refusal("LOOP", "\"loop\":" + value); };
  CHECK(loop("[-1,0.5]") == errc{});
  for (const auto* bad : {"@[4,4]", "@[8,4]", "@[4]", "@[]", "@[1,2,3]", "[0,@1e999]"})
    CHECK(loop(bad) == errc::value_range);
  CHECK(loop("[0,@\"4\"]") == errc::json_type);
  CHECK(loop("@false") == errc::json_type);

  const std::string tempo = R"("bpm":120,)";
  CHECK(refusal("TEMPO", tempo + R"("boundary":@"phrase")") == errc::value_range);
  CHECK(refusal("TEMPO", tempo + R"("seq":@9007199254740992)") == errc::value_range);
  CHECK(refusal("TEMPO", tempo + R"("epoch":@-1)") == errc::value_range);
  CHECK(refusal("TEMPO", tempo + R"("by":@"xyz")") == errc::value_range);
  CHECK(refusal("TEMPO", tempo + R"("by":@"0000000000000000")") == errc::value_range);
  CHECK(refusal("TEMPO", tempo + R"("by":@7)") == errc::json_type);
}

TEST_CASE("the rules of JSONMIDI hold: any order, no key twice, unknown keys skipped") {
  CHECK(accepts("TEMPO", R"("x":[{"bpm":1}],"\u0062pm":1.2e2,"loop":"not of this command")"));
  CHECK(refusal("TEMPO", R"("bpm":120,@"bpm":120)") == errc::key_duplicate);
  CHECK(refusal("tempo", R"("bpm":120)") == errc::value_range);
  const auto why = [](std::string_view text) {
    const auto command = jsonmidi::decode_transport(text, now);
    return command ? failure{} : command.error();
  };
  CHECK(why(R"({"type":"noteOn","command":"STOP","timestamp":0,"position":0})") ==
        failure{errc::type_unknown, 8});
  CHECK(why(R"({"type":"transport","timestamp":0,"position":0})").code == errc::key_missing);
  CHECK(why(R"({"type":"transport","command":"STOP","position":0})").code == errc::key_missing);
  CHECK(why(R"({"command":"STOP","timestamp":0,"position":0})").code == errc::key_missing);
  CHECK(why("").code == errc::json_truncated);
  CHECK(why("[1]") == failure{errc::json_type, 0});
}

TEST_CASE("the bare words mean now, with quotes or without, and only those four") {
  for (const auto* text : {"PLAY", " PLAY \r\n", "\"PLAY\"", " \"PL\\u0041Y\" "}) {
    const auto command = jsonmidi::decode_transport(text, now);
    REQUIRE(command);
    CHECK(*command == transport_command{.action = transport_action::play, .time = now});
  }
  CHECK(jsonmidi::decode_transport("STOP", now)->action == transport_action::stop);
  CHECK(jsonmidi::decode_transport("PAUSE", now)->action == transport_action::pause);
  CHECK(jsonmidi::decode_transport("RECORD", now)->action == transport_action::record);
  const auto why = [](std::string_view text) {
    const auto command = jsonmidi::decode_transport(text, now);
    return command ? failure{} : command.error();
  };
  CHECK(why("\"SEEK\"") == failure{errc::value_range, 0});
  CHECK(why("SEEK") == failure{errc::json_syntax, 0});
  CHECK(why("play") == failure{errc::json_syntax, 0});
  CHECK(why("PLAY STOP") == failure{errc::json_syntax, 0});
  CHECK(why("\"PLAY\" x") == failure{errc::json_syntax, 7});
  CHECK(why("\"PLAY") == failure{errc::json_truncated, 5});
}

TEST_CASE("every command comes back from its text") {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    random_source random{seed};
    const auto chance = [&] { return random.next() % 2 == 0; };
    transport_command c;
    c.action = static_cast<transport_action>(random.next() % 8);
    c.time = at(static_cast<std::int64_t>(random.next()));
    c.position = random.uniform(-1e6, 1e6);
    c.bpm = random.uniform(1, 999);
    if (c.action == transport_action::time_signature ||
        ((c.action == transport_action::play || c.action == transport_action::record) && chance()))
      c.signature = jsonmidi::time_signature{static_cast<std::uint8_t>(1 + random.next() % 255),
                                             static_cast<std::uint8_t>(1u << random.next() % 7)};
    if (c.action == transport_action::loop && chance()) {
      const double from = random.uniform(-10, 1000);
      c.loop = jsonmidi::loop_range{from, from + random.uniform(0.001, 100)};
    }
    c.boundary = static_cast<transport_boundary>(random.next() % 3);
    if (chance()) c.seq = random.next() >> 11;
    if (chance()) c.epoch = random.next() >> 11;
    if (chance()) c.by = peer_id{random.next()};
    CAPTURE(seed);
    const std::string text = text_of(c);
    REQUIRE(nlohmann::json::accept(text));
    const auto back = jsonmidi::decode_transport(text, now);
    REQUIRE(back);
    REQUIRE(*back == c);
    REQUIRE(text_of(*back) == text);
  }
}

TEST_CASE("commands are written and read without allocation, and fit max_transport_size") {
  const double longest = -1.2345678901234567e-300;
  std::array<char, jsonmidi::max_transport_size> buffer;
  const testing::rt_guard guard;
  const auto text = jsonmidi::encode({.action = transport_action::loop,
                                      .time = at(std::numeric_limits<std::int64_t>::min()),
                                      .position = longest,
                                      .bpm = 1.2345678901234567,
                                      .loop = jsonmidi::loop_range{longest, -longest},
                                      .boundary = transport_boundary::beat,
                                      .seq = 9007199254740991,
                                      .epoch = 9007199254740991,
                                      .by = peer_id{1}},
                                     buffer);
  CHECK_FALSE(text.empty());
  CHECK(jsonmidi::decode_transport(text, now));
}
