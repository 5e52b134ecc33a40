// SPDX-License-Identifier: MIT
//
// What a peer tells its user about the transport: a value that refers back to nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include <jamnet/core/errc.hpp>
#include <jamnet/core/strong_id.hpp>
#include <jamnet/jsonmidi/transport_command.hpp>
#include <jamnet/transport/transport_state.hpp>

namespace jamnet::inline v0 {

enum class transport_event : std::uint8_t {
  changed, ///< by a command, or another part of the session prevailed, or another session
  refused, ///< a command of this peer was, `why` says what for
  jumped   ///< nobody changed anything, but this peer's time jumped
};

struct transport_change {
  transport_event what{};
  peer_id by{};                        ///< whose command it was, where that is known
  errc why{};                          ///< for `refused`, and then …
  jsonmidi::transport_action action{}; ///< … what it was
  session_time at{};                   ///< when this peer learnt of it
  quarter_notes before{}, after{};     ///< where its music was at that time, and is
  transport_state state{};             ///< what it does then

  /// Whether the music jumped: a command came late, or what was played did not count. Less than a
  /// millionth of a quarter note is rounding. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool jumps() const noexcept {
    const std::int64_t way = (after - before).parts;
    return way > 4'096 || way < -4'096;
  }
};

/// A word. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::string_view to_string(transport_event what) noexcept {
  switch (what) {
  case transport_event::changed: return "changed";
  case transport_event::refused: return "refused";
  case transport_event::jumped: return "jumped";
  }
  return "unknown";
}

} // namespace jamnet::inline v0
