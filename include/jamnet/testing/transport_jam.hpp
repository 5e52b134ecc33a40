// SPDX-License-Identifier: MIT
//
// A band in a frenzy: everybody asks for commands of all kinds at the same time, datagrams are
// lost, the band falls apart and comes together, masters die, others join, or sleep for a while.
// Whatever happened:
//
//   after some quiet time all hold the same transport;
//   at all times, the music of each goes on as its schedule says, unless it is told of a change,
//   with where the music was and where it is.
//
// A seed replays it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>

#include <jamnet/testing/any_transport_command.hpp>
#include <jamnet/testing/sim_peers.hpp>

namespace jamnet::inline v0::testing {

struct transport_jam_options {
  int peers = 16;
  int actions = 80; ///< of which most are commands
  double loss = 0.05;
};

struct transport_jam {
  std::string breaches;                ///< of the laws, in words; empty when all were kept
  std::size_t asked = 0, refused = 0;  ///< commands, and how many of them were told not to be
  std::size_t commits = 0;             ///< the epoch in which all ended
  std::size_t changes = 0, jumped = 0; ///< that peers were told of, and with which music jumped
  std::size_t splits = 0;

  /// [one-thread] [allocates]
  [[nodiscard]] static transport_jam play(std::uint64_t seed,
                                          const transport_jam_options& options = {});
};

namespace detail {

class frenzied_band {
public:
  frenzied_band(std::uint64_t seed, const transport_jam_options& options)
      : options_{options},
        random_{seed},
        path_{.delay = nanoseconds{static_cast<std::int64_t>(below(15'000'000))},
              .jitter = nanoseconds{static_cast<std::int64_t>(below(5'000'000))},
              .loss = options.loss,
              .reordering = 0.02},
        net_{path_, random_.next()} {}

