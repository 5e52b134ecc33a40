// SPDX-License-Identifier: MIT
//
// What the others of a room may do as far as one peer is concerned. The application decides: it is
// asked when a link opens, and again whenever it says so. Unless it objects, everything is allowed.
//
//     me.on_permission([&](permission_request& r) {
//       if (r.what == permission::conduct && r.peer != teacher) r.allowed = false;
//     });
//
// Each peer decides for itself. Members that disagree about who conducts end in different times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <jamnet/core/short_text.hpp>
#include <jamnet/core/strong_id.hpp>

namespace jamnet::inline v0 {

enum class permission : std::uint8_t {
  admit,  ///< to have a link to this peer
  play,   ///< to be heard: its events are delivered
  conduct ///< to be the clock, and to ask for changes of the transport: its claims count
};
inline constexpr std::size_t permissions = 3;

/// A question to the application, with the answer in it.
struct permission_request {
  permission what{};
  peer_id peer{};
  short_text name{};
  bool allowed = true;
};

/// A word. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::string_view to_string(permission what) noexcept {
  constexpr std::string_view words[permissions]{"admit", "play", "conduct"};
  return words[static_cast<std::size_t>(what)];
}

} // namespace jamnet::inline v0
