// Honest peers who play while somebody attacks them, the laws that hold meanwhile, and what is the
// same for all who attack: where they are, what each sent and got, what they overheard.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string_view>
#include <vector>

#include <jamnet/testing/sim_peers.hpp>

#include "forged.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace jamnet::inline v0::testing {

inline void require(bool law, const char* what) {
  if (law) return;
  std::fflush(stdout);
  std::fprintf(stderr, "FAILED: %s\n", what);
  std::_Exit(1);
}

/// Bytes that were allocated and not given back, touched or not.
inline std::size_t memory_in_use() {
#ifdef __GLIBC__
  const auto all = ::mallinfo2();
  return all.uordblks + all.hblkhd;
#else
  return 0;
#endif
}

class band {
public:
  static constexpr std::size_t players = 4;

  explicit band(std::uint64_t seed, const toast::layer_list& layers = {})
      : net_{{.delay = nanoseconds{3'000'000}, .jitter = nanoseconds{2'000'000}, .loss = 0.02},
             seed} {
    for (std::size_t i = 0; i < players; ++i) {
      auto& p = net_.add_peer(
          {.clock = {.skew_ppm = 20.0 * static_cast<double>(i) - 30}, .more = {.layers = layers}});
      players_.push_back(&p);
      p.on_event([this, i](const received_event& e) {
        if (e.seq == midi_event::no_seq || !is_player(e.from)) return;
        calm_ = calm_ && !(watched_ && e.released);
        if (e.released || e.recalled) return;
        auto& heard = heard_[{i, e.from}];
        in_order_ = in_order_ && e.seq >= heard.next; // numbers go to state that is told again, too
        heard.next = e.seq + 1;
        ++heard.events;
      });
      p.on_peer([this](const peer_status& s) {
        using enum peer_change;
        for (const auto bad :
             {silent, vanished, left, lost_events, merged, rejoined, doubted, outvoted, ungrouped})
          calm_ = calm_ && !(watched_ && s.change == bad && (!s.peer || is_player(s.peer)));
      });
    }
    net_.run_for(nanoseconds{5'000'000'000});
    for (const sim_peer* p : players_) require(p->clock().synchronised(), "they meet");
  }

  /// Each begins a note, or ends it.
  void play() {
    const note_on on{.channel = 1, .note = 60, .velocity = 9};
    const note_off off{.channel = 1, .note = 60};
    const bool begins = playing_++ % 2 == 0;
    for (sim_peer* p : players_) {
      const auto at = p->now() + nanoseconds{50'000'000};
      require(begins ? p->send(on, at) : p->send(off, at), "everybody stays in time");
    }
  }
  /// From now on nobody may be missed.
  void watch() { watched_ = true; }
  void check() {
    require(in_order_, "events arrive once and in order");
    require(calm_, "nobody is silent, lost, or leaves, and no note is ended for its player");
    for (const sim_peer* p : players_)
      for (const sim_peer* q : players_) error_ = std::max(error_, p->now() - q->now());
    require(error_ < nanoseconds{2'000'000}, "their times agree");
  }
  void check_all_heard() const {
    for (std::size_t i = 0; i < players; ++i)
      for (const sim_peer* p : players_) {
        if (p == players_[i]) continue;
        const auto heard = heard_.find({i, p->machine().id()});
        require(heard != heard_.end() && heard->second.events == playing_,
                "all that was played is heard");
      }
  }
  [[nodiscard]] sim_peers& net() noexcept { return net_; }
  [[nodiscard]] sim_peer& player(std::size_t i) noexcept { return *players_[i % players]; }
  [[nodiscard]] nanoseconds greatest_error() const noexcept { return error_; }

private:
  [[nodiscard]] bool is_player(peer_id id) const {
    return std::any_of(players_.begin(), players_.end(),
                       [&](const sim_peer* p) { return p->machine().id() == id; });
  }

  sim_peers net_;
  std::vector<sim_peer*> players_;
  struct account {
    std::uint64_t next = 0, events = 0;
  };
  std::map<std::pair<std::size_t, peer_id>, account> heard_; // by who hears, and whom
  std::uint64_t playing_ = 0;
  nanoseconds error_{};
  bool in_order_ = true, watched_ = false, calm_ = true;
};

class mob {
public:
  static constexpr std::size_t strangers = 64;
  static constexpr std::size_t proven = 8; // who show that their address is theirs
  /// The most that can be in at a time: each of these by a datagram and by a stream, with
  /// everybody; and what the memory of one comes to, which is that of any link.
  static constexpr std::size_t most_in = 2 * proven * band::players, memory_each = 5 << 18;

  mob(band& victims, std::uint64_t seed) : band_{victims}, random_{seed} {
    auto& network = band_.net().network();
    for (std::size_t i = 0; i < strangers; ++i) places_.push_back(network.add_node());
    network.on_send([this](const toast::address& from, const toast::address& to, bytes_view b) {
      saw(from, to, b);
    });
  }
  void check() const {
    for (std::size_t i = proven; i < strangers; ++i)
      require(got_[i] <= sent_[i], "no stranger is sent more than it sent");
    require(elsewhere_got_ <= elsewhere_sent_, "nor is who never sent anything");
  }

protected:
  void send(const toast::address& from, sim_peer& target, bytes_view bytes) {
    auto& platform = target.platform();
    if (from.ip[12] == elsewhere)
      elsewhere_sent_ += bytes.size();
    else if (const auto i = index(from); i < strangers && from.via == toast::carrier::udp)
      sent_[i] += bytes.size();
    target.carried().receive(from, bytes, platform.clock().now(), {});
    platform.wake();
  }
  std::uint64_t below(std::uint64_t n) { return random_.next() % n; }
  [[nodiscard]] sim_peer& any_player() { return band_.player(random_.next()); }
  [[nodiscard]] toast::address place(std::size_t who) const { return places_[who]; }
  [[nodiscard]] toast::address stream(std::size_t who) const {
    auto where = places_[who];
    where.via = toast::carrier::tcp;
    return where;
  }
  /// Where nobody is: as in a flood under addresses that are not the sender's.
  [[nodiscard]] toast::address anywhere() {
    return toast::address::v4(elsewhere, 16, static_cast<std::uint8_t>(random_.next()),
                              static_cast<std::uint8_t>(random_.next()), 5);
  }
  std::vector<std::uint8_t> garbage(std::size_t most) {
    std::vector<std::uint8_t> bytes(below(most));
    for (auto& b : bytes) b = static_cast<std::uint8_t>(random_.next());
    return bytes;
  }
  std::vector<std::uint8_t>& overheard() { return overheard_[below(overheard_.size())]; }
  [[nodiscard]] toast::cookie cookie(std::size_t who) const { return cookies_[who]; }

  band& band_;

private:
  static constexpr std::uint8_t elsewhere = 172;

  [[nodiscard]] static std::size_t index(const toast::address& a) {
    return static_cast<std::size_t>(a.ip[14] << 8 | a.ip[15]) - 1 - band::players;
  }
  void saw(const toast::address& from, const toast::address& to, bytes_view b) {
    if (to.ip[12] == elsewhere)
      elsewhere_got_ += b.size();
    else if (const auto i = index(to); i < strangers && to.via == toast::carrier::udp) {
      got_[i] += b.size();
      if (i < proven) read_challenge(i, b);
    }
    if (index(from) >= strangers && below(64) == 0) overheard().assign(b.begin(), b.end());
  }
  void read_challenge(std::size_t who, bytes_view datagram) {
    while (const auto f = toast::read_frame(datagram)) {
      if (f->type == toast::type::challenge)
        if (const auto c = toast::decode_challenge(as_text(f->payload))) cookies_[who] = c->cookie;
      datagram = datagram.subspan(f->size());
    }
  }

  random_source random_;
  std::vector<toast::address> places_;
  std::array<std::uint64_t, strangers> sent_{}, got_{};
  std::uint64_t elsewhere_sent_ = 0, elsewhere_got_ = 0;
  std::array<toast::cookie, proven> cookies_{};
  std::array<std::vector<std::uint8_t>, 64> overheard_{};
};

struct siege_options {
  long seconds = 60;
  std::uint64_t seed = 1;
  bool sealed = false;

  siege_options(int argc, char** argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
      const std::string_view name = argv[i];
      if (name == "--seconds") seconds = std::atol(argv[i + 1]);
      if (name == "--seed") seed = static_cast<std::uint64_t>(std::atoll(argv[i + 1]));
      if (name == "--sealed") sealed = std::atoi(argv[i + 1]) != 0;
    }
    std::printf("%ld s, seed %llu\n", seconds, static_cast<unsigned long long>(seed));
  }
};

/// Two hundred attacks a second for so long. Early, and in the end, nobody attacks for as long as
/// it takes to forget strangers: then as much memory is in use as before, and never more than they
/// can come to.
template <class Mob>
void lay_siege(band& players, Mob& attackers, long seconds) {
  std::uint64_t attacks = 0;
  std::size_t peak = 0;
  const auto play_for = [&](long duration, bool attacked) {
    for (long tenth = 0; tenth < 10 * duration; ++tenth) {
      players.play();
      for (int i = 0; i < 20; ++i) {
        if (attacked) attackers.attack();
        attacks += attacked ? 1u : 0u;
        players.net().run_for(nanoseconds{5'000'000});
      }
      if (tenth % 10 != 9) continue;
      players.check();
      attackers.check();
      peak = std::max(peak, memory_in_use());
    }
  };
  const long rest = 15;
  players.watch();
  play_for(seconds / 10, true);
  play_for(rest, false);
  const auto early = memory_in_use();
  play_for(seconds - seconds / 10, true);
  play_for(rest, false);
  const auto late = memory_in_use();
  std::printf("%llu attacks; at rest %zu KiB, then %zu; at most %zu KiB; times within %lld us\n",
              static_cast<unsigned long long>(attacks), early / 1024, late / 1024, peak / 1024,
              static_cast<long long>(players.greatest_error().count() / 1000));
  require(late < early + 1024 * 1024, "memory does not grow");
  require(peak < early + Mob::most_in * Mob::memory_each, "nor beyond that of who may be let in");
  players.net().run_for(nanoseconds{2'000'000'000});
  players.check_all_heard();
}

} // namespace jamnet::inline v0::testing
