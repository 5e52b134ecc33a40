#include <jamnet/testing/probed_peer.hpp>

#include <string>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

TEST_CASE("trains end in their order at the rate of the prober, and the truth lies within each") {
  for (const auto kind : all_paths) {
    CAPTURE(std::string{name(kind)});
    probed_peer peer{{.path = kind, .seed = 3, .length_s = 62}};
    int trains = 0;
    host_time last = probed_peer::start;
    while (const auto x = peer.next_train(62)) {
      REQUIRE(peer.now() >= x->t4);
      REQUIRE(peer.now() > last);
      last = peer.now();
      const double t = probed_peer::seconds(x->t4) * 1e9;
      const auto truth = peer.session(t) - session_time{probed_peer::host(t).time_since_epoch()};
      REQUIRE(x->forward() > truth - 20us); // the skew moves on between the ways
      REQUIRE(x->backward() < truth);
      trains += probed_peer::seconds(x->t4) > 2;
    }
    CHECK(trains > 280);
    CHECK(trains < 320);
  }
}

TEST_CASE("a seed replays a peer") {
  probed_peer one{{.path = path_kind::wifi, .seed = 8, .loss = 0.1}};
  probed_peer same{{.path = path_kind::wifi, .seed = 8, .loss = 0.1}};
  probed_peer other{{.path = path_kind::wifi, .seed = 9, .loss = 0.1}};
  bool differ = false;
  while (const auto x = one.next_train(20)) {
    CHECK(x == same.next_train(20));
    differ = differ || x != other.next_train(20);
  }
  CHECK(differ);
  CHECK(one.prober.count().timed_out > 0);
}

TEST_CASE("the skew is within what was asked for") {
  double least = 0, most = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const probed_peer peer{{.seed = seed, .length_s = 1, .skew_ppm = 20, .wander_ppm = 0}};
    const double ppm = peer.clock.offset(1e9) * 1e-3;
    least = std::min(least, ppm);
    most = std::max(most, ppm);
  }
  CHECK(least >= -20);
  CHECK(least < -18);
  CHECK(most <= 20);
  CHECK(most > 18);
}

TEST_CASE("while it runs nothing is allocated") {
  probed_peer peer{{.length_s = 10}};
  rt_guard guard;
  while (peer.next_train(10)) {
  }
}
