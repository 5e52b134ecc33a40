#include <jamnet/ring/condition_signal.hpp>

#include <memory>
#include <thread>

#include <doctest/doctest.h>
#include <jamnet/ring/spsc_ring.hpp>

#include "woken_stress.hpp"

using namespace jamnet;

TEST_CASE("a notify before the wait is kept, several are one") {
  condition_signal signal;
  signal.notify();
  signal.notify();
  CHECK(signal.wait_until(forever));
  CHECK_FALSE(signal.wait_until(wake_time{}));
}

TEST_CASE("a wait ends at its deadline") {
  condition_signal signal;
  CHECK_FALSE(signal.wait_until(wake_time::min()));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{2};
  while (signal.wait_until(deadline)) {
  }
  CHECK(std::chrono::steady_clock::now() >= deadline);
}

TEST_CASE("a notify ends a wait on another thread") {
  condition_signal signal;
  std::thread other{[&] { signal.notify(); }};
  CHECK(signal.wait_until(forever));
  other.join();
}

TEST_CASE("a million elements reach a consumer that often sleeps, whole and in order") {
  const auto queue =
      std::make_unique<signalled_ring<spsc_ring<woken::message, 64>, condition_signal>>();
  woken::check_million(*queue, 1);
}
