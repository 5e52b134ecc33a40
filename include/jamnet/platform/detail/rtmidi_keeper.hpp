// SPDX-License-Identifier: MIT
//
// The thread that keeps a line to a port through RtMidi, so that nobody else waits for a driver.
#pragma once

#include <jamnet/platform/detail/rtmidi_line.hpp>

#if __has_include(<rtmidi/rtmidi_c.h>)

#include <jamnet/platform/detail/patient_thread.hpp>

namespace jamnet::inline v0::detail {

// All of these are [control-thread].
class rtmidi_keeper {
public:
  /// `line` may be a part of what it keeps alive.
  explicit rtmidi_keeper(std::shared_ptr<rtmidi_line> line)
      : shared_{std::make_shared<shared>(std::move(line))} {}
  rtmidi_keeper(const rtmidi_keeper&) = delete;
  rtmidi_keeper& operator=(const rtmidi_keeper&) = delete;
  /// A driver that hangs is left alone after a while.
  ~rtmidi_keeper() {
    shared_->stopping.store(true, std::memory_order_relaxed);
    shared_->line->wake.notify();
  }

  /// As the line's, and with device_lost if the system does not answer.
  failure open() {
    thread_.emplace([shared = shared_] { shared->run(); });
    const auto deadline = std::chrono::steady_clock::now() + patient_thread::patience;
    if (shared_->opened.wait_until(deadline)) return shared_->outcome;
    thread_->leave_alone();
    return {errc::device_lost};
  }

  /// Hands on what happened, and has the keeper look again, ten times a second at most.
  void poll(host_time now, const callback<void(const midi_port_event&)>& told) {
    for (const midi_port_event& news : shared_->line->take_news()) told(news);
    if (now - asked_at_ < nanoseconds{95'000'000}) return;
    const auto asked = shared_->asked.load(std::memory_order_relaxed);
    const bool answered = shared_->answered.load(std::memory_order_acquire) == asked;
    if (answered) {
      if (std::exchange(stuck_, false) && shared_->line->connected())
        told({port_change::connected, shared_->line->port()});
      asked_at_ = now;
      shared_->asked.store(asked + 1, std::memory_order_relaxed);
      shared_->line->wake.notify();
    } else if (!stuck_ && now - asked_at_ > stuck_after && shared_->line->connected()) {
      stuck_ = true;
      told({port_change::lost, shared_->line->port()});
    }
  }

  [[nodiscard]] bool connected() const noexcept { return !stuck_ && shared_->line->connected(); }

private:
  static constexpr nanoseconds stuck_after{2'000'000'000};

  struct shared { // with a thread that may outlive us
    explicit shared(std::shared_ptr<rtmidi_line> kept) noexcept : line{std::move(kept)} {}

    void run() {
      outcome = line->open();
      if (outcome != failure{}) stopping.store(true, std::memory_order_relaxed);
      opened.notify();
      while (!stopping.load(std::memory_order_relaxed)) {
        const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds{100};
        (void)line->wake.wait_until(line->waits() ? soon : forever);
        const auto question = asked.load(std::memory_order_relaxed);
        const bool asks = question != answered.load(std::memory_order_relaxed);
        if (asks || line->waits() || line->died()) line->look();
        answered.store(question, std::memory_order_release);
      }
      line->leave();
    }

    std::shared_ptr<rtmidi_line> line;
    failure outcome{};
    condition_signal opened{};
    std::atomic<bool> stopping{false};
    std::atomic<std::uint64_t> asked{0}, answered{0};
  };

  std::shared_ptr<shared> shared_;
  host_time asked_at_{};
  bool stuck_ = false;
  std::optional<patient_thread> thread_; // the last, so that it is joined first
};

} // namespace jamnet::inline v0::detail

#endif
