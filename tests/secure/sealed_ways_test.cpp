// A stream beside the datagrams of a sealed room: sealed as they are, by a handshake of its own.
#include <doctest/doctest.h>
#include <jamnet/secure/sealed.hpp>

#include "../session/forged.hpp"
#include "../session/two_ways.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

peer_options sealed_both(const char* name, nanoseconds found_after) {
  auto options = with_both(name, found_after);
  options.layers = {secure::sealed("secret", {.cost = {1, 8192}})};
  return options;
}
struct sealed_ways : two_ways {
  explicit sealed_ways(std::uint64_t seed)
      : two_ways{sealed_both("ana", peer_options::never), sealed_both("ben", 0ns), seed} {}
};

} // namespace

TEST_CASE("sealed rooms have both ways too: what is blocked or cut costs nothing") {
  for (const double loss : {0.0, 0.05}) {
    CAPTURE(loss);
    sealed_ways jam{1};
    jam.loss = loss;
    jam.run_for(2s);
    CHECK(jam.told[0][peer_change::backed] == 1);
    CHECK(jam.told[1][peer_change::backed] == 1);
    jam.play_for(1s);
    jam.udp_works = false;
    jam.play_for(1s);
    jam.longest = 0ns;
    jam.play_for(3s);
    CHECK(jam.longest <= 10ms);
    jam.udp_works = true;
    jam.play_for(4s);
    CHECK(jam.changes(peer_change::undiverted) == 2);
    jam.cut();
    jam.play_for(3s);
    jam.run_for(1s);
    CHECK(jam.link(0).beside().is_open());
    CHECK(jam.link(1).beside().is_open());
    CHECK(jam.streams_opened() == 2);
    jam.check_all_heard();
  }
}

TEST_CASE("sealed rooms: without the secret nobody brings a stream, not even with the link's key") {
  sealed_ways jam{1};
  jam.run_for(1s);
  toast::hello h;
  h.versions = {1, 1};
  h.peer = jam.peers[0].id();
  h.room = "jam";
  h.attempt = jam.link(1).attempt();
  h.beside = jam.link(1).beside().key();
  std::array<char, 1'000> text{};
  const auto said = forger{h.peer, {}}(toast::type::hello, encode(h, text));
  const auto thief = toast::address::v4(10, 6, 6, 6, 666, toast::carrier::tcp);
  const auto skip = toast::frame_overhead + toast::peer_header::size;
  const auto before = jam.link(1).beside().where();
  for (const auto& from : {thief, before}) { // and into the stream that is there
    jam.carried(1).receive(from, bytes_view{said}.subspan(skip), jam.now, {});
    const auto bye = forger{h.peer, {}}(toast::type::bye, "{}");
    jam.carried(1).receive(from, bytes_view{bye}.subspan(skip), jam.now, {});
    const auto error = forger{h.peer, {}}(toast::type::error, R"({"code":"refused"})");
    jam.carried(1).receive(from, bytes_view{error}.subspan(skip), jam.now, {});
  }
  CHECK(jam.link(1).beside().where() == before);
  jam.play_for(1s);
  jam.run_for(1s);
  CHECK(jam.changes(peer_change::unbacked) == 0);
  CHECK(jam.changes(peer_change::diverted) == 0);
  jam.check_all_heard();
}
