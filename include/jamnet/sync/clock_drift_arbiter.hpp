// SPDX-License-Identifier: MIT
//
// All that keeps one peer in time, without I/O: the election of the master, the measuring of its
// clock, and the slewed clock that applications read.
//
// A follower asks its source, the master or one that follows it, and estimates. A master answers
// from its own map: the founder's host clock is the session's time, and who takes over goes on
// from its last estimate, at its last estimate of the rate. Either way clock() is continuous and
// never runs back. A source whose time contradicts what was known is put to a vote first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/sync/session_clock.hpp>
#include <jamnet/sync/sync_options.hpp>
#include <jamnet/sync/sync_report.hpp>

namespace jamnet::inline v0 {

class clock_drift_arbiter {
public:
  using map_type = clock_map<host_timeline, session_timeline>;

  /// The bound that says "unknown": 31 years, which are far from any overflow.
  static constexpr nanoseconds unknown{1'000'000'000'000'000'000};
  /// How often the output clock is led to the best estimate where no answer comes.
  static constexpr nanoseconds slew_interval{100'000'000};
  /// Of two crystals at their worst, ns per ns.
  static constexpr double greatest_drift = 200e-6;
  /// Beyond it, in ns, a path is noisy and asked more often.
  static constexpr double noisy_scatter = 25e3;

  clock_drift_arbiter(peer_id self, const sync_options& options, host_time now,
                      std::uint64_t seed) noexcept
      : options_{options},
        arbiter_{self, options.arbiter, seed},
        prober_{options.probe, now, seed + 1},
        estimator_{options.estimator},
        jury_{options.jury},
        output_{options.slew},
        self_{self},
        seed_{seed} {}

  /// Founds a session: its time is 0 now and runs as this peer's clock does.
  /// [net-thread] [rt-safe] O(1)
  void found(host_time now) noexcept;
  /// Leaves the session for another, of which nothing is known yet. [net-thread] [rt-safe] O(1)
  void reset(host_time now) noexcept;
  /// A claim arrived from `from`. `estranged`: the link to it was down lately, so that its time may
  /// honestly differ from ours. [net-thread] [rt-safe] O(1)
  void heard(const master_claim& claim, peer_id from, host_time now,
             bool estranged = false) noexcept;
  /// The peer said goodbye, or was forgotten. [net-thread] [rt-safe] O(1)
  void handle_connection_loss(peer_id peer, host_time now, bool goodbye = true) noexcept;
  /// This peer stays, but wants to be the master no longer. [net-thread] [rt-safe] O(1)
  void hand_over(host_time now) noexcept { arbiter_.hand_over(now); }
  /// Nobody follows this master, and others do another: it joins them. [net-thread] [rt-safe] O(1)
  void give_up() noexcept { arbiter_.give_up(); }
  /// Whom to ask instead of the master, in a session that is too large for one; 0: the master.
  /// [net-thread] [rt-safe] O(1)
  void ask_instead(peer_id parent, host_time now) noexcept;
  /// Whom to ask now and then whether they agree. [net-thread] [rt-safe] O(1)
  void call_witnesses(std::span<const peer_id> witnesses, host_time now) noexcept {
    jury_.seat(witnesses, now);
  }
  /// Does what is due. Without `company`, which is any member heard in the last half second, this
  /// peer takes over nothing. [net-thread] [rt-safe] O(1)
  void poll(host_time now, std::uint32_t members, bool company = true) noexcept;
  /// When poll() has something to do. [net-thread] [rt-safe] O(1)
  [[nodiscard]] host_time deadline() const noexcept;

  /// Whether a question to `peer` should leave now. [net-thread] [rt-safe] O(1)
  [[nodiscard]] bool asks(peer_id peer) const noexcept {
    return (wants_question_ && peer == source_) || jury_.asks(peer);
  }
  /// It left with the stamp `t1`. [net-thread] [rt-safe] O(1)
  void asked(peer_id peer, host_time t1) noexcept;
  /// An answer from `from`, which knows the time to within `bound` and is `hops` from the master.
  /// [net-thread] [rt-safe] O(1)
  void answered(const clock_exchange& answer, nanoseconds bound, std::uint8_t hops, peer_id from,
                host_time now) noexcept;

