#include <jamnet/transport/transport_message.hpp>

#include <string>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/any_transport_command.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using jsonmidi::transport_action;

namespace message_laws { // beside the other tests in one program
namespace {

constexpr peer_id committer{0xc};

std::string line_of(const transport_register& r) {
  std::array<char, 2'000> room;
  return std::string{encode(r, room)};
}
transport_register random_register(random_source& random) {
  transport_register r{.session = {random.next() | 1}};
  session_time now{};
  for (int i = 0; i < 8; ++i) {
    now += nanoseconds{static_cast<std::int64_t>(random.next() % 1'000'000'000)};
    auto c = any_transport_command(random, now);
    c.by = {1 + random.next() % 12};
    c.seq = random.next() >> 11;
    if (const auto next = commit(r, c, now, committer)) r = *next;
  }
  return r;
}
// Why a text is refused; `@` marks where, and is taken out.
errc refusal(std::string text) {
  const std::size_t mark = text.find('@');
  if (mark != text.npos) text.erase(mark, 1);
  const auto m = decode_transport_message(text);
  CAPTURE(text);
  if (m) return {};
  if (mark != text.npos) CHECK(m.error().detail == mark);
  return m.error().code;
}

const std::string whole =
    R"({"type":"transportState","session":"00000000000000ab","state":"playing","timestamp":1000,)"
    R"("position":4.5,"bpm":92.5,"timeSignature":[3,4],"bars":[3,2],"loop":[0,12],)"
    R"("heard":[["00000000000000b0",17]],"epoch":3,"committed":2000,"by":"000000000000000c"})"
    "\n"
    R"({"type":"transport","command":"SEEK","timestamp":1500,"position":0,"boundary":"bar",)"
    R"("seq":17,"epoch":3,"by":"00000000000000b0"})"
    "\n";

} // namespace

TEST_CASE("a register is written and read as the page says") {
  const auto m = decode_transport_message(whole);
  REQUIRE(m);
  REQUIRE(m->state);
  const transport_register& r = *m->state;
  CHECK(r.session == session_id{0xab});
  CHECK(r.stamp == commit_stamp{3, session_time{nanoseconds{2'000}}, committer});
  CHECK(r.base.mode == transport_mode::playing);
  CHECK(r.base.signature == time_signature{3, 4});
  CHECK(r.base.bar_line == quarter_notes::from(3));
  CHECK(r.base.bar == 2);
  CHECK(r.base.loop_to == quarter_notes::from(12));
  CHECK(r.last_of({0xb0}) == 17);
  REQUIRE(r.ahead_count == 1);
  CHECK(r.ahead[0].action == transport_action::seek);
  CHECK(line_of(r) == whole);
}

TEST_CASE(
    "law: whatever was committed is the same on the other side of the wire, to the last bit") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    const auto r = random_register(random);
    if (!r.stamp) continue;
    const auto back = decode_transport_message(line_of(r));
    REQUIRE(back);
    REQUIRE(back->state);
    REQUIRE(*back->state == r);
    REQUIRE(schedule_of(*back->state) == schedule_of(r));
  }
}

TEST_CASE("what somebody asks for and what is answered goes beside a register") {
  transport_answer answer{.seq = 9};
  answer.refuse(7, errc::tempo_range);
  answer.refuse(8, errc::no_quorum);
  std::array<char, 200> room;
  const std::string line{encode(answer, room)};
  CHECK(line ==
        "{\"type\":\"transportAnswer\",\"seq\":9,\"refused\":[[7,\"tempo\"],[8,\"quorum\"]]}\n");
  const auto m = decode_transport_message(
      whole + line + R"({"type":"transport","command":"TEMPO","timestamp":5,"bpm":60,"seq":4})" +
      "\n\n{\"type\":\"somethingNew\"}\n");
  REQUIRE(m);
  CHECK(m->state->ahead_count == 1);
  REQUIRE(m->proposal_count == 1);
  CHECK(m->proposals[0].seq == 4);
  REQUIRE(m->answer);
  CHECK(m->answer->seq == 9);
  CHECK(m->answer->why(7) == errc::tempo_range);
  CHECK(m->answer->why(8) == errc::no_quorum);
  CHECK(m->answer->why(9) == errc{});
  const auto future = decode_transport_message(
      "{\"type\":\"transportAnswer\",\"seq\":9,\"refused\":[[9,\"weather\"]]}");
  REQUIRE(future);
  CHECK(future->answer->why(9) == errc::refused);
}

TEST_CASE("of more refusals than there is room for the oldest are forgotten") {
  transport_answer answer;
  for (std::uint64_t i = 1; i <= 20; ++i) answer.refuse(i, errc::tempo_range);
  CHECK(answer.refused_count == 16);
  CHECK(answer.why(4) == errc{});
  CHECK(answer.why(5) == errc::tempo_range);
}

TEST_CASE("a register that is too long for a datagram forgets who was heard, or does not fit") {
  transport_register r{.session = {1}, .stamp = {1, {}, {1}}};
  for (std::uint64_t i = 0; i < r.most_heard; ++i)
    r.heard[r.heard_count++] = {{i + 1}, ~0ull >> 11};
  CHECK(try_fit(r));
  CHECK(r.heard_count == 8);
  for (auto& c : r.ahead)
    c = {.action = transport_action::loop,
         .time = session_time{nanoseconds{1ll << 60}},
         .loop = jsonmidi::loop_range{0.12345678901234567, 1234.5678901234567},
         .seq = ~0ull >> 11,
         .epoch = ~0ull >> 11,
         .by = {~0ull}};
  r.ahead_count = 3;
  CHECK(try_fit(r));
  CHECK(r.heard_count < 8);
  CHECK(line_of(r).size() <= transport_payload_limit);
  r.ahead_count = 4;
  r.base.bpm = 123.45678901234567;
  for (auto& c : r.ahead) c.bpm = 123.45678901234567, c.position = 1234.5678901234567;
  CHECK_FALSE(try_fit(r));
  r.ahead_count = 0;
  r.base.bar = std::int64_t{1} << 60; // readers in other languages count no further than 2^53
  CHECK_FALSE(try_fit(r));
}

TEST_CASE("lines that make no sense are refused by name, all of them or none") {
  const auto with = [](std::string_view what, std::string_view by) {
    std::string text = whole;
    text.replace(text.find(what), what.size(), by);
    return refusal(text);
  };
  CHECK(refusal("") == errc{});
  CHECK(refusal("PLAY") == errc::json_syntax);
  CHECK(refusal("[]") == errc::json_type);
  CHECK(refusal("{\"type\":@7}") == errc::json_type);
  CHECK(refusal(whole + "@" + whole) == errc::key_duplicate);
  CHECK(refusal(whole + "{\"seq\":4@}") == errc::key_missing);
  for (const auto* bpm : {"0", "-3", "1e9", "0.999"}) CHECK(with("92.5", bpm) == errc::value_range);
  CHECK(with("92.5", "null") == errc::json_type);
  for (const auto* beats : {"[0,0]", "[7,3]", "[4]", "[]", "[4,4,4]", "[300,4]"})
    CHECK(with("[3,4]", beats) == errc::value_range);
  CHECK(with("[0,12]", "[0,0.00001]") == errc::value_range);
  CHECK(with("[0,12]", "[12,0]") == errc{}); // no loop
  for (const auto* position : {"1e300", "-1e9"}) CHECK(with("4.5", position) == errc::value_range);
  CHECK(with("[3,2]", "[3,2.5]") == errc::value_range);
  CHECK(with("[3,2]", "[3,9007199254740993]") == errc::value_range);
  CHECK(with("\"playing\"", "\"dancing\"") == errc::value_range);
  CHECK(with("\"epoch\":3,\"c", "\"epoch\":0,\"c") == errc::value_range);
  CHECK(with("\"timestamp\":1000", "\"timestamp\":9223372036854775807") == errc::value_range);
  CHECK(with("\"by\":\"000000000000000c\"", "\"by\":\"0000000000000000\"") == errc::value_range);
  CHECK(with("\"by\":\"000000000000000c\"", "\"by\":\"c\"") == errc::value_range);
  CHECK(with("\"session\":\"00000000000000ab\",", "") == errc::key_missing);
  CHECK(with("[[\"00000000000000b0\",17]]", "[[17]]") == errc::json_type);
  CHECK(with("[[\"00000000000000b0\",17]]", "[[\"00000000000000b0\",17,1]]") == errc::value_range);
  CHECK(with("\"command\":\"SEEK\"", "\"command\":\"HIDE\"") == errc::value_range);
  CHECK(refusal("@{\"type\":\"transport\",\"command\":\"TEMPO\",\"timestamp\":5,\"bpm\":60,"
                "\"epoch\":4}") == errc::value_range); // settled, but no register
  std::string many = whole, ask;
  const std::string ahead = whole.substr(whole.find('\n') + 1);
  for (int i = 0; i < 3; ++i) many += ahead;
  CHECK(refusal(many) == errc{});
  CHECK(refusal(many + "@" + ahead) == errc::limit_exceeded);
  const std::string one =
      "{\"type\":\"transport\",\"command\":\"TEMPO\",\"timestamp\":5,\"bpm\":60}\n";
  for (int i = 0; i < 16; ++i) ask += one;
  CHECK(refusal(ask) == errc{});
  CHECK(refusal(ask + "@" + one) == errc::limit_exceeded);
}

TEST_CASE("writing and reading them neither allocate nor wait") {
  const std::string text = whole;
  std::array<char, 2'000> room;
  rt_guard guard;
  const auto m = decode_transport_message(text);
  CHECK(m);
  CHECK(encode(*m->state, room).size() == text.size());
}

} // namespace message_laws
