// SPDX-License-Identifier: MIT
//
// Who failed is not trusted again at once, and who fails again and again ever later: whatever it
// does, a source cannot make others flap.
#pragma once

#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

/// All of these are [one-thread] [rt-safe] O(1).
class source_trust {
public:
  /// Is earned by `probation` without a fault, and by twice as much after each relapse, up to 32
  /// times as much; who then kept it for ten times as long as it took has no past.
  explicit constexpr source_trust(nanoseconds probation = nanoseconds{2'000'000'000}) noexcept
      : probation_{probation} {}

  /// Whether it is trusted from now on. `now` is not before that of the last call.
  constexpr bool update(bool faultless, host_time now) noexcept {
    if (!faultless) {
      if (trusted_) lose(now);
      faultless_ = false;
    } else if (!faultless_) {
      faultless_ = true;
      since_ = now;
    } else if (!trusted_ && now - since_ >= patience()) {
      vouch(now);
    }
    return trusted_;
  }
  /// Trusts it at once, for there is nobody else.
  constexpr void vouch(host_time now) noexcept {
    trusted_ = faultless_ = true;
    since_ = now;
  }

  [[nodiscard]] constexpr bool trusted() const noexcept { return trusted_; }
  /// How long it has to be without a fault.
  [[nodiscard]] constexpr nanoseconds patience() const noexcept {
    return probation_ * (1 << past_);
  }

private:
  constexpr void lose(host_time now) noexcept {
    trusted_ = false;
    if (now - since_ >= 10 * patience())
      past_ = 0;
    else if (past_ < 5)
      ++past_;
  }

  nanoseconds probation_;
  bool faultless_ = false, trusted_ = false;
  host_time since_{}; // when trust, or else the probation, began
  int past_ = 0;      // relapses
};

} // namespace jamnet::inline v0
