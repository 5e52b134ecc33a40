// What the rings of audio_rings.hpp shall do. Each task returns the nanoseconds that `items` blocks
// took.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "audio_rings.hpp"
#include "side_by_side.hpp"

namespace jamnet_bench {

// Four blocks, written beforehand, in turn.
class blocks {
public:
  blocks() {
    for (std::size_t i = 0; i < all_.size(); ++i) all_[i].fill(static_cast<float>(i));
  }
  template <class Ring>
  void write(Ring& ring, std::size_t n) const {
    const block& next = all_[n % all_.size()];
    wait_for_all(Ring::whole, [&](std::size_t at) { return ring.write(next, at); });
  }
  template <class Ring>
  static bool read(Ring& ring, block& next, std::size_t n) {
    wait_for_all(Ring::whole, [&](std::size_t at) { return ring.read(next, at); });
    return next.front() == static_cast<float>(n % 4) && next.back() == next.front();
  }
  // In and out on one thread, where nobody has to wait.
  template <class Ring>
  bool pass(Ring& ring, block& next, std::size_t n) const {
    const auto in = ring.write(all_[n % all_.size()], 0);
    const auto out = ring.read(next, 0);
    return in == Ring::whole && out == Ring::whole && next.back() == static_cast<float>(n % 4);
  }

private:
  std::array<block, 4> all_;
};

inline constexpr auto audio_in_and_out = []<class Ring>(std::size_t items) {
  const auto ring = std::make_unique<Ring>();
  const blocks in;
  block out{};
  return alone(items, [&](std::size_t count) {
    bool right = true;
    for (std::size_t n = 0; n < count; ++n) right &= in.pass(*ring, out, n);
    return right;
  });
};

inline constexpr auto audio_streamed = []<class Ring>(std::size_t items) {
  const auto made = std::make_unique<Ring>();
  return side_by_side(
      items,
      [ring = made.get()](std::size_t count) {
        const blocks in;
        for (std::size_t n = 0; n < count; ++n) in.write(*ring, n);
        return true;
      },
      [ring = made.get()](std::size_t count) {
        block out{};
        bool right = true;
        for (std::size_t n = 0; n < count; ++n) right &= blocks::read(*ring, out, n);
        return right;
      });
};

} // namespace jamnet_bench
