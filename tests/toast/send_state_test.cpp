#include <jamnet/toast/send_state.hpp>

#include <array>
#include <string>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

constexpr host_time start{100s};

std::string fill(send_state& state, const event_log& log, host_time now, std::size_t room = 1000) {
  std::array<std::uint8_t, 1000> out{};
  return std::string{
      as_text(bytes_view{out}.first(state.fill(log, now, std::span{out}.first(room))))};
}

} // namespace

TEST_CASE("new events leave at once, and again with the next ones until they are acknowledged") {
  event_log log;
  send_state state{0, false};
  CHECK(state.deadline(log) == host_time::max());
  log.append(as_bytes("a"), false);
  CHECK(state.deadline(log) <= start);
  CHECK(fill(state, log, start) == "a\n");
  log.append(as_bytes("b"), false);
  CHECK(fill(state, log, start + 1ms) == "b\na\n");
  state.acknowledge({0, 0}, start + 1ms);
  log.append(as_bytes("c"), false);
  CHECK(fill(state, log, start + 2ms) == "c\nb\n");
  state.acknowledge({0, 2}, start + 2ms);
  CHECK(state.unacknowledged() == 0);
  CHECK(state.deadline(log) == host_time::max());
}

TEST_CASE("the unacknowledged go again after 5, 10, 20 ms and so on, never slower than 320 ms") {
  event_log log;
  send_state state{0, false};
  log.append(as_bytes("a"), false);
  auto now = start;
  CHECK(fill(state, log, now) == "a\n");
  for (const auto wait : {5ms, 10ms, 20ms, 40ms, 80ms, 160ms, 320ms, 320ms}) {
    CHECK(state.deadline(log) == now + wait);
    CHECK(fill(state, log, now + wait - 1ns).empty());
    now += wait;
    CHECK(fill(state, log, now) == "a\n");
  }
}

TEST_CASE("note-offs are repeated before everything else") {
  event_log log;
  send_state state{0, false};
  for (const char* e : {"x", "y"}) log.append(as_bytes(e), false);
  log.append(as_bytes("off"), true);
  CHECK(fill(state, log, start) == "x\ny\noff\n");
  CHECK(fill(state, log, start + 5ms) == "off\nx\ny\n");
  CHECK(fill(state, log, start + 15ms, 6) == "off\nx\n");
}

TEST_CASE("what the peer asks for goes at once") {
  event_log log;
  send_state state{0, false};
  for (const char* e : {"a", "b"}) log.append(as_bytes(e), false);
  CHECK(fill(state, log, start) == "a\nb\n");
  state.acknowledge({1, 1}, start + 1ms);
  state.request({0, 0}, start + 1ms);
  CHECK(fill(state, log, start + 1ms) == "a\n");
}

TEST_CASE("a reliable carrier is sent every event once") {
  event_log log;
  send_state state{0, true};
  log.append(as_bytes("a"), false);
  CHECK(fill(state, log, start) == "a\n");
  CHECK(state.deadline(log) == host_time::max());
  CHECK(fill(state, log, start + 1s).empty());
}

TEST_CASE("what the log forgot is given up, and a peer that lags goes on with what is kept") {
  event_log log;
  send_state state{0, false};
  for (std::size_t i = 0; i < event_log::capacity + 10; ++i)
    log.append(as_bytes(std::to_string(i)), false);
  CHECK(fill(state, log, start, 4) == "10\n");
}

TEST_CASE("acknowledgements of what was never sent change nothing") {
  event_log log;
  send_state state{0, false};
  log.append(as_bytes("a"), false);
  state.acknowledge({0, 1ull << 52}, start);
  CHECK(fill(state, log, start) == "a\n");
  CHECK(state.unacknowledged() == 1);
}

TEST_CASE("choosing lines is rt-safe") {
  event_log log;
  send_state state{0, false};
  std::array<std::uint8_t, 1000> out{};
  const testing::rt_guard guard;
  for (int i = 0; i < 5000; ++i) {
    log.append(as_bytes("event"), false);
    (void)state.fill(log, start, out);
  }
  state.acknowledge({0, 4999}, start);
}
