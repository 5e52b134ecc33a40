#include <jamnet/toast/clock_messages.hpp>

#include <array>
#include <limits>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;

namespace {
constexpr auto least = std::numeric_limits<std::int64_t>::min(),
               most = std::numeric_limits<std::int64_t>::max();
}

TEST_CASE("questions and answers are read as they were written, at every limit") {
  for (const std::int64_t t : {least, std::int64_t{-1}, std::int64_t{0}, most}) {
    std::array<std::uint8_t, clock_question::size> question{};
    clock_question{host_time{nanoseconds{t}}}.write(question.data());
    CHECK(decode_clock_question(question)->asked == host_time{nanoseconds{t}});

    std::array<std::uint8_t, clock_answer::size> answer{};
    clock_answer{host_time{nanoseconds{t}}, session_time{nanoseconds{~t}},
                 session_time{nanoseconds{t / 2}}, 0xfffffffe, 255}
        .write(answer.data());
    const auto a = decode_clock_answer(answer);
    REQUIRE(a);
    CHECK(a->asked == host_time{nanoseconds{t}});
    CHECK(a->received == session_time{nanoseconds{~t}});
    CHECK(a->answered == session_time{nanoseconds{t / 2}});
    CHECK(a->bound_ns == 0xfffffffe);
    CHECK(a->hops == 255);
    CHECK((answer[29] | answer[30] | answer[31]) == 0);
  }
}

TEST_CASE("payloads of another size are refused") {
  std::array<std::uint8_t, 33> bytes{};
  for (std::size_t n = 0; n <= bytes.size(); ++n) {
    CHECK(decode_clock_question(bytes_view{bytes}.first(n)).has_value() == (n == 8));
    CHECK(decode_clock_answer(bytes_view{bytes}.first(n)).has_value() == (n == 32));
  }
}

TEST_CASE("a claim is read as it was written") {
  std::array<char, 256> buffer{};
  const clock_claim c{{0xabc},
                      {{0xdef}, std::numeric_limits<std::uint64_t>::max(), -7, 5, 12, true},
                      15'000'000,
                      {{{{1}, address::v4(10, 0, 0, 1, 5)}}},
                      1};
  const auto text = encode(c, buffer);
  CHECK(text == R"({"session":"0000000000000abc","master":"0000000000000def",)"
                R"("epoch":18446744073709551615,"priority":-7,"quality_ns":5,"members":12,)"
                R"("delay_ns":15000000,"yields":true,)"
                R"("peers":[{"peer":"0000000000000001","ip":"0a000001","port":5}]})");
  const auto back = decode_clock_claim(text);
  REQUIRE(back);
  CHECK(back->session == c.session);
  CHECK(back->claim == c.claim);
  CHECK(back->delay_ns == c.delay_ns);
  REQUIRE(back->peer_count == 1);
  CHECK(back->peers[0].peer == peer_id{1});
  CHECK(back->peers[0].where == address::v4(10, 0, 0, 1, 5));
  CHECK(encode(c, std::span{buffer}.first(50)).empty());
}

TEST_CASE("a claim without session or master is none; unknown keys are skipped") {
  CHECK(decode_clock_claim(R"({"session":"0000000000000001"})").error().code == errc::key_missing);
  CHECK(decode_clock_claim(R"({"master":"0000000000000001"})").error().code == errc::key_missing);
  CHECK(decode_clock_claim(
      R"({"new":[1,{}],"session":"0000000000000001","master":"0000000000000001"})"));
  CHECK(decode_clock_claim(R"({"session":"1"})").error().code == errc::value_range);
  CHECK(decode_clock_claim(R"({"priority":2147483648})").error().code == errc::value_range);
  CHECK_FALSE(decode_clock_claim("[]"));
}

TEST_CASE("clock messages are rt-safe") {
  std::array<char, 256> buffer{};
  const testing::rt_guard guard;
  (void)decode_clock_claim(
      encode(clock_claim{.session = {1}, .claim = {.master = {1}, .epoch = 1}}, buffer));
}
