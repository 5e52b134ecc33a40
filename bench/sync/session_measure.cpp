// How well whole peers agree on the time: the real ones, with real datagrams, in virtual time.
//
// sixteen: the difference between the session times of any two of 16 peers whose clocks are up to
// 100 ppm fast or slow and wander, each 100 ms after 20 s; spread is that of the two farthest
// apart. handover: the master dies at a random moment. Errors are against its own timeline, whose
// clock goes on in the simulation: the greatest of any peer in the 5 s before, and in the 5 s
// after; beyond is by how much one run's after exceeds its before. Medians of the runs, and the
// worst. soak: hours of 16 peers with 1 % loss. A violation is a session time that runs back or
// jumps.
//
//     session_measure [--json] [--seeds N] [--seconds S] [--hours H] [--peers P] [--smoke | --full]
//
// --seeds 0 --peers 100 --hours 1 only soaks; --full does so too, and takes an hour or so.
#include <jamnet/testing/sim_peers.hpp>

#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "../rows.hpp"
#include "quantile.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t first_seed = 2'026'112'150; // tuned nothing
constexpr nanoseconds settling = 20s, look = 100ms;

struct options {
  bool json = false, full = false;
  std::uint64_t seeds = 5;
  double seconds = 60, hours = 0.25;
  std::size_t peers = 16; // of the soak
};

double microseconds(nanoseconds t) { return static_cast<double>(t.count()) * 1e-3; }
double seconds(nanoseconds t) { return static_cast<double>(t.count()) * 1e-9; }

// Peers that come within the first two seconds, as people do.
class band {
public:
  band(std::size_t size, path_kind path, double loss, std::uint64_t seed) : net{path, loss, seed} {
    random_source random{seed};
    for (std::size_t i = 0; i < size; ++i) {
      const clock_drift quartz{.skew_ppm = random.uniform(-100, 100), .wander_ppm = 0.03};
      peers.push_back(&net.add_peer({.clock = quartz, .more = {.max_peers = size}}));
      net.run_for(nanoseconds{static_cast<std::int64_t>(2e9 / static_cast<double>(size))});
    }
  }
  /// Whom all follow; none while they do not agree.
  [[nodiscard]] sim_peer* master() const {
    sim_peer* found = nullptr;
    for (sim_peer* p : peers)
      if (p->machine().timing().role() == arbiter_role::master) found = p;
    for (sim_peer* p : peers)
      if (found && p->machine().timing().master() != found->machine().id()) return nullptr;
    return found;
  }
  void kill(sim_peer* gone) {
    peers.erase(std::find(peers.begin(), peers.end(), gone));
    net.remove(*gone);
  }

  sim_peers net;
  std::vector<sim_peer*> peers;
};

// ----------------------------------------------------------------------------------------- sixteen

void sixteen(std::vector<jamnet_bench::row>& rows, path_kind path, const options& o) {
  std::vector<float> apart, spread, bytes;
  for (std::uint64_t seed = first_seed; seed < first_seed + o.seeds; ++seed) {
    band all{16, path, usual_loss(path), seed};
    all.net.run_for(settling);
    for (double t = 0; t < o.seconds; t += seconds(look)) {
      all.net.run_for(look);
      float most = 0;
      for (std::size_t a = 0; a < all.peers.size(); ++a)
        for (std::size_t b = 0; b < a; ++b) {
          const auto error = microseconds(all.peers[a]->now() - all.peers[b]->now());
          apart.push_back(static_cast<float>(std::abs(error)));
          most = std::max(most, apart.back());
        }
      spread.push_back(most);
    }
    for (const sim_peer* p : all.peers) {
      const auto sent = all.net.network().sent_by(p->platform().where()).bytes;
      bytes.push_back(static_cast<float>(static_cast<double>(sent) * 1e-3 /
                                         seconds(all.net.now().time_since_epoch())));
    }
  }
  const auto name = std::string{"sync/sixteen/"} + testing::name(path);
  rows.push_back({name + "/p50_us", jamnet_bench::quantile(apart, 0.5), "us"});
  rows.push_back({name + "/p99_us", jamnet_bench::quantile(apart, 0.99), "us"});
  rows.push_back({name + "/max_us", jamnet_bench::quantile(apart, 1), "us"});
  rows.push_back({name + "/spread_p99_us", jamnet_bench::quantile(spread, 0.99), "us"});
  rows.push_back({name + "/sent_most_KB_s", jamnet_bench::quantile(bytes, 1),
                  "KB/s"}); // all traffic of a peer
}

// ---------------------------------------------------------------------------------------- handover

struct handover_outcome {
  double before_us = 0, after_us = 0, new_master_s = 0;
};

std::optional<handover_outcome> kill_master(path_kind path, std::uint64_t seed) {
  band all{8, path, usual_loss(path), seed};
  all.net.run_for(settling);
  sim_peer* const old = all.master();
  if (old == nullptr) return std::nullopt;
  const sim_clock its_clock = old->platform().clock();
  const session_clock its_map = old->clock();
  const auto greatest_error = [&] {
    double most = 0;
    for (const sim_peer* p : all.peers)
      most = std::max(most, std::abs(microseconds(p->now() - its_map.to_session(its_clock.now()))));
    return most;
  };
  handover_outcome outcome;
  const double life = random_source{seed}.uniform(5, 15);
  for (double t = 0; t < life; t += 0.01) {
    all.net.run_for(10ms);
    if (t > life - 5) outcome.before_us = std::max(outcome.before_us, greatest_error());
  }
  all.kill(old);
  outcome.new_master_s = 5;
  for (double t = 0.01; t < 5; t += 0.01) {
    all.net.run_for(10ms);
    if (all.master() != nullptr) outcome.new_master_s = std::min(outcome.new_master_s, t);
    outcome.after_us = std::max(outcome.after_us, greatest_error());
  }
  return outcome;
}

