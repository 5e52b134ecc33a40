// SPDX-License-Identifier: MIT
//
// Lines of a MIDI frame, one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <jamnet/core/bytes.hpp>

namespace jamnet::inline v0::toast::detail {

/// False, and nothing written, when there is no room in `out`, of which `used` bytes are taken.
/// [one-thread] [rt-safe] O(n)
inline bool append_line(bytes_view line, std::span<std::uint8_t> out, std::size_t& used) noexcept {
  if (out.size() - used < line.size() + 1) return false;
  if (!line.empty()) std::memcpy(out.data() + used, line.data(), line.size());
  out[used + line.size()] = '\n';
  used += line.size() + 1;
  return true;
}

} // namespace jamnet::inline v0::toast::detail
