// SPDX-License-Identifier: MIT
//
// One clock question and its answer, and how three of them become one measurement.
//
// The first ping after a pause finds the other side asleep: its processor wakes slowly, and 5 to
// 12 µs go into one direction only. So questions travel in trains of three, each leaving when the
// answer before it has arrived, and of each direction the quickest passage counts, on its own.
#pragma once

#include <cstdint>
#include <optional>

#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

namespace detail {
// Sums and differences modulo 2^64: what a stranger sent may lie anywhere, and must not overflow.
[[nodiscard]] constexpr nanoseconds wrapping_sum(nanoseconds a, nanoseconds b) noexcept {
  return nanoseconds{static_cast<std::int64_t>(static_cast<std::uint64_t>(a.count()) +
                                               static_cast<std::uint64_t>(b.count()))};
}
template <class A, class B>
[[nodiscard]] constexpr nanoseconds wrapping_difference(time_on<A> a, time_on<B> b) noexcept {
  return nanoseconds{
      static_cast<std::int64_t>(static_cast<std::uint64_t>(a.time_since_epoch().count()) -
                                static_cast<std::uint64_t>(b.time_since_epoch().count()))};
}
} // namespace detail

struct clock_exchange {
  host_time t1{};    ///< the question left here
  session_time t2{}; ///< it arrived there
  session_time t3{}; ///< the answer left there
  host_time t4{};    ///< it arrived here

  friend constexpr bool operator==(const clock_exchange&, const clock_exchange&) = default;

  /// Session − host as the question saw it: the offset plus the way there.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr nanoseconds forward() const noexcept {
    return detail::wrapping_difference(t2, t1);
  }
  /// Session − host as the answer saw it: the offset minus the way back.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr nanoseconds backward() const noexcept {
    return detail::wrapping_difference(t3, t4);
  }
  /// Time on the way, there and back, without the answerer's own; negative when the stamps
  /// contradict each other. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr nanoseconds round_trip() const noexcept {
    return nanoseconds{static_cast<std::int64_t>(static_cast<std::uint64_t>(forward().count()) -
                                                 static_cast<std::uint64_t>(backward().count()))};
  }
  /// Whether the four stamps can be one question and its answer: in order on either side, the
  /// way not negative, all within 2^62 ns (146 years) of their origins.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool possible() const noexcept {
    return in_range() && t1 <= t4 && t2 <= t3 && round_trip().count() >= 0;
  }
  /// Whether all stamps lie within 2^62 ns of their origins, so that differences are exact.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool in_range() const noexcept {
    const auto inside = [](nanoseconds t) {
      constexpr std::int64_t limit = std::int64_t{1} << 62;
      return -limit < t.count() && t.count() < limit;
    };
    return inside(t1.time_since_epoch()) && inside(t2.time_since_epoch()) &&
           inside(t3.time_since_epoch()) && inside(t4.time_since_epoch());
  }
};

/// The exchanges of one train, and what remains of them.
class exchange_train {
public:
  /// Takes one more exchange; the caller has seen that it is possible().
  /// [one-thread] [rt-safe] O(1)
  constexpr void add(const clock_exchange& exchange) noexcept {
    if (!merged_) {
      merged_ = exchange;
      return;
    }
    if (exchange.forward() < merged_->forward()) {
      merged_->t1 = exchange.t1;
      merged_->t2 = exchange.t2;
    }
    if (exchange.backward() > merged_->backward()) { // the offset minus the way: greatest is best
      merged_->t3 = exchange.t3;
      merged_->t4 = exchange.t4;
    }
  }

  /// The quickest way there with the quickest way back; none without an exchange. They may come
  /// from two exchanges, and the way back from the earlier: t4 before t1 is then right.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr const std::optional<clock_exchange>& merged() const noexcept {
    return merged_;
  }

  /// Forgets all. [one-thread] [rt-safe] O(1)
  constexpr void clear() noexcept { merged_.reset(); }

private:
  std::optional<clock_exchange> merged_;
};

} // namespace jamnet::inline v0
