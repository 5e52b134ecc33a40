// SPDX-License-Identifier: MIT
//
// What is done for each block, on the device's thread, between the device and the user's callback:
// the time is taken, the samples get a shape, and what went wrong is counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <jamnet/latency/buffer_health.hpp>
#include <jamnet/platform/audio_stream.hpp>
#include <jamnet/time/steady_source.hpp>

namespace jamnet::inline v0::detail {

/// A device's way in, which is opened once and shut for good: who was replaced may still call,
/// whenever it likes.
class audio_gate {
public:
  /// Whether it is open, and then leave(). [audio-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool enter() noexcept {
    inside_.store(true, std::memory_order_seq_cst); // before the look, as who shuts it looks after
    if (door_.load(std::memory_order_seq_cst) == opened) return true;
    leave();
    return false;
  }
  /// [audio-thread] [rt-safe] [wait-free] O(1)
  void leave() noexcept { inside_.store(false, std::memory_order_release); }

  // All of these are [any-thread] [rt-safe] [wait-free] O(1).

  /// Does nothing where it was shut before.
  void open() noexcept {
    auto before = unopened;
    door_.compare_exchange_strong(before, opened, std::memory_order_seq_cst);
  }
  void shut() noexcept { door_.store(shut_for_good, std::memory_order_seq_cst); }
  /// Whether somebody may be inside. Once it is shut and this is false, nobody comes any more.
  [[nodiscard]] bool inside() const noexcept { return inside_.load(std::memory_order_seq_cst); }

private:
  enum door : std::uint8_t { unopened, opened, shut_for_good };
  std::atomic<door> door_{unopened};
  std::atomic<bool> inside_{false};
};

/// Samples somewhere in memory, as the layout has them: planar channels follow each other.
template <class Layout, class Sample>
class audio_view {
public:
  using block = typename Layout::template block<Sample>;

  explicit audio_view(std::size_t channels = 0)
      : channels_{channels},
        rows_(planar ? channels : 0) {}

  /// [audio-thread] [rt-safe] O(channels)
  [[nodiscard]] block of(Sample* samples, std::size_t frames) noexcept {
    if (channels_ == 0) return {};
    if constexpr (planar) {
      for (std::size_t c = 0; c < channels_; ++c) rows_[c] = samples + c * frames;
      return {rows_.data(), channels_, frames};
    } else {
      return {samples, channels_, frames};
    }
  }

private:
  static constexpr bool planar = std::is_same_v<block, planar_block<Sample>>;

  std::size_t channels_;
  std::vector<Sample*> rows_;
};

template <class Layout>
class audio_pump {
public:
  // All of these are [control-thread]; the first two while nobody is inside.

  void set_format(const audio_stream_format& format) {
    in_ = audio_view<Layout, const float>{format.inputs};
    out_ = audio_view<Layout, float>{format.outputs};
    ns_per_frame_ = 1e9 / format.rate;
  }
  void set_callback(audio_callback<Layout> play) {
    play_ = std::move(play);
    frame_ = 0;
  }
  /// The moments of the xruns that are not told yet, of many the first.
  template <class Tell>
  void for_new_xruns(Tell&& tell) {
    for (host_time at; new_xruns_.try_pop(at);) tell(at);
  }
  [[nodiscard]] audio_stream_counts count() const noexcept {
    return {.blocks = blocks_.value(), .xruns = xruns_.value(), .slow = slow_.value()};
  }
  [[nodiscard]] audio_stamps& stamps() noexcept { return stamps_; }

  /// [audio-thread] [rt-safe] if the callback is, O(frames)
  void play(const float* in, float* out, std::size_t frames, bool xrun) noexcept {
    const host_time now = clock_.now();
    (void)stamps_.try_push({frame_, now});
    if (xrun) {
      xruns_.add(1);
      (void)new_xruns_.try_push(now);
    }
    const auto heard = out_.of(out, frames);
    silence(heard);
    play_({frame_, now, xrun}, in_.of(in, frames), heard);
    frame_ += frames;
    const double took = static_cast<double>((clock_.now() - now).count());
    if (took > ns_per_frame_ * static_cast<double>(frames)) slow_.add(1);
    blocks_.add(1);
  }

private:
  audio_callback<Layout> play_;
  audio_view<Layout, const float> in_;
  audio_view<Layout, float> out_;
  double ns_per_frame_ = 0;
  std::uint64_t frame_ = 0;
  steady_source clock_;
  health_counter blocks_, xruns_, slow_;
  spsc_ring<host_time, 64> new_xruns_;
  audio_stamps stamps_;
};

} // namespace jamnet::inline v0::detail
