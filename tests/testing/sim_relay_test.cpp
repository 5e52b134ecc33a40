#include <jamnet/testing/sim_relay.hpp>

#include <map>
#include <vector>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr path_quality internet{.delay = 15ms, .jitter = 2ms};

// Peers at home, each behind a NAT of its own, who know nothing of each other but a relay.
struct homes {
  homes(std::vector<nat_kind> kinds, std::uint64_t seed, const path_quality& path = internet,
        toast::group_use group_ = toast::group_use::automatic)
      : net{path, seed},
        relay{net, {}, seed},
        group{group_} {
    for (const nat_kind kind : kinds) add(net.network().add_nat(kind, 30s)); // 0, 1 …
  }
  sim_peer& add(std::size_t nat) {
    sim_peer_options options;
    options.name = "peer";
    options.more.layers = {relay.route()};
    options.more.group.use = group;
    sim_peer& p = net.add_peer(options);
    net.network().put_behind(p.platform().where(), nat);
    p.on_event([this, n = peers.size()](const received_event& e) {
      if (e.released || e.recalled) return;
      ++heard[n];
      const auto [before, first] = latest[n].try_emplace(e.from, e.seq);
      if (!first && e.seq <= before->second) ++out_of_order;
      before->second = e.seq;
    });
    p.on_peer([this](const peer_status& s) {
      ways += s.change == peer_change::direct || s.change == peer_change::relayed;
      silent += s.change == peer_change::silent;
      if (s.change == peer_change::lost_events) lost += s.count;
      if (s.change == peer_change::unreachable && s.peer == toast::relay_id) ++missed_relay;
    });
    heard.push_back(0);
    latest.emplace_back();
    peers.push_back(&p);
    return p;
  }
  // Everybody plays a note each 20 ms.
  void play(nanoseconds duration) {
    for (nanoseconds passed{}; passed < duration; passed += 20ms, net.run_for(20ms))
      for (sim_peer* p : peers)
        if (p->play(note_on{.note = 60})) ++played;
  }
  [[nodiscard]] bool all_heard_all() const {
    std::uint64_t sum = 0;
    for (const auto n : heard) sum += n;
    return played > 0 && lost == 0 && out_of_order == 0 && sum == played * (peers.size() - 1);
  }
  // Between the first two nothing passes, or all does.
  void cut(bool nothing) {
    net.network().set_path(peers[0]->platform().where(), peers[1]->platform().where(),
                           nothing ? path_quality{.loss = 1} : internet);
  }
  // How many ends of links go through the relay, and how many do not.
  [[nodiscard]] std::size_t relayed(bool are = true) const {
    std::size_t n = 0;
    for (sim_peer* p : peers)
      p->machine().for_each_link([&](const toast::link& l) { n += l.is_relayed() == are; });
    return n;
  }
  [[nodiscard]] std::size_t direct() const { return relayed(false); }

  sim_peers net;
  sim_relay relay;
  toast::group_use group;
  std::vector<sim_peer*> peers;
  std::vector<std::uint64_t> heard;
  std::vector<std::map<peer_id, std::uint64_t>> latest; // event of each sender
  std::uint64_t played = 0, lost = 0, out_of_order = 0;
  int ways = 0, silent = 0; // how often somebody was told that these changed
  int missed_relay = 0;     // how often somebody was told that it is unreachable
};

} // namespace

