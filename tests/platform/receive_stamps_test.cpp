#include <jamnet/platform/receive_stamps.hpp>

#include <array>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>
#include <jamnet/time/steady_source.hpp>

#if defined(__linux__)
#include <poll.h>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

// Two sockets on loopback, the second of which is read by the policy.
template <class Stamps>
struct road {
  road() {
    for (auto* s : {&from, &to}) {
      s->open(asio::ip::udp::v4());
      s->bind({asio::ip::address_v4::loopback(), 0});
      s->non_blocking(true);
    }
    stamped = Stamps::prepare(to);
  }
  host_time send() {
    const auto before = clock.now();
    from.send_to(asio::buffer("note", 4), to.local_endpoint());
    return before;
  }
  // Until something is there to be read.
  void await() {
    ::pollfd watched{.fd = to.native_handle(), .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&watched, 1, 5000) == 1);
  }
  // While nothing comes to the socket that only sends.
  void let_pass(nanoseconds time) {
    const auto end = clock.now() + time;
    ::pollfd silent{.fd = from.native_handle(), .events = POLLIN, .revents = 0};
    while (clock.now() < end) ::poll(&silent, 1, 1);
  }
  // When the next datagram arrived.
  host_time read() {
    asio::ip::udp::endpoint sender;
    asio::error_code error;
    const auto got = Stamps::read(to, bytes, sender, error);
    const auto arrived = clock.now() - got.waited;
    REQUIRE_FALSE(error);
    REQUIRE(got.size == 4);
    REQUIRE(got.waited >= 0ns);
    CHECK(sender == from.local_endpoint());
    return arrived;
  }
  // The kernel begins to stamp a moment after it was asked to, for all sockets of the machine.
  bool kernel_stamps_now() {
    for (int i = 0; i < 1000; ++i) {
      send();
      let_pass(2ms);
      const auto read_at = clock.now();
      if (read() < read_at - 1ms) return true;
    }
    return false;
  }

  steady_source clock;
  asio::io_context io;
  asio::ip::udp::socket from{io}, to{io};
  bool stamped = false;
  std::array<std::uint8_t, 64> bytes{};
};

} // namespace

TEST_CASE("a datagram arrives after it was sent, and before it was read") {
  road<kernel_stamps> r;
  REQUIRE(r.stamped);
  for (int i = 0; i < 1000; ++i) {
    const auto sent = r.send();
    r.await();
    const auto arrived = r.read();
    REQUIRE(arrived >= sent);
    REQUIRE(arrived <= r.clock.now());
  }
}

TEST_CASE("datagrams that wait in the socket arrived when they came, each at its own time") {
  road<kernel_stamps> r;
  REQUIRE(r.kernel_stamps_now());
  constexpr auto apart = 80ms;
  std::array<host_time, 3> sent, passed;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    sent[i] = r.send();
    passed[i] = r.clock.now();
    r.let_pass(apart);
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto arrived = r.read();
    CAPTURE(i);
    CHECK(arrived >= sent[i]);
    CHECK(arrived < passed[i] + apart); // held up between two clock readings, at most
  }
}

TEST_CASE("without the kernel's word a datagram arrives when it is read") {
  road<read_stamps> r;
  CHECK_FALSE(r.stamped);
  r.send();
  r.let_pass(5ms);
  const auto read_at = r.clock.now();
  CHECK(r.read() >= read_at);
}

TEST_CASE("a socket with nothing to read says so") {
  road<kernel_stamps> r;
  asio::ip::udp::endpoint sender;
  asio::error_code error;
  CHECK(kernel_stamps::read(r.to, r.bytes, sender, error).size == 0);
  CHECK(error == asio::error::would_block);
  r.send();
  r.await();
  kernel_stamps::read(r.to, r.bytes, sender, error);
  CHECK_FALSE(error);
}

TEST_CASE("a stamp that no honest wall clock could have given is not believed") {
  constexpr std::timespec now{.tv_sec = 1'790'000'000, .tv_nsec = 500};
  const auto age = [&](std::time_t seconds, long ns) {
    return kernel_stamps::age({.tv_sec = seconds, .tv_nsec = ns}, now);
  };
  CHECK(age(now.tv_sec, 500) == 0ns);
  CHECK(age(now.tv_sec, 100) == 400ns);
  CHECK(age(now.tv_sec - 1, 999'999'999) == 501ns);
  CHECK(age(now.tv_sec - 1, 500) == 1s);
  CHECK(age(now.tv_sec - 1, 499) == 0ns); // longer ago than a second
  CHECK(age(now.tv_sec, 501) == 0ns);     // in the future
  CHECK(age(now.tv_sec + 1, 0) == 0ns);
  CHECK(age(0, 0) == 0ns);
  CHECK(age(now.tv_sec * 1000, 0) == 0ns);
}

#endif
