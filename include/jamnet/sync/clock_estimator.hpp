// SPDX-License-Identifier: MIT
//
// The session's clock as seen from here: an affine map of ours, with two error bounds.
//
// A packet can be late but never early. So a Kalman filter over offset, skew and delay believes
// what comes early, and believes what comes late the less the later it is, each direction for
// itself; that is what makes one-sided congestion harmless, where a gate on the round trip is
// biased by it. What the filter cannot see, such as a new route or a clock that steps, is watched
// for beside it (sync/path_watch.hpp).
//
// The soft bound holds in 99 % of cases where the ways there and back differ by less than a tenth
// of the round trip. The hard bound holds on any path, and is never below half of the quickest: it
// assumes nothing but that no two clocks drift apart faster than any crystals do.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/core/math.hpp>
#include <jamnet/sync/boot_window.hpp>
#include <jamnet/sync/causal_interval.hpp>
#include <jamnet/sync/clock_estimator_options.hpp>
#include <jamnet/sync/clock_exchange.hpp>
#include <jamnet/sync/offset_filter.hpp>
#include <jamnet/sync/path_watch.hpp>
#include <jamnet/time/clock_map.hpp>

namespace jamnet::inline v0 {

class clock_estimator {
public:
  using counts = clock_estimator_counts;

  /// [one-thread] [rt-safe] O(1)
  explicit clock_estimator(const clock_estimator_options& options = {}) noexcept
      : options_{options} {}

  /// Takes one exchange in, of a whole train (sync/clock_prober.hpp) for best results. What is
  /// impossible or not newer than the last one is refused and counted.
  /// [one-thread] [rt-safe] O(1)
  void add(const clock_exchange& exchange) noexcept;

