// SPDX-License-Identifier: MIT
//
// What a Kalman filter cannot see by itself: that the path, or the clock behind it, has changed.
//
// Each watch looks at the lateness of every exchange (how much later than expected the question
// and the answer came) for one failure that was seen in practice, and says what to do about it. A
// packet can be late for many reasons but early for none: what comes early disproves the model.
#pragma once

#include <array>
#include <cstddef>
#include <limits>

#include <jamnet/core/algorithm.hpp>

namespace jamnet::inline v0 {

/// Measured minus expected, in ns, of the way there and the way back; negative: early.
using lateness = std::array<double, 2>;

/// Both ways late for seconds on end: the path became longer, the clocks did nothing.
class longer_path_watch {
public:
  /// By how much the path became longer, once a window of 5 s and 8 exchanges shows it by more
  /// than `threshold`; otherwise 0. `dt` is the time since the last call, in s.
  /// [one-thread] [rt-safe] O(1)
  constexpr double add(double dt, const lateness& late, double threshold) noexcept {
    if (count_ > 0) elapsed_ += dt;
    ++count_;
    least_[0] = std::min(least_[0], late[0]);
    least_[1] = std::min(least_[1], late[1]);
    if (elapsed_ < 5 || count_ < 8) return 0;
    const double longer = std::min(least_[0], least_[1]);
    *this = {};
    return longer > threshold ? longer : 0;
  }

private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  lateness least_{infinity, infinity};
  double elapsed_ = 0;
  int count_ = 0;
};

/// Both ways early, one by far more than noise explains: the path became shorter. Returns by how
/// much (negative), or 0. [one-thread] [rt-safe] O(1)
[[nodiscard]] constexpr double shorter_path(const lateness& late, double sigma) noexcept {
  const auto [less, more] = std::minmax(late[0], late[1]); // `less` is the earlier
  return less < -10 * sigma && more < less / 4 ? less : 0;
}

/// A drift that was found: 0 when none was.
struct drift_finding {
  double size = 0; ///< by how much it showed, ns
  double rate = 0; ///< … per second since it began, ns/s
};

/// One way early and the other late by about as much, six times in a row, or three where causality
/// proves it: the clock stepped. Unless it grows: then the skew did.
class clock_step_watch {
public:
  /// Takes one exchange in, `dt` seconds after the last; `sigma` and `offset_sigma` are what noise
  /// and the offset's uncertainty explain. [one-thread] [rt-safe] O(1)
  constexpr void add(double dt, const lateness& late, double sigma, double offset_sigma) noexcept {
    const double big = std::max(10 * sigma, 6 * offset_sigma);
    const auto [early, other] = std::minmax(late[0], late[1]);
    if (!(early < -big && other > std::max(-early / 2, 8 * sigma))) {
      *this = {};
      return;
    }
    last_ = -early;
    if (in_a_row_++ == 0)
      first_ = last_;
    else
      elapsed_ += dt;
  }
  /// The last exchange cannot be true unless the clock stepped. [one-thread] [rt-safe] O(1)
  constexpr void prove() noexcept { proven_ = suspects(); }
  /// … and it began with such a one. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool proven() const noexcept { return proven_; }
  /// The last exchange looked like a step: it should not teach the filter what noise is.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool suspects() const noexcept { return in_a_row_ > 0; }
  /// It is a step. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool certain() const noexcept {
    return in_a_row_ >= (proven_ ? 3 : 6) && !grows();
  }
  /// It is a drift. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr drift_finding drift() const noexcept {
    if (in_a_row_ < 3 || !grows()) return {};
    return {last_, (last_ - first_) / elapsed_};
  }

private:
  constexpr bool grows() const noexcept { return last_ > 1.2 * first_; }

  int in_a_row_ = 0;
  bool proven_ = false;
  double first_ = 0, last_ = 0; // by how much the early way was
  double elapsed_ = 0;          // between these two
};

/// A little early again and again, in one direction: the skew changed, or the offset is wrong.
/// A cumulative sum (Page, Biometrika 1954) of the earliness, in units of the noise.
class early_drift_watch {
public:
  /// Takes one exchange in, `dt` seconds after the last. What is found is the mean earliness, and
  /// that by the time since it began, at least 1 s. [one-thread] [rt-safe] O(1)
  constexpr drift_finding add(double dt, const lateness& late, double sigma) noexcept {
    for (std::size_t i = 0; i < 2; ++i) sides_[i].add(dt, late[i], sigma);
    const bool there = sides_[0].sum > alarm, back = sides_[1].sum > alarm;
    if (!there && !back) return {};
    const side found = sides_[there ? 0 : 1];
    clear();
    if (there && back) return {}; // not a drift: shorter_path's matter
    const double size = found.earliness / std::max(found.count, 1);
    return {size, size / std::max(found.elapsed, 1.0)};
  }
  /// Something gathers on this side (0: there, 1: back): not the time to learn what noise is.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool gathers(std::size_t i) const noexcept { return sides_[i].sum > 3; }
  /// Begins anew. [one-thread] [rt-safe] O(1)
  constexpr void clear() noexcept { sides_ = {}; }

private:
  static constexpr double alarm = 6;

  struct side {
    double sum = 0, elapsed = 0, earliness = 0;
    int count = 0;

    // Of exchanges that are far apart each says something of its own, and so counts for more.
    constexpr void add(double dt, double late, double sigma) noexcept {
      const double early = late < 0 ? -late : 0;
      sum += std::min(early / sigma, std::clamp(2.2 + 1.5 * dt, 2.5, 5.5)) - 0.5;
      elapsed += dt;
      if (sum <= 0) {
        *this = {};
      } else if (early > 0) {
        earliness += early;
        ++count;
      }
    }
  };
  std::array<side, 2> sides_{};
};

} // namespace jamnet::inline v0
