// Honest peers play in a sealed room while strangers, who do not know its secret, do what they can:
// garbage, floods, handshakes left half-open, guesses, replays and changed copies of what they
// overheard, also under the address of who said it, forged ids, everything in clear. And somebody
// who was a member: she was expelled, still has all keys that she knew, and asks to be let in.
// Fails as hostile_peers.cpp says, which this is part of, and if who was expelled hears or says
// anything.
#pragma once

#include <jamnet/secure/sealed.hpp>

#include "../session/hostile_band.hpp"

namespace jamnet::inline v0::testing {

struct seeded {
  random_source dice;

  [[nodiscard]] secure::sealed_options options() {
    return {.cost = {1, 8192},
            .random = {[](void* self, std::uint8_t* out, std::size_t size) {
                         auto& from = *static_cast<random_source*>(self);
                         for (; size > 0; --size) *out++ = static_cast<std::uint8_t>(from.next());
                       },
                       &dice}};
  }
};

class sealed_crowd : public mob {
public:
  using mob::mob;

  void attack() {
    const std::size_t who = below(strangers);
    sim_peer& target = any_player();
    switch (below(8)) {
    case 0: return send(below(4) == 0 ? an_address() : place(who), target, garbage(1500));
    case 1: return send(anywhere(), target, hello(below(1'000'000) + 1, {}));
    case 2: return guess(who, target);
    case 3: return send(below(2) == 0 ? an_address() : place(who), target, overheard());
    case 4: return changed(who, target);
    case 5: return in_clear(who, target);
    case 6: return by_stream(who % proven, target);
    default: return expelled_speaks(target);
    }
  }
  /// What the one who is to be expelled knows.
  void know(peer_id from, peer_id to, const secure::secret<32>& key) { keys_[{from, to}] = key; }
  void speak_as(peer_id expelled) { expelled_ = expelled; }

private:
  toast::address an_address() { return any_player().platform().where(); }

