// The memory orders of audio_ring.hpp, by copies and in place.
#include "modelled_atomic.hpp"

#include <jamnet/ring/audio_ring.hpp>

#include "queue_laws.hpp"

namespace {

using ring = jamnet::audio_ring<int>;

struct copied {
  bool try_push(int n) { return frames.write(std::span<const int>{&n, 1}) == 1; }
  bool try_pop(int& n) { return frames.read(std::span{&n, 1}) == 1; }

  ring frames{1, 1};
};

struct lent {
  bool try_push(int n) {
    const auto to = frames.prepare_write(1);
    if (to.frames() == 0) return false;
    model::current->hand_over(&to.first.sample(0, 0));
    to.first.sample(0, 0) = n;
    frames.commit_write(1);
    return true;
  }
  bool try_pop(int& n) {
    const auto from = frames.prepare_read(1);
    if (from.frames() == 0) return false;
    model::current->hand_over(&from.first.sample(0, 0));
    n = from.first.sample(0, 0);
    frames.commit_read(1);
    return true;
  }

  ring frames{1, 1};
};

} // namespace

TEST_CASE("audio_ring: what came before a write is seen after the read, and the other way round") {
  queue_laws::hands_over_both_ways([] { return std::make_unique<copied>(); }, 1, 4, 3);
  queue_laws::hands_over_both_ways([] { return std::make_unique<lent>(); }, 1, 4, 3);
}
