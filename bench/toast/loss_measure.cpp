// Does anything get lost, doubled, out of order or stuck when the network loses datagrams?
//
// Eight peers, each with links to all others, play 200 events a second each, densely
// (musician.hpp), over paths of 10 ms and up to 2 ms more in virtual time. 5, 10 and 20 of 100
// datagrams are lost at random, or 10 of 100 in bursts of five; everybody's events are judged by
// themselves (ledger.hpp). When all have stopped, 5 s pass before what is missing counts as lost
// and what sounds as stuck. `cable`: nothing is lost but that one peer's cable is out for 3 s,
// while all play on. In these events go to each peer by itself; `group_loss_5`: to all at once, as
// they do where datagrams reach all. `group/loss_0` and `group/loss_5`: one plays to 16 at once.
//
//     loss_measure [--json] [--seeds N] [--seconds S] [--smoke | --full]
//
// As many seeds at once as there are cores. A failure names the first seed it was seen with.
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <jamnet/testing/sim_peers.hpp>

#include "../rows.hpp"
#include "ledger.hpp"
#include "musician.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace jamnet_bench;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t first_seed = 2'026'112'100; // tuned nothing
constexpr double rate = 200;

struct impairment {
  const char* name;
  double loss;
  std::uint32_t burst = 1;
  bool cable = false;
  toast::group_use group = toast::group_use::off;
  std::size_t band = 8, players = 8;
};
constexpr std::array impairments{
    impairment{"loss_5", 0.05},
    impairment{"loss_10", 0.1},
    impairment{"loss_20", 0.2},
    impairment{"bursts_of_5", 0.1, 5},
    impairment{"cable", 0, 1, true},
    impairment{"group_loss_5", 0.05, 1, false, toast::group_use::automatic},
    impairment{"group/loss_0", 0, 1, false, toast::group_use::automatic, 17, 1},
    impairment{"group/loss_5", 0.05, 1, false, toast::group_use::automatic, 17, 1}};

struct options {
  bool json = false;
  std::uint64_t seeds = 6; // 2 min on two cores
  double seconds = 60;
};

struct outcome : verdicts {
  std::uint64_t repeated = 0; // events sent again, of all that were sent
  std::uint64_t refused = 0;  // that a peer would not send
  std::uint64_t bytes = 0, events = 0;
  double peer_seconds = 0;
  std::uint64_t bad_seed = 0;

  void add(const outcome& o) {
    verdicts::add(o);
    repeated += o.repeated;
    refused += o.refused;
    bytes += o.bytes;
    events += o.events;
    peer_seconds += o.peer_seconds;
    if (bad_seed == 0) bad_seed = o.bad_seed;
  }
};

class performance {
public:
  performance(const impairment& how, std::uint64_t seed)
      : how_{how},
        seed_{seed},
        net_{{.delay = 10ms, .jitter = 2ms, .loss = how.loss, .burst = how.burst}, seed} {
    random_source random{seed};
    for (std::size_t i = 0; i < how.band; ++i) {
      const clock_drift quartz{.skew_ppm = random.uniform(-50, 50), .wander_ppm = 0.03};
      peers_.push_back(&net_.add_peer({.clock = quartz, .more = {.group = {.use = how.group}}}));
      if (i < how.players) players_.emplace_back(rate, random.next());
    }
    for (std::size_t i = 0; i < how.band; ++i)
      peers_[i]->on_event([this, i](const received_event& e) { heard(i, e); });
  }

  outcome play(nanoseconds length) {
    for (int i = 0; i < 100 && !all_are_there(); ++i) net_.run_for(100ms);
    net_.run_for(1s);
    const auto bytes_before = bytes();
    const sim_time start = net_.now();
    std::vector<musician::gesture> next;
    for (musician& m : players_) next.push_back(m.next(length));
    nanoseconds pulled = how_.cable ? length / 2 : nanoseconds::max(), plugged = pulled;
    for (;;) {
      const auto first = static_cast<std::size_t>(
          std::min_element(next.begin(), next.end(),
                           [](const auto& a, const auto& b) { return a.at < b.at; }) -
          next.begin());
      const nanoseconds at = std::min({next[first].at, pulled, plugged});
      if (at == nanoseconds::max()) break;
      net_.run_for(start + at - net_.now());
      if (at == pulled) {
        net_.partition(*peers_[0]);
        plugged = pulled + 3s;
        pulled = nanoseconds::max();
      } else if (at == plugged) {
        net_.heal();
        plugged = nanoseconds::max();
      } else {
        send(first, next[first].packet);
        next[first] = players_[first].next(length);
      }
    }
    outcome o;
    o.bytes = bytes() - bytes_before;
    o.peer_seconds = static_cast<double>((net_.now() - start).count()) * 1e-9 *
                     static_cast<double>(how_.players);
    net_.run_for(5s);
    static_cast<verdicts&>(o) = ledger_.judge();
    o.events = o.sent / (how_.band - 1);
    o.refused = refused_;
    for (const sim_peer* p : peers_)
      p->machine().for_each_link([&](const toast::link& l) { o.repeated += l.sent().repeated(); });
    if (o.lost + o.duplicated + o.reordered + o.altered + o.stuck > 0) o.bad_seed = seed_;
    return o;
  }

private:
  bool all_are_there() {
    for (const sim_peer* p : peers_) {
      std::size_t links = 0;
      p->machine().for_each_link([&](const toast::link&) { ++links; });
      const bool same = p->machine().session() == peers_.front()->machine().session();
      if (links < how_.band - 1 || !p->clock().synchronised() || !same) return false;
    }
    return true;
  }
  std::uint64_t bytes() {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < how_.players; ++i)
      sum += net_.network().sent_by(peers_[i]->platform().where()).bytes;
    return sum;
  }
  void send(std::size_t player, const ump& packet) {
    sim_peer& p = *peers_[player];
    const auto at = ledger_.time_for(player, p.now() + p.latency());
    if (p.send(packet, at))
      ledger_.sent(player, {.time = at, .packet = packet}, net_.now());
    else
      ++refused_;
  }
  void heard(std::size_t receiver, const received_event& e) {
    if (e.recalled) return;
    for (std::size_t sender = 0; sender < how_.players; ++sender)
      if (peers_[sender]->machine().id() == e.from)
        ledger_.heard(receiver, sender, e, e.late, e.released, net_.now());
  }

  impairment how_;
  std::uint64_t seed_;
  sim_peers net_;
  std::vector<sim_peer*> peers_;
  std::vector<musician> players_;
  ledger ledger_{how_.band};
  std::uint64_t refused_ = 0;
};

