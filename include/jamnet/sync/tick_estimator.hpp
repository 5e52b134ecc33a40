// SPDX-License-Identifier: MIT
//
// When does a device's counter show which number? Learnt from readings (time/timebase.hpp).
//
// A reading is certain but not sharp, so the filter is one of intervals, and as every interval
// counts by its edges alone, calls that were held up do no harm. A reading that cannot be is not
// believed until four in a row agree with each other; then the counter jumped, or its rate changed.
//
// The soft bound holds in 99.7 % of cases where counters are read anywhere in a call, and not, on
// average, further from its middle than a tenth of its way to either end. The hard bound holds
// wherever they are read, for rates that stay within 1 ppm of what was learnt of them. Of readings
// that are not certain there is none: four sigma then stand for an interval.
#pragma once

#include <cstdint>

#include <jamnet/core/config.hpp>
#include <jamnet/sync/causal_interval.hpp>
#include <jamnet/sync/interval_filter.hpp>
#include <jamnet/time/tick_map.hpp>
#include <jamnet/time/timebase.hpp>

namespace jamnet::inline v0 {

struct tick_estimator_options {
  double wander = 30;         ///< of the skew, ns/s per √s: rather too much than too little
  double boot_skew = 150'000; ///< ns/s, one sigma, of the period a device claims
  double certain_skew = 1000; ///< ns/s: by how much the rate may differ from what was learnt
  double asymmetry = 0.1;     ///< part of the quickest call's uncertainty that the soft bound adds
  nanoseconds widest{500'000'000}; ///< readings less certain are refused
};

class tick_estimator {
public:
  /// What became of a reading.
  enum class verdict : std::uint8_t {
    taken,   ///< it fits, and counts
    refused, ///< no such count or time, not newer than the last, or too uncertain
    stands,  ///< the counter shows the same number as long ago
    doubted, ///< it contradicts all former ones
    jumped,  ///< … as the last few did: the counter jumped, all is learnt anew but its rate
    drifted  ///< … by little: its rate changed
  };

  /// [one-thread] [rt-safe] O(1)
  explicit tick_estimator(tick_format format, const tick_estimator_options& options = {}) noexcept
      : format_{format},
        options_{options} {
    JAMNET_EXPECTS(format.period_ns > 0 && format.valid_bits >= 8 && format.valid_bits <= 64);
  }

  /// [one-thread] [rt-safe] O(1)
  verdict add(const timebase_reading& reading) noexcept;

  /// Whether there is a map, which is from the first reading on. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool ready() const noexcept { return ready_; }

  /// The best estimate with the soft bound, anchored at `now`, which is not before the last
  /// reading: the bound grows by itself while nothing is read. Its linear growth covers 10 s.
  /// Expects ready(). [one-thread] [rt-safe] O(1)
  [[nodiscard]] tick_map<host_timeline> map(host_time now) const noexcept;

  /// How wrong that map can be at most. Expects ready(). [one-thread] [rt-safe] O(1)
  [[nodiscard]] double hard_bound_ns(host_time now) const noexcept;
  /// … and by how much that grows, ns per ns. [one-thread] [rt-safe] O(1)
  [[nodiscard]] double hard_bound_growth() const noexcept { return 1e-9 * certain_skew(); }

  /// How much faster the counter runs than it claims to, by the host's clock.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] double drift_ppm() const noexcept { return -1e-3 * filter_.skew; }
  /// How often the counter began again. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t wraps() const noexcept { return wraps_; }
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] tick_format format() const noexcept { return format_; }

private:
  static constexpr int enough = 4;           // contradictions that agree with each other
  static constexpr double believable = 5;    // deviations
  static constexpr double sigmas = 4;        // that make an interval of what is not certain
  static constexpr double late_factor = 1.5; // sigmas of what is late, by its lateness
  static constexpr double small_miss = 20;   // times the uncertainty: a drift, and no jump

