#include <jamnet/sync/cpu_gpu_sync_bridge.hpp>

#include <limits>

#include <doctest/doctest.h>
#include <jamnet/testing/sim_timebase.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("the design's names do what the bridge does") {
  testing::manual_clock host;
  testing::sim_timebase gpu{host, {.drift = {.skew_ppm = 50}}};
  CPUGPUSyncBridge bridge{gpu, host};
  bridge.setSyncInterval(20);
  bridge.enableDriftCorrection(true);
  bridge.setClockMaster(ClockMaster::HYBRID);
  for (int i = 0; i < 1000; ++i) {
    bridge.update();
    host.advance(5ms);
  }
  const auto now = static_cast<std::uint64_t>(host.now().time_since_epoch().count());
  CHECK(bridge.gpuTimeToCPU(gpu.ticks()) - now + 200 < 400);
  CHECK(bridge.cpuTimeToGPU(now) - gpu.ticks() + 10 < 20);
  CHECK(bridge.getCurrentDrift() == doctest::Approx(50).epsilon(0.01));
  const double claimed = static_cast<double>(gpu.ticks()) * 32;
  CHECK(bridge.getCurrentOffset() ==
        doctest::Approx((claimed - static_cast<double>(now)) * 1e-3).epsilon(1e-5));
  CHECK(bridge.bridge().state() == bridge_state::following);
  for (const double any : {0.0, -1.0, 1e9, std::numeric_limits<double>::quiet_NaN()})
    bridge.setSyncInterval(any);
}
