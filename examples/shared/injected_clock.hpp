// This machine's clock, made wrong on purpose: off by seconds and fast or slow by tens of ppm, as
// another machine's would be. All processes of a jam share the true clock underneath, so how wrong
// each is, and how well it finds that out, is known exactly.
#pragma once

#include <cmath>

#include <jamnet/time/steady_source.hpp>

namespace shared {

using jamnet::host_time;
using jamnet::nanoseconds;
using jamnet::session_time;

struct injected_clock {
  host_time origin{}; ///< true time at which the clock showed origin + offset
  nanoseconds offset{};
  double skew = 0; ///< 1e-6 is 1 ppm too fast

  [[nodiscard]] host_time now() const noexcept { return at(jamnet::steady_source{}.now()); }
  /// What it shows at a true time.
  [[nodiscard]] host_time at(host_time truth) const noexcept {
    const auto since = static_cast<double>((truth - origin).count());
    return truth + offset + nanoseconds{std::llround(since * skew)};
  }
  /// The true time at which it shows this.
  [[nodiscard]] host_time truth(host_time shown) const noexcept {
    const auto since = static_cast<double>((shown - offset - origin).count());
    return shown - offset - nanoseconds{std::llround(since * skew / (1 + skew))};
  }
};
static_assert(jamnet::clock_source<injected_clock>);

} // namespace shared
