// A sound card that is none: a thread that wakes as one would, and has rendered what is due by its
// clock since it last did. Sample n is what sounds at the clock's `first_sample` + n / 48000 s.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include <jamnet/core/callback.hpp>

#include "injected_clock.hpp"
#include "wav.hpp"

namespace shared {

class sound_thread {
public:
  /// Adds to `out`, which begins with sample `first`, on the audio thread.
  using renderer = jamnet::callback<void(std::span<float> out, std::uint64_t first)>;

  explicit sound_thread(const injected_clock& clock) : clock_{clock} {}
  ~sound_thread() { stop(); }

  /// Begins to sound at `first_sample`, for at most `length`. [control-thread] [allocates]
  void start(host_time first_sample, nanoseconds length, renderer render) {
    first_sample_ = first_sample;
    sound_.assign(static_cast<std::size_t>(position(first_sample + length)), 0.0f);
    render_ = std::move(render);
    running_ = true;
    thread_ = std::thread{[this] {
      while (running_) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        catch_up();
      }
    }};
  }
  /// Renders up to the present and ends. [control-thread] [blocks]
  void stop() {
    running_ = false;
    if (!thread_.joinable()) return;
    thread_.join();
    catch_up();
  }

  /// In samples, between two of them too. [any-thread] [rt-safe]
  [[nodiscard]] double position(host_time t) const noexcept {
    return static_cast<double>((t - first_sample_).count()) * 1e-9 * sample_rate;
  }
  [[nodiscard]] host_time time_of(std::uint64_t sample) const noexcept {
    const double seconds = static_cast<double>(sample) / sample_rate;
    return first_sample_ + nanoseconds{std::llround(seconds * 1e9)};
  }
  /// What sounded, once it has ended.
  [[nodiscard]] std::span<const float> sound() const noexcept {
    return std::span{sound_}.first(rendered_);
  }
  [[nodiscard]] host_time first_sample() const noexcept { return first_sample_; }

private:
  void catch_up() noexcept {
    const auto due = static_cast<std::size_t>(std::max(0.0, position(clock_.now())));
    const auto end = std::min(sound_.size(), due);
    if (end <= rendered_) return;
    render_(std::span{sound_}.subspan(rendered_, end - rendered_), rendered_);
    rendered_ = end;
  }

  injected_clock clock_;
  renderer render_;
  std::atomic<bool> running_{false};
  std::thread thread_;
  host_time first_sample_{};
  // the audio thread's alone while it runs
  std::vector<float> sound_;
  std::size_t rendered_ = 0;
};

} // namespace shared