  /// Another peer answers from now on, whose clock may differ by `uncertainty` (one sigma) from
  /// the one before. The map goes on smoothly with offset and skew; the delay is learnt anew.
  /// [one-thread] [rt-safe] O(1)
  void change_source(nanoseconds uncertainty = nanoseconds{50'000}) noexcept;

  /// Whether there is a map: false until 16 exchanges, or those of 0.4 s, agree with each other,
  /// then true for good.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool ready() const noexcept { return ready_; }

  /// The best estimate, anchored at the last exchange, with the soft bound. Its linear growth
  /// covers 10 s without an exchange. Not continuous from one exchange to the next: applications
  /// read a slewed_clock. Expects ready(). [one-thread] [rt-safe] O(1)
  [[nodiscard]] clock_map<host_timeline, session_timeline> map() const noexcept;

  /// How wrong map()'s image of `t` can be at most, on any path, between clocks that drift by no
  /// more than `certain_skew`, or by what was seen of them; nanoseconds::max() while nothing is
  /// known, which also is after what such clocks cannot do. [one-thread] [rt-safe] O(1)
  [[nodiscard]] nanoseconds hard_bound(host_time t) const noexcept {
    return doubts_ > 0 ? nanoseconds::max() : disputed_bound(t);
  }
  /// … what it would be if the latest exchanges were right, whatever they contradicted: for those
  /// who ask others about it. [one-thread] [rt-safe] O(1)
  [[nodiscard]] nanoseconds disputed_bound(host_time t) const noexcept;

  /// How much faster the session's clock runs than ours. [one-thread] [rt-safe] O(1)
  [[nodiscard]] double skew_ppm() const noexcept { return filter_.skew * 1e-3; }
  /// The way to the answerer, without queueing. [one-thread] [rt-safe] O(1)
  [[nodiscard]] nanoseconds path_delay() const noexcept { return whole(filter_.delay); }
  /// What happened since construction. [one-thread] [rt-safe] O(1)
  [[nodiscard]] const counts& count() const noexcept { return counts_; }

private:
  static constexpr int enough = 10;     // early passages that make the noise known
  static constexpr int in_a_row = 10;   // exchanges that agree: the limits are believed again
  static constexpr double settling = 5; // s after a change of path before drifts are looked for

  enum class phase : std::uint8_t { empty, boot, new_source, running };

  struct measurement {
    double forward = 0, backward = 0; // session − host, relative to base_, both as of t4; ns
  };

  bool acceptable(const clock_exchange& exchange) const noexcept;
  measurement measure(const clock_exchange& exchange) const noexcept;
  void begin(const clock_exchange& exchange, const offset_filter& kept) noexcept;
  void begin_with(const clock_exchange& exchange, const offset_filter& kept) noexcept {
    begin(exchange, kept);
    gather(exchange, 0);
  }
  void gather(const clock_exchange& exchange, double dt) noexcept;
  void track(const clock_exchange& exchange, double dt) noexcept;
  bool clock_stepped(const lateness& late, double dt, double sigma) noexcept;
  void allow_for_longer_path(lateness& late, double dt, double sigma) noexcept;
  bool path_became_shorter(const lateness& late, double sigma) noexcept;
  bool drifted(const lateness& late, double dt, double sigma) noexcept;
  void learn_noise(const lateness& late, double dt) noexcept;
  void correct(const measurement& m, const lateness& late, double dt, bool trusted) noexcept;
  bool narrow(const clock_exchange& x, const measurement& m) noexcept;
  void stay_possible() noexcept;
  void reset_watches() noexcept;

  double asymmetry_allowance() const noexcept {
    return std::max(static_cast<double>(options_.asymmetry_allowance.count()),
                    2 * options_.asymmetry * filter_.delay);
  }
  double boot_variance() const noexcept { return options_.boot_skew * options_.boot_skew; }
  // Within 36 years, and no variance beyond what a double's square holds.
  bool plausible() const noexcept {
    return magnitude(filter_.offset) < 0x1p60 && filter_.oo + filter_.ss + filter_.dd < 1e100;
  }
  // How fast the offset may really change.
  double fastest() const noexcept {
    return std::max(magnitude(filter_.skew) + 3 * filter_.skew_deviation(), options_.certain_skew);
  }
  static double seconds(nanoseconds d) noexcept { return static_cast<double>(d.count()) * 1e-9; }
  static nanoseconds whole(double ns) noexcept {
    constexpr double limit = 0x1p62;
    return nanoseconds{nearest(std::clamp(ns, -limit, limit))};
  }

  clock_estimator_options options_;
  phase phase_ = phase::empty;
  bool ready_ = false;
  host_time last_{};   // when the filter's state holds: t4 of the last exchange
  nanoseconds base_{}; // session − host is base_ + filter_.offset: a double alone is too coarse
  offset_filter filter_;
  causal_interval interval_; // relative to base_
  int doubts_ = 0;           // exchanges to go until it is believed
  boot_window boot_;
  double noise_ = 0;    // variance of a passage that was not late, ns²
  int early_count_ = 0; // passages that taught noise_
  double settle_ = 0;   // s to go until settled
  double age_ = 0;      // s since all began
  longer_path_watch longer_;
  clock_step_watch step_;
  early_drift_watch drift_;
  counts counts_;
};

inline void clock_estimator::add(const clock_exchange& exchange) noexcept {
  if (!acceptable(exchange)) {
    ++counts_.refused;
    return;
  }
  ++counts_.taken;
  if (phase_ == phase::empty) begin(exchange, offset_filter{.ss = boot_variance()});
  const double dt = seconds(exchange.t4 - last_);
  interval_.advance(dt, fastest());
  filter_.predict(dt, options_.wander, options_.delay_drift * noise_);
  last_ = exchange.t4;
  age_ += dt;
  phase_ == phase::running ? track(exchange, dt) : gather(exchange, dt);
  stay_possible();
  if (!plausible()) { // no clock makes such stamps, and nothing that was learnt from them counts
    begin_with(exchange, offset_filter{.ss = boot_variance()});
  }
}

inline void clock_estimator::change_source(nanoseconds uncertainty) noexcept {
  ++counts_.sources;
  interval_.clear();
  if (!ready_) { // nothing worth keeping yet
    phase_ = phase::empty;
    return;
  }
  const auto sigma = static_cast<double>(uncertainty.count());
  filter_.oo += sigma * sigma;
  boot_ = {};
  phase_ = phase::new_source;
}

inline clock_map<host_timeline, session_timeline> clock_estimator::map() const noexcept {
  JAMNET_EXPECTS(ready_);
  const nanoseconds offset = whole(filter_.offset);
  // The deviation √(oo + 2·dt·os + dt²·ss) is at most √oo + dt·√ss, and the wander adds less
  // than q·√(dt³/3) to it, which is below a straight line until 10 s.
  const double growth = filter_.skew_deviation() + options_.wander * square_root(10.0 / 3);
  return {last_,
          session_time{
              detail::wrapping_sum(detail::wrapping_sum(last_.time_since_epoch(), base_), offset)},
          filter_.offset - static_cast<double>(offset.count()),
          filter_.skew * 1e-9,
          3 * filter_.offset_deviation() + options_.noise_margin * square_root(noise_) +
              asymmetry_allowance(),
          3 * growth * 1e-9};
}

inline nanoseconds clock_estimator::disputed_bound(host_time t) const noexcept {
  if (!interval_.known()) return nanoseconds::max();
  const double dt = magnitude(seconds(detail::wrapping_difference(t, last_)));
  const double apart = fastest() + magnitude(filter_.skew); // at the worst
  return whole(interval_.reach(filter_.offset) + apart * dt) + nanoseconds{1};
}

inline bool clock_estimator::acceptable(const clock_exchange& x) const noexcept {
  // A train's way back may be older than its way there, so t4 < t1 alone is no reason to refuse.
  constexpr nanoseconds longest_train{10'000'000'000};
  if (!x.in_range()) return false;
  const nanoseconds way = x.round_trip(), span = x.t4 - x.t1;
  return way.count() >= 0 && way <= options_.longest_round_trip && span <= longest_train &&
         -span <= longest_train && (phase_ == phase::empty || x.t4 > last_);
}

inline clock_estimator::measurement
clock_estimator::measure(const clock_exchange& x) const noexcept {
  const auto relative = [this](nanoseconds offset) {
    return static_cast<double>(detail::wrapping_sum(offset, -base_).count());
  };
  return {relative(x.forward()) + filter_.skew * seconds(x.t4 - x.t1), relative(x.backward())};
}

// Offset and delay are found anew; the skew and its uncertainty are those of `kept`.
inline void clock_estimator::begin(const clock_exchange& exchange,
                                   const offset_filter& kept) noexcept {
  filter_ = kept;
  base_ = exchange.backward() + exchange.round_trip() / 2;
  last_ = exchange.t4;
  interval_.clear();
  boot_ = {};
  reset_watches();
  phase_ = phase::boot;
}

inline void clock_estimator::gather(const clock_exchange& exchange, double dt) noexcept {
  const measurement m = measure(exchange);
  if (!narrow(exchange, m)) { // the clock stepped since, or one of the exchanges lied
    if (phase_ == phase::boot) return begin_with(exchange, filter_);
    boot_ = {};
  }
  boot_.add(dt, filter_.skew, m.forward, m.backward);
  if (phase_ == phase::boot) {
    filter_.offset = boot_.offset();
    filter_.delay = boot_.delay();
    filter_.set_variances(boot_.variance(), filter_.ss, boot_.variance());
    noise_ = boot_.noise();
  }
  if (!boot_.complete()) return;
  if (phase_ == phase::new_source) { // what was known of the offset counts, too
    filter_.od = filter_.sd = 0;
    filter_.update_offset(boot_.offset(), boot_.variance());
    filter_.delay = boot_.delay();
    filter_.dd = boot_.variance();
    noise_ = boot_.noise();
    reset_watches();
  }
  phase_ = phase::running;
  ready_ = true;
}

inline void clock_estimator::track(const clock_exchange& exchange, double dt) noexcept {
  const measurement m = measure(exchange);
  lateness late{m.forward - (filter_.offset + filter_.delay),
                (filter_.offset - filter_.delay) - m.backward};
  const double sigma = square_root(noise_);
  allow_for_longer_path(late, dt, sigma);
  if (clock_stepped(late, dt, sigma)) {
    begin_with(exchange, filter_);
    return;
  }
  const bool new_skew = drifted(late, dt, sigma);
  if (!new_skew) learn_noise(late, dt);
  const bool possible = narrow(exchange, m);
  if (!possible) step_.prove();
  if ((!possible || step_.proven()) && !new_skew) return; // not until it is clear what happened
  if (!path_became_shorter(late, square_root(noise_))) correct(m, late, dt, new_skew);
}

inline void clock_estimator::allow_for_longer_path(lateness& late, double dt,
                                                   double sigma) noexcept {
  const double longer = longer_.add(dt, late, 8 * sigma);
  if (longer == 0) return;
  ++counts_.longer_paths;
  filter_.delay += longer;
  filter_.dd += longer * longer / 64;
  for (double& l : late) l -= longer;
  settle_ = settling;
}

inline bool clock_estimator::clock_stepped(const lateness& late, double dt, double sigma) noexcept {
  step_.add(dt, late, sigma, filter_.offset_deviation());
  if (!step_.certain() || (early_count_ <= enough && !step_.proven())) return false;
  ++counts_.clock_steps;
  if (early_count_ <= enough) filter_ = {.ss = boot_variance()};
  filter_.ss = std::max(filter_.ss, 1e6); // the skew is kept, but not to better than 1 ppm
  return true;
}

// Makes room for it: what the offset is off by is mostly what the skew is, for as long as it was.
// True when this exchange shows it so clearly that it is to be believed in full.
inline bool clock_estimator::drifted(const lateness& late, double dt, double sigma) noexcept {
  if (settle_ > 0) settle_ -= dt;
  if (early_count_ <= enough || settle_ > 0) return false;
  auto found = step_.drift();
  const bool large = found.size > 0;
  if (!step_.suspects()) found = drift_.add(dt, late, sigma);
  if (found.size == 0) return false;
  ++counts_.drifts;
  step_ = {};
  drift_.clear();
  // What grew faster than any skew was not the skew's doing.
  const double rate = found.rate > options_.greatest_skew ? 0 : found.rate;
  filter_.oo += found.size * found.size;
  filter_.os += 0.8 * found.size * rate;
  filter_.ss += rate * rate;
  if (large) return true;
  filter_.dd += found.size * found.size / 4;
  noise_ *= 1.3;
  return false;
}

inline void clock_estimator::learn_noise(const lateness& late, double dt) noexcept {
  if (step_.suspects()) return;
  for (std::size_t i = 0; i < 2; ++i) {
    if (late[i] >= 0) {
      noise_ /= 1 + options_.forgetting * std::min(dt, 10.0);
      continue;
    }
    ++early_count_;
    double square = late[i] * late[i];
    if (early_count_ >= enough) square = std::min(square, 25 * noise_);
    if (early_count_ > enough && drift_.gathers(i) && square > noise_) continue;
    noise_ += std::max(options_.learning, 1.0 / (early_count_ + 3)) * (square - noise_);
  }
  noise_ = std::max(noise_, options_.least_noise * options_.least_noise);
}

// The delay takes it all. But what the longer path hid of the offset, it hides no more.
inline bool clock_estimator::path_became_shorter(const lateness& late, double sigma) noexcept {
  const double shorter = shorter_path(late, sigma);
  if (shorter == 0) return false;
  ++counts_.shorter_paths;
  filter_.delay += shorter;
  filter_.od = filter_.sd = 0;
  filter_.dd += shorter * shorter / 256;
  const double hidden = 2 * options_.asymmetry * shorter / 3; // one sigma
  filter_.oo += hidden * hidden;
  const double tilt = hidden / std::max(age_, 1.0); // of what it made of the skew
  filter_.ss = std::max(filter_.ss, std::min(filter_.ss + tilt * tilt, boot_variance()));
  drift_.clear();
  settle_ = settling;
  return true;
}

// The earlier a passage, the nearer it is to the quickest there is. While the skew is still to be
// found such evidence is worth more than its noise says; later it would follow the noise.
inline void clock_estimator::correct(const measurement& m, const lateness& late, double dt,
                                     bool trusted) noexcept {
  const double crowded =
      dt < options_.spacing ? options_.spacing / std::max(dt, options_.spacing / 50) : 1;
  const double k = options_.late_factor, sigma = square_root(noise_);
  const double eager = 0.6 * filter_.ss / (filter_.ss + 1e6); // against 1 ppm
  const auto noise_of = [&](double l) {
    const double square = l * l;
    if (l >= 0) return noise_ + k * k * square;
    const bool doubtful =
        !trusted && early_count_ > enough && (square > 100 * noise_ || settle_ > 0);
    return doubtful ? noise_ + square : noise_ / (1 + eager * std::min(-l / sigma, 10.0));
  };
  const double there = crowded * noise_of(late[0]), back = crowded * noise_of(late[1]);
  filter_.update(offset_filter::way::there, m.forward, there);
  filter_.update(offset_filter::way::back, m.backward, back);
}

// The way there proves an upper limit, the way back a lower one; false if these contradict former
// ones: then nothing is certain until some agree. The way there was measured at t1, not now.
inline bool clock_estimator::narrow(const clock_exchange& x, const measurement& m) noexcept {
  const double since = seconds(x.t4 - x.t1);
  const double high = m.forward - filter_.skew * since + fastest() * magnitude(since);
  const bool agrees = interval_.add(m.backward, high);
  doubts_ = agrees ? std::max(doubts_ - 1, 0) : std::min(doubts_ + in_a_row, 5 * in_a_row);
  counts_.contradictions += !agrees;
  return agrees;
}

// What causality rules out is no estimate; and who is out of bounds is less sure than he thought.
inline void clock_estimator::stay_possible() noexcept {
  filter_.skew = std::clamp(filter_.skew, -options_.greatest_skew, options_.greatest_skew);
  if (magnitude(filter_.skew) >= options_.greatest_skew) doubts_ = in_a_row;
  if (doubts_ > 0) return;
  const double off = interval_.nearest(filter_.offset) - filter_.offset;
  if (off == 0) return;
  filter_.offset += off;
  filter_.oo += off * off / 9; // three sigmas
}

inline void clock_estimator::reset_watches() noexcept {
  early_count_ = 0;
  settle_ = age_ = 0;
  longer_ = {};
  step_ = {};
  drift_.clear();
}

} // namespace jamnet::inline v0
