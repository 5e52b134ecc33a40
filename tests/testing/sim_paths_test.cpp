#include <jamnet/testing/sim_paths.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

sim_paths three_nodes(const path_choice& path, std::uint64_t seed = 1) {
  sim_paths paths{path, seed};
  for (int i = 0; i < 3; ++i) paths.add_node();
  return paths;
}

nanoseconds mean(sim_paths& paths, std::size_t from, std::size_t to) {
  nanoseconds sum{0};
  for (sim_time t{}; t < sim_time{20s}; t += 20ms) sum += paths.send(from, to, t).after[0];
  return sum / 1000;
}

} // namespace

TEST_CASE("a named path leads there from the node that came first, and back to it") {
  auto paths = three_nodes(named_path{path_kind::lan_asym});
  CHECK(mean(paths, 0, 1) > 450us);
  CHECK(mean(paths, 1, 0) < 150us);
  CHECK(mean(paths, 1, 2) > 450us);
  CHECK(mean(paths, 2, 0) < 150us);
}

TEST_CASE("datagrams of a named path do not overtake each other, each way in a queue of its own") {
  auto paths = three_nodes(named_path{path_kind::wifi});
  sim_time last{}, others{};
  int between = 0;
  for (sim_time t{}; t < sim_time{2s}; t += 100us) {
    const auto at = t + paths.send(0, 1, t).after[0];
    CHECK(at > last);
    last = at;
    const auto other = t + paths.send(0, 2, t).after[0];
    between += other < at && other > others ? 1 : 0;
    others = std::max(others, other);
  }
  CHECK(between > 100);
}

TEST_CASE("loss is as asked for, and a lost datagram never arrives") {
  auto paths = three_nodes(named_path{path_kind::lan, 0.1});
  std::size_t arrived = 0;
  for (int i = 0; i < 10'000; ++i) arrived += paths.send(0, 1, sim_time{i * 1ms}).count;
  CHECK(arrived > 8'850);
  CHECK(arrived < 9'150);
}

TEST_CASE("one path can be another than all, and all can change at once, those to come too") {
  auto paths = three_nodes(path_quality{.delay = 1ms});
  paths.set(2, 0, path_quality{.delay = 5ms});
  CHECK(paths.send(0, 2, sim_time{}).after[0] == 5ms);
  CHECK(paths.send(2, 0, sim_time{}).after[0] == 5ms);
  CHECK(paths.send(0, 1, sim_time{}).after[0] == 1ms);
  paths.set(path_quality{.delay = 2ms});
  paths.add_node();
  for (std::size_t node : {1u, 2u, 3u}) CHECK(paths.send(0, node, sim_time{}).after[0] == 2ms);
  paths.set(named_path{path_kind::wan});
  CHECK(paths.send(0, 3, sim_time{}).after[0] >= 20'500us);
}

TEST_CASE("what a node sends to itself is there at once") {
  auto paths = three_nodes(named_path{path_kind::wan, 1});
  CHECK(paths.send(1, 1, sim_time{}).count == 1);
  CHECK(paths.send(1, 1, sim_time{}).after[0] == 0ns);
}

TEST_CASE("a path can lose datagrams in bursts, and loses as many in all") {
  auto paths = three_nodes(path_quality{.loss = 0.1, .burst = 5});
  int lost = 0, bursts = 0, row = 0, shortest = 1000;
  for (int i = 0; i < 100'000; ++i) {
    static_cast<void>(paths.send(1, 0, sim_time{i * 1ms})); // the way back bursts by itself
    if (paths.send(0, 1, sim_time{i * 1ms}).count == 0) {
      ++lost;
      ++row;
    } else if (row > 0) {
      ++bursts;
      shortest = std::min(shortest, row);
      row = 0;
    }
  }
  CHECK(lost > 9'300);
  CHECK(lost < 10'700);
  CHECK(shortest == 5);
  CHECK(bursts > 1'700); // two now and then are one
}
