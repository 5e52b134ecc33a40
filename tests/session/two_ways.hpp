// Two peers whose link has a stream beside its datagrams, and who count what they hear.
#pragma once

#include <doctest/doctest.h>
#include <jamnet/midi/message.hpp>

#include "stream_lab.hpp"

namespace jamnet::inline v0::testing {

inline peer_options with_both(const char* name, nanoseconds found_after) {
  return {.name = name,
          .found_after = found_after,
          .announce = false,
          .udp_port = 47800,
          .tcp_port = 47800,
          .stream_beside = true};
}

// Both play numbers that count up, and take the time of each that comes.
struct two_ways : stream_lab {
  explicit two_ways(std::uint64_t seed)
      : two_ways{with_both("ana", peer_options::never), with_both("ben", nanoseconds{0}), seed} {}
  two_ways(const peer_options& a, const peer_options& b, std::uint64_t seed)
      : stream_lab{a, b, seed} {
    for (std::size_t who : {0u, 1u}) {
      peers[who].on_peer([this, who](const peer_status& s) { ++told[who][s.change]; });
      peers[who].on_event([this, who](const received_event& e) { took(who, e); });
    }
    peers[0].connect(address(1, toast::carrier::udp));
    run_for(nanoseconds{1'000'000'000});
  }
  void took(std::size_t who, const received_event& e) {
    if (e.released) return void(++released);
    if (e.recalled) return;
    const auto c = control_change::from(e.packet);
    REQUIRE(c);
    if (c->controller * 128u + c->value != count[who] % 8192) ++wrong;
    longest = std::max(longest, now - sent[1 - who][count[who]++]);
  }
  void play(std::size_t who) {
    const auto n = static_cast<unsigned>(sent[who].size() % 8192);
    sent[who].push_back(now);
    const control_change c{.controller = n / 128, .value = n % 128};
    REQUIRE(peers[who].send(c, peers[who].clock().to_session(now) + nanoseconds{100'000'000}, now));
  }
  void play_for(nanoseconds duration) {
    for (const auto end = now + duration; now < end; run_for(nanoseconds{5'000'000}))
      for (std::size_t who : {0u, 1u}) play(who);
  }
  void check_all_heard() {
    CHECK(wrong == 0);
    for (std::size_t who : {0u, 1u}) {
      CAPTURE(who);
      CHECK(count[who] == sent[1 - who].size());
      CHECK(peers[who].statistics().events_lost == 0);
      CHECK(told[who][peer_change::silent] == 0);
      CHECK(told[who][peer_change::joined] == 1);
    }
    CHECK(released == 0);
  }
  [[nodiscard]] const toast::link& link(std::size_t who) const {
    const toast::link* found = nullptr;
    peers[who].for_each_link([&](const toast::link& l) { found = &l; });
    REQUIRE(found != nullptr);
    return *found;
  }
  [[nodiscard]] int changes(peer_change c) { return told[0][c] + told[1][c]; }

  std::array<std::map<peer_change, int>, 2> told;
  std::array<std::vector<host_time>, 2> sent;
  std::array<std::size_t, 2> count{};
  nanoseconds longest{};
  unsigned wrong = 0, released = 0;
};

} // namespace jamnet::inline v0::testing
