// What goes out comes in again: how much later, and is it the same? For a callback on an audio
// thread, with no memory of what went out: every frame's sample follows from its number.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace jamnet::inline v0::testing {

class sound_loop {
public:
  /// Never 0, so that silence is told from it; a float holds it exactly.
  [[nodiscard]] static float sample(std::uint64_t frame) noexcept {
    std::uint64_t x = frame * 0x9e3779b97f4a7c15u; // SplitMix64
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    const auto bits = static_cast<std::int32_t>((x >> 41) | 1u); // 23 of them
    return static_cast<float>(bits - (1 << 22)) / static_cast<float>(1 << 22);
  }

  /// Channel 0 of a block that begins with number `frame`.
  template <class In, class Out>
  void play(std::uint64_t frame, const In& in, const Out& out) noexcept {
    for (std::size_t f = 0; f < out.frames(); ++f) out.sample(0, f) = sample(frame + f);
    for (std::size_t f = 0; f < in.frames(); ++f) hear(frame + f, in.sample(0, f));
  }

  /// How many frames after it went out a sample comes in; below 0: none has yet.
  [[nodiscard]] std::int64_t delay() const noexcept { return delay_.load(); }
  [[nodiscard]] std::uint64_t compared() const noexcept { return compared_.load(); }
  [[nodiscard]] std::uint64_t wrong() const noexcept { return wrong_.load(); }

private:
  static constexpr std::uint64_t longest = 1 << 16; // frames

  void hear(std::uint64_t frame, float heard) noexcept {
    const std::int64_t delay = delay_.load(std::memory_order_relaxed);
    if (delay >= 0) {
      count(compared_);
      if (heard != sample(frame - static_cast<std::uint64_t>(delay))) count(wrong_);
    } else if (heard != 0) {
      for (std::uint64_t d = 0; d <= frame && d < longest; ++d)
        if (heard == sample(frame - d)) {
          delay_.store(static_cast<std::int64_t>(d));
          return;
        }
      count(wrong_);
    }
  }
  static void count(std::atomic<std::uint64_t>& n) noexcept {
    n.store(n.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  std::atomic<std::int64_t> delay_{-1};
  std::atomic<std::uint64_t> compared_{0}, wrong_{0};
};

} // namespace jamnet::inline v0::testing
