// What remains of all the looks at one peer. Its size does not depend on their number.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "observation.hpp"
#include "quantiles.hpp"

namespace sync_lab {

/// A bound that is promised: how often it held, and how wide it was.
class promise {
public:
  void add(double error, double bound) {
    ++total_;
    held_ += std::abs(error) <= bound;
    if (!std::isfinite(bound)) return;
    ++finite_;
    sum_ += bound;
  }
  [[nodiscard]] double held_percent() const {
    return 100 * static_cast<double>(held_) / static_cast<double>(std::max(total_, one));
  }
  /// Of the bounds that are one.
  [[nodiscard]] double mean() const { return sum_ / static_cast<double>(std::max(finite_, one)); }

private:
  static constexpr std::uint64_t one = 1;
  std::uint64_t total_ = 0, held_ = 0, finite_ = 0;
  double sum_ = 0;
};

class statistics {
public:
  /// Judges a peer from `settling_s` after it first knew the time.
  explicit statistics(double settling_s) : settling_s_{settling_s} {}

  void add(const observation& o) {
    last_ = o;
    if (o.in_time() && in_time_s_ < 0) in_time_s_ = o.age_s;
    if (!o.judged || o.age_s < in_time_s_ + settling_s_) return;
    error_.add(o.error_us);
    soft_.add(o.error_us, o.soft_us);
    hard_.add(o.error_us, o.hard_us);
  }

  /// The latest look.
  [[nodiscard]] const observation& last() const { return last_; }
  /// How old it was when it first knew the time, s; below zero: it never did.
  [[nodiscard]] double in_time_s() const { return in_time_s_; }
  [[nodiscard]] const quantiles& error() const { return error_; }
  [[nodiscard]] const promise& soft() const { return soft_; }
  [[nodiscard]] const promise& hard() const { return hard_; }

private:
  double settling_s_, in_time_s_ = -1;
  observation last_{};
  quantiles error_;
  promise soft_, hard_;
};

} // namespace sync_lab
