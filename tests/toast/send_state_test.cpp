#include <jamnet/toast/send_state.hpp>

#include <array>
#include <string>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

constexpr host_time origin{100s};

std::string fill(send_state& state, const event_log& log, host_time now, std::size_t room = 1000) {
  std::array<std::uint8_t, 1000> out{};
  return std::string{
      as_text(bytes_view{out}.first(state.fill(log, now, std::span{out}.first(room))))};
}

} // namespace

TEST_CASE("new events leave at once, alone while nothing is lost") {
  event_log log;
  send_state state{0, false};
  CHECK(state.deadline(log) == host_time::max());
  log.append(as_bytes("a"), false);
  CHECK(state.deadline(log) <= origin);
  CHECK(fill(state, log, origin) == "a\n");
  log.append(as_bytes("b"), false);
  CHECK(fill(state, log, origin + 1ms) == "b\n");
  CHECK(state.unacknowledged() == 2);
  CHECK(state.backlog(log) == 2);
  state.acknowledge({0, 1}, origin + 2ms);
  CHECK(state.unacknowledged() == 0);
  CHECK(state.backlog(log) == 0);
  CHECK(state.deadline(log) == host_time::max());
}

TEST_CASE(
    "without an answer an event goes again after a round trip, and each time after twice that") {
  for (const auto way : {0ms, 40ms, 400ms}) {
    event_log log;
    send_state state{0, false};
    for (int i = 0; i < 50; ++i) { // until the round trip is known
      log.append(as_bytes("x"), false);
      CHECK(fill(state, log, origin + i * 1s) == "x\n");
      const seq_range r{static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(i)};
      state.measure(r.last, 2ms, origin + i * 1s + way + 2ms);
      state.acknowledge(r, origin + i * 1s + way + 2ms);
    }
    log.append(as_bytes("a"), false);
    auto now = origin + 100s;
    CHECK(fill(state, log, now) == "a\n");
    const auto first =
        std::max<nanoseconds>(5ms, way + round_trip::precision + send_state::ack_delay);
    for (auto wait = first; wait < 10s; wait *= 2) {
      const auto limited = std::min(wait, std::max<nanoseconds>(320ms, first));
      CHECK(state.deadline(log) > now + limited - 1us);
      CHECK(state.deadline(log) < now + limited + 1ms);
      CHECK(fill(state, log, state.deadline(log) - 1ns).empty());
      now = state.deadline(log);
      CHECK(fill(state, log, now) == "a\n");
    }
    state.acknowledge({50, 50}, now);
    CHECK(state.patience() < first + 1ms);
  }
}

TEST_CASE("copies go unasked 5 ms apart, or with what leaves at that time, until acknowledged") {
  event_log log;
  send_state state{0, false, {.redundancy = {.least = 2, .most = 2}}};
  log.append(as_bytes("a"), false);
  CHECK(fill(state, log, origin) == "a\n");
  CHECK(state.deadline(log) == origin + 5ms);
  log.append(as_bytes("b"), false);
  CHECK(fill(state, log, origin + 2ms) == "b\n");
  CHECK(fill(state, log, origin + 5ms) == "a\n");
  log.append(as_bytes("c"), false);
  CHECK(fill(state, log, origin + 9500us) == "c\na\nb\n"); // b is late, a comes a little early
  state.acknowledge({0, 1}, origin + 10ms);
  CHECK(fill(state, log, origin + 15ms) == "c\n");
  CHECK(fill(state, log, origin + 20ms) == "c\n");
  CHECK(state.deadline(log) > origin + 25ms); // now it is waited for
  CHECK(state.repeated() == 5);
}

TEST_CASE("of what goes again, the ends of notes go first, then the oldest") {
  event_log log;
  send_state state{0, false};
  for (const char* e : {"x", "y"}) log.append(as_bytes(e), false);
  log.append(as_bytes("off"), true);
  CHECK(fill(state, log, origin) == "x\ny\noff\n");
  CHECK(fill(state, log, state.deadline(log)) == "off\nx\ny\n");
  CHECK(fill(state, log, state.deadline(log), 6) == "off\nx\n");
}

