// SPDX-License-Identifier: MIT
//
// Whether a source of time can be believed, from what it says now and said before.
//
// By itself a source shows that it stops, jumps or runs back: it is not where its last word, its
// rate and its bounds allow. That its rate is wrong shows only beside others
// (source_agreement.hpp). Whatever is wrong has a name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/sync/time_source.hpp>

namespace jamnet::inline v0 {

enum class source_fault : std::uint8_t {
  none,
  silent,     ///< it tells no time
  impossible, ///< … or none that a clock can have
  stale,      ///< it was not heard for too long
  unsure,     ///< its bound is too wide
  stopped,    ///< it stands still
  backwards,  ///< it ran back
  jumped,     ///< it jumped ahead, or lost time
  drifting    ///< it runs away from what the others agree on
};
inline constexpr std::size_t source_faults = 9;

/// A few words. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::string_view to_string(source_fault fault) noexcept {
  constexpr std::array<std::string_view, source_faults> words{"none",
                                                              "tells no time",
                                                              "tells an impossible time",
                                                              "not heard for too long",
                                                              "unsure",
                                                              "stopped",
                                                              "ran backwards",
                                                              "jumped",
                                                              "drifting away"};
  const auto i = static_cast<std::size_t>(fault);
  return i < words.size() ? words[i] : "";
}

/// What is still believed of a source.
struct source_limits {
  nanoseconds age{500'000'000};  ///< since it was last heard
  nanoseconds bound{10'000'000}; ///< of what it says of the present
  nanoseconds jump{1'000'000};   ///< by how much it may be elsewhere than its bounds allow
  double drift_ppm = 1000;       ///< crystals differ by 200, and who closes a gap adds 500
};

struct source_health {
  source_fault fault = source_fault::silent; ///< at the last look
  nanoseconds age{};                         ///< since it was last heard, when it last told a time
  nanoseconds bound{};                       ///< … and what that was then
  double rate_ppm = 0;   ///< how much faster than the host's clock it runs, over some seconds
  double drift_ppm = 0;  ///< … and than what all agree on
  std::uint32_t led = 0; ///< how often it became the leader
  std::array<std::uint32_t, source_faults> faults{}; ///< how often it began to have which
};

class source_watch {
public:
  /// [one-thread] [rt-safe] O(1)
  explicit constexpr source_watch(const source_limits& limits = {}) noexcept : limits_{limits} {}

  /// What is wrong with what it says at `now`, which is not before that of the last call, by
  /// itself. [one-thread] [rt-safe] O(1)
  constexpr source_fault look(const source_reading& reading, host_time now) noexcept {
    const source_fault before = by_itself_;
    by_itself_ = judge(reading, now);
    if (by_itself_ != source_fault::none || before != source_fault::none) right_since_ = now;
    steady_ = now - right_since_ >= enough;
    return by_itself_;
  }

  /// What is wrong with it after all, where the others agree on a rate (agreed_rate()).
  /// [one-thread] [rt-safe] O(1)
  constexpr source_fault compare(double agreed_rate) noexcept;

  /// Whether its rate is worth something to others: for two seconds nothing was wrong with it by
  /// itself. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool steady() const noexcept { return steady_; }
  /// Seconds that it gains a second, by the host's clock. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr double rate() const noexcept { return rate_; }
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr const source_health& health() const noexcept { return health_; }
  /// Counts that it leads now. [one-thread] [rt-safe] O(1)
  constexpr void count_led() noexcept { ++health_.led; }

private:
  static constexpr nanoseconds step{10'000'000}; // shorter ones say little of a rate …
  static constexpr double memory = 2;            // s, over which it is learnt
  static constexpr nanoseconds enough{2'000'000'000};

  constexpr source_fault judge(const source_reading& reading, host_time now) noexcept;
  constexpr source_fault judge_move(const source_map& here) noexcept;

  source_limits limits_;
  source_health health_;
  bool moves_ = false; // there is a last word
  source_map last_{};  // … anchored at when it was said
  double rate_ = 0, claimed_ = 0;
  source_fault by_itself_ = source_fault::silent;
  host_time right_since_{};
  bool steady_ = false;
};

constexpr source_fault source_watch::judge(const source_reading& reading, host_time now) noexcept {
  if (!reading.valid) return source_fault::silent;
  if (!reading.possible(now)) return source_fault::impossible;
  health_.age = std::max(now - reading.confirmed, nanoseconds{0});
  health_.bound = reading.map.bound(now);
  if (health_.age > limits_.age) return source_fault::stale;
  if (health_.bound > limits_.bound) return source_fault::unsure;
  claimed_ = reading.map.skew;
  return judge_move(reading.map.anchored_at(now));
}

constexpr source_fault source_watch::judge_move(const source_map& here) noexcept {
  if (!moves_) {
    moves_ = true;
    rate_ = here.skew;
    last_ = here;
    return source_fault::none;
  }
  const nanoseconds passed = here.from - last_.from, moved = here.to - last_.to;
  const auto ns = static_cast<double>(passed.count());
  const double gained = static_cast<double>((moved - passed).count());
  const double bounds = last_.bound_ns + here.bound_ns;
  const double may =
      static_cast<double>(limits_.jump.count()) + bounds + 1e-6 * limits_.drift_ppm * ns;
  if (magnitude(gained - rate_ * ns) > may) {
    last_ = here;
    rate_ = here.skew; // until more is known
    if (static_cast<double>(moved.count()) < -bounds) return source_fault::backwards;
    return moved < passed / 8 ? source_fault::stopped : source_fault::jumped;
  }
  if (passed < step) return by_itself_; // it stays what it was until there is more to tell
  const double seconds = 1e-9 * ns;
  rate_ += (gained / ns - rate_) * seconds / (seconds + memory);
  last_ = here;
  return source_fault::none;
}

constexpr source_fault source_watch::compare(double agreed_rate) noexcept {
  health_.rate_ppm = 1e6 * rate_;
  health_.drift_ppm = 1e6 * (rate_ - agreed_rate);
  source_fault fault = by_itself_;
  if (fault == source_fault::none) {
    const double claims = magnitude(1e6 * (claimed_ - agreed_rate));
    if (std::max(magnitude(health_.drift_ppm), claims) > limits_.drift_ppm)
      fault = source_fault::drifting;
  }
  if (fault != health_.fault) ++health_.faults[static_cast<std::size_t>(fault)];
  return health_.fault = fault;
}

} // namespace jamnet::inline v0
