// Loaded into a JACK server: writes down until when its driver sleeps, and has it sleep.
#include "driver_wakes.hpp"

#include <cstdlib>
#include <ctime>

namespace {

jamnet_bench::driver_wake_log* opened() {
  const char* const path = std::getenv(jamnet_bench::driver_wake_log::variable);
  return path != nullptr ? jamnet_bench::map_driver_wakes(path, 0) : nullptr;
}

} // namespace

extern "C" int usleep(useconds_t us) { // instead of the C library's
  static auto* const log = opened();
  std::timespec now{}, length{static_cast<std::time_t>(us / 1'000'000), us % 1'000'000 * 1000};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto count = log != nullptr ? log->count.load(std::memory_order_relaxed) : 0;
  if (log != nullptr && count < jamnet_bench::driver_wake_log::most) {
    log->times[count] =
        1'000'000'000 * std::int64_t{now.tv_sec} + now.tv_nsec + 1000 * std::int64_t{us};
    log->count.store(count + 1, std::memory_order_release);
  }
  return ::nanosleep(&length, nullptr);
}