  [[nodiscard]] transport_jam play() {
    for (int i = 0; i < options_.peers; ++i) add();
    run_for(5'000);
    for (int i = 0; i < options_.actions; ++i) act();
    net_.heal();
    run_for(10'000);
    judge();
    return jam_;
  }

private:
  static constexpr nanoseconds step{10'000'000};

  struct musician {
    explicit musician(sim_peer& p) : peer{p} {}
    sim_peer& peer;
    transport_schedule playing{}; // what it plays, as far as it was told
    session_id session{};
    session_time time{};  // when it was looked at last, if it was in time
    bool in_time = false; // …
    sim_time asleep_until{};
    std::size_t number = 0;
  };

  std::uint64_t below(std::uint64_t n) noexcept { return random_.next() % n; }
  musician& any() noexcept {
    return *std::next(band_.begin(), static_cast<std::ptrdiff_t>(below(band_.size())));
  }
  void fail(const musician& m, const char* what) {
    if (jam_.breaches.size() > 200) return;
    jam_.breaches += std::to_string(net_.now().time_since_epoch().count() / 1'000'000) +
                     " ms: peer " + std::to_string(m.number) + " " + what + "; ";
  }
  void add() {
    const bool as_one = below(8) != 0;
    auto& m = band_.emplace_back(net_.add_peer({
        .clock = {.skew_ppm = random_.uniform(-30, 30), .wander_ppm = 0.01},
        .more = {.transport = {.start_stop_sync = as_one,
                               .compensation =
                                   nanoseconds{static_cast<std::int64_t>(below(50'000'000))}}},
    }));
    m.number = added_++;
    m.peer.transport().on_change([this, &m](const transport_change& c) { told(m, c); });
  }
  // What it is told must be what it knew before, and what it plays from now on.
  void told(musician& m, const transport_change& c) {
    ++jam_.changes;
    jam_.refused += c.what == transport_event::refused ? 1u : 0u;
    jam_.jumped += c.jumps() ? 1u : 0u;
    const auto& now = m.peer.transport().schedule();
    if (c.what == transport_event::jumped) m.in_time = false;
    if (c.what != transport_event::jumped && c.before != m.playing.position_at(c.at))
      fail(m, "was told that its music was where it was not");
    if (c.after != now.position_at(c.at)) fail(m, "was told that its music is where it is not");
    if (!(c.state == now.at(c.at))) fail(m, "was told of another state");
    m.playing = now;
  }
  void run_for(int ms) {
    for (nanoseconds t{}; t < ms * nanoseconds{1'000'000}; t += step) {
      net_.run_for(step);
      for (musician& m : band_) watch(m);
    }
  }
  void watch(musician& m) {
    if (!(m.peer.transport().schedule() == m.playing)) fail(m, "plays something else than told");
    if (!(m.peer.shared_transport().read() == m.playing)) fail(m, "shows something else");
    for (const transport_state& state : m.playing.states())
      if (!state.valid()) fail(m, "is in a state that cannot be");
    const session_time now = m.peer.now();
    const bool stays =
        std::exchange(m.session, m.peer.machine().session()) == m.peer.machine().session();
    const auto passed = now - std::exchange(m.time, now);
    const bool was = std::exchange(m.in_time, m.peer.clock().synchronised());
    const bool awake = m.asleep_until + step < net_.now();
    if (was && m.in_time && stays && awake && (passed < step * 9 / 10 || passed > step * 11 / 10))
      fail(m, "plays twice what it played, or leaves something out");
  }
  void act() {
    const auto what = below(100);
    if (what < 80) {
      for (auto many = below(4); many > 0; --many) ask(any()); // at the same time
      ask(any());
    } else if (what < 90) {
      if (below(2) == 0) net_.heal();
      for (musician& m : band_)
        if (below(3) == 0) net_.partition(m.peer, static_cast<std::uint32_t>(1 + below(2)));
      ++jam_.splits;
    } else if (what < 96) {
      net_.heal();
    } else if (what < 97) {
      sleep(any());
    } else if (what < 98 && band_.size() > 4) {
      crash();
    } else if (added_ < static_cast<std::size_t>(options_.peers) + 3) {
      add();
    }
    run_for(static_cast<int>(below(300)));
  }
  void ask(musician& m) {
    if (!m.peer.clock().synchronised()) return;
    ++jam_.asked;
    const errc why = m.peer.transport().send(any_transport_command(random_, m.peer.now()));
    jam_.refused += why != errc{} ? 1u : 0u;
  }
  void sleep(musician& m) {
    const nanoseconds time{static_cast<std::int64_t>(below(5'000'000'000))};
    m.asleep_until = net_.now() + time;
    net_.suspend(m.peer, time);
  }
  void crash() {
    musician* gone = &any();
    for (musician& m : band_)
      if (m.peer.machine().timing().role() == arbiter_role::master) gone = &m;
    net_.remove(gone->peer);
    band_.remove_if([&](const musician& m) { return &m == gone; });
  }
  void judge() {
    const auto& first = band_.front().peer.machine();
    jam_.commits = static_cast<std::size_t>(first.transport().stamp().epoch);
    if (!first.transport().stamp() && jam_.asked > jam_.refused)
      fail(band_.front(), "knows nothing");
    for (const musician& m : band_) {
      const auto& machine = m.peer.machine();
      if (machine.session() != first.session()) fail(m, "is in another session");
      if (!(machine.transport().settled() == first.transport().settled()))
        fail(m, "holds another transport");
      if (machine.transport().is_waiting()) fail(m, "still waits");
    }
  }

  transport_jam_options options_;
  random_source random_;
  path_quality path_;
  sim_peers net_;
  std::list<musician> band_;
  std::size_t added_ = 0;
  transport_jam jam_;
};

} // namespace detail

inline transport_jam transport_jam::play(std::uint64_t seed, const transport_jam_options& options) {
  return detail::frenzied_band{seed, options}.play();
}

} // namespace jamnet::inline v0::testing
