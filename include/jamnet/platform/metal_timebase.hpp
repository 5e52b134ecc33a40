// SPDX-License-Identifier: MIT
//
// The clock of a GPU, by Metal, from plain C++: three functions of the Objective-C runtime are all
// it takes, looked up when the program runs.
//
//     auto gpu = metal_timebase::open();
//     clock_bridge bridge{std::move(*gpu), steady_source{}, {.interval = 1s, .reads = 1}};
//
// Once a second is enough: `sampleTimestamps:gpuTimestamp:` may hold the GPU up. Our own clock is
// read before and after, so the CPU's time stamp, whose clock differs between machines, is not
// needed. Apple's processors count in ns; elsewhere say how long a tick lasts.
//
// Untested on Apple hardware. Tested against a class in GNU's Objective-C runtime.
#pragma once

#if __has_include(<dlfcn.h>)

#include <cstdint>
#include <type_traits>
#include <utility>

#include <dlfcn.h>
#include <jamnet/core/result.hpp>
#include <jamnet/time/steady_source.hpp>
#include <jamnet/time/timebase.hpp>

namespace jamnet::inline v0 {

/// What is called of the Objective-C runtime, and of Metal.
struct metal_runtime {
  void (*send)() = nullptr;                 ///< objc_msgSend, of any signature
  void* (*selector)(const char*) = nullptr; ///< sel_registerName
  void* (*create_device)() = nullptr;       ///< MTLCreateSystemDefaultDevice

  /// That of this machine, never unloaded; incomplete where there is none.
  /// [any-thread] [blocks]
  [[nodiscard]] static metal_runtime of_system() noexcept;

  [[nodiscard]] bool complete() const noexcept {
    return send != nullptr && selector != nullptr && create_device != nullptr;
  }
  /// [receiver name: arguments …]
  template <class Answer, class... Arguments>
  Answer call(void* receiver, const char* name, Arguments... arguments) const noexcept {
    return reinterpret_cast<Answer (*)(void*, void*, Arguments...)>(send)(receiver, selector(name),
                                                                          arguments...);
  }
};

class metal_timebase {
public:
  /// The system's default device, or that of another runtime. device_absent without one,
  /// device_clockless if it does not know the message, or has no time stamps.
  /// [one-thread] [blocks]
  [[nodiscard]] static result<metal_timebase>
  open(double period_ns = 1, const metal_runtime& runtime = metal_runtime::of_system()) noexcept;

  metal_timebase(metal_timebase&& other) noexcept
      : runtime_{other.runtime_},
        period_ns_{other.period_ns_},
        device_{std::exchange(other.device_, nullptr)} {}
  metal_timebase& operator=(metal_timebase&& other) noexcept {
    std::swap(runtime_, other.runtime_);
    std::swap(period_ns_, other.period_ns_);
    std::swap(device_, other.device_);
    return *this;
  }
  ~metal_timebase() {
    if (device_ != nullptr) runtime_.call<void>(device_, "release");
  }

  /// Looks once. device_lost when there is no time stamp. [one-thread] [blocks]
  [[nodiscard]] result<timebase_reading> read() noexcept;
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] tick_format format() const noexcept { return {period_ns_, 64}; }

private:
  metal_timebase(const metal_runtime& runtime, double period_ns, void* device) noexcept
      : runtime_{runtime},
        period_ns_{period_ns},
        device_{device} {}

  static constexpr const char* sample = "sampleTimestamps:gpuTimestamp:";

  metal_runtime runtime_;
  double period_ns_;
  void* device_; // ours, until released
};
static_assert(timebase<metal_timebase>);

inline metal_runtime metal_runtime::of_system() noexcept {
  void* const metal = ::dlopen("/System/Library/Frameworks/Metal.framework/Metal", RTLD_NOW);
  void* const objc = ::dlopen("/usr/lib/libobjc.A.dylib", RTLD_NOW);
  if (metal == nullptr || objc == nullptr) return {};
  const auto find = [](void* library, const char* name, auto& function) {
    function =
        reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
  };
  metal_runtime runtime;
  find(objc, "objc_msgSend", runtime.send);
  find(objc, "sel_registerName", runtime.selector);
  find(metal, "MTLCreateSystemDefaultDevice", runtime.create_device);
  return runtime;
}

inline result<metal_timebase> metal_timebase::open(double period_ns,
                                                   const metal_runtime& runtime) noexcept {
  void* const device = runtime.complete() ? runtime.create_device() : nullptr;
  if (device == nullptr) return errc::device_absent;
  metal_timebase opened{runtime, period_ns, device};
  // BOOL is a bool on some machines and a char on others: the low byte is what both have.
  const auto knows =
      runtime.call<unsigned char>(device, "respondsToSelector:", runtime.selector(sample));
  if (knows == 0 || !(period_ns > 0) || !opened.read()) return errc::device_clockless;
  return opened;
}

inline result<timebase_reading> metal_timebase::read() noexcept {
  std::uint64_t unused = 0, gpu = 0;
  const host_time before = steady_source{}.now();
  runtime_.call<void>(device_, sample, &unused, &gpu);
  const nanoseconds took = steady_source{}.now() - before;
  if (gpu == 0) return errc::device_lost; // what old parts say
  return timebase_reading{gpu, before + took / 2, took - took / 2};
}

} // namespace jamnet::inline v0

#endif
