// SPDX-License-Identifier: MIT
//
// The clock of a GPU, by Vulkan: the counter its timestamp queries show.
//
//     auto gpu = vulkan_timebase::open();          // or adopt() your own device
//     if (!gpu) return say(gpu.error());           // no such device
//     clock_bridge bridge{std::move(*gpu), steady_source{}};
//
// VK_KHR_calibrated_timestamps reads the counter at once, or EXT's, which is the same, and our own
// clock before and after, for what drivers promise of their precision is sometimes nothing. Without
// them a timestamp is submitted, together with marks in memory that both sides see, which say after
// which moment it was taken and before which (detail/vulkan_device.hpp). The loader is opened when
// the program runs; only Vulkan's headers are needed, and without them this header is empty.
//
// Run so far on Mesa's llvmpipe alone, and on no real GPU.
#pragma once

#include <jamnet/platform/detail/vulkan_device.hpp>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace jamnet::inline v0 {

struct vulkan_options {
  const char* loader = "libvulkan.so.1"; ///< "libvulkan.1.dylib" on macOS, untested there
  const char* device = "";               ///< part of its name; else the first that is no CPU
  bool calibrated = true;                ///< use calibrated timestamps where there are any
};

class vulkan_timebase {
public:
  enum class method : std::uint8_t { calibrated, bracketed };

  /// A device of this machine, with a queue of its own. device_absent without a loader, a driver or
  /// a device, device_clockless if it has no timestamps; detail is Vulkan's result, less the sign.
  /// [one-thread] [allocates] [blocks]
  [[nodiscard]] static result<vulkan_timebase> open(const vulkan_options& options = {}) noexcept {
    return begin(std::make_unique<detail::vulkan_device>(options.loader, options.device,
                                                         options.calibrated));
  }
  /// The application's. [one-thread] [allocates] [blocks]
  [[nodiscard]] static result<vulkan_timebase> adopt(const vulkan_handles& handles) noexcept {
    return begin(std::make_unique<detail::vulkan_device>(handles));
  }

  /// Looks once: a microsecond or so if calibrated, some tens bracketed, in which a processor is
  /// busy. device_lost when Vulkan says so, or when nothing comes back for a second; its results
  /// are then in doubt, and only a new one helps. [one-thread] [blocks]
  [[nodiscard]] result<timebase_reading> read() noexcept {
    if (lost_) return *lost_;
    auto reading = how_ == method::calibrated ? device_->calibrated() : narrowest_bracket();
    if (!reading) lost_ = reading.error();
    return reading;
  }
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] tick_format format() const noexcept { return device_->format(); }

  /// How it looks. [one-thread] [rt-safe] O(1)
  [[nodiscard]] method how() const noexcept { return how_; }
  /// Calibrated timestamps are there, but count from another moment than queries do (seen in the
  /// field, 12 s apart), and so are of no use. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool epochs_differ() const noexcept { return epochs_differ_; }
  /// As the driver calls it, until the timebase goes. [one-thread] [rt-safe] O(1)
  [[nodiscard]] const char* name() const noexcept { return device_->name(); }

  /// What it uses, for further work on the same device, one submission at a time.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] const vulkan_handles& handles() const noexcept { return device_->handles(); }

private:
  explicit vulkan_timebase(std::unique_ptr<detail::vulkan_device> device) noexcept
      : device_{std::move(device)} {}
  static result<vulkan_timebase> begin(std::unique_ptr<detail::vulkan_device> device) noexcept;
  result<bool> same_epoch() noexcept;
  result<timebase_reading> narrowest_bracket() noexcept;

  std::unique_ptr<detail::vulkan_device> device_;
  method how_ = method::bracketed;
  bool epochs_differ_ = false;
  std::optional<failure> lost_;
};
static_assert(timebase<vulkan_timebase>);

inline result<vulkan_timebase>
vulkan_timebase::begin(std::unique_ptr<detail::vulkan_device> device) noexcept {
  if (device->trouble()) return *device->trouble();
  vulkan_timebase made{std::move(device)};
  if (!made.device_->has_calibrated()) return made;
  const auto same = made.same_epoch();
  if (!same) return same.error();
  made.epochs_differ_ = !*same;
  if (*same) made.how_ = method::calibrated;
  return made;
}

// The first look wakes who sleeps, and takes long; those right behind it do not.
inline result<timebase_reading> vulkan_timebase::narrowest_bracket() noexcept {
  auto best = device_->bracketed();
  for (int again = 0; again < 2 && best; ++again) {
    const auto reading = device_->bracketed();
    if (!reading || reading->uncertainty < best->uncertainty) best = reading;
  }
  return best;
}

// A bracketed look between two calibrated ones must show a count in between.
inline result<bool> vulkan_timebase::same_epoch() noexcept {
  const auto before = device_->calibrated();
  if (!before) return before.error();
  const auto query = device_->bracketed();
  if (!query) return query.error();
  const auto after = device_->calibrated();
  if (!after) return after.error();
  const auto slack = static_cast<std::int64_t>(2e3 / format().period_ns) + 2;
  return format().between(before->ticks, query->ticks) >= -slack &&
         format().between(query->ticks, after->ticks) >= -slack;
}

} // namespace jamnet::inline v0

#endif
