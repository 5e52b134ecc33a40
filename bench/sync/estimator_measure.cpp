// Who knows the session's clock best? On the same simulated clocks and paths, in one run.
//
// Those that take any exchange (last, ntp, pi, regression, jamnet) get the very same ones: what
// clock_prober makes of trains of three, five a second. Link measures as it does itself, and as
// link_equal so often that it sends as many packets as the others; jamnet_equal sends as few as
// Link does, a train each 1.8 s.
// `--interval MS [--pings N]` measures only ours, at that interval from the first train on, as in a
// full room, and how far two peers that follow the same clock disagree.
// The truth is looked at each 20 ms; errors count from 60 s on, without what a path's asymmetry
// hides from everybody (0.5 ms on wan). Bounds are held against all of it.
#include <jamnet/sync/clock_estimator.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <jamnet/sync/slewed_clock.hpp>
#include <jamnet/testing/probed_peer.hpp>

#include "../rows.hpp"
#include "link_in_simulation.hpp"
#include "quantile.hpp"
#include "rivals.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace jamnet_bench;

namespace {

constexpr std::uint64_t first_seed = 2'026'112'100; // none of these ever tuned or tested anything
constexpr double length_s = 300, counts_from_s = 60, look_each_s = 0.02;
constexpr double most_skew_ppm = 100;
[[maybe_unused]] constexpr double link_skew_ppm = 20;
constexpr double no_estimate = 1e9; // ns: who knows nothing is wrong by a second

struct scenario {
  const char* name;
  path_kind path;
  double skew_step = 0; // ns/s, at 150 s
};
constexpr std::array scenarios{scenario{"lan", path_kind::lan},
                               scenario{"lan_load", path_kind::lan_load},
                               scenario{"lan_asym", path_kind::lan_asym},
                               scenario{"wifi_home", path_kind::wifi_home},
                               scenario{"wifi", path_kind::wifi},
                               scenario{"wan", path_kind::wan},
                               scenario{"route_asym", path_kind::route_asym},
                               scenario{"bloat", path_kind::bloat},
                               scenario{"skew_step", path_kind::lan_load, 20e3}};

probed_peer make_peer(const scenario& s, std::uint64_t seed, double skew_ppm,
                      const probe_options& probing = {}) {
  probed_peer peer{{.path = s.path,
                    .seed = seed,
                    .length_s = length_s,
                    .loss = usual_loss(s.path),
                    .skew_ppm = skew_ppm,
                    .probing = probing}};
  peer.clock.step_at = 150e9;
  peer.clock.skew_step = s.skew_step;
  return peer;
}

// ------------------------------------------------------------------------------------- contestants

// When an error became less than a limit for at least five seconds.
class convergence {
public:
  explicit convergence(double limit_ns) : limit_{limit_ns} {}
  void look(double t, double error) {
    if (found_) return;
    if (error >= limit_)
      since_.reset();
    else if (!since_)
      since_ = t;
    else if (t - *since_ >= 5)
      found_ = since_;
  }
  float seconds() const { return static_cast<float>(found_.value_or(length_s)); }

private:
  double limit_;
  std::optional<double> since_, found_;
};

// All that was seen of one contestant on one path.
struct record {
  std::vector<float> errors_us;                   // signed, one seed after the other
  std::vector<float> below_100us_s, below_10us_s; // one a seed
  double looks = 0, soft_held = 0, hard_held = 0, soft_us = 0, hard_us = 0;
};
using records = std::map<std::string, record>;

// One contestant on one path with one seed.
class observer {
public:
  observer(record& all, double hidden) : all_{all}, hidden_{hidden} {}
  ~observer() {
    all_.below_100us_s.push_back(below_100us_.seconds());
    all_.below_10us_s.push_back(below_10us_.seconds());
  }
  observer(const observer&) = delete;
  observer& operator=(const observer&) = delete;

