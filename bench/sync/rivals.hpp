// How others get a clock's offset from the same exchanges: each in its plainest known form.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

namespace jamnet_bench {

/// What an exchange says by itself, times in s and offsets in ns.
struct observation {
  double at;         ///< halfway between question and answer
  double offset;     ///< of the other clock, if both ways took as long
  double round_trip; ///< ns
};

class rival {
public:
  virtual ~rival() = default;
  virtual void add(const observation& seen) = 0;
  /// The estimate for `t`, once something was added.
  virtual double offset(double t) const = 0;
};

/// The last exchange is believed.
class last_sample final : public rival {
public:
  void add(const observation& seen) override { offset_ = seen.offset; }
  double offset(double) const override { return offset_; }

private:
  double offset_ = 0;
};

/// The clock filter of RFC 5905: of the last eight the one with the least distance, half its round
/// trip and 15 ppm of its age, unless it is older than the one that was used before.
class ntp_filter final : public rival {
public:
  void add(const observation& seen) override {
    stages_.push_back(seen);
    if (stages_.size() > 8) stages_.pop_front();
    const auto distance = [&](const observation& o) {
      return o.round_trip / 2 + 15e3 * (seen.at - o.at);
    };
    const auto best = std::min_element(
        stages_.begin(), stages_.end(),
        [&](const observation& a, const observation& b) { return distance(a) < distance(b); });
    if (best->at > used_.at) used_ = *best;
  }
  double offset(double) const override { return used_.offset; }

private:
  std::deque<observation> stages_;
  observation used_{-1, 0, 0};
};

/// The servo of ptp4l with its constants for software time stamps: it steers a clock's rate, in
/// proportion to the error and to its sum, after the rate was found from two exchanges.
class pi_servo final : public rival {
public:
  explicit pi_servo(double interval)
      : proportional_{std::min(0.1 * std::pow(interval, -0.3), 0.7 / interval)},
        integral_{std::min(0.001 * std::pow(interval, 0.4), 0.3 / interval)} {}

  void add(const observation& seen) override {
    const double error = seen.offset - offset(seen.at);
    if (!locked_) {
      if (first_.at < 0) first_ = seen;
      here_ = seen;
      const double apart = seen.at - first_.at;
      if (apart * 1.001 < 0.016 / integral_) return;
      locked_ = true;
      rate_ = drift_ = (seen.offset - first_.offset) / apart;
      return;
    }
    here_ = {seen.at, offset(seen.at), 0};
    drift_ += integral_ * error;
    rate_ = proportional_ * error + drift_;
  }
  double offset(double t) const override { return here_.offset + rate_ * (t - here_.at); }

private:
  double proportional_, integral_;
  bool locked_ = false;
  observation first_{-1, 0, 0}, here_{0, 0, 0};
  double drift_ = 0, rate_ = 0; // ns/s
};

/// A straight line through the last 30 s, on which an exchange weighs the less the longer it took.
class regression final : public rival {
public:
  void add(const observation& seen) override {
    window_.push_back(seen);
    while (window_.front().at < seen.at - 30) window_.pop_front();
    double least = std::numeric_limits<double>::infinity(), mean = 0;
    for (const auto& o : window_) {
      least = std::min(least, o.round_trip);
      mean += o.round_trip / static_cast<double>(window_.size());
    }
    const double spread = std::max(mean - least, 1.0);

    double sw = 0, sx = 0, sy = 0, sxx = 0, sxy = 0; // relative to the last
    for (const auto& o : window_) {
      const double root = 1 + (o.round_trip - least) / spread, w = 1 / (root * root);
      const double x = o.at - seen.at, y = o.offset - seen.offset;
      sw += w, sx += w * x, sy += w * y, sxx += w * x * x, sxy += w * x * y;
    }
    const double determinant = sw * sxx - sx * sx;
    rate_ = window_.size() < 4 || determinant < 1e-9 ? 0 : (sw * sxy - sx * sy) / determinant;
    here_ = {seen.at, seen.offset + (sy - rate_ * sx) / sw, 0};
  }
  double offset(double t) const override { return here_.offset + rate_ * (t - here_.at); }

private:
  std::deque<observation> window_;
  observation here_{};
  double rate_ = 0; // ns/s
};

} // namespace jamnet_bench