  bool acceptable(const timebase_reading& reading) const noexcept;
  bool stands(const timebase_reading& reading) noexcept;
  void begin(const timebase_reading& reading) noexcept;
  std::int64_t ticks_since_last(const timebase_reading& reading) const noexcept;
  bool possible(double low, double high, double dt) const noexcept;
  verdict doubt(const timebase_reading& reading, std::int64_t passed, double low, double high,
                double dt) noexcept;
  void move_to(const timebase_reading& reading, std::int64_t passed, double dt) noexcept;
  void take(const timebase_reading& reading, double low, double high) noexcept;

  // What the filter makes of the rate is likely, but it is sure of itself too early where calls are
  // read near one of their ends. What two calls some time apart leave for it is certain.
  double certain_skew() const noexcept {
    return std::max({options_.certain_skew, 3 * filter_.skew_deviation(),
                     rates_.known() ? rates_.reach(filter_.skew) : 0});
  }
  void limit_rate(double low, double high) noexcept;
  void forget_rate() noexcept;
  void keep_possible() noexcept;
  static double in_ns(nanoseconds d) noexcept { return static_cast<double>(d.count()); }

  tick_format format_;
  tick_estimator_options options_;
  bool ready_ = false;
  std::uint64_t seen_ = 0;    // the newest count, believed or not …
  host_time seen_since_{};    // … when it was first seen …
  host_time seen_at_{};       // … and last
  std::uint64_t last_ = 0;    // the count of the last reading taken …
  host_time host_{};          // … and its time
  host_time nominal_{};       // what a counter as claimed would be at: host time is
  double fraction_ = 0;       // nominal_ + fraction_ + filter_.offset
  interval_filter filter_;    //
  causal_interval limits_;    // where the offset can be, relative to …
  double track_ = 0;          // … this, which moves at the skew
  causal_interval rates_;     // where the skew can be, by the limits now and …
  double base_low_ = 0;       // … by those of
  double base_high_ = 0;      // a narrow reading,
  double base_age_ = 0;       // so many seconds ago
  double narrowest_ = 1e18;   // uncertainty of the best reading of late, ns
  bool certain_ = true;       // whether the last one was
  causal_interval candidate_; // what readings that are doubted say, relative to the prediction
  int doubts_ = 0;
  std::uint64_t wraps_ = 0;
};

inline tick_estimator::verdict tick_estimator::add(const timebase_reading& reading) noexcept {
  if (!acceptable(reading)) return verdict::refused;
  if (!ready_ || reading.anew) {
    const bool first = !ready_;
    begin(reading);
    return first ? verdict::taken : verdict::jumped;
  }
  seen_at_ = reading.host;
  if (stands(reading)) return verdict::stands;
  const std::int64_t passed = ticks_since_last(reading);
  const double ns = static_cast<double>(passed) * format_.period_ns;
  const double waited = in_ns(reading.host - host_), wide = in_ns(reading.uncertainty);

  // The offset by which the middle of this tick would be at the middle of the call.
  const double offset = waited + in_ns(host_ - nominal_) - fraction_ - ns;
  const double reach = (reading.certain ? wide : sigmas * wide) + format_.period_ns / 2;
  const double dt = std::max(ns, 0.0) * 1e-9;
  interval_filter then = filter_;
  then.predict(dt, options_.wander);
  const double misses = then.misses(offset - reach, offset + reach);
  if (misses > believable) {
    if (!reading.certain || !possible(offset - reach, offset + reach, dt))
      return doubt(reading, passed, offset - reach, offset + reach, dt);
    filter_.oo += misses * misses * then.oo; // the belief was too sure of itself
  }
  move_to(reading, passed, dt);
  take(reading, offset - reach, offset + reach);
  return verdict::taken;
}

inline bool tick_estimator::acceptable(const timebase_reading& reading) const noexcept {
  constexpr nanoseconds far{std::int64_t{1} << 61};
  const nanoseconds t = reading.host.time_since_epoch(), wide = reading.uncertainty;
  return reading.ticks <= format_.mask() && t < far && t > -far && wide >= nanoseconds::zero() &&
         wide <= options_.widest && (!ready_ || reading.host > seen_at_);
}

