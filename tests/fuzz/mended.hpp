// What a mutation left of a row of frames, as who forges would send it: the lengths fit, the types
// are letters and the checksums right.
#pragma once

#include <vector>

#include <jamnet/toast/frame.hpp>

namespace jamnet::inline v0::testing {

inline std::vector<std::uint8_t> mended(bytes_view row) {
  std::vector<std::uint8_t> all(row.begin(), row.end());
  for (std::size_t at = 0; all.size() - at >= toast::frame_overhead;) {
    std::uint8_t* const start = all.data() + at;
    std::size_t length = load_be<std::uint32_t>(start);
    const std::size_t most = all.size() - at - 4;
    if (length < toast::frame_overhead - 4 || length > most) length = most;
    store_be(start, static_cast<std::uint32_t>(length));
    for (int i = 4; i < 8; ++i)
      if (start[i] != '_') start[i] = static_cast<std::uint8_t>('A' + (start[i] - 65u) % 26u);
    store_be(start + length, crc32({start, length}));
    at += length + 4;
  }
  return all;
}

} // namespace jamnet::inline v0::testing