TEST_CASE("what the peer asks for goes at once, ahead of what is new, but once a round trip") {
  event_log log;
  send_state state{0, false};
  for (const char* e : {"a", "b", "c"}) log.append(as_bytes(e), false);
  CHECK(fill(state, log, origin) == "a\nb\nc\n");
  CHECK(state.redundancy().repeats() == 0);
  state.measure(2, 0ms, origin + 20ms);
  state.acknowledge({1, 2}, origin + 20ms);
  state.request({0, 0}, origin + 20ms);
  CHECK(state.redundancy().repeats() == 1);
  log.append(as_bytes("d"), false);
  CHECK(fill(state, log, origin + 20ms) == "a\nd\n");
  state.request({0, 0}, origin + 21ms); // our answer is on its way
  CHECK(fill(state, log, origin + 21ms).empty());
  state.request({0, 0}, origin + 40ms);
  CHECK(fill(state, log, origin + 40ms, 2) == "a\n");
}

TEST_CASE("a burst leaves in pieces, no more than the path and the peer's window take") {
  event_log log;
  send_state state{0, false};
  std::array<std::uint8_t, 1100> out{};
  for (int i = 0; i < 10'000; ++i) log.append(as_bytes(std::string(90, 'x')), false);
  std::size_t at_once = 0;
  while (state.deadline(log) <= origin) at_once += state.fill(log, origin, out);
  CHECK(at_once > 10 * 1000);
  CHECK(at_once < 15 * 1100);
  auto now = origin;
  for (int i = 0; i < 1000 && state.deadline(log) < origin + 20ms; ++i) {
    now = std::max(now, state.deadline(log));
    REQUIRE(state.fill(log, now, out) > 0);
  }
  CHECK(state.unacknowledged() * 91 <= pacer::initial);
  CHECK_FALSE(state.all_sent(log) == false);                   // the path is full
  for (std::uint64_t acked = 0; acked < 10'000; now += 20ms) { // each round trip twice as much
    acked += state.unacknowledged();
    state.acknowledge({0, acked - 1}, now);
    for (auto at = now; state.deadline(log) < now + 20ms;) {
      at = std::max(at, state.deadline(log));
      REQUIRE(state.fill(log, at, out) > 0);
    }
    REQUIRE(state.unacknowledged() <= event_window::span);
    REQUIRE(state.unacknowledged() * 91 <= event_window::byte_span);
  }
  CHECK(now < origin + 300ms);
  CHECK(state.backlog(log) == 0);
}

TEST_CASE("of a crowd no copies are sent, and what it loses is no reason for any") {
  event_log log;
  send_state state{0, false};
  state.counted({1, 1, 100}, 1, origin - 5s);
  REQUIRE(state.redundancy().repeats() >= 1);
  const auto before = state.redundancy().repeats();
  std::array<std::uint8_t, 1100> out{};
  for (int i = 0; i < 1000; ++i) log.append(as_bytes("event"), false);
  for (int i = 0; i < 6; ++i) CHECK(state.fill(log, origin, out) > 0);
  CHECK(state.all_sent(log));
  CHECK(state.fill(log, origin + 6ms, out) == 0);
  state.counted({50, 50, 200}, 1, origin + 10ms);
  CHECK(state.redundancy().repeats() == before);
  CHECK(state.pacer().window() < pacer::initial);
  state.acknowledge({0, 999}, origin + 20ms);
  log.append(as_bytes("later"), false);
  CHECK(fill(state, log, origin + 2s) == "later\n");
  CHECK(fill(state, log, origin + 2s + 5ms) == "later\n");
  state.counted({100, 80, 300}, 1, origin + 2s + 6ms);
  CHECK(state.redundancy().repeats() > before);
}

TEST_CASE("while nobody answers, one datagram at a time is tried; then all goes on at once") {
  event_log log;
  send_state state{0, false};
  std::array<std::uint8_t, 1100> out{};
  std::size_t datagrams = 0, longest = 0;
  auto now = origin;
  for (int i = 0; i < 3000; ++i, now += 1ms) {
    log.append(as_bytes(std::string(90, 'x')), false);
    if (i == 2000) datagrams = 0;
    while (state.deadline(log) <= now) {
      longest = std::max(longest, state.fill(log, now, out));
      ++datagrams;
    }
  }
  CHECK(datagrams <= 4); // in the last second
  CHECK(longest <= out.size());
  CHECK(state.backlog(log) == 3000);
  std::uint64_t acked = 0; // the peer is back, and has what goes again, a datagram each
  const auto healed = now;
  for (; acked < 3000 && now < healed + 3s; now += 1ms) {
    while (state.deadline(log) <= now)
      acked = std::min<std::uint64_t>(3000, acked + state.fill(log, now, out) / 91);
    if (acked > 0) state.acknowledge({0, acked - 1}, now + 1ms);
  }
  CHECK(now < healed + 700ms);
}

TEST_CASE("a reliable carrier is sent every event once") {
  event_log log;
  send_state state{0, true};
  log.append(as_bytes("a"), false);
  CHECK(fill(state, log, origin) == "a\n");
  CHECK(state.deadline(log) == host_time::max());
  CHECK(fill(state, log, origin + 1s).empty());
}

TEST_CASE("what the log forgot is given up, and a peer that lags goes on with what is kept") {
  event_log log;
  send_state state{0, false};
  for (std::size_t i = 0; i < event_log::capacity + 10; ++i)
    log.append(as_bytes(std::to_string(i)), false);
  CHECK(fill(state, log, origin, 4) == "10\n");
}

TEST_CASE("acknowledgements of what was never sent change nothing") {
  event_log log;
  send_state state{0, false};
  log.append(as_bytes("a"), false);
  state.acknowledge({0, 1ull << 52}, origin);
  CHECK(fill(state, log, origin) == "a\n");
  CHECK(state.unacknowledged() == 1);
}

TEST_CASE("choosing lines is rt-safe") {
  event_log log;
  send_state state{0, false, {.redundancy = {.least = 1, .most = 3}}};
  std::array<std::uint8_t, 1000> out{};
  const testing::rt_guard guard;
  for (int i = 0; i < 5000; ++i) {
    log.append(as_bytes("event"), false);
    (void)state.fill(log, origin + i * 1ms, out);
    state.request({0, 4999}, origin + i * 1ms);
    state.measure(static_cast<std::uint64_t>(i), 0ms, origin + i * 1ms);
    if (i % 10 == 0) state.acknowledge({0, static_cast<std::uint64_t>(i)}, origin + i * 1ms);
    state.counted({1, 1, static_cast<std::uint64_t>(i)}, 2, origin + i * 1ms);
  }
  state.acknowledge({0, 4999}, origin);
}

TEST_CASE("by a stream goes what the peer is not known to have, once; and what of it is not "
          "acknowledged goes by datagrams after it") {
  event_log log;
  send_state state{0, false};
  for (const char* text : {"a", "b", "c", "d"}) log.append(as_bytes(text), false);
  CHECK(fill(state, log, origin) == "a\nb\nc\nd\n");
  state.acknowledge({1, 1}, origin + 40ms);
  CHECK(state.waits_since() == origin + 40ms);
  state.go_by_stream(true, origin + 600ms);
  log.append(as_bytes("e"), false);
  CHECK_FALSE(state.all_sent(log));
  CHECK(state.deadline(log) <= origin);
  CHECK(fill(state, log, origin + 600ms, 4) == "a\nc\n");
  CHECK(fill(state, log, origin + 600ms) == "d\ne\n");
  CHECK(state.all_sent(log));
  CHECK(state.deadline(log) == host_time::max());
  state.go_by_stream(false, origin + 601ms); // the stream broke, say
  CHECK(fill(state, log, origin + 601ms) == "");
  state.acknowledge({0, 2}, origin + 602ms);
  CHECK(fill(state, log, origin + 700ms) == "d\ne\n");
  state.go_by_stream(true, origin + 701ms);
  CHECK(fill(state, log, origin + 701ms) == "d\ne\n");
  state.acknowledge({0, 4}, origin + 710ms);
  CHECK(state.waits_since() == host_time::max());
  CHECK(state.unacknowledged() == 0);
}

TEST_CASE("by a stream goes no more than the peer's window takes, and none that was forgotten") {
  event_log log;
  send_state state{0, false};
  state.go_by_stream(true, origin);
  for (std::size_t i = 0; i < event_log::capacity + 100; ++i) log.append(as_bytes("x"), false);
  CHECK(state.forgets(log));
  std::size_t lines = 0;
  for (std::string some; !(some = fill(state, log, origin)).empty();) lines += some.size() / 2;
  CHECK(lines == event_window::span);
  CHECK(state.low(log) == 100);
  state.acknowledge({100, 149}, origin);
  CHECK(fill(state, log, origin).size() == 100);
}
