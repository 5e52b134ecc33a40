// SPDX-License-Identifier: MIT
//
// What an application may want to know of the keeping of time.
#pragma once

#include <cstdint>

#include <jamnet/core/strong_id.hpp>

namespace jamnet::inline v0 {

struct sync_report {
  enum class kind : std::uint8_t {
    doubted,  ///< `peer` contradicts us and the others
    outvoted, ///< … and was our source; we follow another now
    rejoined  ///< our time was off by more than the rejoin gap and was set anew
  };
  kind what{};
  peer_id peer{};
};

} // namespace jamnet::inline v0
