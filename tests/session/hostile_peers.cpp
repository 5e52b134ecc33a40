// Honest peers play while strangers do what they can: garbage, floods, handshakes begun under
// forged addresses and left half-open, replays of what they overheard, forged ids, and questions
// that would have the peers send more than they got. Nothing may reach the music.
//
//     hostile_peers [--seconds 60] [--seed 1]
//     hostile_peers --seconds 3600          # an hour: minutes
//
// Fails if an event was lost, doubled or late in order, if a peer left the session or its time went
// wrong, if a stranger was sent more bytes than came from its address, or if memory grew.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <map>
#include <string_view>
#include <vector>

#include <jamnet/testing/sim_peers.hpp>

#include "forged.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t honest = 4, strangers = 64;
constexpr std::size_t proven = 8; // of the strangers, those who show that their address is theirs

void require(bool law, const char* what) {
  if (law) return;
  std::fprintf(stderr, "FAILED: %s\n", what);
  std::_Exit(1);
}

std::size_t memory_in_use() {
#ifdef __GLIBC__
  return ::mallinfo2().uordblks;
#else
  return 0;
#endif
}

class band {
public:
  explicit band(std::uint64_t seed) : net_{{.delay = 3ms, .jitter = 2ms, .loss = 0.02}, seed} {
    for (std::size_t i = 0; i < honest; ++i) {
      auto& p = net_.add_peer({.clock = {.skew_ppm = 20.0 * static_cast<double>(i) - 30}});
      players_.push_back(&p);
      p.on_event([this, i](const received_event& e) {
        if (e.released || e.seq == midi_event::no_seq) return;
        auto& next = heard_[{i, e.from}];
        in_order_ = in_order_ && e.seq == next;
        next = e.seq + 1;
      });
      p.on_peer([this](const peer_status& s) {
        using enum peer_change;
        for (const auto bad :
             {silent, vanished, left, lost_events, merged, rejoined, doubted, outvoted, ungrouped})
          calm_ = calm_ && !(playing_ > 0 && s.change == bad && (!s.peer || is_player(s.peer)));
      });
    }
    net_.run_for(5s);
    for (const sim_peer* p : players_) require(p->clock().synchronised(), "they meet");
  }

  void play() {
    ++playing_;
    for (sim_peer* p : players_)
      require(p->send(note_on{.channel = 1, .note = 60, .velocity = 9}, p->now() + 50ms),
              "everybody stays in time");
  }
  void check() const {
    require(in_order_, "events arrive once and in order");
    require(calm_, "nobody is silent, lost, or leaves");
    for (std::size_t i = 0; i < honest; ++i)
      for (std::size_t j = 0; j < honest; ++j) {
        const auto e = players_[i]->now() - players_[j]->now();
        require(e < 2ms && e > -2ms, "their times agree");
      }
  }
  void check_all_heard() const {
    for (std::size_t i = 0; i < honest; ++i)
      for (std::size_t j = 0; j < honest; ++j) {
        if (i == j) continue;
        const auto heard = heard_.find({i, players_[j]->machine().id()});
        require(heard != heard_.end() && heard->second == playing_, "all that was played is heard");
      }
  }
  [[nodiscard]] sim_peers& net() noexcept { return net_; }
  [[nodiscard]] sim_peer& player(std::size_t i) noexcept { return *players_[i % honest]; }

private:
  [[nodiscard]] bool is_player(peer_id id) const {
    for (const sim_peer* p : players_)
      if (p->machine().id() == id) return true;
    return false;
  }

  sim_peers net_;
  std::vector<sim_peer*> players_;
  std::map<std::pair<std::size_t, peer_id>, std::uint64_t> heard_;
  std::uint64_t playing_ = 0;
  bool in_order_ = true, calm_ = true;
};

// All strangers: what each sent and got, and what one of them overheard.
class mob {
public:
  mob(band& victims, std::uint64_t seed) : band_{victims}, random_{seed} {
    auto& network = band_.net().network();
    for (std::size_t i = 0; i < strangers; ++i) places_.push_back(network.add_node());
    network.on_send([this](const toast::address& from, const toast::address& to, bytes_view b) {
      if (const auto i = index(to); i < strangers) {
        got_[i] += b.size();
        if (i < proven) read_challenge(i, b);
      }
      if (index(from) >= strangers && random_.next() % 64 == 0)
        overheard_[random_.next() % overheard_.size()].assign(b.begin(), b.end());
    });
  }