std::vector<outcome> play_all(const options& o) {
  std::vector<outcome> outcomes(impairments.size());
  std::atomic<std::uint64_t> taken{0};
  std::mutex mutex;
  const auto work = [&] {
    for (auto job = taken++; job < o.seeds * impairments.size(); job = taken++) {
      const auto which = job % impairments.size();
      const nanoseconds length{static_cast<std::int64_t>(o.seconds * 1e9)};
      performance p{impairments[which], first_seed + job / impairments.size()};
      const outcome found = p.play(length);
      const std::lock_guard lock{mutex};
      outcomes[which].add(found);
    }
  };
  std::vector<std::thread> workers(std::max(1u, std::thread::hardware_concurrency()));
  for (auto& w : workers) w = std::thread{work};
  for (auto& w : workers) w.join();
  return outcomes;
}

options read(int argc, char** argv) {
  options o;
  for (int i = 1; i < argc; ++i) {
    const auto is = [&](const char* name) { return std::strcmp(argv[i], name) == 0; };
    const auto number = [&] { return ++i < argc ? std::atof(argv[i]) : 0; };
    if (is("--json")) o.json = true;
    if (is("--full")) o = {o.json, 100, 600};
    if (is("--smoke")) o = {o.json, 1, 1};
    if (is("--seeds")) o.seeds = static_cast<std::uint64_t>(number());
    if (is("--seconds")) o.seconds = number();
  }
  return o;
}

} // namespace

int main(int argc, char** argv) {
  const options o = read(argc, argv);
  const auto outcomes = play_all(o);
  std::vector<row> rows;
  for (std::size_t i = 0; i < impairments.size(); ++i) {
    const outcome& r = outcomes[i];
    const auto name = std::string{"toast/"} + impairments[i].name;
    const auto events = [&](const char* what, std::uint64_t n) {
      rows.push_back({name + "/" + what, static_cast<double>(n), "events"});
    };
    events("events_sent", r.sent);
    events("events_lost", r.lost);
    events("events_duplicated", r.duplicated);
    events("events_reordered", r.reordered);
    events("events_altered", r.altered);
    events("events_late", r.late);
    events("sends_refused", r.refused);
    rows.push_back({name + "/notes_stuck", static_cast<double>(r.stuck), "notes"});
    rows.push_back({name + "/ends_released", static_cast<double>(r.released), "events"});
    rows.push_back({name + "/repeated_percent",
                    100 * static_cast<double>(r.repeated) / static_cast<double>(r.sent), "%"});
    rows.push_back({name + "/sent_KB_s", static_cast<double>(r.bytes) * 1e-3 / r.peer_seconds,
                    "KB/s"}); // of who plays to all others, all kinds
    rows.push_back({name + "/delay_p50_ms", r.delays.quantile_ms(0.5), "ms"});
    rows.push_back({name + "/delay_p99_ms", r.delays.quantile_ms(0.99), "ms"});
    rows.push_back({name + "/delay_p999_ms", r.delays.quantile_ms(0.999), "ms"});
    if (r.bad_seed != 0)
      std::fprintf(stderr, "%s: see seed %llu\n", name.c_str(),
                   static_cast<unsigned long long>(r.bad_seed));
  }
  const histogram &lossy = outcomes.back().delays, &clean = outcomes[outcomes.size() - 2].delays;
  for (const auto& [what, q] : {std::pair{"99", 0.99}, {"999", 0.999}})
    rows.push_back({std::string{"toast/group/loss_5/added_p"} + what + "_ms",
                    lossy.quantile_ms(q) - clean.quantile_ms(q), "ms"});
  jamnet_bench::print(rows, o.json);
}
