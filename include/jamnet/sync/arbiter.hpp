// SPDX-License-Identifier: MIT
//
// Who is the timing master: an election without votes, as a state machine without I/O.
//
// The incumbent stays while it lives, and announces its claim each 250 ms. A synchronised peer
// that has not heard it for a second, plus up to 100 ms by chance so that as a rule one is first,
// takes over with the next epoch and continues the timeline from its own map. Of two claims the
// greater prevails everywhere (sync/master_claim.hpp), so splits heal without negotiation: the
// lesser master yields. A claim's values are frozen for its reign, or order could turn in a loop.
// Who hears nobody at all takes over nothing: it is itself that is cut off, or has slept, and when
// it comes back the others must not have to follow it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/random.hpp>
#include <jamnet/sync/master_claim.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

struct arbiter_options {
  std::int32_t priority = 0;          ///< who has the greater one takes over first
  nanoseconds announce{250'000'000};  ///< from claim to claim of a master
  nanoseconds silence{1'000'000'000}; ///< after which a master counts as dead
  nanoseconds stagger{100'000'000};   ///< the most by which this peer waits longer
  nanoseconds ban{60'000'000'000};    ///< for which a master that was caught lying is ignored
};

enum class arbiter_role : std::uint8_t {
  orphan,   ///< knows of no living master
  follower, ///< follows master()
  master    ///< is it
};

enum class master_change : std::uint8_t {
  founded,   ///< this peer founded the session
  heard,     ///< another master, greater than the one before
  took_over, ///< this peer took over from one that was silent
  yielded,   ///< this peer was master and heard a greater claim
  lost,      ///< the master is silent or gone
  resigned,  ///< the master, or this peer as the master, asked to be replaced
  outvoted   ///< the master's time contradicts that of the others
};

/// A few words. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::string_view to_string(master_change why) noexcept {
  switch (why) {
  case master_change::founded: return "it founded the session";
  case master_change::heard: return "it was heard";
  case master_change::took_over: return "it took over";
  case master_change::yielded: return "we yielded to it";
  case master_change::lost: return "the one before is silent or gone";
  case master_change::resigned: return "the one before handed over";
  case master_change::outvoted: return "the one before was outvoted";
  }
  return "unknown";
}

class arbiter {
public:
  /// An orphan that has heard of nobody. [one-thread] [rt-safe] O(1)
  constexpr arbiter(peer_id self, const arbiter_options& options, std::uint64_t seed) noexcept
      : self_{self},
        options_{options},
        random_{seed} {}

  /// This peer founds the session and is its first master. [one-thread] [rt-safe] O(1)
  constexpr void found(host_time now) noexcept { reign(1, 0, now, master_change::founded); }

  /// A claim arrived. Only a master speaks for itself: what `from` says of others is ignored, and
  /// so is a claim in this peer's own name. [one-thread] [rt-safe] O(1)
  constexpr void heard(const master_claim& claim, peer_id from, host_time now) noexcept;

  /// The peer `master` acted as the master, as by answering a clock question with no hops: as good
  /// as a repeated claim, so that lost announcements unseat nobody. [one-thread] [rt-safe] O(1)
  constexpr void seen(peer_id master, host_time now) noexcept {
    if (role_ == arbiter_role::follower && master == claim_.master) wait_for_silence(now);
  }

  /// The peer said goodbye, or was forgotten. If it was the master, it need not be waited for.
  /// [one-thread] [rt-safe] O(1)
  constexpr void lost(peer_id peer, host_time now, bool goodbye = true) noexcept;

  /// Stops being the master: the next claim asks the others to take over at once. Who is alone
  /// takes over from itself when nobody else did. [one-thread] [rt-safe] O(1)
  constexpr void hand_over(host_time now) noexcept {
    if (role_ != arbiter_role::master) return;
    claim_.yields = true;
    deadline_ = now;
  }

  /// This peer's claim, or that of the master it knew, counts for nothing any more: it follows
  /// whomever it hears next. [one-thread] [rt-safe] O(1)
  constexpr void give_up() noexcept {
    become_orphan(master_change::yielded);
    claim_.epoch = 0;
  }

  /// The master is not to be believed: it counts as lost, and what it claims is ignored for a
  /// while. [one-thread] [rt-safe] O(1)
  constexpr void distrust_master(host_time now) noexcept;

  /// Does what is due: takes over, notices silence, announces. A claim is returned when it is to
  /// be sent to all. A peer that is not synchronised never takes over, nor one without `company`,
  /// which hears no other member; `own_bound` is what it claims as its quality if it does.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::optional<master_claim> poll(host_time now, bool synchronised,
                                                           nanoseconds own_bound,
                                                           std::uint32_t members = 0,
                                                           bool company = true) noexcept;

  /// When poll() next has something to do; host_time::max() when nothing is to come.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr host_time deadline() const noexcept { return deadline_; }

  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr arbiter_role role() const noexcept { return role_; }
  /// The master, nobody (zero) for an orphan. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr peer_id master() const noexcept {
    return role_ == arbiter_role::orphan ? peer_id{} : claim_.master;
  }
  /// The master's claim; an orphan's is that of the last master. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr const master_claim& claim() const noexcept { return claim_; }

  /// The latest change since the last call, if there was one. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::optional<master_change> take_change() noexcept {
    const auto change = change_;
    change_.reset();
    return change;
  }