  void attack() {
    const std::size_t who = random_.next() % strangers;
    sim_peer& target = band_.player(random_.next());
    switch (random_.next() % 6) {
    case 0: return send(who, target, garbage(1500));
    case 1: return send(who, target, forger{peer_id{random_.next() | 1}, {}}.hello());
    case 2: return half_open(who, target);
    case 3: return send(who, target, overheard_[random_.next() % overheard_.size()]);
    case 4: return forged(who, target);
    default: return ask(who, target);
    }
  }
  void check() const {
    for (std::size_t i = proven; i < strangers; ++i)
      require(got_[i] <= sent_[i], "no stranger is sent more than it sent");
  }

private:
  [[nodiscard]] std::size_t index(const toast::address& a) const {
    return static_cast<std::size_t>(a.ip[14] << 8 | a.ip[15]) - 1 - honest;
  }
  void send(std::size_t who, sim_peer& target, const std::vector<std::uint8_t>& bytes) {
    sent_[who] += bytes.size();
    auto& platform = target.platform();
    target.machine().receive(places_[who], bytes, platform.clock().now());
    platform.wake();
  }
  std::vector<std::uint8_t> garbage(std::size_t most) {
    std::vector<std::uint8_t> bytes(random_.next() % most);
    for (auto& b : bytes) b = static_cast<std::uint8_t>(random_.next());
    return bytes;
  }
  // The same wish again and again. Those whose address is their own are let in, and say nothing.
  void half_open(std::size_t who, sim_peer& target) {
    forger forge{peer_id{1000 + who}, {}};
    if (who < proven) forge.cookie = cookies_[who];
    send(who, target, forge.hello());
  }
  void read_challenge(std::size_t who, bytes_view datagram) {
    while (const auto f = toast::read_frame(datagram)) {
      if (f->type == toast::type::challenge)
        if (const auto c = toast::decode_challenge(as_text(f->payload))) cookies_[who] = c->cookie;
      datagram = datagram.subspan(f->size());
    }
  }
  // In the name of a player, from elsewhere.
  void forged(std::size_t who, sim_peer& target) {
    static constexpr std::array types{toast::type::midi,         toast::type::bye,
                                      toast::type::clock_master, toast::type::acknowledge,
                                      toast::type::heartbeat,    toast::type::hello,
                                      toast::type::welcome,      toast::type::error};
    const sim_peer& as = band_.player(random_.next());
    const forger forge{as.machine().id(), target.machine().id(), target.machine().session(),
                       1 << 30};
    send(who, target, forge(types[random_.next() % types.size()], garbage(300)));
  }
  // What a member would be answered.
  void ask(std::size_t who, sim_peer& target) {
    const forger forge{peer_id{2000 + who}, target.machine().id(), target.machine().session()};
    const std::array<std::uint8_t, 8> now{};
    send(who, target, forge(toast::type::clock_question, bytes_view{now}));
  }

  band& band_;
  random_source random_;
  std::vector<toast::address> places_;
  std::array<std::uint64_t, strangers> sent_{}, got_{};
  std::array<toast::cookie, proven> cookies_{};
  std::array<std::vector<std::uint8_t>, 64> overheard_{};
};

} // namespace

int main(int argc, char** argv) {
  long seconds = 60;
  std::uint64_t seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--seconds") seconds = std::atol(argv[i + 1]);
    if (name == "--seed") seed = static_cast<std::uint64_t>(std::atoll(argv[i + 1]));
  }
  std::printf("%ld s, seed %llu\n", seconds, static_cast<unsigned long long>(seed));

  band players{seed};
  mob attackers{players, seed + 1};
  std::uint64_t attacks = 0;
  std::array<std::size_t, 2> peak{}; // in the first half, in the second
  for (long second = 0; second < seconds; ++second) {
    for (int tenth = 0; tenth < 10; ++tenth) {
      players.play();
      for (int i = 0; i < 20; ++i, ++attacks) {
        attackers.attack();
        players.net().run_for(5ms);
      }
    }
    players.check();
    attackers.check();
    auto& most = peak[second < seconds / 2 ? 0 : 1];
    most = std::max(most, memory_in_use());
  }
  require(peak[1] < peak[0] + 1024 * 1024, "memory does not grow");
  players.net().run_for(2s);
  players.check_all_heard();
  std::printf("%llu attacks, %zu KiB in use, nothing happened\n",
              static_cast<unsigned long long>(attacks), peak[1] / 1024);
}