  /// Whether the claim is to be sent to all; once each time. [net-thread] [rt-safe] O(1)
  [[nodiscard]] bool take_claim() noexcept { return std::exchange(claim_due_, false); }
  /// The claim to send: with take_claim(), for a hand-over is said only once.
  [[nodiscard]] const master_claim& announced() const noexcept { return announced_; }
  /// What there is to report; once. [net-thread] [rt-safe] O(1)
  [[nodiscard]] std::optional<sync_report> take_report() noexcept {
    return std::exchange(report_, std::nullopt);
  }
  /// Why the master changed last; once. [net-thread] [rt-safe] O(1)
  [[nodiscard]] std::optional<master_change> take_change() noexcept {
    return arbiter_.take_change();
  }

  [[nodiscard]] arbiter_role role() const noexcept { return arbiter_.role(); }
  [[nodiscard]] peer_id master() const noexcept { return arbiter_.master(); }
  [[nodiscard]] const master_claim& claim() const noexcept { return arbiter_.claim(); }
  /// Whom this peer takes its time from: itself, the master or another; 0: nobody.
  [[nodiscard]] peer_id source() const noexcept { return source_; }
  [[nodiscard]] bool synchronised() const noexcept { return clock_.is_synchronised; }
  /// What applications read.
  [[nodiscard]] const session_clock& clock() const noexcept { return clock_; }
  /// Whether clock() was led anew since the last call. [net-thread] [rt-safe] O(1)
  [[nodiscard]] bool take_new_clock() noexcept { return std::exchange(new_clock_, false); }
  /// The session time of one of our own time stamps. [net-thread] [rt-safe] O(1)
  [[nodiscard]] session_time compensate(host_time stamp) const noexcept {
    return clock_.to_session(stamp);
  }
  /// The best estimate, which jumps a little with each answer: for answers to others.
  [[nodiscard]] const map_type& best() const noexcept { return best_; }
  [[nodiscard]] nanoseconds best_bound(host_time now) const noexcept { return best_.bound(now); }
  /// From the master; 0 is the master.
  [[nodiscard]] std::uint8_t hops() const noexcept { return hops_; }
  [[nodiscard]] const clock_estimator& estimator() const noexcept { return estimator_; }

private:
  [[nodiscard]] double scatter() const noexcept;
  void choose_source(host_time now, bool estranged) noexcept;
  void take_train(host_time now) noexcept;
  void obey(clock_jury::verdict verdict, host_time now) noexcept;
  void follow(host_time now) noexcept;
  [[nodiscard]] bool measures() const noexcept {
    return source_ && source_ != self_ && arbiter_.role() != arbiter_role::master;
  }
  [[nodiscard]] std::optional<clock_testimony> own_testimony(host_time now) const noexcept;

