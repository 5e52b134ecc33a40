// SPDX-License-Identifier: MIT
//
// Several sources of time as one that never fails: the best one that can be trusted leads.
//
// One thread looks at all of them, 10 to 100 times a second; everybody else asks the newest
// snapshot. What is published has an origin of its own and never jumps: a source that comes to lead
// is joined where the timeline is, and what it then says otherwise is led over to at a bounded
// rate. Who is dropped and comes back finds the timeline where it left it, and leads it back as
// gently. With nobody to trust, the host's clock goes on at the rate that was known last.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/ring/latest.hpp>
#include <jamnet/sync/slewed_clock.hpp>
#include <jamnet/sync/source_agreement.hpp>
#include <jamnet/sync/source_clock.hpp>
#include <jamnet/sync/source_trust.hpp>
#include <jamnet/sync/source_watch.hpp>

namespace jamnet::inline v0 {

struct source_options {
  int priority = 0;      ///< the greatest leads; among equals who leads already
  bool absolute = false; ///< not its pace alone is followed, but its time: it counts from where all
                         ///< others do that say so
  source_limits limits{};
};

struct source_manager_options {
  nanoseconds probation{2'000'000'000}; ///< see source_trust
  double holdover_ppm = 10;             ///< by how much the bound grows while nobody leads
  slew_options slew{};                  ///< how gaps are closed; steps are the user's own wish
};

/// Every function is [one-thread] [rt-safe] O(sources), if the sources' read() is; but for clock(),
/// which is for all.
class source_manager {
public:
  static constexpr std::size_t most_sources = 8;

  explicit source_manager(const source_manager_options& options = {}) noexcept
      : options_{options},
        output_{options.slew} {}

  /// Takes a source, which must outlive this or be removed; false, and `out` untouched, if it is
  /// there already, or most_sources are.
  template <time_source Source>
  [[nodiscard]] bool try_add(const Source& source, const source_options& options,
                             source_id& out) noexcept {
    return try_add(
        &source,
        [](const void* s, host_time now) noexcept {
          return static_cast<const Source*>(s)->read(now);
        },
        options, out);
  }
  /// Forgets one; if it leads, the next poll() finds another. False if there is none of this id.
  bool remove(source_id id) noexcept;

  /// Looks at all sources and publishes what they make: to be called every 10 to 100 ms. Faults are
  /// found here, so less often is later. A `now` before that of the last call counts as that one.
  void poll(host_time now) noexcept;

  /// Lets one lead before all others, whenever it can be trusted; nobody (the default): the best.
  void prefer(source_id id) noexcept { preferred_ = id; }

  /// The newest snapshot. A copy is begun again only when a newer one was published meanwhile.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] source_clock clock() const noexcept { return newest_.read(); }

  /// How one is, as of the last poll(). Expects that there is such a source.
  [[nodiscard]] const source_health& health(source_id id) const noexcept {
    return find(id)->watch.health();
  }
  /// Whether it may lead. Expects that there is such a source.
  [[nodiscard]] bool trusted(source_id id) const noexcept { return find(id)->trust.trusted(); }
  /// How often nobody could be trusted any more.
  [[nodiscard]] std::uint64_t holdovers() const noexcept { return holdovers_; }

private:
  using read_function = source_reading (*)(const void*, host_time) noexcept;

  // Where the origin of who leads is on the timeline.
  struct origin {
    nanoseconds whole{};
    double rest = 0, bound_ns = 0;
  };
  struct seat {
    source_id id{};
    const void* source = nullptr;
    read_function read = nullptr;
    source_options options{};
    source_watch watch{};
    source_trust trust{};
    source_reading says{};
  };

  bool try_add(const void* source, read_function read, const source_options& options,
               source_id& out) noexcept;
  std::span<seat> seats() noexcept { return {seats_.data(), count_}; }
  const seat* find(source_id id) const noexcept {
    const auto* at = std::find_if(seats_.data(), seats_.data() + count_,
                                  [id](const seat& s) { return s.id == id; });
    JAMNET_EXPECTS(at != seats_.data() + count_);
    return at;
  }
  void look(host_time now) noexcept;
  seat* best() noexcept;
  bool better(const seat& a, const seat& b) const noexcept;
  origin join(const source_map& says) const noexcept;
  void lead(seat& s, host_time now) noexcept;
  void hold(host_time now) noexcept;

