// Who is not let in is told why, and nobody else notices.
#include <doctest/doctest.h>

#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr path_quality clean{.delay = 3ms};

errc why_refused(const watched_peer& w) {
  for (const auto& s : w.told)
    if (s.change == peer_change::refused) return s.why;
  return errc{};
}

// Two are playing; a third, as `options` make it, asks the first to be let in.
void refuses(sim_peer_options options, errc why, std::size_t max_peers = 64) {
  watched_jam jam{clean, 1};
  auto& ana = jam.add({.more = {.max_peers = max_peers}});
  auto& ben = jam.add({.more = {.max_peers = max_peers}});
  jam.run_for(3s);
  if (options.more.id) options.more.id = ben.id();
  options.more.announce = false;
  options.more.found_after = peer_options::never;
  auto& cleo = jam.add(options);
  cleo.peer.connect(ana.peer.platform().where());
  const auto told = ana.told.size();
  for (int i = 0; i < 50; ++i) {
    ana.play();
    jam.run_for(100ms, 5ms);
  }
  CHECK(why_refused(cleo) == why);
  CHECK(cleo.links() == 0);
  CHECK(ana.told.size() == told);
  CHECK(ana.links() == 1);
  CHECK(ben.received[ana.id()].size() == 50);
  CHECK(jam.breaches == "");
}

} // namespace

TEST_CASE("another version is refused") {
  refuses({.more = {.versions = {2, 3}}}, errc::version_mismatch);
}
TEST_CASE("versions without one in common are refused, whoever asks, and both sides can tell") {
  const auto ends = [](toast::version_range asks, toast::version_range asked) {
    watched_jam jam{clean, 1};
    auto& ana = jam.add({.more = {.announce = false, .versions = asked}});
    auto& ben = jam.add({.more = {.announce = false, .versions = asks}});
    ben.peer.connect(ana.peer.platform().where());
    jam.run_for(3s);
    CHECK(why_refused(ben) == errc::version_mismatch);
    CHECK(ana.peer.machine().statistics().refusals == 1);
    CHECK(ben.peer.machine().statistics().refusals == 0);
    CHECK(ana.links() + ben.links() == 0);
  };
  ends({2, 2}, {1, 1});
  ends({1, 1}, {2, 2});
  ends({5, 9}, {3, 4});
}

TEST_CASE("peers of several versions play at the highest that each two have in common") {
  watched_jam jam{clean, 1};
  auto& old = jam.add({.more = {.versions = {1, 1}}});
  auto& newer = jam.add({.more = {.versions = {1, 2}}});
  auto& newest = jam.add({.more = {.versions = {1, 3}}});
  jam.run_for(4s);
  const auto version = [](const watched_peer& from, const watched_peer& to) {
    std::uint32_t found = 0;
    from.peer.machine().for_each_link([&](const toast::link& l) {
      if (l.peer() == to.id()) found = l.version();
    });
    return found;
  };
  CHECK(version(old, newer) == 1);
  CHECK(version(newer, old) == 1);
  CHECK(version(newest, old) == 1);
  CHECK(version(newer, newest) == 2);
  CHECK(version(newest, newer) == 2);
  for (int i = 0; i < 20; ++i) {
    for (auto& w : jam.peers) w.play();
    jam.run_for(50ms, 5ms);
  }
  jam.run_for(1s);
  for (auto& from : jam.peers)
    for (auto& to : jam.peers)
      if (&from != &to) CHECK(to.received[from.id()].size() == 20);
  CHECK(jam.discord() == "");
}