  sync_options options_;
  arbiter arbiter_;
  clock_prober prober_;
  clock_estimator estimator_;
  clock_jury jury_;
  slewed_clock output_;
  peer_id self_;
  std::uint64_t seed_;
  map_type best_;
  session_clock clock_;
  master_claim announced_;
  peer_id source_;                 // whom the prober asks; ourselves as the master
  peer_id parent_;                 // whom to ask instead of the master
  peer_id avoided_;                // who was outvoted by our witnesses
  nanoseconds source_bound_{};     // of its latest answer
  nanoseconds known_to_ = unknown; // how far we could be off when the source changed …
  host_time known_at_{};           // … and when that was
  std::uint8_t hops_ = 0;
  host_time slew_at_ = host_time::max();
  bool wants_question_ = false, claim_due_ = false, new_clock_ = true;
  std::optional<sync_report> report_;
};

inline void clock_drift_arbiter::found(host_time now) noexcept {
  arbiter_.found(now);
  best_ = {.from = now};
  follow(now);
}

inline void clock_drift_arbiter::reset(host_time now) noexcept {
  *this = clock_drift_arbiter{self_, options_, now, seed_ + 2};
}

inline void clock_drift_arbiter::heard(const master_claim& claim, peer_id from, host_time now,
                                       bool estranged) noexcept {
  arbiter_.heard(claim, from, now);
  choose_source(now, estranged);
}

inline void clock_drift_arbiter::handle_connection_loss(peer_id peer, host_time now,
                                                        bool goodbye) noexcept {
  arbiter_.lost(peer, now, goodbye);
  if (peer == avoided_) avoided_ = {};
  if (peer == parent_) ask_instead({}, now);
}

inline void clock_drift_arbiter::ask_instead(peer_id parent, host_time now) noexcept {
  parent_ = parent;
  choose_source(now, false);
}

// A master that yields begins to measure with an estimator that knows nothing: its own timeline
// was exact by definition.
inline void clock_drift_arbiter::choose_source(host_time now, bool estranged) noexcept {
  if (arbiter_.role() != arbiter_role::follower) return;
  const peer_id source = parent_ && parent_ != self_ ? parent_ : arbiter_.master();
  if (source == source_ || (source == avoided_ && source_)) return;
  known_to_ = unknown;
  if (source_ == self_) {
    const bool handed_over = announced_.yields && arbiter_.claim().epoch == announced_.epoch + 1;
    estimator_ = clock_estimator{options_.estimator};
    best_ = best_.anchored_at(now);
    best_.bound_ns =
        handed_over ? arbiter_.claim().quality_ns : static_cast<double>(unknown.count());
    best_.bound_growth = greatest_drift;
  } else if (source_ || estimator_.ready()) {
    if (const auto own = own_testimony(now); own && !estranged) {
      known_to_ = own->high;
      known_at_ = now;
    }
    estimator_.change_source();
  }
  source_ = source;
  prober_.restart(now);
}

inline void clock_drift_arbiter::poll(host_time now, std::uint32_t members, bool company) noexcept {
  prober_.least_interval(options_.fair_interval(members));
  if (const auto claim = arbiter_.poll(now, synchronised(), best_.bound(now), members, company)) {
    announced_ = *claim;
    claim_due_ = true;
  }
  if (arbiter_.role() == arbiter_role::master) {
    if (source_ != self_) { // the timeline goes on from our map, and is now true by definition
      source_ = self_;
      wants_question_ = false;
      hops_ = 0;
      best_ = best_.anchored_at(now);
      best_.skew = std::clamp(best_.skew, -greatest_drift, greatest_drift);
      best_.bound_ns = best_.bound_growth = 0;
    }
  } else if (measures()) {
    wants_question_ = prober_.poll(now);
    take_train(now);
    jury_.poll(now);
    obey(jury_.conclude(now), now);
  }
  if (now >= slew_at_) follow(now);
}

inline host_time clock_drift_arbiter::deadline() const noexcept {
  host_time at = std::min(arbiter_.deadline(), slew_at_);
  if (!measures()) return at;
  at = std::min(at, jury_.deadline());
  return wants_question_ ? at : std::min(at, prober_.deadline());
}

inline void clock_drift_arbiter::asked(peer_id peer, host_time t1) noexcept {
  if (wants_question_ && peer == source_) {
    prober_.sent(t1);
    wants_question_ = false;
  } else {
    jury_.asked(peer, t1);
  }
}

inline void clock_drift_arbiter::answered(const clock_exchange& answer, nanoseconds bound,
                                          std::uint8_t hops, peer_id from, host_time now) noexcept {
  if (bound >= options_.rejoin_gap) return; // as who has just yielded, it knows nothing itself
  if (from == source_ && measures() && prober_.answered(answer)) {
    const bool was_master = hops_ == 1, is_master = hops == 0;
    if (hops_ != 0 && was_master != is_master) estimator_.change_source(); // its time is another
    source_bound_ = bound;
    hops_ = hops < 255 ? static_cast<std::uint8_t>(hops + 1) : hops;
    if (hops == 0) arbiter_.seen(from, now);
    take_train(now);
  } else if (const auto own = own_testimony(now)) {
    if (!jury_.answered(from, answer, bound, best_, *own)) return;
    obey(jury_.conclude(now), now);
    if (const peer_id suspect = jury_.take_suspect())
      report_ = {sync_report::kind::doubted, suspect};
    if (const peer_id better = jury_.better_source(); better && better != source_) {
      report_ = {sync_report::kind::outvoted, source_};
      avoided_ = source_;
      ask_instead(better, now);
    }
  }
}

// How far the session's time may be from our best map, by what we know ourselves; nothing before
// we are in time.
inline std::optional<clock_testimony>
clock_drift_arbiter::own_testimony(host_time now) const noexcept {
  if (!measures() || !synchronised()) return std::nullopt;
  nanoseconds most = estimator_.ready() ? estimator_.disputed_bound(now) : nanoseconds::max();
  if (most < unknown) {
    most += source_bound_;
  } else if (known_to_ < unknown) {
    const auto since = static_cast<double>((now - known_at_).count());
    most = known_to_ + nanoseconds{nearest(greatest_drift * since)} + source_bound_;
    most = std::max(most, 2 * std::min(best_.bound(now), unknown));
  } else {
    return std::nullopt;
  }
  most += options_.jury.tolerance;
  return clock_testimony{-most, most};
}

inline void clock_drift_arbiter::take_train(host_time now) noexcept {
  const auto train = prober_.take();
  if (!train) return;
  if (const auto own = own_testimony(now)) {
    const auto said = clock_testimony::of(*train, source_bound_ + options_.jury.tolerance, best_);
    const auto verdict = jury_.hear(said, *own, now);
    obey(verdict, now);
    if (verdict == clock_jury::verdict::adjourned || verdict == clock_jury::verdict::outvoted)
      return;
  }
  const auto surprises = [this] {
    const auto& c = estimator_.count();
    return c.clock_steps + c.contradictions + c.drifts;
  };
  const auto before = surprises();
  estimator_.add(*train);
  if (surprises() != before) prober_.quicken(now);
  follow(now);
  prober_.noisy(scatter() > noisy_scatter);
}

// By how much the estimate may be off, beside what the path's asymmetry hides.
inline double clock_drift_arbiter::scatter() const noexcept {
  const auto& o = options_.estimator;
  const double delay = static_cast<double>(estimator_.path_delay().count());
  const double hidden =
      std::max(static_cast<double>(o.asymmetry_allowance.count()), 2 * o.asymmetry * delay);
  return best_.bound_ns - hidden - static_cast<double>(source_bound_.count());
}

inline void clock_drift_arbiter::obey(clock_jury::verdict verdict, host_time now) noexcept {
  if (verdict == clock_jury::verdict::acquitted) {
    constexpr nanoseconds year{31'557'600'000'000'000};
    estimator_.change_source(year);
    known_to_ = unknown;
  }
  if (verdict != clock_jury::verdict::outvoted) return;
  report_ = {sync_report::kind::outvoted, source_};
  if (source_ != arbiter_.master()) return ask_instead({}, now);
  arbiter_.distrust_master(now);
  source_ = {};
}

// Leads the output clock to the best map there is, and takes the snapshot.
inline void clock_drift_arbiter::follow(host_time now) noexcept {
  const bool measured = measures();
  if (measured && estimator_.ready()) {
    best_ = estimator_.map();
    best_.bound_ns += static_cast<double>(source_bound_.count());
  }
  if (measured && !estimator_.ready() && !output_.running()) return;
  output_.follow(best_, now);
  const auto size = [](nanoseconds gap) { return gap < nanoseconds{0} ? -gap : gap; };
  if (size(output_.gap()) > options_.rejoin_gap) {
    output_ = slewed_clock{options_.slew};
    output_.follow(best_, now);
    report_ = {sync_report::kind::rejoined, source_};
  }
  slew_at_ = now + slew_interval;
  clock_.map = output_.map();
  new_clock_ = true;
  clock_.is_synchronised = true;

  // The hard bound is the best map's; the output adds the gap it has not closed yet. Of somebody
  // who is not the master itself we only know how wrong it is in 99 % of cases.
  const bool certain = measured && estimator_.ready() && hops_ == 1;
  const auto hard_at = [&](host_time t) {
    if (arbiter_.role() == arbiter_role::master) return nanoseconds{0};
    return certain ? std::min(estimator_.hard_bound(t), unknown) : unknown;
  };
  const nanoseconds hard = hard_at(now), later = hard_at(now + slew_interval);
  clock_.hard_bound_ns =
      static_cast<double>((hard + size(output_.gap()) + nanoseconds{measured}).count());
  clock_.hard_bound_growth =
      magnitude(clock_.map.skew - best_.skew) +
      static_cast<double>((later - hard).count()) / static_cast<double>(slew_interval.count());
}

} // namespace jamnet::inline v0