private:
  constexpr void reign(std::uint64_t epoch, std::uint32_t quality_ns, host_time now,
                       master_change why) noexcept;
  constexpr void become_orphan(master_change why) noexcept;
  constexpr void await_successor(master_change why, host_time now) noexcept;
  constexpr bool distrusts(peer_id peer, host_time now) const noexcept {
    return std::any_of(liars_.begin(), liars_.end(),
                       [&](const liar& l) { return l.peer == peer && now < l.until; });
  }

  struct liar {
    peer_id peer;
    host_time until{};
  };

  constexpr nanoseconds random_stagger() noexcept {
    const auto most = static_cast<double>(options_.stagger.count());
    return nanoseconds{static_cast<std::int64_t>(random_.uniform() * most)};
  }
  constexpr void wait_for_silence(host_time now) noexcept {
    deadline_ = now + options_.silence + stagger_;
  }

  peer_id self_;
  arbiter_options options_;
  random_source random_;
  arbiter_role role_ = arbiter_role::orphan;
  bool synchronised_ = false; // as poll() was told last
  bool vacant_ = false;       // the master said goodbye: even who is alone may take over
  host_time deaf_until_ = host_time::min(); // … to the claims of a master that is gone
  master_claim claim_{};                    // epoch 0: never heard of any master
  nanoseconds stagger_{};                   // this peer's, for the present reign
  host_time deadline_ = host_time::max();
  std::optional<master_change> change_;
  std::array<liar, 4> liars_{};
  std::size_t next_liar_ = 0;
};

constexpr void arbiter::heard(const master_claim& claim, peer_id from, host_time now) noexcept {
  if (claim.master != from || from == self_ || !from || claim.epoch == 0) return;
  if (distrusts(from, now)) return;
  // An orphan hears its old master again, unless the claim was overtaken by a goodbye.
  const bool returns = role_ == arbiter_role::orphan && now >= deaf_until_;
  const bool refreshes = from == claim_.master && (role_ == arbiter_role::follower || returns);
  if (refreshes && !prevails(claim_, claim)) {
    if (returns) change_ = master_change::heard;
    role_ = arbiter_role::follower;
    claim_ = claim;
    wait_for_silence(now);
    if (!claim.yields) return;
    await_successor(master_change::resigned, now);
    return;
  }
  // An orphan that can take over continues the greater timeline. One that cannot takes any.
  const bool stranded = role_ == arbiter_role::orphan && !synchronised_;
  if (!stranded && !prevails(claim, claim_)) return;
  change_ = role_ == arbiter_role::master ? master_change::yielded : master_change::heard;
  role_ = arbiter_role::follower;
  vacant_ = false;
  claim_ = claim;
  stagger_ = random_stagger();
  wait_for_silence(now);
}

constexpr void arbiter::lost(peer_id peer, host_time now, bool goodbye) noexcept {
  if (role_ != arbiter_role::follower || peer != claim_.master) return;
  await_successor(master_change::lost, now);
  vacant_ = goodbye;
}

constexpr void arbiter::distrust_master(host_time now) noexcept {
  if (role_ != arbiter_role::follower) return;
  liars_[next_liar_++ % liars_.size()] = {claim_.master, now + options_.ban};
  await_successor(master_change::outvoted, now);
}

constexpr std::optional<master_claim> arbiter::poll(host_time now, bool synchronised,
                                                    nanoseconds own_bound, std::uint32_t members,
                                                    bool company) noexcept {
  synchronised_ = synchronised;
  if (role_ != arbiter_role::master && claim_.epoch > 0) {
    const bool able = synchronised && (company || vacant_);
    // An orphan that could not take over has no deadline. Once it can, it listens first.
    if (able && deadline_ == host_time::max()) wait_for_silence(now);
    const bool silent = now >= deadline_;
    if (silent && able) {
      constexpr auto last = std::numeric_limits<std::uint64_t>::max();
      constexpr std::int64_t worst = std::numeric_limits<std::uint32_t>::max();
      const auto quality = std::clamp<std::int64_t>(own_bound.count(), 0, worst);
      reign(claim_.epoch == last ? last : claim_.epoch + 1, static_cast<std::uint32_t>(quality),
            now, master_change::took_over);
    } else if (silent) {
      if (role_ == arbiter_role::follower) become_orphan(master_change::lost);
      deadline_ = host_time::max();
    }
  }
  if (role_ != arbiter_role::master || now < deadline_) return std::nullopt;
  deadline_ = now + options_.announce;
  claim_.members = members;
  const auto announced = claim_;
  if (claim_.yields) {
    become_orphan(master_change::resigned);
    claim_.yields = false;
    wait_for_silence(now);
  }
  return announced;
}

constexpr void arbiter::reign(std::uint64_t epoch, std::uint32_t quality_ns, host_time now,
                              master_change why) noexcept {
  role_ = arbiter_role::master;
  claim_ = {
      .master = self_, .epoch = epoch, .priority = options_.priority, .quality_ns = quality_ns};
  deadline_ = now;
  change_ = why;
  vacant_ = false;
}

constexpr void arbiter::become_orphan(master_change why) noexcept {
  role_ = arbiter_role::orphan;
  change_ = why;
}

// The master is gone for sure; what of its claims is still on its way does not count.
constexpr void arbiter::await_successor(master_change why, host_time now) noexcept {
  become_orphan(why);
  deadline_ = now + stagger_;
  deaf_until_ = now + options_.announce;
}

} // namespace jamnet::inline v0
