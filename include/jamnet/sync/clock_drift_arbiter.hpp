// SPDX-License-Identifier: MIT
//
// All that keeps one peer in time, without I/O: the election of the master, the measuring of its
// clock, and the slewed clock that applications read.
//
// A follower asks the master and estimates. A master answers from its own map: the founder's host
// clock is the session's time, and who takes over goes on from its last estimate, at its last
// estimate of the rate. Either way clock() is continuous and never runs back.
#pragma once

#include <cstdint>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/sync/arbiter.hpp>
#include <jamnet/sync/clock_estimator.hpp>
#include <jamnet/sync/clock_prober.hpp>
#include <jamnet/sync/session_clock.hpp>
#include <jamnet/sync/slewed_clock.hpp>

namespace jamnet::inline v0 {

struct sync_options {
  arbiter_options arbiter{};
  probe_options probe{};
  clock_estimator_options estimator{};
  slew_options slew{};
};

class clock_drift_arbiter {
public:
  using map_type = clock_map<host_timeline, session_timeline>;

  /// The bound that says "unknown": 31 years, which are far from any overflow.
  static constexpr nanoseconds unknown{1'000'000'000'000'000'000};
  /// How often the output clock is led to the best estimate where no answer comes.
  static constexpr nanoseconds slew_interval{100'000'000};

  clock_drift_arbiter(peer_id self, const sync_options& options, host_time now,
                      std::uint64_t seed) noexcept
      : options_{options},
        arbiter_{self, options.arbiter, seed},
        prober_{options.probe, now, seed + 1},
        estimator_{options.estimator},
        output_{options.slew},
        self_{self},
        seed_{seed} {}

  /// Founds a session: its time is 0 now and runs as this peer's clock does.
  /// [net-thread] [rt-safe] O(1)
  void found(host_time now) noexcept;
  /// Leaves the session for another, of which nothing is known yet. [net-thread] [rt-safe] O(1)
  void reset(host_time now) noexcept;
  /// A claim arrived from `from`. [net-thread] [rt-safe] O(1)
  void heard(const master_claim& claim, peer_id from, host_time now) noexcept;
  /// The peer left or was forgotten. [net-thread] [rt-safe] O(1)
  void lost(peer_id peer, host_time now) noexcept;
  /// Does what is due. [net-thread] [rt-safe] O(1)
  void poll(host_time now, std::uint32_t members) noexcept;
  /// When poll() has something to do. [net-thread] [rt-safe] O(1)
  [[nodiscard]] host_time deadline() const noexcept;

  /// Whether a question to master() should leave now. [net-thread] [rt-safe] O(1)
  [[nodiscard]] bool wants_question() const noexcept { return wants_question_; }
  /// It left with the stamp `t1`. [net-thread] [rt-safe] O(1)
  void asked(host_time t1) noexcept {
    prober_.sent(t1);
    wants_question_ = false;
  }
  /// An answer from `from`, which knows the time to within `bound` and is `hops` from the master.
  /// [net-thread] [rt-safe] O(1)
  void answered(const clock_exchange& answer, nanoseconds bound, std::uint8_t hops, peer_id from,
                host_time now) noexcept;

  /// Whether the claim is to be sent to all; once each time. [net-thread] [rt-safe] O(1)
  [[nodiscard]] bool take_claim() noexcept { return std::exchange(claim_due_, false); }

  [[nodiscard]] arbiter_role role() const noexcept { return arbiter_.role(); }
  [[nodiscard]] peer_id master() const noexcept { return arbiter_.master(); }
  [[nodiscard]] const master_claim& claim() const noexcept { return arbiter_.claim(); }
  [[nodiscard]] bool synchronised() const noexcept { return clock_.is_synchronised; }
  /// What applications read.
  [[nodiscard]] const session_clock& clock() const noexcept { return clock_; }
  /// The best estimate, which jumps a little with each answer: for answers to others.
  [[nodiscard]] const map_type& best() const noexcept { return best_; }
  [[nodiscard]] nanoseconds best_bound(host_time now) const noexcept { return best_.bound(now); }
  /// From the master; 0 is the master.
  [[nodiscard]] std::uint8_t hops() const noexcept { return hops_; }
  [[nodiscard]] const clock_estimator& estimator() const noexcept { return estimator_; }

private:
  void follow(host_time now) noexcept;
  void measure_master(host_time now) noexcept;

