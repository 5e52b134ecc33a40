// SPDX-License-Identifier: MIT
//
// How much one line of JSONMIDI may hold.
#pragma once

#include <cstddef>

namespace jamnet::inline v0::jsonmidi {

/// The most bytes of `data` that one line may hold.
inline constexpr std::size_t max_data_size = 65536;

/// What a decoder takes at most; a caller may lower it.
struct limits {
  std::size_t line = std::size_t{1} << 20; ///< bytes
  std::size_t data = max_data_size;        ///< elements of `data`
};

} // namespace jamnet::inline v0::jsonmidi
