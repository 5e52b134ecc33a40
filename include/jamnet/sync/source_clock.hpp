// SPDX-License-Identifier: MIT
//
// What a source_manager publishes: a snapshot, copied as a whole into an audio callback or a
// report.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <jamnet/core/strong_id.hpp>
#include <jamnet/sync/time_source.hpp>

namespace jamnet::inline v0 {

/// One of a manager's sources; never given twice.
using source_id = strong_id<struct source_id_tag>;

enum class source_state : std::uint8_t {
  unset,     ///< there never was a source that could be trusted: there are no times
  following, ///< one leads
  holding    ///< none can be trusted: the host's clock at the last rate, with a bound that grows
};

/// A few words. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::string_view to_string(source_state state) noexcept {
  switch (state) {
  case source_state::unset: return "unset";
  case source_state::following: return "following";
  case source_state::holding: return "holding over";
  }
  return "";
}

/// All of these are [any-thread] [rt-safe] [wait-free] O(1).
struct source_clock {
  source_map map{};          ///< continuous, with the leader's bound, what gap is open, and …
                             ///< … what was unknown when the leader was joined
  nanoseconds gap{};         ///< by how much the leader is ahead; it is closed at a bounded rate
  source_id leader{};        ///< nobody while holding
  std::uint64_t changes = 0; ///< of the leader, so far
  source_state state = source_state::unset;

  [[nodiscard]] constexpr bool usable() const noexcept { return state != source_state::unset; }
  /// Where it is at `t`, from one snapshot to the next without a jump.
  [[nodiscard]] constexpr source_time position(host_time t) const noexcept { return map(t); }
  [[nodiscard]] constexpr host_time to_host(source_time t) const noexcept {
    return map.inverse()(t);
  }
  /// How wrong that may be. What the promise is worth is said by the sources.
  [[nodiscard]] constexpr nanoseconds bound(host_time t) const noexcept { return map.bound(t); }
};
static_assert(std::is_trivially_copyable_v<source_clock>);

} // namespace jamnet::inline v0
