// SPDX-License-Identifier: MIT
//
// What the band does now, and the changes that are already known: an audio thread that reads this
// needs nobody when one of them falls into its block.
//
//     const transport_schedule s = shared.read();            // a `latest` (ring/latest.hpp)
//     transport_moment beat;
//     for (auto t = block_start; s.try_next_beat(t, beat) && beat.time < block_end; )
//       click_at(beat.time), t = beat.time + nanoseconds{1};
//
// Trivially copyable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/transport/transport_state.hpp>

namespace jamnet::inline v0 {

/// Every function is [any-thread] [rt-safe] [wait-free] O(1), and expects valid states.
class transport_schedule {
public:
  static constexpr std::size_t most_changes = 5;

  constexpr transport_schedule() = default;
  constexpr explicit transport_schedule(const transport_state& first) noexcept {
    states_[0] = first;
  }

  /// Another change. Expects that there is room, and that it comes after the others.
  constexpr void add(const transport_state& next) noexcept {
    JAMNET_EXPECTS(count_ <= most_changes && next.since >= states_[count_ - 1].since);
    states_[count_++] = next;
  }
  /// In their order, at least one; of those that begin at the same time the last one counts.
  [[nodiscard]] constexpr std::span<const transport_state> states() const noexcept {
    return {states_.data(), count_};
  }
  /// The same, so much sooner.
  [[nodiscard]] constexpr transport_schedule sooner_by(nanoseconds ahead) const noexcept {
    transport_schedule sooner = *this;
    for (std::size_t i = 0; i < count_; ++i) sooner.states_[i].since -= ahead;
    return sooner;
  }

  /// What holds then; before the first state begins, that one.
  [[nodiscard]] constexpr const transport_state& at(session_time t) const noexcept {
    std::size_t i = count_ - 1;
    while (i > 0 && t < states_[i].since) --i;
    return states_[i];
  }
  /// Where the music is.
  [[nodiscard]] constexpr quarter_notes position_at(session_time t) const noexcept {
    return at(t).position_at(t);
  }
  /// The same at a frame of a block that begins then, at so many frames a second.
  [[nodiscard]] constexpr quarter_notes position_at(session_time block, std::int64_t frame,
                                                    std::uint32_t rate) const noexcept {
    return position_at(time_of(block, frame, rate));
  }
  /// The same in bars, beats and ticks, of which `ppq` make a quarter note.
  [[nodiscard]] constexpr musical_position bar_at(session_time t,
                                                  std::uint32_t ppq = default_ppq) const noexcept {
    return at(t).bar_at(t, ppq);
  }

  /// The first beat or bar that begins at `t` or later while the music moves, whatever happens in
  /// between; false, and `out` untouched, where none is to come.
  [[nodiscard]] constexpr bool try_next_beat(session_time t, transport_moment& out) const noexcept {
    return try_first(t, out, [](const transport_state& s, session_time from, transport_moment& m) {
      return m = s.next_beat(from), true;
    });
  }
  [[nodiscard]] constexpr bool try_next_bar(session_time t, transport_moment& out) const noexcept {
    return try_first(t, out, [](const transport_state& s, session_time from, transport_moment& m) {
      return m = s.next_bar(from), true;
    });
  }
  /// When the music next gets to a position, at `t` or later; false, and `out` untouched, where it
  /// does not.
  [[nodiscard]] constexpr bool try_next(quarter_notes p, session_time t,
                                        transport_moment& out) const noexcept {
    return try_first(t, out, [&](const transport_state& s, session_time from, transport_moment& m) {
      m.position = p;
      return s.try_next(p, from, m.time);
    });
  }

  /// When a frame begins, to the nearest nanosecond. Expects a rate above 0.
  [[nodiscard]] static constexpr session_time time_of(session_time block, std::int64_t frame,
                                                      std::uint32_t rate) noexcept {
    const std::int64_t second = 1'000'000'000, r = rate;
    const std::int64_t whole = frame / r, rest = 2 * second * (frame % r);
    return block + nanoseconds{whole * second + (rest + (rest < 0 ? -r : r)) / (2 * r)};
  }

  friend constexpr bool operator==(const transport_schedule& a,
                                   const transport_schedule& b) noexcept {
    return std::equal(a.states().begin(), a.states().end(), b.states().begin(), b.states().end());
  }

private:
  // Of the moments that `find(state, from, out)` has for each state, the first within its time.
  template <class Find>
  constexpr bool try_first(session_time t, transport_moment& out, Find&& find) const noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
      const transport_state& s = states_[i];
      const bool last = i + 1 == count_;
      const session_time end = last ? s.since + steady_tempo::longest : states_[i + 1].since;
      transport_moment m;
      if (t >= end || !s.rolling() || !find(s, std::max(t, s.since), m) || m.time >= end) continue;
      return out = m, true;
    }
    return false;
  }

  std::array<transport_state, 1 + most_changes> states_{};
  std::size_t count_ = 1;
};

} // namespace jamnet::inline v0
