#include <jamnet/toast/receive_state.hpp>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

constexpr host_time outset{50s};

void take(receive_state& s, std::uint64_t seq, host_time now) {
  bytes_view held;
  const auto fate = s.window().offer(seq, 1);
  if (fate == event_window::verdict::hold) s.window().hold(seq, as_bytes("x"));
  if (fate == event_window::verdict::deliver)
    while (s.window().pop_ready(held)) {
    }
  s.came(now);
}

} // namespace

TEST_CASE("where nothing is lost an acknowledgement goes at once, and then each 20 ms") {
  receive_state s{false};
  CHECK(s.due() == host_time::max());
  take(s, 0, outset);
  CHECK(s.due() == outset);
  s.reported(outset);
  for (std::uint64_t i = 1; i < 4; ++i) {
    take(s, i, outset + i * 4ms);
    CHECK(s.due() == outset + 20ms);
  }
  take(s, 4, outset + 16ms); // soon enough to spare it a time of its own
  CHECK(s.due() == outset + 16ms);
  s.reported(outset + 16ms);
  take(s, 5, outset + 1s);
  CHECK(s.due() == outset + 1s);
}

TEST_CASE("where something was lost it waits 3 ms for more, or for eight datagrams") {
  receive_state s{false};
  s.count(0);
  s.count(2);
  s.count(100);
  take(s, 0, outset);
  CHECK(s.due() == outset + 3ms);
  take(s, 1, outset + 1ms);
  CHECK(s.due() == outset + 3ms);
  const auto a = s.report(outset + 3ms);
  REQUIRE(a.have_count == 1);
  CHECK(a.have[0] == seq_range{0, 1});
  CHECK(a.want_count == 0);
  CHECK(a.waited_us == 2000);
  s.reported(outset + 3ms);
  CHECK(s.due() == host_time::max());
  for (std::uint64_t i = 0; i < 8; ++i) take(s, 2 + i, outset + 4ms);
  CHECK(s.due() == outset + 4ms);
}

TEST_CASE("what is missing is asked for at once, and then each millisecond") {
  receive_state s{false};
  take(s, 1, outset);
  CHECK(s.due() == outset);
  const auto a = s.report(outset);
  CHECK(a.have_count == 1);
  REQUIRE(a.want_count == 1);
  CHECK(a.want[0] == seq_range{0, 0});
  s.reported(outset);
  take(s, 2, outset + 100us);
  CHECK(s.due() == outset + 1ms);
}

TEST_CASE("on a stream there is no hurry") {
  receive_state s{true, 10};
  take(s, 10, outset);
  CHECK(s.due() == outset + 250ms);
  for (std::uint64_t i = 1; i < 64; ++i) take(s, 10 + i, outset + 1ms);
  CHECK(s.due() == outset + 1ms);
}

TEST_CASE("lost frames are part of the report; all is rt-safe") {
  receive_state s{false};
  const testing::rt_guard guard;
  for (std::uint32_t n = 0; n < 100; ++n)
    if (n != 50) s.count(n);
  CHECK(s.missing() == 1);
  CHECK(s.report(outset).lost == loss_report{1, 1, 84});
  s.restart(7);
  take(s, 7, outset);
  s.reported(outset);
}