  source_manager_options options_;
  basic_slewed_clock<source_timeline> output_;
  std::array<seat, most_sources> seats_{};
  std::size_t count_ = 0;
  std::uint64_t ids_ = 0, changes_ = 0, holdovers_ = 0;
  source_id leader_{}, preferred_{};
  origin origin_{}, absolute_{}; // of the leader, and of all that are absolute …
  bool placed_ = false;          // … once there was one
  double agreed_ = 0;            // rate
  double steady_ = 0;            // the last leader's
  source_map held_{};            // what goes on while nobody leads
  bool holding_ = false;
  host_time now_{};
  latest<source_clock> newest_;
};

inline bool source_manager::try_add(const void* source, read_function read,
                                    const source_options& options, source_id& out) noexcept {
  for (const seat& s : seats())
    if (s.source == source && s.read == read) return false;
  if (count_ == most_sources) return false;
  out = source_id{++ids_};
  seats_[count_++] = {
      out, source, read, options, source_watch{options.limits}, source_trust{options_.probation}};
  return true;
}

inline bool source_manager::remove(source_id id) noexcept {
  auto* const end = seats_.data() + count_;
  auto* const after =
      std::remove_if(seats_.data(), end, [id](const seat& s) { return s.id == id; });
  if (after == end) return false;
  --count_;
  if (leader_ == id) leader_ = {};
  return true;
}

inline void source_manager::poll(host_time now) noexcept {
  now_ = output_.running() ? std::max(now, now_) : now;
  look(now_);
  if (seat* const s = best())
    lead(*s, now_);
  else
    hold(now_);
  if (!output_.running()) return;
  newest_.store({output_.map(), output_.gap(), leader_, changes_,
                 holding_ ? source_state::holding : source_state::following});
}

inline void source_manager::look(host_time now) noexcept {
  std::array<double, most_sources> rates{};
  std::size_t votes = 0;
  for (seat& s : seats()) {
    s.says = s.read(s.source, now);
    s.watch.look(s.says, now);
    if (s.watch.steady()) rates[votes++] = s.watch.rate();
  }
  agreed_ = agreed_rate({rates.data(), votes});
  for (seat& s : seats()) {
    const bool faultless = s.watch.compare(agreed_) == source_fault::none;
    if (faultless && !output_.running()) s.trust.vouch(now); // better than no time at all
    s.trust.update(faultless, now);
  }
}

inline source_manager::seat* source_manager::best() noexcept {
  seat* found = nullptr;
  for (seat& s : seats())
    if (s.trust.trusted() && (found == nullptr || better(s, *found))) found = &s;
  return found;
}

inline bool source_manager::better(const seat& a, const seat& b) const noexcept {
  if ((a.id == preferred_) != (b.id == preferred_)) return a.id == preferred_;
  if (a.options.priority != b.options.priority) return a.options.priority > b.options.priority;
  if ((a.id == leader_) != (b.id == leader_)) return a.id == leader_;
  return a.watch.health().bound < b.watch.health().bound;
}

// So that what it says is where the timeline is.
inline source_manager::origin source_manager::join(const source_map& says) const noexcept {
  if (!output_.running()) return {};
  const source_map here = output_.map().anchored_at(says.from);
  return {here.to - says.to, here.residual - says.residual, here.bound_ns};
}

inline void source_manager::lead(seat& s, host_time now) noexcept {
  source_map says = s.says.map.anchored_at(now);
  if (s.id != leader_) {
    origin_ = s.options.absolute && placed_ ? absolute_ : join(says);
    if (s.options.absolute) absolute_ = origin_, placed_ = true;
    if (output_.running()) ++changes_;
    s.watch.count_led();
    leader_ = s.id;
  }
  says.to += origin_.whole;
  says.residual += origin_.rest;
  says.bound_ns += origin_.bound_ns;
  holding_ = false;
  steady_ = s.watch.rate();
  output_.follow(says, now);
}

inline void source_manager::hold(host_time now) noexcept {
  if (!output_.running()) return;
  if (!holding_) {
    ++holdovers_;
    holding_ = true;
    for (const seat& s : seats()) // who ran away is no example
      if (s.id == leader_ && s.watch.health().fault == source_fault::drifting) steady_ = agreed_;
    held_ = output_.map().anchored_at(now);
    held_.skew = steady_;
    held_.bound_growth += 1e-6 * options_.holdover_ppm;
  }
  leader_ = {};
  output_.follow(held_, now);
}

} // namespace jamnet::inline v0
