#include <jamnet/testing/event_path.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

// What 10,000 events take, 8 a second, the quickest first.
std::vector<nanoseconds> delays(const event_path_options& options, std::uint64_t seed) {
  event_path path{options, seed};
  std::vector<nanoseconds> all;
  for (session_time played{}; all.size() < 10'000; played += 125ms)
    all.push_back(path.deliver(played) - played);
  std::sort(all.begin(), all.end());
  return all;
}

} // namespace

TEST_CASE("every event arrives, whatever is lost, and a seed replays when") {
  for (const auto kind : all_paths)
    for (const bool overtaking : {true, false}) {
      CAPTURE(std::string{name(kind)});
      const event_path_options options{kind, 0.3, overtaking};
      const auto all = delays(options, 5);
      CHECK(all.front() > 0ns);
      CHECK(all.back() < 10s);
      CHECK(all == delays(options, 5));
      CHECK(all != delays(options, 6));
    }
}

TEST_CASE("events are delivered in order, even those that overtook others, without allocating") {
  rt_guard guard;
  event_path path{{path_kind::wifi_home, 0.3}, 7};
  session_time last{};
  for (session_time played{}; played < session_time{1000s}; played += 10ms) {
    const auto delivered = path.deliver(played);
    REQUIRE(delivered >= last);
    last = delivered;
  }
}

TEST_CASE("a lost datagram costs 5 ms, two cost 15") {
  const auto all = delays({path_kind::lan, 0.1}, 8);
  const auto slower_than = [&](nanoseconds limit) {
    return all.end() - std::upper_bound(all.begin(), all.end(), limit);
  };
  CHECK(slower_than(1ms) > 900);
  CHECK(slower_than(1ms) < 1100);
  CHECK(slower_than(6ms) > 70);
  CHECK(slower_than(6ms) < 130);
  CHECK(slower_than(16ms) < 30);
}

TEST_CASE(
    "where datagrams overtake each other, sending again cuts long delays; in a queue it cannot") {
  const auto overtaking = delays({path_kind::wifi_home, 0, true}, 9);
  const auto in_order = delays({path_kind::wifi_home, 0, false}, 9);
  CHECK(overtaking[9'900] < 8ms); // what 1 in 100 takes
  CHECK(in_order[9'900] > 15ms);
}