TEST_CASE(
    "peers behind cones meet directly: who is introduced speaks first, and so does the other") {
  using enum nat_kind;
  for (const nat_kind a : {full_cone, restricted, port_restricted})
    for (const nat_kind b : {full_cone, restricted, port_restricted}) {
      CAPTURE(static_cast<int>(a));
      CAPTURE(static_cast<int>(b));
      homes h{{a, b}, 7};
      h.net.run_for(4s);
      CHECK(h.direct() == 2);
      CHECK(h.relayed() == 0);
      const auto through = h.relay.machine().statistics().bytes_out;
      h.play(40s); // longer than their NATs remember who is silent
      h.net.run_for(1s);
      CHECK(h.all_heard_all());
      CHECK(h.relay.machine().statistics().bytes_out - through < 5'000); // introductions only
      CHECK(h.relay.machine().peers() == 2);
    }
}

TEST_CASE("where a NAT is symmetric, peers play through the relay") {
  using enum nat_kind;
  for (const auto& kinds : {std::vector{symmetric, symmetric},
                            {symmetric, port_restricted},
                            {symmetric, symmetric, symmetric, full_cone, port_restricted}}) {
    CAPTURE(kinds.size());
    homes h{kinds, 8};
    h.net.run_for(5s);
    const std::size_t ends = kinds.size() * (kinds.size() - 1);
    CHECK(h.relayed() + h.direct() == ends);
    CHECK(h.relayed() >= 2);
    h.play(40s);
    h.net.run_for(1s);
    CHECK(h.all_heard_all());
    CHECK(h.relay.machine().peers() == kinds.size());
  }
}

TEST_CASE("a bad way to the relay loses no note") {
  homes h{
      {nat_kind::symmetric, nat_kind::symmetric}, 9, {.delay = 15ms, .jitter = 10ms, .loss = 0.05}};
  h.net.run_for(5s);
  h.play(20s);
  h.net.run_for(3s);
  CHECK(h.all_heard_all());
}

TEST_CASE("through a relay a band plays, and changes its tempo, as one") {
  using enum nat_kind;
  homes h{{symmetric, symmetric, symmetric}, 10, {.delay = 15ms, .jitter = 5ms, .loss = 0.1}};
  h.net.run_for(8s);
  CHECK(h.relayed() == 6);
  sim_peer& asks = *h.peers.back();
  CHECK(asks.transport().play(0, when::at(asks.now() + 2s)) == errc{});
  CHECK(asks.transport().tempo(96, when::at(asks.now() + 4s)) == errc{});
  h.net.run_for(1500ms);
  for (sim_peer* p : h.peers) {
    const auto& settled = p->machine().transport().settled();
    CHECK(settled.ahead_count == 2);
    CHECK(settled == asks.machine().transport().settled());
  }
}

TEST_CASE("a relay that dies and comes back knows nothing, and loses nothing") {
  homes h{{nat_kind::symmetric, nat_kind::symmetric}, 10};
  h.net.run_for(5s);
  REQUIRE(h.relayed() == 2);
  h.play(2s);
  h.relay.stop();
  h.play(3s);
  h.relay.start();
  h.play(5s);
  h.net.run_for(2s);
  CHECK(h.all_heard_all());
  h.relay.stop(); // for longer than anybody remembers anybody
  h.net.run_for(15s);
  CHECK(h.relayed() == 0);
  CHECK(h.missed_relay == 2);
  h.relay.start();
  h.net.run_for(8s);
  CHECK(h.relayed() == 2);
  h.play(1s);
  h.net.run_for(1s);
  CHECK(h.heard[0] > 0);
}

TEST_CASE("who leaves is forgotten by the relay, too") {
  homes h{{nat_kind::symmetric, nat_kind::symmetric}, 13, {.delay = 15ms}}; // its goodbyes in order
  h.net.run_for(5s);
  bool left = false;
  h.peers[0]->on_peer([&](const peer_status& s) { left = left || s.change == peer_change::left; });
  h.peers[1]->leave();
  h.net.run_for(1s);
  CHECK(left);
  CHECK(h.relay.machine().peers() == 1);
  h.net.run_for(60s);
  CHECK(h.relay.machine().statistics().registrations == 2);
}

TEST_CASE("without a relay nobody behind a NAT is reached, and within one all are") {
  homes h{{nat_kind::full_cone, nat_kind::full_cone}, 11};
  h.relay.stop();
  h.net.run_for(10s);
  CHECK(h.direct() == 0);
  h.add(0);
  h.net.run_for(3s);
  CHECK(h.direct() == 2);
}

TEST_CASE("a relay that is full says so, and the peer tells its user") {
  homes h{{nat_kind::full_cone}, 12};
  sim_relay small{h.net, {.peers_per_room = 1}, 1};
  std::vector<peer_status> told;
  sim_peer_options options;
  for (int i = 0; i < 2; ++i) {
    options.more.layers = {small.route()};
    options.more.announce = false;
    h.net.add_peer(options).on_peer([&](const peer_status& s) { told.push_back(s); });
  }
  h.net.run_for(3s);
  std::erase_if(told, [](const auto& s) { return s.peer != toast::relay_id; });
  REQUIRE(told.size() == 1);
  CHECK(told[0].change == peer_change::refused);
  CHECK(told[0].why == errc::room_full);
}

TEST_CASE("a direct way that dies is replaced by the relay in a second, and nothing is lost") {
  for (const std::uint64_t seed : {21u, 22u, 23u}) {
    CAPTURE(seed);
    homes h{{nat_kind::port_restricted, nat_kind::restricted}, seed};
    h.net.run_for(4s);
    REQUIRE(h.direct() == 2);
    h.play(2s);
    h.cut(true);
    h.play(1400ms);
    CHECK(h.relayed() == 2);
    h.net.run_for(500ms);
    CHECK(h.all_heard_all());
    CHECK(h.silent == 0); // nobody noticed
    h.play(60s);          // the way is tried again and again, in vain
    CHECK(h.relayed() == 2);
    CHECK(h.ways == 4);
    h.cut(false);
    h.play(62s);
    CHECK(h.direct() == 2);
    CHECK(h.ways == 6);
    h.net.run_for(1s);
    CHECK(h.all_heard_all());
    CHECK(h.silent == 0);
  }
}

TEST_CASE("who gets another address, or a NAT that forgot all, plays on") {
  for (const std::uint64_t seed : {31u, 32u, 33u}) {
    CAPTURE(seed);
    homes h{{nat_kind::port_restricted, nat_kind::full_cone}, seed};
    const auto elsewhere = h.net.network().add_nat(nat_kind::restricted);
    h.net.run_for(4s);
    REQUIRE(h.direct() == 2);
    for (int i = 0; i < 2; ++i) {
      h.play(2s);
      if (i == 0) h.net.network().restart_nat(0);
      if (i == 1) h.net.network().put_behind(h.peers[0]->platform().where(), elsewhere);
      h.play(40s);
      CHECK(h.direct() == 2);
    }
    h.net.run_for(1s);
    CHECK(h.all_heard_all());
    CHECK(h.silent == 0);
  }
}

TEST_CASE("where a symmetric NAT is replaced by an open one, all go directly before long") {
  for (const std::uint64_t seed : {41u, 42u}) {
    CAPTURE(seed);
    homes h{{nat_kind::symmetric, nat_kind::symmetric}, seed};
    const auto open = h.net.network().add_nat(nat_kind::full_cone);
    h.net.run_for(4s);
    h.play(20s);
    CHECK(h.relayed() == 2);
    h.net.network().put_behind(h.peers[1]->platform().where(), open);
    h.play(30s);
    CHECK(h.direct() == 2);
    const auto through = h.relay.machine().statistics().bytes_out;
    h.play(10s);
    CHECK(h.relay.machine().statistics().bytes_out - through < 3'000);
    h.net.run_for(1s);
    CHECK(h.all_heard_all());
  }
}

TEST_CASE("a way that comes and goes is trusted less and less, and loses nothing") {
  for (const std::uint64_t seed : {51u, 52u}) {
    CAPTURE(seed);
    homes h{{nat_kind::restricted, nat_kind::restricted},
            seed,
            {.delay = 15ms, .jitter = 5ms, .loss = 0.02}};
    h.net.run_for(4s);
    for (int i = 0; i < 40; ++i) {
      h.cut(i % 2 == 0);
      h.play(3s);
    }
    h.net.run_for(3s);
    CHECK(h.all_heard_all());
    CHECK(h.silent == 0);
    CHECK(h.ways <= 2 + 4 * 6); // for each of two, and each of five waits or six
  }
}

TEST_CASE("through a relay each event is sent once for all, and who lacks one asks for it alone") {
  for (const std::uint64_t seed : {61u}) {
    CAPTURE(seed);
    std::uint64_t sent[2];
    for (const auto use : {toast::group_use::off, toast::group_use::automatic}) {
      const std::vector<nat_kind> kinds(6, nat_kind::symmetric);
      homes h{kinds, seed, {.delay = 15ms, .jitter = 3ms, .loss = 0.02}, use};
      const auto& mine = h.net.network().sent_by(h.peers[0]->platform().where());
      h.net.run_for(6s);
      h.play(2s);
      const auto before = mine.bytes;
      h.play(5s);
      sent[use == toast::group_use::automatic] = mine.bytes - before;
      h.net.run_for(3s);
      CHECK(h.relayed() == 30);
      CHECK(h.all_heard_all());
      const auto& told = h.peers[0]->machine().statistics();
      CHECK((told.group_datagrams > 200) == (use == toast::group_use::automatic));
      CHECK(told.group_requests == 0);
    }
    INFO("bytes ", sent[1], " instead of ", sent[0]);
    CHECK(2 * sent[1] < sent[0]);
  }
}

TEST_CASE("who goes from the relay to a direct way, and back, is sent its events so, and all") {
  for (const std::uint64_t seed : {71u}) {
    CAPTURE(seed);
    using enum nat_kind;
    homes h{{restricted, restricted, symmetric, symmetric},
            seed,
            {.delay = 15ms, .jitter = 3ms, .loss = 0.01}};
    h.net.run_for(6s);
    for (int i = 0; i < 4; ++i) {
      h.cut(i % 2 == 1);
      h.play(7s);
    }
    h.net.run_for(3s);
    CHECK(h.all_heard_all());
    CHECK(h.peers[0]->machine().statistics().group_datagrams > 0);
    CHECK(h.silent == 0);
  }
}

TEST_CASE("who meet at a relay and then hear that they are neighbours need it no more") {
  homes h{{nat_kind::symmetric}, 81};
  for (int i = 0; i < 3; ++i) h.add(0);
  const auto set_deaf = [&](bool deaf) {
    for (sim_peer* p : h.peers) h.net.network().set_deaf(p->platform().where(), deaf);
  };
  set_deaf(true);
  h.net.run_for(5s);
  CHECK(h.relayed() == 12);
  h.play(2s);
  set_deaf(false);
  h.play(14s);
  CHECK(h.direct() == 12);
  const auto through = h.relay.machine().statistics().bytes_out;
  const auto before = h.peers[0]->machine().statistics().group_datagrams;
  h.play(4s);
  CHECK(h.relay.machine().statistics().bytes_out - through < 5'000);
  CHECK(h.peers[0]->machine().statistics().group_datagrams > before + 100); // to their network
  h.net.run_for(1s);
  CHECK(h.all_heard_all());
}
