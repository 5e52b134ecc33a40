// A jam at a glance, as an SVG picture: notes sent and heard on session time, and below them each
// peer's clock error with its bound.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace jam {

struct timeline {
  struct mark {
    double s = 0;         ///< session time since the music's start
    std::size_t peer = 0; ///< whose row
    bool late = false;
  };
  struct clock_sample {
    double s = 0, error_us = 0, bound_us = 0;
  };
  std::vector<std::string> names;
  std::vector<mark> sent, heard;
  std::vector<std::vector<clock_sample>> clocks; ///< of each peer
};

[[nodiscard]] std::string to_svg(const timeline& t);

} // namespace jam
