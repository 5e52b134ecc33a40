// SPDX-License-Identifier: MIT
//
// The slots of mpmc_queue and mpsc_queue, and how threads share them (after Dmitry Vyukov's bounded
// queue). A ticket numbers the pushes, another the pops; ticket t goes to slot t % Capacity. Each
// slot counts its uses in `stage`: in lap r it is free at 2r and filled at 2r + 1. So whoever finds
// the stage of its ticket may have the slot, whoever finds a later one has an old ticket, and an
// earlier one means full (or empty).
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <jamnet/ring/ring_element.hpp>

namespace jamnet::inline v0::detail {

template <ring_element T, std::size_t Capacity>
  requires(std::has_single_bit(Capacity))
class ticket_slots {
public:
  enum state : std::uint64_t { free, filled };

  /// Lets `use(value)` have the slot of the next ticket, if it is in `from`, and passes it on to
  /// the other side. False when the slot is not there yet, or when other threads were faster to
  /// take the ticket, `attempts` times in a row.
  template <class Use>
  bool take(std::atomic<std::uint64_t>& next, state from, int attempts, Use use) noexcept {
    auto ticket = next.load(std::memory_order_relaxed);
    while (attempts-- > 0) {
      slot& found = slots_[ticket % Capacity];
      const auto stage = found.stage.load(std::memory_order_acquire); // the other side is done
      const auto wanted = stage_of(ticket, from);
      if (stage < wanted) return false;
      // Tickets need no order but their own: what is in the slot is guarded by its stage.
      if (stage > wanted)
        ticket = next.load(std::memory_order_relaxed);
      else if (next.compare_exchange_strong(ticket, ticket + 1, std::memory_order_relaxed)) {
        use(found.value);
        found.stage.store(stage + 1, std::memory_order_release); // so are we
        return true;
      }
    }
    return false;
  }

  /// The same for one who is alone on its side, without a race.
  template <class Use>
  bool take_alone(std::uint64_t& next, state from, Use use) noexcept {
    slot& found = slots_[next % Capacity];
    const auto stage = found.stage.load(std::memory_order_acquire); // the other side is done
    if (stage != stage_of(next, from)) return false;
    use(found.value);
    found.stage.store(stage + 1, std::memory_order_release); // so are we
    ++next;
    return true;
  }

private:
  struct slot {
    std::atomic<std::uint64_t> stage{0};
    T value{};
  };

  static constexpr std::uint64_t stage_of(std::uint64_t ticket, state in) noexcept {
    return ticket / Capacity * 2 + in;
  }

  std::array<slot, Capacity> slots_{};
};

} // namespace jamnet::inline v0::detail
