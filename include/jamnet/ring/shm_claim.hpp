// SPDX-License-Identifier: MIT
//
// Who holds one end of something in shared memory, in a single word: a process and when it was
// last heard of. A lock would stay locked when its holder is killed; this goes silent.
//
// Because both are one word, a beat and a replacement exclude each other: of two that come at
// once one gets the claim, and who was replaced finds its own word gone.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include <jamnet/core/chrono.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/core/result.hpp>

namespace jamnet::inline v0 {

/// A process, and how long ago it said that it lives (or, once it left, when it last had).
struct shm_owner {
  std::uint32_t pid = 0;                                                ///< 0: nobody
  std::chrono::milliseconds silence = std::chrono::milliseconds::max(); ///< max(): nobody ever

  friend constexpr bool operator==(const shm_owner&, const shm_owner&) = default;
};

/// The usual reason to replace an owner. It also replaces one that was only stopped.
struct silent_for {
  std::chrono::milliseconds limit{500};

  [[nodiscard]] constexpr bool operator()(const shm_owner& owner) const noexcept {
    return owner.silence > limit;
  }
};

class shm_hold;

/// Lies in the shared memory; zero bytes are a free one. `now` is nanoseconds of any one clock that
/// all processes of the machine share, as std::chrono::steady_clock is.
class shm_claim {
public:
  /// Takes the claim for process `pid`, which is not 0. One held by another is taken only if
  /// `is_dead(shm_owner)`; otherwise, or if somebody else was faster, shm_taken with the pid of the
  /// holder. [any-thread] [rt-safe] if is_dead is. O(1)
  template <class IsDead>
  [[nodiscard]] result<shm_hold> take(std::uint32_t pid, std::chrono::nanoseconds now,
                                      IsDead is_dead) noexcept;

  /// Who holds it. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] shm_owner owner(std::chrono::nanoseconds now) const noexcept {
    return owner_in(word_.load(std::memory_order_relaxed), now);
  }

private:
  friend shm_hold;

  static constexpr std::uint32_t ms(std::chrono::nanoseconds now) noexcept {
    return static_cast<std::uint32_t>(now.count() / 1'000'000); // comes round after 49 days
  }
  static constexpr std::uint32_t pid_in(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word >> 32);
  }
  static constexpr std::uint64_t word_of(std::uint32_t pid, std::uint32_t beat) noexcept {
    return std::uint64_t{pid} << 32 | beat;
  }
  static constexpr shm_owner owner_in(std::uint64_t word, std::chrono::nanoseconds now) noexcept {
    constexpr std::uint32_t minute = 60'000;
    if (word == 0) return {};
    const auto silence = ms(now) - static_cast<std::uint32_t>(word);
    const bool ahead = silence > -minute; // its beat came between reading the clock and the word
    return {pid_in(word), std::chrono::milliseconds{ahead ? 0 : silence}};
  }

  std::atomic<std::uint64_t> word_{0}; // the pid above, the milliseconds of the last beat below
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "a lock would not be shared");
};

/// A claim while it is held; the destructor leaves it. Not for a process forked while it is held:
/// that must neither use nor destroy its copy.
class shm_hold {
public:
  shm_hold(shm_hold&& other) noexcept
      : claim_{std::exchange(other.claim_, nullptr)},
        word_{other.word_} {}
  shm_hold& operator=(shm_hold&& other) noexcept {
    std::swap(claim_, other.claim_);
    std::swap(word_, other.word_);
    return *this;
  }
  ~shm_hold() { leave(); }

  /// Says that we live; call it well within the silence after which others replace us. False when
  /// that has happened, or we left. [one-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool beat(std::chrono::nanoseconds now) noexcept {
    const auto next = shm_claim::word_of(shm_claim::pid_in(word_), shm_claim::ms(now));
    return change_to(next, std::memory_order_relaxed);
  }
  /// False when another replaced us, or we left. [one-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool holds() const noexcept {
    return claim_ != nullptr && claim_->word_.load(std::memory_order_relaxed) == word_;
  }
  /// Gives the claim back, for the next to take at once. [one-thread] [rt-safe] [wait-free] O(1)
  void leave() noexcept {
    const auto beat = static_cast<std::uint32_t>(word_);
    change_to(shm_claim::word_of(0, beat), std::memory_order_release); // all we did is done
    claim_ = nullptr;
  }

private:
  friend shm_claim;

  shm_hold(shm_claim& claim, std::uint64_t word) noexcept : claim_{&claim}, word_{word} {}

  bool change_to(std::uint64_t next, std::memory_order order) noexcept {
    auto mine = word_;
    if (claim_ == nullptr ||
        !claim_->word_.compare_exchange_strong(mine, next, order, std::memory_order_relaxed))
      return false;
    word_ = next;
    return true;
  }

  shm_claim* claim_; // null: left
  std::uint64_t word_;
};

template <class IsDead>
result<shm_hold> shm_claim::take(std::uint32_t pid, std::chrono::nanoseconds now,
                                 IsDead is_dead) noexcept {
  JAMNET_EXPECTS(pid != 0);
  auto seen = word_.load(std::memory_order_relaxed);
  if (pid_in(seen) != 0 && !is_dead(owner_in(seen, now)))
    return failure{errc::shm_taken, pid_in(seen)};
  auto mine = word_of(pid, ms(now));
  if (mine == seen) ++mine; // whom we replace must not find its own word
  if (!word_.compare_exchange_strong(seen, mine, std::memory_order_acquire, // after it left
                                     std::memory_order_relaxed))
    return failure{errc::shm_taken, pid_in(seen)};
  return shm_hold{*this, mine};
}

} // namespace jamnet::inline v0