// On a stream, so that what is said of datagrams does not matter here.
TEST_CASE("what a newer version says is passed over, and counted where it is a frame") {
  host_time now{1000s};
  peer ana{{.found_after = {}, .announce = false}, now, 1};
  const auto ben = toast::address::v4(10, 0, 0, 2, 5, toast::carrier::tcp);
  std::array<std::uint8_t, 4096> bytes{};
  std::uint32_t sequence = 0;
  const auto say = [&](toast::frame_type type, std::string_view payload) {
    toast::frame_writer out{bytes};
    REQUIRE(out.try_write(type, toast::not_synchronised, sequence++, as_bytes(payload)));
    ana.receive(ben, out.written(), now);
  };
  std::vector<std::uint64_t> heard;
  ana.on_event([&](const received_event& e) { heard.push_back(e.seq); });
  say(toast::type::hello, R"({"min":1,"max":7,"peer":"00000000000000b0","room":"jam","future":)"
                          R"({"keys":[1,null,{}]},"capabilities":["telepathy","midi","audio"],)"
                          R"("attempt":3,"seq_next":5})");
  say({"FUTU"}, "of version 7");
  say({"____"}, "");
  say(toast::type::heartbeat, R"({"seq_low":5,"seq_next":5,"mood":"bright","state":"dancing"})");
  say(toast::type::acknowledge, R"({"of":"0000000000000001","have":[],"maybe":[[1,2]]})");
  say(toast::type::midi, R"({"type":"noteOn","timestamp":1,"seq":5,"channel":1,"note":60,)"
                         R"("velocity":9,"colour":"blue"})");
  int links = 0;
  ana.for_each_link([&](const toast::link& l) {
    ++links;
    CHECK(l.version() == 1);
    CHECK(l.can() == static_cast<toast::capabilities>(toast::capability::midi));
    CHECK(l.statistics().frames_unknown == 2);
    CHECK(l.statistics().frames_bad == 0);
  });
  CHECK(links == 1);
  CHECK(heard == std::vector<std::uint64_t>{5});
}

TEST_CASE("another room is refused") { refuses({.room = "elsewhere"}, errc::wrong_room); }
TEST_CASE("a room that is full is full") { refuses({}, errc::room_full, 1); }
TEST_CASE("an id that somebody has is refused") {
  refuses({.more = {.id = peer_id{1}}}, errc::duplicate_peer);
}

TEST_CASE("an id that is one's own is refused, and so is one's own address") {
  watched_jam jam{clean, 1};
  auto& ana = jam.add();
  jam.run_for(2s);
  auto& twin = jam.add({.more = {.id = ana.id(), .announce = false}});
  twin.peer.connect(ana.peer.platform().where());
  ana.peer.connect(ana.peer.platform().where());
  jam.run_for(3s);
  CHECK(why_refused(twin) == errc::duplicate_peer);
  CHECK(why_refused(ana) == errc::duplicate_peer);
  CHECK(ana.links() == 0);
}

TEST_CASE("who comes from another address under the id of one who is silent is let in") {
  watched_jam jam{clean, 1};
  auto& ana = jam.add();
  auto& ben = jam.add();
  jam.run_for(3s);
  const auto id = ben.id();
  jam.crash(ben);
  auto& again = jam.add({.more = {.id = id}});
  jam.run_for(8s);
  CHECK(ana.links() == 1);
  CHECK(again.links() == 1);
  CHECK(jam.discord() == "");
}

TEST_CASE("somebody who is linked already and is met by another way is no news") {
  // Ana and Ben have two addresses each, as on the wire and on the loopback.
  const auto at = [](std::uint8_t wire, std::uint8_t host) {
    return toast::address::v4(10, 0, wire, host, 1);
  };
  host_time now{1000s};
  peer ana{{.announce = false}, now, 1}, ben{{.announce = false}, now, 2};
  std::vector<peer_change> told;
  ben.on_peer([&](const peer_status& s) { told.push_back(s.change); });
  std::array<std::uint8_t, toast::datagram_limit> bytes{};
  const auto run = [&](int ms) {
    for (; ms > 0; --ms, now += 1ms) {
      ana.poll(now);
      ben.poll(now);
      for (peer::datagram d; ben.write(bytes, now, d);)
        ana.receive(at(d.to.ip[14], 2), bytes_view{bytes}.first(d.size), now);
      for (peer::datagram d; ana.write(bytes, now, d);)
        ben.receive(at(d.to.ip[14], 1), bytes_view{bytes}.first(d.size), now);
    }
  };
  ben.connect(at(1, 1));
  run(3000);
  told.clear();
  ben.connect(at(2, 1));
  run(10'000);
  CHECK(told.empty());
  int links = 0;
  ben.for_each_link([&](const toast::link& l) {
    ++links;
    CHECK(l.where() == at(1, 1));
  });
  CHECK(links == 1);
}