// The rate stays what it was, but is not known to better than 1 ppm, unless the device says itself
// that it only jumped.
inline void tick_estimator::begin(const timebase_reading& reading) noexcept {
  const double reach = in_ns(reading.uncertainty) + format_.period_ns / 2;
  const double of_rate = options_.boot_skew * options_.boot_skew;
  filter_ = {.skew = filter_.skew,
             .oo = reach * reach / 3 + 1,
             .ss = !ready_        ? of_rate
                   : reading.anew ? filter_.ss
                                  : std::max(filter_.ss, 1e6)};
  last_ = seen_ = reading.ticks;
  host_ = nominal_ = seen_since_ = seen_at_ = reading.host;
  fraction_ = track_ = 0;
  narrowest_ = in_ns(reading.uncertainty);
  limits_.clear();
  limits_.add(-reach, reach);
  forget_rate();
  limit_rate(-reach, reach);
  candidate_.clear();
  doubts_ = 0;
  ready_ = true;
}

inline bool tick_estimator::stands(const timebase_reading& reading) noexcept {
  if (reading.ticks != seen_) {
    seen_ = reading.ticks;
    seen_since_ = reading.host;
  }
  const double patience = 2 * (format_.period_ns + in_ns(reading.uncertainty) + narrowest_);
  return in_ns(reading.host - seen_since_) > patience;
}

// Whether it is, after all that is certain.
inline bool tick_estimator::possible(double low, double high, double dt) const noexcept {
  const double track = track_ + filter_.skew * dt;
  causal_interval limits = limits_;
  limits.advance(dt, certain_skew());
  return limits.add(low - track, high - track);
}

// However often the counter began again since: the host's clock says about how many there were.
inline std::int64_t
tick_estimator::ticks_since_last(const timebase_reading& reading) const noexcept {
  const double tick_ns = format_.period_ns * (1 + filter_.skew * 1e-9);
  const std::int64_t about =
      nearest(std::clamp(in_ns(reading.host - host_) / tick_ns, 0.0, 0x1p62));
  const std::uint64_t expected = (last_ + static_cast<std::uint64_t>(about)) & format_.mask();
  return about + format_.between(expected, reading.ticks);
}

inline tick_estimator::verdict tick_estimator::doubt(const timebase_reading& reading,
                                                     std::int64_t passed, double low, double high,
                                                     double dt) noexcept {
  const double predicted = filter_.offset + filter_.skew * dt;
  // It may drift while we hesitate.
  const double drift = 1e-9 * in_ns(reading.host - host_) * certain_skew();
  const bool agrees = candidate_.add(low - predicted - drift, high - predicted + drift);
  doubts_ = agrees ? doubts_ + 1 : 1;
  if (doubts_ < enough) return verdict::doubted;

  const double miss = candidate_.nearest(0), rate = miss / std::max(dt, 0.01);
  const bool believable_rate = magnitude(filter_.skew + rate) < believable * options_.boot_skew;
  if (passed < 0 || !believable_rate || magnitude(miss) > small_miss * (high - low)) {
    begin(reading);
    return verdict::jumped;
  }
  move_to(reading, passed, dt);
  filter_.oo += miss * miss;
  filter_.ss += rate * rate;
  forget_rate();
  take(reading, low, high);
  return verdict::drifted;
}

inline void tick_estimator::move_to(const timebase_reading& reading, std::int64_t passed,
                                    double dt) noexcept {
  filter_.predict(dt, options_.wander);
  track_ += filter_.skew * dt;
  limits_.advance(dt, certain_skew());
  base_age_ += dt;
  const std::uint64_t all = last_ + static_cast<std::uint64_t>(passed);
  if (passed > 0 && format_.valid_bits < 64) wraps_ += all >> format_.valid_bits;
  last_ = reading.ticks;
  host_ = reading.host;
  const double ns = static_cast<double>(passed) * format_.period_ns + fraction_;
  const nanoseconds whole{nearest(std::clamp(ns, -0x1p61, 0x1p61))};
  nominal_ += whole;
  fraction_ = ns - in_ns(whole);
}

