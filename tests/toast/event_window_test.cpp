#include <jamnet/toast/event_window.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using verdict = event_window::verdict;

namespace {

// Receives `seq` as a peer does, and appends what it may deliver to `delivered`.
void receive(event_window& window, std::uint64_t seq, std::vector<std::uint64_t>& delivered) {
  const std::string text = std::to_string(seq);
  bytes_view held;
  switch (window.offer(seq, text.size())) {
  case verdict::deliver:
    delivered.push_back(seq);
    while (window.pop_ready(held)) delivered.push_back(std::stoull(std::string{as_text(held)}));
    break;
  case verdict::hold: window.hold(seq, as_bytes(text)); break;
  default: break;
  }
}

} // namespace

TEST_CASE("however events arrive, each is delivered once and in order") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    event_window window{40};
    std::vector<std::uint64_t> arrivals, delivered;
    for (std::uint64_t seq = 40; seq < 640; ++seq)
      for (auto copies = 1 + random.next() % 3; copies > 0; --copies) arrivals.push_back(seq);
    for (std::size_t i = 0; i + 1 < arrivals.size(); ++i) // shuffle within a reach of 60
      std::swap(arrivals[i],
                arrivals[i + random.next() % std::min<std::size_t>(60, arrivals.size() - i)]);
    for (const auto seq : arrivals) receive(window, seq, delivered);
    REQUIRE(delivered.size() == 600);
    for (std::uint64_t i = 0; i < 600; ++i)
      REQUIRE(delivered[static_cast<std::size_t>(i)] == 40 + i);
    CHECK(window.received() == 600);
    CHECK(window.duplicates() == arrivals.size() - 600);
    CHECK(window.lost() == 0);
  }
}

TEST_CASE("gaps are asked for and what came is acknowledged") {
  event_window window{10};
  std::vector<std::uint64_t> delivered;
  for (const std::uint64_t seq : {10u, 11u, 13u, 14u, 17u}) receive(window, seq, delivered);
  std::array<seq_range, 8> ranges{};
  REQUIRE(window.have(ranges) == 3);
  CHECK(ranges[0] == seq_range{10, 11});
  CHECK(ranges[1] == seq_range{13, 14});
  CHECK(ranges[2] == seq_range{17, 17});
  REQUIRE(window.want(ranges) == 2);
  CHECK(ranges[0] == seq_range{12, 12});
  CHECK(ranges[1] == seq_range{15, 16});
  CHECK(window.have(std::span{ranges}.first(1)) == 1);
}

TEST_CASE("what the sender no longer keeps is counted as lost and never waited for") {
  event_window window;
  std::vector<std::uint64_t> delivered;
  for (const std::uint64_t seq : {0u, 3u, 4u, 9u}) receive(window, seq, delivered);
  bytes_view held;
  int skips = 0;
  while (window.skip_below(8)) {
    ++skips;
    while (window.pop_ready(held)) delivered.push_back(std::stoull(std::string{as_text(held)}));
  }
  CHECK(skips == 2);
  CHECK(delivered == std::vector<std::uint64_t>{0, 3, 4});
  CHECK(window.lost() == 5); // 1, 2, 5, 6, 7
  CHECK(window.next() == 8);
  receive(window, 8, delivered);
  CHECK(delivered.back() == 9);
}

TEST_CASE("an event beyond the window, or beyond its memory, is refused and costs nothing") {
  event_window window;
  CHECK(window.offer(event_window::span, 10) == verdict::refused);
  CHECK(window.offer(~std::uint64_t{0}, 10) == verdict::refused);
  CHECK(window.offer(event_window::span - 1, 10) == verdict::hold);
  CHECK(window.offer(5, 1 << 20) == verdict::refused);
  CHECK(window.refused() == 3);
}

TEST_CASE("a sender that keeps to the window's bytes is never refused, whatever is lost") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    event_window window;
    std::vector<std::size_t> sizes;
    std::vector<std::uint64_t> delivered;
    std::uint64_t low = 0, high = 0; // what the sender may send
    std::size_t bytes = 0;
    for (int round = 0; round < 400; ++round) {
      for (;; ++high) {
        if (high == sizes.size()) sizes.push_back(1 + random.next() % (seed == 1 ? 30 : 300));
        if (high - low >= event_window::span) break;
        if (bytes + sizes[high] + 1 > event_window::byte_span) break;
        bytes += sizes[high] + 1;
      }
      for (auto seq = low; seq < high; ++seq) {
        if (random.uniform() < 0.5) continue;
        std::string text(sizes[seq], 'x');
        bytes_view held;
        const auto fate = window.offer(seq, text.size());
        REQUIRE(fate != verdict::refused);
        if (fate == verdict::hold) window.hold(seq, as_bytes(text));
        if (fate == verdict::deliver)
          while (window.pop_ready(held)) REQUIRE(held.size() == sizes[window.next() - 1]);
      }
      for (; low < window.next(); ++low) bytes -= sizes[low] + 1;
    }
    CHECK(low > 10'000);
  }
}

TEST_CASE("a window that begins anew has nothing") {
  event_window window;
  window.hold(5, as_bytes("x"));
  window.restart(100);
  std::array<seq_range, 2> ranges{};
  CHECK(window.have(ranges) + window.want(ranges) == 0);
  CHECK(window.offer(100, 1) == verdict::deliver);
  CHECK_FALSE(window.has_gap());
}

TEST_CASE("receiving is rt-safe") {
  event_window window;
  bytes_view held;
  const testing::rt_guard guard;
  for (std::uint64_t seq = 0; seq < 4000; seq += 4) {
    for (const std::uint64_t early : {seq + 3, seq + 1, seq + 2})
      if (window.offer(early, 4) == verdict::hold) window.hold(early, as_bytes("text"));
    if (window.offer(seq, 4) == verdict::deliver)
      while (window.pop_ready(held)) {
      }
  }
}