  sync_options options_;
  arbiter arbiter_;
  clock_prober prober_;
  clock_estimator estimator_;
  slewed_clock output_;
  peer_id self_;
  std::uint64_t seed_;
  map_type best_;
  session_clock clock_;
  peer_id measured_;             // whom the prober asks
  nanoseconds answerer_bound_{}; // of its latest answer
  std::uint8_t hops_ = 0;
  host_time slew_at_ = host_time::max();
  bool wants_question_ = false, claim_due_ = false;
};

inline void clock_drift_arbiter::found(host_time now) noexcept {
  arbiter_.found(now);
  best_ = {.from = now};
  follow(now);
}

inline void clock_drift_arbiter::reset(host_time now) noexcept {
  *this = clock_drift_arbiter{self_, options_, now, seed_ + 2};
}

inline void clock_drift_arbiter::heard(const master_claim& claim, peer_id from,
                                       host_time now) noexcept {
  arbiter_.heard(claim, from, now);
  measure_master(now);
}

inline void clock_drift_arbiter::lost(peer_id peer, host_time now) noexcept {
  arbiter_.lost(peer, now);
}

// Whoever is the master now is the one to be asked. A master that yields begins to measure with
// an estimator that knows nothing: its own timeline was exact by definition.
inline void clock_drift_arbiter::measure_master(host_time now) noexcept {
  if (arbiter_.role() != arbiter_role::follower || arbiter_.master() == measured_) return;
  if (measured_ == self_) {
    estimator_ = clock_estimator{options_.estimator};
    best_.bound_ns = static_cast<double>(unknown.count());
  } else if (measured_) {
    estimator_.change_source();
  }
  measured_ = arbiter_.master();
  prober_.restart(now);
}

inline void clock_drift_arbiter::poll(host_time now, std::uint32_t members) noexcept {
  if (arbiter_.poll(now, synchronised(), best_.bound(now), members)) claim_due_ = true;
  if (arbiter_.role() == arbiter_role::master) {
    if (measured_ != self_) { // the timeline goes on from our map, and is now true by definition
      measured_ = self_;
      wants_question_ = false;
      hops_ = 0;
      best_ = best_.anchored_at(now);
      best_.bound_ns = best_.bound_growth = 0;
    }
  } else if (measured_) {
    wants_question_ = prober_.poll(now);
    if (const auto train = prober_.take()) {
      estimator_.add(*train);
      follow(now);
    }
  }
  if (now >= slew_at_) follow(now);
}

inline host_time clock_drift_arbiter::deadline() const noexcept {
  host_time at = std::min(arbiter_.deadline(), slew_at_);
  const bool measures = arbiter_.role() != arbiter_role::master && measured_ && !wants_question_;
  return measures ? std::min(at, prober_.deadline()) : at;
}

inline void clock_drift_arbiter::answered(const clock_exchange& answer, nanoseconds bound,
                                          std::uint8_t hops, peer_id from, host_time now) noexcept {
  if (from != measured_ || !prober_.answered(answer)) return;
  answerer_bound_ = bound;
  hops_ = hops < 255 ? static_cast<std::uint8_t>(hops + 1) : hops;
  if (hops == 0) arbiter_.seen(from, now);
  if (const auto train = prober_.take()) {
    estimator_.add(*train);
    follow(now);
  }
}

// Leads the output clock to the best map there is, and takes the snapshot.
inline void clock_drift_arbiter::follow(host_time now) noexcept {
  const bool measured = measured_ != self_ && arbiter_.role() != arbiter_role::master;
  if (measured && estimator_.ready()) {
    best_ = estimator_.map();
    best_.bound_ns += static_cast<double>(answerer_bound_.count());
  }
  if (measured && !estimator_.ready() && !output_.running()) return;
  output_.follow(best_, now);
  slew_at_ = now + slew_interval;
  clock_.map = output_.map();
  clock_.is_synchronised = true;

  // The hard bound is the best map's; the output adds the gap it has not closed yet.
  const nanoseconds gap = output_.gap() < nanoseconds{0} ? -output_.gap() : output_.gap();
  const auto hard_at = [&](host_time t) {
    return measured ? std::min(estimator_.hard_bound(t), unknown) : nanoseconds{0};
  };
  const nanoseconds hard = hard_at(now), later = hard_at(now + slew_interval);
  clock_.hard_bound_ns = static_cast<double>(hard.count()) + static_cast<double>(gap.count());
  clock_.hard_bound_growth =
      clock_.map.bound_growth +
      static_cast<double>((later - hard).count()) / static_cast<double>(slew_interval.count());
}

} // namespace jamnet::inline v0
