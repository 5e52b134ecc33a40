#include <jamnet/sync/audio_device_timebase.hpp>

#include <algorithm>
#include <cmath>
#include <memory>

#include <doctest/doctest.h>
#include <jamnet/sync/clock_bridge.hpp>
#include <jamnet/testing/manual_clock.hpp>
#include <jamnet/testing/noise.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;
using testing::manual_clock;

static_assert(timebase<audio_device_timebase>);

namespace {

// An interface whose callbacks come late by 30 µs on average, and one in a hundred by up to 3 ms.
struct audio_interface {
  explicit audio_interface(double skew_ppm, unsigned block_frames, std::uint64_t seed)
      : skew{skew_ppm},
        block{block_frames},
        random{seed},
        bridge{audio_device_timebase{*stamps, 48'000}, host} {}

  void run(nanoseconds length, bool callbacks = true) {
    for (const auto end = host.elapsed() + length; host.elapsed() < end; bridge.poll()) {
      const double period = 1e9 * block / (48'000 * (1 + skew * 1e-6));
      if (!callbacks) {
        host.advance(nanoseconds{static_cast<std::int64_t>(period)});
        continue;
      }
      frame += block;
      due += period;
      double late = testing::exponential(random, usually_late);
      if (random.uniform() < 0.01) late += random.uniform(0, 3e6);
      const auto at = nanoseconds{static_cast<std::int64_t>(due + late)};
      if (at > host.elapsed()) host.advance(at - host.elapsed());
      testing::rt_guard guard;
      if (!stamps->try_push({frame, host.now()})) FAIL("full");
    }
  }
  // By how much the image of a frame is late.
  double error() const {
    const auto image = bridge.to_host(frame * audio_device_timebase::ticks_per_frame);
    return static_cast<double>((image - start).count()) - due;
  }

  double skew;
  double usually_late = 30e3;
  unsigned block;
  random_source random;
  manual_clock host;
  host_time start = host.now();
  std::unique_ptr<audio_stamps> stamps = std::make_unique<audio_stamps>();
  clock_bridge<audio_device_timebase, manual_clock> bridge;
  std::uint64_t frame = 1'000'000;
  double due = 0;
};

} // namespace

TEST_CASE("an audio interface's clock is known to microseconds behind callbacks that come late") {
  for (const unsigned block : {64u, 128u, 512u, 2048u}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      CAPTURE(block);
      CAPTURE(seed);
      audio_interface audio{60, block, seed};
      audio.run(40s);
      REQUIRE(audio.bridge.state() == bridge_state::following);
      for (int i = 0; i < 100; ++i) {
        audio.run(50ms);
        REQUIRE(audio.error() > -3e3);
        REQUIRE(audio.error() < 10e3); // the quickest callbacks are late, too
        REQUIRE(static_cast<double>(audio.bridge.bound(audio.host.now()).count()) > audio.error());
      }
      CHECK(audio.bridge.drift_ppm() == doctest::Approx(60).epsilon(0.005));
      CHECK(audio.bridge.count().losses == 0);
    }
  }
}

TEST_CASE("dropped frames are a jump, silence is a loss, and both are got over") {
  audio_interface audio{-30, 128, 9};
  audio.run(20s);
  audio.frame += 48'000 / 10; // it went on counting while nothing was called
  audio.run(10s);
  CHECK(audio.bridge.count().jumps == 1);
  CHECK(std::abs(audio.error()) < 20e3);
  audio.run(2s, false);
  CHECK(audio.bridge.state() == bridge_state::lost);
  audio.due = static_cast<double>(audio.host.elapsed().count()); // restarted, from frame 0
  audio.frame = 0;
  audio.run(20s);
  CHECK(audio.bridge.state() == bridge_state::following);
  CHECK(audio.bridge.count().jumps == 2);
  CHECK(std::abs(audio.error()) < 20e3);
}

TEST_CASE("after ten seconds a clock is known to 1 ppm and 20 µs, and its bound is true") {
  double worst_ppm = 0, worst_ns = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    audio_interface audio{seed % 2 == 0 ? 80. : -80., seed % 4 < 2 ? 64u : 128u, seed};
    audio.usually_late = 100e3;
    audio.run(10s);
    for (int i = 0; i < 200; ++i) {
      audio.run(50ms);
      REQUIRE(static_cast<double>(audio.bridge.bound(audio.host.now()).count()) >
              std::abs(audio.error()));
      worst_ns = std::max(worst_ns, std::abs(audio.error()));
      worst_ppm = std::max(worst_ppm, std::abs(audio.bridge.drift_ppm() - audio.skew));
    }
  }
  CAPTURE(worst_ppm);
  CHECK(worst_ppm < 1);
  CHECK(worst_ns < 20e3);
}

TEST_CASE("frames that are lost again and again move the line, and teach it no other rate") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    audio_interface audio{40, 128, seed};
    audio.run(20s);
    random_source random{seed};
    for (int i = 0; i < 100; ++i) {
      audio.due += random.uniform(1e6, 40e6); // it was late for good, as after an xrun
      audio.run(150ms);
      REQUIRE(std::abs(audio.error()) < 100e3);
      audio.run(nanoseconds{nearest(random.uniform(1e8, 1e9))});
      REQUIRE(std::abs(audio.error()) < 30e3);
      REQUIRE(audio.bridge.drift_ppm() == doctest::Approx(40).epsilon(0.05));
    }
    CHECK(audio.bridge.state() == bridge_state::following);
    CHECK(audio.bridge.count().jumps >= 100);
    CHECK(audio.bridge.count().drifts == 0);
  }
}

TEST_CASE("a device that is late for good by less than that is followed all the same") {
  audio_interface audio{0, 128, 3};
  audio.run(20s);
  audio.due += 300e3;
  audio.run(1s);
  CHECK(std::abs(audio.error()) < 10e3);
  audio.due -= 300e3;
  audio.run(1s);
  CHECK(std::abs(audio.error()) < 10e3);
}

TEST_CASE("without stamps there is nothing to read, and without a reader nothing breaks") {
  const auto stamps = std::make_unique<audio_stamps>();
  audio_device_timebase audio{*stamps, 44'100};
  CHECK(audio.read().error().code == errc::device_lost);
  CHECK(audio.format().period_ns == doctest::Approx(1e9 / 44'100 / 256));
  bool full = false;
  for (std::uint64_t i = 0; i < 2000; ++i)
    full |= !stamps->try_push({i * 64, host_time{i * 1451us}});
  CHECK(full);
  const auto reading = audio.read();
  REQUIRE(reading);
  CHECK(reading->ticks % audio_device_timebase::ticks_per_frame == 0);
  CHECK(audio.read()->host == reading->host); // nothing new
}