inline void tick_estimator::take(const timebase_reading& reading, double low,
                                 double high) noexcept {
  doubts_ = 0;
  candidate_.clear();
  if (reading.certain) {
    filter_.narrow(low, high);
  } else { // what is late is believed the less the later it is
    const double offset = (low + high) / 2, sigma = (high - low) / (2 * sigmas);
    const double late = late_factor * std::max(offset - filter_.offset, 0.0);
    filter_.measure(offset, sigma * sigma + late * late);
  }
  limits_.add(low - track_, high - track_);
  if (reading.certain) {
    limit_rate(low, high);
    keep_possible();
  }
  certain_ = reading.certain;
  const double wide = in_ns(reading.uncertainty);
  narrowest_ = wide < narrowest_ ? wide : narrowest_ + 1e-3 * (wide - narrowest_);
}

// However the counter runs, it runs through what is certain now and through what was certain then.
inline void tick_estimator::limit_rate(double low, double high) noexcept {
  constexpr double soon = 1e-3, long_ago = 30; // s: it may wander
  if (base_age_ > soon) rates_.add((low - base_high_) / base_age_, (high - base_low_) / base_age_);
  if (magnitude(rates_.nearest(0)) > believable * options_.boot_skew) forget_rate(); // no device is
  if (base_age_ < long_ago && high - low >= base_high_ - base_low_) return;
  base_low_ = low;
  base_high_ = high;
  base_age_ = 0;
}

inline void tick_estimator::forget_rate() noexcept {
  rates_.clear();
  base_high_ = 1e18;
  base_low_ = -base_high_;
  base_age_ = 0;
}

// A belief in what cannot be was too sure of itself.
inline void tick_estimator::keep_possible() noexcept {
  const double offset = track_ + limits_.nearest(filter_.offset - track_) - filter_.offset;
  filter_.offset += offset;
  filter_.oo += offset * offset;
  const double beyond = rates_.nearest(filter_.skew) - filter_.skew;
  const double skew = beyond - std::clamp(beyond, -options_.certain_skew, options_.certain_skew);
  filter_.skew += skew;
  filter_.ss += skew * skew;
}

inline tick_map<host_timeline> tick_estimator::map(host_time now) const noexcept {
  JAMNET_EXPECTS(ready_);
  const double since = std::max(in_ns(now - host_), 0.0);
  const double rate = 1 + filter_.skew * 1e-9; // of the host's clock, by the counter's
  const std::int64_t ticks = nearest(since / rate / format_.period_ns);
  const double ns = static_cast<double>(ticks) * format_.period_ns;
  interval_filter then = filter_;
  then.predict(ns * 1e-9, options_.wander);
  const double offset = ns + fraction_ + then.offset;
  const nanoseconds whole{nearest(std::clamp(offset, -0x1p61, 0x1p61))};
  // The deviation √(oo + 2·dt·os + dt²·ss) is at most √oo + dt·√ss, and the wander adds less
  // than q·√(dt³/3) to it, which is below a straight line until 10 s.
  const double growth = then.skew_deviation() + options_.wander * square_root(10.0 / 3);
  return {(last_ + static_cast<std::uint64_t>(ticks)) & format_.mask(),
          nominal_ + whole,
          offset - in_ns(whole),
          format_.period_ns * rate,
          format_.valid_bits,
          3 * then.offset_deviation() + format_.period_ns / 2 +
              (certain_ ? options_.asymmetry : 1) * narrowest_,
          3e-9 * growth};
}

inline double tick_estimator::hard_bound_ns(host_time now) const noexcept {
  const double since = std::max(in_ns(now - host_), 0.0);
  return limits_.reach(filter_.offset - track_) + format_.period_ns / 2 +
         since * hard_bound_growth() + 1;
}

} // namespace jamnet::inline v0
