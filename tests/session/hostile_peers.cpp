// Honest peers play while strangers do what they can: garbage, floods, handshakes begun under
// forged addresses and left half-open, replays of what they overheard, forged ids, streams that
// say nothing, and questions that would have the peers send more than they got. Nothing may reach
// the music.
//
//     hostile_peers [--seconds 60] [--seed 1] [--sealed 1]
//     hostile_peers --seconds 3600          # an hour: a minute
//
// With --sealed, the room is sealed (secure/hostile_strangers.hpp).
//
// Fails if an event was lost, doubled or late in order, if a note was ended for its player, if a
// peer left the session or its time went wrong, if a stranger was sent more bytes than came from
// its address, or if memory grew.
#include "hostile_band.hpp"

#ifdef JAMNET_TEST_SEALED
#include "../secure/hostile_strangers.hpp"
#endif

using namespace jamnet;
using namespace jamnet::testing;

namespace {

class crowd : public mob {
public:
  using mob::mob;

  void attack() {
    const std::size_t who = below(strangers);
    sim_peer& target = any_player();
    switch (below(8)) {
    case 0: return send(place(who), target, garbage(1500));
    case 1: return send(place(who), target, forger{{below(1'000'000) + 1}, {}}.hello());
    case 2: return send(anywhere(), target, forger{{below(1'000'000) + 1}, {}}.hello());
    case 3: return half_open(who, target);
    case 4: return send(place(who), target, overheard());
    case 5: return forged(who, target);
    case 6: return by_stream(who % proven, target);
    default: return ask(who, target);
    }
  }

private:
  // The same wish again and again. Those whose address is their own are let in, and say nothing.
  void half_open(std::size_t who, sim_peer& target) {
    forger forge{peer_id{1000 + who}, {}};
    if (who < proven) forge.cookie = cookie(who);
    send(place(who), target, forge.hello());
  }
  // In the name of a player, from elsewhere.
  void forged(std::size_t who, sim_peer& target) {
    static constexpr std::array types{toast::type::midi,         toast::type::bye,
                                      toast::type::clock_master, toast::type::acknowledge,
                                      toast::type::heartbeat,    toast::type::hello,
                                      toast::type::welcome,      toast::type::error};
    const sim_peer& as = any_player();
    const forger forge{as.machine().id(), target.machine().id(), target.machine().session(),
                       1 << 30};
    send(place(who), target, forge(types[below(types.size())], garbage(300)));
  }
  // A stream is a true address, but it comes and goes, and says half of what it should.
  void by_stream(std::size_t who, sim_peer& target) {
    const auto hello = forger{peer_id{3000 + who}, {}}.hello();
    const auto front = toast::read_frame(hello)->size(); // PEER, which streams do without
    if (below(2) == 0) send(stream(who), target, bytes_view{hello}.subspan(front));
    if (below(4) == 0) target.carried().disconnected(stream(who), target.platform().clock().now());
  }
  // What a member would be answered.
  void ask(std::size_t who, sim_peer& target) {
    const forger forge{peer_id{2000 + who}, target.machine().id(), target.machine().session()};
    const std::array<std::uint8_t, 8> now{};
    send(place(who), target, forge(toast::type::clock_question, bytes_view{now}));
  }
};

} // namespace

int main(int argc, char** argv) {
  const siege_options options{argc, argv};
#ifdef JAMNET_TEST_SEALED
  if (options.sealed) return besiege_sealed(options), 0;
#endif
  require(!options.sealed, "this was built without libsodium");
  band players{options.seed};
  crowd attackers{players, options.seed + 1};
  lay_siege(players, attackers, options.seconds);
}
