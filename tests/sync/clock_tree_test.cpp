#include <jamnet/sync/clock_tree.hpp>

#include <map>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;

namespace {

std::vector<peer_id> without(const std::vector<peer_id>& all, peer_id one) {
  std::vector<peer_id> rest;
  for (const peer_id p : all)
    if (p != one) rest.push_back(p);
  return rest;
}

std::vector<peer_id> some_peers(std::size_t n, random_source& random) {
  std::vector<peer_id> all;
  while (all.size() < n) all.push_back(peer_id{random.next() | 1});
  std::sort(all.begin(), all.end());
  return all;
}

} // namespace

TEST_CASE("up to 32 members all ask the master") {
  random_source random{1};
  for (std::size_t followers = 1; followers <= clock_fan_out; ++followers) {
    const auto all = some_peers(followers, random);
    for (const peer_id self : all) CHECK(clock_parent(self, without(all, self)) == peer_id{});
  }
}

TEST_CASE("in larger rooms nobody answers more than 31, and all ways lead to the master") {
  random_source random{2};
  for (const std::size_t followers : {32u, 99u, 1000u}) {
    const auto all = some_peers(followers, random);
    std::map<peer_id, std::size_t> asked, hops;
    for (const peer_id self : all) { // in ascending order: parents come before children
      const peer_id parent = clock_parent(self, without(all, self));
      CHECK(parent < self);
      ++asked[parent];
      hops[self] = hops[parent] + 1;
      CHECK(hops[self] <= (followers <= 31 + 31 * 31 ? 2u : 3u));
    }
    for (const auto& [peer, askers] : asked) CHECK(askers <= clock_askers(followers + 1));
  }
}

TEST_CASE("whoever knows of whom, a parent's id is less than its child's") {
  random_source random{3};
  const auto all = some_peers(300, random);
  for (int round = 0; round < 1000; ++round) {
    std::vector<peer_id> known;
    const peer_id self = all[random.next() % all.size()];
    for (const peer_id p : all)
      if (p != self && random.uniform() < 0.5) known.push_back(p);
    CHECK(clock_parent(self, known) < self);
  }
}

TEST_CASE("who is alone is asked by nobody") {
  CHECK(clock_askers(0) == 0);
  CHECK(clock_askers(1) == 0);
  CHECK(clock_askers(2) == 1);
  CHECK(clock_parent(peer_id{5}, {}) == peer_id{});
}