void handover(std::vector<jamnet_bench::row>& rows, path_kind path, const options& o) {
  std::vector<float> before, after, beyond, took;
  for (std::uint64_t seed = first_seed; seed < first_seed + 4 * o.seeds; ++seed) {
    const auto seen = kill_master(path, seed);
    if (!seen) continue;
    before.push_back(static_cast<float>(seen->before_us));
    after.push_back(static_cast<float>(seen->after_us));
    beyond.push_back(static_cast<float>(seen->after_us - seen->before_us));
    took.push_back(static_cast<float>(seen->new_master_s));
  }
  const auto name = std::string{"sync/handover/"} + testing::name(path);
  rows.push_back({name + "/error_before_us", jamnet_bench::quantile(before, 0.5), "us"});
  rows.push_back({name + "/error_after_us", jamnet_bench::quantile(after, 0.5), "us"});
  rows.push_back({name + "/worst_beyond_us", jamnet_bench::quantile(beyond, 1), "us"});
  rows.push_back({name + "/new_master_s", jamnet_bench::quantile(took, 0.5), "s"});
  rows.push_back({name + "/worst_new_master_s", jamnet_bench::quantile(took, 1), "s"});
}

// -------------------------------------------------------------------------------------------- soak

// Whether one peer's session time goes on as time does, seen now and then.
class watch {
public:
  /// How many laws were broken since the last look, `passed` ago.
  int look(const sim_peer& p, nanoseconds passed) {
    const bool in_time = p.clock().synchronised();
    const bool stays = in_time_ && p.machine().session() == session_;
    const auto went = p.now() - time_;
    int broken = 0;
    if (stays && !in_time) ++broken;
    if (stays && in_time && (went < passed * 9 / 10 || went > passed * 11 / 10)) ++broken;
    in_time_ = in_time;
    session_ = p.machine().session();
    time_ = p.now();
    return broken;
  }

private:
  bool in_time_ = false;
  session_id session_;
  session_time time_{};
};

void soak(std::vector<jamnet_bench::row>& rows, const std::string& name, std::size_t size,
          double hours) {
  constexpr nanoseconds step = 20ms;
  const std::clock_t began = std::clock();
  band all{size, path_kind::lan, 0.01, first_seed};
  std::vector<watch> watches(size);
  int violations = 0;
  std::size_t most_in_flight = 0, links = 0;
  std::array<double, 2> rate{}; // of the first tenth that is settled, and of the last
  std::uint64_t bytes = 0;
  const auto rate_since = [&](double span_s) {
    const std::uint64_t before = bytes;
    bytes = 0;
    for (const sim_peer* p : all.peers)
      bytes += all.net.network().sent_by(p->platform().where()).bytes;
    return static_cast<double>(bytes - before) * 1e-3 / span_s / static_cast<double>(size);
  };
  const auto looks = static_cast<std::int64_t>(hours * 3600 / seconds(step));
  for (std::int64_t i = 0; i < looks; ++i) {
    all.net.run_for(step);
    for (std::size_t k = 0; k < size; ++k) violations += watches[k].look(*all.peers[k], step);
    most_in_flight = std::max(most_in_flight, all.net.network().in_flight());
    const auto tenth = i * 10 / looks;
    if ((i + 1) * 10 / looks == tenth) continue;
    const double now = rate_since(hours * 360);
    if (tenth == 1) rate[0] = now;
    rate[1] = now;
  }
  for (const sim_peer* p : all.peers)
    p->machine().for_each_link([&](const toast::link&) { ++links; });
  rows.push_back({name + "/hours", hours, "h"});
  rows.push_back({name + "/peers", static_cast<double>(size), ""});
  rows.push_back({name + "/violations", static_cast<double>(violations), ""});
  rows.push_back(
      {name + "/cpu_s", static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC, "s"});
  rows.push_back({name + "/links_at_end", static_cast<double>(links), ""});
  rows.push_back({name + "/in_flight_most", static_cast<double>(most_in_flight), "datagrams"});
  rows.push_back({name + "/sent_early_KB_s", rate[0], "KB/s"});
  rows.push_back({name + "/sent_late_KB_s", rate[1], "KB/s"});
}

options read(int argc, char** argv) {
  options o;
  for (int i = 1; i < argc; ++i) {
    const auto is = [&](const char* name) { return std::strcmp(argv[i], name) == 0; };
    const auto number = [&] { return ++i < argc ? std::atof(argv[i]) : 0; };
    if (is("--json")) o.json = true;
    if (is("--full")) o = {o.json, true, 20, 300, 8, 16};
    if (is("--smoke")) o = {o.json, false, 1, 1, 0.01, 16};
    if (is("--seeds")) o.seeds = static_cast<std::uint64_t>(number());
    if (is("--seconds")) o.seconds = number();
    if (is("--hours")) o.hours = number();
    if (is("--peers")) o.peers = static_cast<std::size_t>(number());
  }
  return o;
}

} // namespace

int main(int argc, char** argv) {
  const options o = read(argc, argv);
  std::vector<jamnet_bench::row> rows;
  for (const auto path : all_paths) {
    const bool changes = path == path_kind::route || path == path_kind::route_asym; // after 2 min
    if (o.seeds > 0 && (!changes || o.full)) sixteen(rows, path, o);
  }
  for (const auto path :
       {path_kind::lan, path_kind::lan_load, path_kind::wifi_home, path_kind::wifi, path_kind::wan})
    if (o.seeds > 0) handover(rows, path, o);
  soak(rows, "sync/soak", o.peers, o.hours);
  if (o.full) soak(rows, "sync/soak_100", 100, 1);
  jamnet_bench::print(rows, o.json);
}
