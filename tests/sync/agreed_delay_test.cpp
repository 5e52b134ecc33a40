#include <jamnet/sync/agreed_delay.hpp>

#include <array>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

constexpr session_time outset{1h};
using wishes = std::vector<nanoseconds>;

} // namespace

TEST_CASE("the largest wish wins at once") {
  agreed_delay agreed{10ms};
  CHECK(agreed.agree(wishes{5ms, 23ms, 7ms}, outset) == 23ms);
  CHECK(agreed.delay() == 23ms);
}

TEST_CASE("a shorter delay is agreed when all have asked for less for 10 s") {
  agreed_delay agreed{30ms};
  for (session_time t = outset; t < outset + 10s; t += 500ms)
    REQUIRE(agreed.agree(wishes{5ms, 12ms}, t) == 30ms);
  CHECK(agreed.agree(wishes{5ms, 12ms}, outset + 10s) == 12ms);
}

TEST_CASE("one member that still needs the delay keeps it for all") {
  agreed_delay agreed{30ms};
  for (session_time t = outset; t < outset + 60s; t += 500ms) {
    const bool needed = (t - outset) % 8s == 0s;
    REQUIRE(agreed.agree(wishes{5ms, needed ? 30ms : 6ms}, t) == 30ms);
  }
}

TEST_CASE("the shorter delay is the longest that anybody asked for in the while") {
  agreed_delay agreed{30ms};
  for (session_time t = outset; t <= outset + 10s; t += 500ms)
    agreed.agree(wishes{5ms, t == outset + 3s ? 20ms : 6ms}, t);
  CHECK(agreed.delay() == 20ms);
  for (session_time t = outset + 10500ms; t < outset + 20s; t += 500ms)
    REQUIRE(agreed.agree(wishes{5ms, 6ms}, t) == 20ms);
  CHECK(agreed.agree(wishes{5ms, 6ms}, outset + 20s) == 6ms);
}

TEST_CASE("nobody's wishes change nothing, and who left is not waited for longer than the while") {
  agreed_delay agreed{30ms};
  CHECK(agreed.agree({}, outset) == 30ms);
  CHECK(agreed.agree(wishes{8ms}, outset + 1s) == 30ms); // the member that asked for 30 ms left
  CHECK(agreed.agree({}, outset + 20s) == 30ms);
  CHECK(agreed.agree(wishes{8ms}, outset + 20s) == 8ms);
}

TEST_CASE("when time runs back, the while begins anew") {
  agreed_delay agreed{30ms};
  agreed.agree(wishes{8ms}, outset + 1h);
  CHECK(agreed.agree(wishes{8ms}, outset) == 30ms);
  CHECK(agreed.agree(wishes{8ms}, outset + 9s) == 30ms);
  CHECK(agreed.agree(wishes{8ms}, outset + 10s) == 8ms);
}

TEST_CASE("the order of the members does not matter, and equal histories agree") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    agreed_delay a{10ms}, b{10ms};
    for (session_time t = outset; t < outset + 1000s; t += 700ms) {
      wishes asked;
      for (int i = 0; i < 8; ++i)
        asked.push_back(nanoseconds{static_cast<std::int64_t>(random.uniform(1e6, 40e6))});
      const auto first = a.agree(asked, t);
      for (std::size_t i = asked.size(); i > 1; --i)
        std::swap(asked[i - 1], asked[random.next() % i]);
      REQUIRE(b.agree(asked, t) == first);
      REQUIRE(first >= *std::max_element(asked.begin(), asked.end()));
    }
  }
}

TEST_CASE("no wish and no time leads beyond the limits") {
  agreed_delay agreed{nanoseconds::max()};
  CHECK(agreed.delay() == 250ms);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    const auto any = [&] {
      return nanoseconds{static_cast<std::int64_t>(random.next()) >> (random.next() % 64)};
    };
    for (int i = 0; i < 2000; ++i) {
      const auto delay = agreed.agree(std::array{any(), any(), any()}, session_time{any()});
      REQUIRE(delay >= 1ms);
      REQUIRE(delay <= 250ms);
    }
  }
  for (session_time t = outset; t < outset + 30s; t += 1s) agreed.agree(wishes{4ms}, t);
  CHECK(agreed.delay() == 4ms);
}

TEST_CASE("agreeing neither allocates nor locks") {
  const wishes asked{5ms, 6ms};
  testing::rt_guard guard;
  agreed_delay agreed{10ms};
  for (session_time t = outset; t < outset + 30s; t += 1s) agreed.agree(asked, t);
  CHECK(agreed.delay() == 6ms);
}
