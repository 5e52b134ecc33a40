// SPDX-License-Identifier: MIT
//
// The clock_bridge under the names of JamNet's first design, for those who port.
//
// Times are bare numbers, as they were there: the GPU's in ticks of its counter, the CPU's in ns of
// the host clock. New code takes clock_bridge, whose times cannot be mixed up.
#pragma once

#include <cstdint>

#include <jamnet/sync/clock_bridge.hpp>

namespace jamnet::inline v0 {

enum class ClockMaster : std::uint8_t { GPU, CPU, HYBRID };

template <timebase Timebase, clock_source HostClock>
class CPUGPUSyncBridge {
public:
  /// [one-thread] [rt-safe] O(1)
  explicit CPUGPUSyncBridge(Timebase device, HostClock host) noexcept
      : bridge_{std::move(device), std::move(host)} {}

  /// To be called every few milliseconds: looks at the GPU when the sync interval has passed.
  /// [one-thread] [blocks]
  void update() noexcept { bridge_.poll(); }

  // All of these are [any-thread] [rt-safe] O(1).

  [[nodiscard]] std::uint64_t gpuTimeToCPU(std::uint64_t gpuTime) const noexcept {
    return static_cast<std::uint64_t>(bridge_.to_host(gpuTime).time_since_epoch().count());
  }
  [[nodiscard]] std::uint64_t cpuTimeToGPU(std::uint64_t cpuTime) const noexcept {
    return bridge_.to_gpu(host_time{nanoseconds{static_cast<std::int64_t>(cpuTime)}});
  }
  /// µs, GPU − CPU.
  [[nodiscard]] double getCurrentOffset() const noexcept { return bridge_.offset_us(); }
  /// ppm: how much faster the GPU's clock runs.
  [[nodiscard]] double getCurrentDrift() const noexcept { return bridge_.drift_ppm(); }

  // [one-thread] [rt-safe] O(1)

  /// 10 to 50 ms are recommended; what is below 1 ms or above 10 s counts as that.
  void setSyncInterval(double intervalMs) noexcept {
    const double ms = intervalMs >= 1 ? std::min(intervalMs, 10e3) : 1; // NaN, too
    bridge_.set_interval(nanoseconds{nearest(ms * 1e6)});
  }
  void enableDriftCorrection(bool enable) noexcept { bridge_.set_drift_correction(enable); }
  void setClockMaster(ClockMaster master) noexcept {
    bridge_.set_master(master == ClockMaster::GPU   ? clock_master::gpu
                       : master == ClockMaster::CPU ? clock_master::cpu
                                                    : clock_master::hybrid);
  }

  /// The bridge itself, for all the rest. [any-thread] [rt-safe] O(1)
  [[nodiscard]] clock_bridge<Timebase, HostClock>& bridge() noexcept { return bridge_; }

private:
  clock_bridge<Timebase, HostClock> bridge_;
};

} // namespace jamnet::inline v0