  std::vector<std::uint8_t> hello(std::uint64_t id, toast::cookie cookie) {
    toast::sealed_hello h;
    h.peer = {id};
    h.tag = secure::room_secret::tag_of("jam");
    h.attempt = static_cast<std::uint32_t>(below(1'000)) + 1;
    h.cookie = cookie;
    const std::array<std::uint8_t, 1> word{static_cast<std::uint8_t>(below(256))};
    h.share = secure::cpace::generator(word, {}, {});
    std::vector<char> text(toast::hello_padding, ' ');
    (void)encode(h, text);
    return forger{h.peer, {}}(toast::type::hello, std::string_view{text.data(), text.size()});
  }
  // The handshake is left there, or ended with a proof that is none.
  void guess(std::size_t who, sim_peer& target) {
    const peer_id id{1000 + who};
    send(place(who), target, hello(id.value, who < proven ? cookie(who) : toast::cookie{}));
    if (below(2) == 0) return;
    const std::string proof = R"({"proof":")" + std::string(64, '5') + R"("})";
    send(place(who), target, forger{id, target.machine().id()}(toast::type::proof, proof));
  }
  void changed(std::size_t who, sim_peer& target) {
    auto bytes = overheard();
    const std::size_t front = toast::frame_overhead + toast::peer_header::size;
    if (bytes.size() <= front + 4) return;
    bytes[below(bytes.size())] ^= static_cast<std::uint8_t>(1 + below(255));
    const std::size_t last = bytes.size() - front - 4;
    store_be(bytes.data() + front - 4, crc32({bytes.data(), front - 4}));
    store_be(bytes.data() + front + last, crc32({bytes.data() + front, last}));
    send(below(2) == 0 ? an_address() : place(who), target, bytes);
  }
  // In a player's name, and perhaps from its address.
  void in_clear(std::size_t who, sim_peer& target) {
    static constexpr std::array types{
        toast::type::midi,      toast::type::bye,      toast::type::clock_master,
        toast::type::challenge, toast::type::welcome,  toast::type::error,
        toast::type::proof,     toast::type::seal,     toast::type::room,
        toast::type::hello,     toast::type::announce, toast::type::heartbeat};
    const forger forge{any_player().machine().id(), target.machine().id(),
                       target.machine().session()};
    static constexpr std::string_view said[]{R"({"code":"key","attempt":1})",
                                             R"({"reason":"left"})",
                                             R"({"epoch":9,"key":"","salt":"","counter":0})"};
    const auto type = types[below(types.size())];
    const auto from = below(2) == 0 ? any_player().platform().where() : place(who);
    if (below(2) == 0) return send(from, target, forge(type, said[below(3)]));
    send(from, target, forge(type, garbage(300)));
  }
  void by_stream(std::size_t who, sim_peer& target) {
    const auto whole = hello(3000 + who, below(2) == 0 ? cookie(who) : toast::cookie{});
    const auto front = toast::read_frame(whole)->size();
    if (below(2) == 0) send(stream(who), target, bytes_view{whole}.subspan(front));
    if (below(4) == 0) target.carried().disconnected(stream(who), target.platform().clock().now());
  }
  // With the keys that she had, to one or to all, in her own name or another's.
  void expelled_speaks(sim_peer& target) {
    if (!expelled_) return;
    auto key = keys_.begin();
    std::advance(key, static_cast<std::ptrdiff_t>(below(keys_.size())));
    const auto [from, to] = key->first;
    static constexpr std::array types{toast::type::midi, toast::type::bye, toast::type::room,
                                      toast::type::clock_master};
    static constexpr std::string_view said[]{
        R"({"type":"noteOn","timestamp":1,"seq":0,"channel":1,"note":1,"velocity":1})",
        R"({"reason":"left"})",
        R"({"epoch":9,"key":"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",)"
        R"("salt":"ffffffffffffffffffffffffffffffff","counter":0})"};
    const auto frames = forger{from, to}(types[below(4)], said[below(3)]);
    const std::size_t front = toast::frame_overhead + toast::peer_header::size;
    std::vector<std::uint8_t> out(frames.begin(),
                                  frames.begin() + static_cast<std::ptrdiff_t>(front));
    out.resize(frames.size() + toast::seal_header::overhead);
    const toast::seal_header header{static_cast<std::uint8_t>(to ? 0 : below(4)),
                                    (std::uint64_t{1} << 32) + counter_++};
    secure::seal(key->second, header, out, front, bytes_view{frames}.subspan(front));
    send(below(2) == 0 ? an_address() : place(below(strangers)), target, out);
  }

  std::map<std::pair<peer_id, peer_id>, secure::secret<32>> keys_;
  peer_id expelled_;
  std::uint64_t counter_ = 0;
};

inline void besiege_sealed(const siege_options& options) {
  seeded room{random_source{options.seed}};
  band players{options.seed, {secure::sealed("secret", room.options())}};
  sealed_crowd attackers{players, options.seed + 1};

  auto knowing = room.options();
  knowing.keys = {[](void* self, peer_id from, peer_id to, const secure::secret<32>& key) {
                    static_cast<sealed_crowd*>(self)->know(from, to, key);
                  },
                  &attackers};
  auto& eve = players.net().add_peer(
      {.name = "eve", .more = {.id = {0xe7e}, .layers = {secure::sealed("secret", knowing)}}});
  std::uint64_t heard = 0;
  eve.on_event([&](const received_event&) { ++heard; });
  const auto play = [&](int tenths) {
    for (int i = 0; i < tenths; ++i) {
      players.play();
      players.net().run_for(nanoseconds{100'000'000});
    }
  };
  play(50);
  require(heard > 100, "eve is a member");
  players.player(0).expel({0xe7e});
  play(10);
  heard = 0;
  attackers.speak_as({0xe7e});
  lay_siege(players, attackers, options.seconds);
  require(heard == 0, "who was expelled hears nothing");
  for (std::size_t i = 0; i < band::players; ++i)
    players.player(i).machine().for_each_link(
        [](const toast::link& l) { require(l.peer().value != 0xe7e, "and stays outside"); });
}

} // namespace jamnet::inline v0::testing
