// SPDX-License-Identifier: MIT
//
// A thread that may hang in somebody else's driver. Who ends it waits for so long, and then leaves
// it alone, with all it holds, until it returns or the program ends.
#pragma once

#include <memory>
#include <thread>
#include <utility>

#include <jamnet/ring/condition_signal.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0::detail {

class patient_thread {
public:
  static constexpr nanoseconds patience{3'000'000'000};

  patient_thread() = default;
  /// `body` owns, or shares, everything that it touches.
  template <class Body>
  explicit patient_thread(Body body)
      : finished_{std::make_shared<condition_signal>()},
        thread_{[body = std::move(body), finished = finished_]() mutable {
          body();
          finished->notify();
        }} {}
  patient_thread(patient_thread&&) noexcept = default;
  patient_thread& operator=(patient_thread&&) = delete;
  ~patient_thread() { (void)join(); }

  /// Whether it ended in time. [control-thread] [blocks]
  bool join() {
    if (!thread_.joinable()) return true;
    const bool ended = finished_->wait_until(std::chrono::steady_clock::now() + patience);
    if (ended)
      thread_.join();
    else
      thread_.detach();
    return ended;
  }

  /// Does not wait any more. [control-thread]
  void leave_alone() {
    if (thread_.joinable()) thread_.detach();
  }

private:
  std::shared_ptr<condition_signal> finished_;
  std::thread thread_;
};

} // namespace jamnet::inline v0::detail
