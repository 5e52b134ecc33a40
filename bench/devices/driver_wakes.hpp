// When a JACK server on its dummy driver was to wake: the true times of its periods, which no
// client is told. driver_wakes.cpp, loaded into the server before all else, writes them down.
//
//     driver_wakes wakes;
//     jack_server server;                       // started while it lives
//     ... wakes.times()                         // once the server has ended, or meanwhile
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../tests/platform/jack_fixture.hpp"

namespace jamnet_bench {

struct driver_wake_log {
  static constexpr std::size_t most = 1 << 20; // 46 min of 128 frames
  static constexpr const char* variable = "JAMNET_DRIVER_WAKES";

  std::atomic<std::uint64_t> count;
  std::int64_t times[most]; // ns of CLOCK_MONOTONIC
};

inline driver_wake_log* map_driver_wakes(const char* path, int flags) {
  const int file = ::open(path, flags | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0 || ::ftruncate(file, sizeof(driver_wake_log)) != 0) return nullptr;
  void* const there =
      ::mmap(nullptr, sizeof(driver_wake_log), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  return there == MAP_FAILED ? nullptr : static_cast<driver_wake_log*>(there);
}

class driver_wakes {
public:
  /// `library` is what became of driver_wakes.cpp.
  explicit driver_wakes(const std::string& library)
      : path_{"/dev/shm/jamnet-wakes-" + std::to_string(::getpid())},
        log_{map_driver_wakes(path_.c_str(), O_CREAT | O_TRUNC)},
        where_{driver_wake_log::variable, path_},
        loaded_{"LD_PRELOAD", library} {}
  driver_wakes(const driver_wakes&) = delete;
  driver_wakes& operator=(const driver_wakes&) = delete;
  ~driver_wakes() {
    if (log_ != nullptr) ::munmap(log_, sizeof *log_);
    ::unlink(path_.c_str());
  }

  /// In their order, ns.
  [[nodiscard]] std::vector<double> times() const {
    if (log_ == nullptr) return {};
    const auto count =
        std::min<std::uint64_t>(log_->count.load(std::memory_order_acquire), driver_wake_log::most);
    return {log_->times, log_->times + count};
  }

private:
  std::string path_;
  driver_wake_log* log_;
  jamnet::testing::environment_entry where_, loaded_;
};

} // namespace jamnet_bench