  /// `error`: estimate minus truth, ns.
  void look(double t, std::optional<double> error) {
    const double beyond = error ? std::abs(*error - hidden_) : no_estimate;
    below_100us_.look(t, beyond);
    below_10us_.look(t, beyond);
    if (t < counts_from_s) return;
    all_.errors_us.push_back(static_cast<float>(error ? (*error - hidden_) * 1e-3 : beyond * 1e-3));
  }
  void look(double t, std::optional<double> error, nanoseconds soft, nanoseconds hard) {
    look(t, error);
    if (t < counts_from_s || !error) return;
    const auto ns = [](nanoseconds d) { return static_cast<double>(d.count()); };
    ++all_.looks;
    all_.soft_held += std::abs(*error) <= ns(soft);
    all_.hard_held += std::abs(*error) <= ns(hard);
    all_.soft_us += ns(soft) * 1e-3;
    all_.hard_us += ns(hard) * 1e-3;
  }

private:
  record& all_;
  double hidden_;
  convergence below_100us_{100e3}, below_10us_{10e3};
};

class contestant {
public:
  explicit contestant(observer& seen) : seen_{seen} {}
  virtual ~contestant() = default;
  virtual void add(const clock_exchange& exchange, host_time now) = 0;
  virtual void look(const probed_peer& truth, double t) = 0;

protected:
  observer& seen_;
};

template <class Rival>
class other final : public contestant {
public:
  template <class... Settings>
  explicit other(observer& seen, Settings... settings) : contestant{seen},
                                                         rival_(settings...) {}
  void add(const clock_exchange& x, host_time) override {
    constexpr nanoseconds origin =
        probed_peer::session_start.time_since_epoch() - probed_peer::start.time_since_epoch();
    const auto both = static_cast<double>((x.forward() - origin + x.backward() - origin).count());
    rival_.add({(probed_peer::seconds(x.t1) + probed_peer::seconds(x.t4)) / 2, both / 2,
                static_cast<double>(x.round_trip().count())});
    ready_ = true;
  }
  void look(const probed_peer& truth, double t) override {
    if (ready_)
      seen_.look(t, rival_.offset(t) - truth.clock.offset(t * 1e9));
    else
      seen_.look(t, std::nullopt);
  }

private:
  Rival rival_;
  bool ready_ = false;
};

/// The estimate itself, or the slewed clock that applications read.
template <bool Slewed>
class ours final : public contestant {
public:
  using contestant::contestant;
  void add(const clock_exchange& exchange, host_time now) override {
    estimator_.add(exchange);
    if (Slewed && estimator_.ready()) output_.follow(estimator_.map(), now);
  }
  void look(const probed_peer& truth, double t) override {
    if (!estimator_.ready()) return seen_.look(t, std::nullopt);
    const host_time here = probed_peer::host(t * 1e9);
    const auto map = Slewed ? output_.map() : estimator_.map();
    const auto error = static_cast<double>((map(here) - truth.session(t * 1e9)).count());
    if (Slewed) return seen_.look(t, error);
    seen_.look(t, error, map.bound(here), estimator_.hard_bound(here));
  }

private:
  clock_estimator estimator_;
  slewed_clock output_;
};

// --------------------------------------------------------------------------------------------- run

using contestants = std::vector<std::unique_ptr<contestant>>;

// All get the same exchanges, and are looked at at the same moments. From `seldom_from` s on,
// trains are at least `interval` apart.
void replay(probed_peer& peer, const contestants& all, double seldom_from = length_s,
            nanoseconds interval = {}) {
  double t = 0;
  const auto look_until = [&](double end) {
    for (; t < end; t += look_each_s)
      for (const auto& c : all) c->look(peer, t);
  };
  while (const auto exchange = peer.next_train(length_s)) {
    look_until(probed_peer::seconds(peer.now()));
    for (const auto& c : all) c->add(*exchange, peer.now());
    if (t >= seldom_from) peer.prober.least_interval(interval);
  }
  look_until(length_s);
}

void run_ours_and_others(const scenario& s, std::uint64_t seed, records& all) {
  const double hidden = hidden_offset(s.path);
  observer last{all["last"], hidden}, ntp{all["ntp"], hidden}, pi{all["pi"], hidden},
      line{all["regression"], hidden}, best{all["jamnet"], hidden},
      slewed{all["jamnet_slewed"], hidden};
  contestants those;
  those.push_back(std::make_unique<other<last_sample>>(last));
  those.push_back(std::make_unique<other<ntp_filter>>(ntp));
  those.push_back(std::make_unique<other<pi_servo>>(pi, 0.2));
  those.push_back(std::make_unique<other<regression>>(line));
  those.push_back(std::make_unique<ours<false>>(best));
  those.push_back(std::make_unique<ours<true>>(slewed));
  auto peer = make_peer(s, seed, most_skew_ppm);
  replay(peer, those);
}

// As often as Link asks: 51 pings each 30 s, after the same quick start.
void run_ours_seldom(const scenario& s, std::uint64_t seed, records& all) {
  observer seen{all["jamnet_equal"], hidden_offset(s.path)};
  contestants those;
  those.push_back(std::make_unique<ours<false>>(seen));
  auto peer = make_peer(s, seed, most_skew_ppm);
  replay(peer, those, 2, nanoseconds{30'000'000'000 / (51 / 3)});
}

// As in a room whose size sets the interval, from the first train on.
void run_ours_at(const scenario& s, std::uint64_t seed, const probe_options& probing,
                 nanoseconds interval, records& all) {
  observer seen{all["jamnet"], hidden_offset(s.path)};
  contestants those;
  those.push_back(std::make_unique<ours<false>>(seen));
  auto peer = make_peer(s, seed, most_skew_ppm, probing);
  peer.prober.least_interval(interval);
  replay(peer, those);
}

#if defined(JAMNET_BENCH_LINK)
void run_link(const scenario& s, std::uint64_t seed, double skew_ppm, double period, record& all) {
  const auto peer = make_peer(s, seed, skew_ppm);
  link_peer link{peer.clock, peer.path, period};
  observer seen{all, hidden_offset(s.path)};
  for (double t = 0; t < length_s; t += look_each_s) {
    link.run_until(t * 1e9);
    const auto offset = link.offset();
    const double truth = peer.clock.offset(t * 1e9);
    seen.look(t, offset ? std::optional{*offset - truth} : std::nullopt);
  }
}
#endif

void run(const scenario& s, std::uint64_t seed, records& all) {
  run_ours_and_others(s, seed, all);
  run_ours_seldom(s, seed, all);
#if defined(JAMNET_BENCH_LINK)
  constexpr double pings_a_second = 15; // three, five times
  run_link(s, seed, most_skew_ppm, link_peer::own_period, all["link"]);
  run_link(s, seed, most_skew_ppm, link_peer::pings_a_measurement / pings_a_second,
           all["link_equal"]);
  run_link(s, seed, link_skew_ppm, link_peer::own_period, all["link_20ppm"]);
#endif
}

// ------------------------------------------------------------------------------------------ report

// By how much two peers disagree that follow one clock: of neighbouring seeds.
std::vector<float> pairwise(const std::vector<float>& errors, std::size_t seeds) {
  const std::size_t each = errors.size() / seeds;
  std::vector<float> apart;
  for (std::size_t k = 0; k + 2 * each <= errors.size(); k += 2 * each)
    for (std::size_t i = k; i < k + each; ++i)
      apart.push_back(std::abs(errors[i] - errors[i + each]));
  return apart;
}

void report(std::vector<row>& rows, const std::string& path, records& all) {
  auto apart = pairwise(all["jamnet"].errors_us, all["jamnet"].below_10us_s.size());
  for (auto& entry : all)
    for (float& error : entry.second.errors_us) error = std::abs(error);
  const double best = jamnet_bench::quantile(all["jamnet"].errors_us, 0.99);
  const double seldom =
      all.count("jamnet_equal") ? jamnet_bench::quantile(all["jamnet_equal"].errors_us, 0.99) : 0;
  for (auto& [who, seen] : all) {
    const std::string name = "sync/" + path + "/" + who;
    const double p99 = jamnet_bench::quantile(seen.errors_us, 0.99);
    rows.push_back({name + "/p50_us", jamnet_bench::quantile(seen.errors_us, 0.5), "us"});
    rows.push_back({name + "/p99_us", p99, "us"});
    rows.push_back({name + "/max_us", jamnet_bench::quantile(seen.errors_us, 1), "us"});
    if (who.find("jamnet") != 0) rows.push_back({name + "/p99_times_ours", p99 / best, ""});
    if (who == "link") rows.push_back({name + "/p99_times_ours_equal", p99 / seldom, ""});
    if (who == "jamnet")
      rows.push_back({name + "/pair_p99_us", jamnet_bench::quantile(apart, 0.99), "us"});
    if (seen.looks == 0) continue;
    rows.push_back({name + "/soft_bound_held", 100 * seen.soft_held / seen.looks, "%"});
    rows.push_back({name + "/hard_bound_held", 100 * seen.hard_held / seen.looks, "%"});
    rows.push_back({name + "/mean_soft_us", seen.soft_us / seen.looks, "us"});
    rows.push_back({name + "/mean_hard_us", seen.hard_us / seen.looks, "us"});
    for (auto [limit, seconds] : {std::pair{"100us", &seen.below_100us_s},  // medians of the seeds,
                                  std::pair{"10us", &seen.below_10us_s}}) { // 300: never
      rows.push_back(
          {name + "/converge_" + limit + "_s", jamnet_bench::quantile(*seconds, 0.5), "s"});
      rows.push_back(
          {name + "/converge_" + limit + "_worst_s", jamnet_bench::quantile(*seconds, 1), "s"});
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::uint64_t seeds = 100;
  probe_options probing;
  nanoseconds interval{};
  for (int i = 1; i < argc; ++i) {
    if (i + 1 < argc && std::strcmp(argv[i], "--interval") == 0)
      probing.interval = interval = nanoseconds{std::atoll(argv[++i]) * 1'000'000};
    if (i + 1 < argc && std::strcmp(argv[i], "--pings") == 0) probing.pings = std::atoi(argv[++i]);
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) seeds = 2;
    if (std::strcmp(argv[i], "--full") == 0) seeds = 256;
  }
  std::vector<row> rows;
  for (const auto& s : scenarios) {
    records all;
    for (std::uint64_t seed = first_seed; seed < first_seed + seeds; ++seed) {
      if (interval.count() > 0)
        run_ours_at(s, seed, probing, interval, all);
      else
        run(s, seed, all);
    }
    report(rows, s.name, all);
  }
  jamnet_bench::print(rows, json);
  return 0;
}
