// SPDX-License-Identifier: MIT
//
// A thread that does what may never return, one errand after the other, so that whoever sends it
// need not wait for longer than he likes. One that does not come back is left alone: what an errand
// touches it has to hold itself.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <jamnet/core/callback.hpp>
#include <jamnet/core/chrono.hpp>

#if defined(__unix__) || defined(__APPLE__)
#include <csignal>
#endif

namespace jamnet::inline v0::detail {

// All of these are [one-thread] [blocks] on a mutex that nobody holds for long.
class errand_thread {
public:
  errand_thread() : shared_{std::make_shared<shared>()} {
    std::thread{[shared = shared_] { shared->run(); }}.detach();
  }
  /// Errands that wait are still done, but are not waited for.
  ~errand_thread() {
    const std::lock_guard lock{shared_->mutex};
    shared_->ending = true;
    shared_->changed.notify_all();
  }
  errand_thread(const errand_thread&) = delete;
  errand_thread& operator=(const errand_thread&) = delete;

  void send(callback<void()> errand) {
    const std::lock_guard lock{shared_->mutex};
    shared_->errands.push_back(std::move(errand));
    ++shared_->undone;
    shared_->changed.notify_all();
  }
  /// Whether all are done.
  [[nodiscard]] bool idle() const { return wait(std::chrono::nanoseconds{}); }
  /// Waits until they are, but not for longer than `limit`; whether they are.
  [[nodiscard]] bool wait(std::chrono::nanoseconds limit) const {
    std::unique_lock lock{shared_->mutex};
    return shared_->changed.wait_for(lock, limit, [this] { return shared_->undone == 0; });
  }

private:
  struct shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<callback<void()>> errands;
    int undone = 0; // waiting, or on the way
    bool ending = false;

    void run();
  };

  std::shared_ptr<shared> shared_;
};

inline void errand_thread::shared::run() {
#if defined(__unix__) || defined(__APPLE__)
  // Who writes to a server that died is not to end the program; threads started here inherit that.
  ::sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
#endif
  for (std::unique_lock lock{mutex};;) {
    changed.wait(lock, [this] { return ending || !errands.empty(); });
    if (errands.empty()) return;
    {
      const auto errand = std::move(errands.front());
      errands.pop_front();
      lock.unlock();
      errand();
    } // what it held goes before it counts as done
    lock.lock();
    --undone;
    changed.notify_all();
  }
}

} // namespace jamnet::inline v0::detail
