// Two peers and the ways between them in virtual time: datagrams, which may be lost, and streams,
// which keep everything in order until they are cut.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/session/peer_stack.hpp>

namespace jamnet::inline v0::testing {

class stream_lab {
public:
  stream_lab(const peer_options& a, const peer_options& b, std::uint64_t seed)
      : random_{seed},
        peers{peer{with_layers(a), now, random_.next()}, peer{with_layers(b), now, random_.next()}},
        stacks_{peer_stack{a, peers[0], now}, peer_stack{b, peers[1], now}} {}

  static toast::address address(std::size_t who, toast::carrier via) {
    return toast::address::v4(10, 0, 0, static_cast<std::uint8_t>(who + 1), 47800, via);
  }
  void run_for(nanoseconds duration) {
    const host_time end = now + duration;
    for (;;) {
      host_time next = std::min(carried(0).deadline(), carried(1).deadline());
      for (const letter& l : under_way_) next = std::min(next, l.at);
      if (next > end) break;
      now = std::max(now, next);
      deliver();
      for (std::size_t who : {0u, 1u}) {
        serve(who);
      }
    }
    now = end;
  }
  /// Ends all streams. What is on its way is lost, and `b_knows` whether the second peer, who
  /// accepts, hears of it.
  void cut(bool b_knows = true) {
    ++cuts;
    for (stream& s : streams_) {
      if (!s.alive) continue;
      s.alive = false;
      std::erase_if(under_way_, [&](const letter& l) { return l.stream == &s - streams_.data(); });
      carried(0).disconnected(address(1, toast::carrier::tcp), now);
      if (b_knows) carried(1).disconnected(s.accepted_from, now);
    }
  }
  [[nodiscard]] std::size_t streams_opened() const { return streams_.size(); }
  /// What a peer and its layers, if it has any, are carried by.
  [[nodiscard]] toast::carried& carried(std::size_t who) { return stacks_[who].under(peers[who]); }

private:
  struct stream {
    toast::address accepted_from;
    bool alive = true, welcome = true;
  };
  struct letter {
    host_time at;
    std::size_t to;
    toast::address from;
    std::vector<std::uint8_t> bytes;
    std::ptrdiff_t stream = -1;
  };

  void deliver() {
    for (std::size_t i = 0; i < under_way_.size();) {
      if (under_way_[i].at > now) {
        ++i;
        continue;
      }
      if (under_way_[i].stream >= 0 && tcp_stalls) {
        under_way_[i++].at = now + delay;
        continue;
      }
      const letter l = std::move(under_way_[i]);
      under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(i));
      if (l.bytes.empty())
        carried(l.to).disconnected(l.from, now);
      else
        carried(l.to).receive(l.from, l.bytes, now, {});
    }
  }
  void serve(std::size_t who) {
    carried(who).poll(now);
    std::array<std::uint8_t, 16384> out;
    peer::datagram d;
    while (carried(who).write(out, now, d)) {
      const std::size_t to = 1 - who;
      letter l{now + delay,
               to,
               address(who, toast::carrier::udp),
               {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(d.size)}};
      if (d.to.via != toast::carrier::tcp) {
        if (udp_works && !silenced[who] && d.to.via == toast::carrier::udp &&
            random_.uniform(0, 1) >= loss)
          under_way_.push_back(std::move(l));
        continue;
      }
      send(who, d, std::move(l));
    }
  }
  void send(std::size_t who, const peer::datagram& d, letter l) {
    std::ptrdiff_t at = -1;
    for (std::size_t i = 0; i < streams_.size(); ++i)
      if (streams_[i].alive && (who == 0 || streams_[i].accepted_from == d.to))
        at = static_cast<std::ptrdiff_t>(i);
    if (at < 0 && (who == 1 || d.last)) return; // that stream is gone
    if (at < 0) {
      ++attempts;
      if (!tcp_works) {
        under_way_.push_back({now + delay, 0, d.to, {}});
        return;
      }
      auto from = address(0, toast::carrier::tcp);
      from.port = static_cast<std::uint16_t>(50'000 + streams_.size());
      streams_.push_back({from});
      at = static_cast<std::ptrdiff_t>(streams_.size() - 1);
    }
    l.from = who == 0 ? streams_[static_cast<std::size_t>(at)].accepted_from
                      : address(1, toast::carrier::tcp);
    l.stream = at;
    under_way_.push_back(std::move(l));
    if (d.last) {
      streams_[static_cast<std::size_t>(at)].alive = false;
      under_way_.push_back({now + delay, l.to, l.from, {}});
    }
  }

  random_source random_;
  std::vector<stream> streams_;
  std::vector<letter> under_way_; // in the order they were sent

public:
  host_time now{std::chrono::seconds{1000}};
  std::array<peer, 2> peers;
  nanoseconds delay{5'000'000};
  double loss = 0;
  bool udp_works = true, tcp_works = true;
  bool tcp_stalls = false;        // what is sent by streams waits
  std::array<bool, 2> silenced{}; // whose datagrams are lost
  int cuts = 0, attempts = 0;

private:
  std::array<peer_stack, 2> stacks_;
};

} // namespace jamnet::inline v0::testing
