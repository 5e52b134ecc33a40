// When did the GPU do that? On the same simulated devices, from the same readings, in one run.
//
// A device is looked at ten times a second, eight times in a row. `jamnet` gets all that was read,
// the others the quickest of the eight, which suits them: `tracy` draws a line through the last two
// (as Tracy's profiler recalibrates, calls half as slow again as the best of the first left out),
// `least_squares` through the last 30 s, weighted by width. Errors are of the moment at which a
// counter showed its number, so they have the tick's own share in them (9 and 15 ns), and are
// looked at four times between looks from 30 s on. Then what a conversion costs.
#include <jamnet/sync/clock_bridge.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include <jamnet/testing/sim_timebase.hpp>

#include "../rows.hpp"
#include "../sync/quantile.hpp"

using namespace jamnet;
using namespace jamnet_bench;
using namespace std::chrono_literals;

namespace {

struct scenario {
  const char* name;
  testing::sim_timebase_options gpu;
};
const std::array scenarios{
    scenario{"sim_32ns", {}},
    scenario{"sim_52ns",
             {.format = {1e9 / 19.2e6, 36},
              .drift = {.skew_ppm = 25, .wander_ppm = 0.003},
              .first_ticks = 0xF'F000'0000,
              .call_ns = 2500,
              .call_spread = 0.35,
              .slow_calls = 0.02}},
    scenario{"sim_vm",
             {.format = {1, 64},
              .drift = {.skew_ppm = 40, .wander_ppm = 0.02},
              .call_ns = 20'000,
              .call_spread = 0.8,
              .slow_calls = 0.05}},
};

// Device and host time in ns, relative to the first reading, and half the width of the call.
struct sighting {
  double device, host, wide;
};

// The slope between the last two, as in Tracy's GpuCalibration.
class two_points {
public:
  void add(const sighting& seen) {
    if (count_ < 32) least_ = std::min(least_, seen.wide);
    if (count_ >= 32 && seen.wide > 1.5 * least_) return;
    if (count_++ > 0 && seen.device > last_.device)
      slope_ = (seen.host - last_.host) / (seen.device - last_.device);
    last_ = seen;
  }
  double host(double device) const { return last_.host + (device - last_.device) * slope_; }

private:
  sighting last_{};
  double least_ = 1e18, slope_ = 1;
  int count_ = 0;
};

class least_squares {
public:
  void add(const sighting& seen) {
    window_.push_back(seen);
    while (window_.front().host < seen.host - 30e9) window_.pop_front();
    double sw = 0, sx = 0, sy = 0;
    for (const auto& s : window_) {
      const double w = 1 / (s.wide * s.wide);
      sw += w, sx += w * (s.device - seen.device), sy += w * (s.host - seen.host);
    }
    x_ = seen.device + sx / sw, y_ = seen.host + sy / sw;
    double xx = 0, xy = 0;
    for (const auto& s : window_) {
      const double w = 1 / (s.wide * s.wide);
      xx += w * (s.device - x_) * (s.device - x_), xy += w * (s.device - x_) * (s.host - y_);
    }
    if (window_.size() > 3 && xx > 0) slope_ = xy / xx;
  }
  double host(double device) const { return y_ + (device - x_) * slope_; }

private:
  std::deque<sighting> window_;
  double x_ = 0, y_ = 0, slope_ = 1;
};

// Passes a device's readings on, and keeps the quickest since it was last asked.
class overheard {
public:
  explicit overheard(const testing::sim_timebase& device) : device_{device} {}
  result<timebase_reading> read() noexcept {
    auto reading = device_.read();
    if (reading && (!any_ || reading->uncertainty < best_.uncertainty)) best_ = *reading;
    any_ |= reading.has_value();
    return reading;
  }
  tick_format format() const noexcept { return device_.format(); }
  timebase_reading take_best() {
    any_ = false;
    return best_;
  }

private:
  testing::sim_timebase device_;
  timebase_reading best_{};
  bool any_ = false;
};

struct record {
  std::vector<float> errors;
  double squares = 0;
  void look(double error) {
    errors.push_back(static_cast<float>(std::abs(error)));
    squares += error * error;
  }
};
struct records {
  record jamnet, tracy, least_squares;
  double looks = 0, broken = 0, impossible = 0, bound = 0, hard = 0;
};

double in_ns(nanoseconds d) { return static_cast<double>(d.count()); }

void run(const scenario& s, std::uint64_t seed, nanoseconds length, records& all) {
  auto options = s.gpu;
  options.seed = seed;
  options.drift.seed = seed + 1000;
  testing::manual_clock host;
  testing::sim_timebase gpu{host, options};
  clock_bridge bridge{overheard{gpu}, host, {.interval = 100ms}};
  two_points tracy;
  least_squares line;
  random_source random{seed};

  const host_time start = host.now();
  std::uint64_t last = gpu.ticks();
  double counted = 0; // ticks since the start
  const auto device_ns = [&](std::uint64_t ticks) {
    counted += static_cast<double>(options.format.between(last, ticks));
    last = ticks;
    return counted * options.format.period_ns;
  };
  while (host.now() - start < length) {
    const auto due = bridge.poll();
    const auto best = bridge.device().take_best();
    const sighting seen{device_ns(best.ticks), in_ns(best.host - start), in_ns(best.uncertainty)};
    tracy.add(seen);
    line.add(seen);
    const bool counts = host.now() - start > 30s;
    std::array<double, 4> moments;
    for (double& m : moments) m = random.uniform() * in_ns(due - host.now());
    std::sort(moments.begin(), moments.end());
    double passed = 0;
    for (const double m : moments) {
      host.advance(nanoseconds{static_cast<std::int64_t>(m - passed)});
      passed = m;
      if (!counts) continue;
      const std::uint64_t ticks = gpu.ticks();
      const double device = device_ns(ticks), truth = in_ns(host.now() - start);
      const auto clock = bridge.clock();
      const double ours = in_ns(clock.to_host(ticks) - host.now());
      all.jamnet.look(ours);
      all.tracy.look(tracy.host(device) - truth);
      all.least_squares.look(line.host(device) - truth);
      const double bound = in_ns(clock.bound(host.now()));
      const double hard = in_ns(clock.hard_bound(host.now()));
      ++all.looks;
      all.broken += std::abs(ours) > bound;
      all.impossible += std::abs(ours) > hard;
      all.bound += bound, all.hard += hard;
    }
    if (due > host.now()) host.advance(due - host.now());
  }
}

double report(std::vector<row>& rows, const std::string& who, record& seen) {
  const double rms = std::sqrt(seen.squares / static_cast<double>(seen.errors.size()));
  rows.push_back({who + "/rms_ns", rms, "ns"});
  rows.push_back({who + "/p99_ns", quantile(seen.errors, 0.99), "ns"});
  return rms;
}

void report(std::vector<row>& rows, const scenario& s, records& all) {
  const std::string name = std::string{"bridge/"} + s.name;
  const double ours = report(rows, name + "/jamnet", all.jamnet);
  rows.push_back({name + "/jamnet/bound_broken", 100 * all.broken / all.looks, "%"});
  rows.push_back({name + "/jamnet/hard_bound_broken", 100 * all.impossible / all.looks, "%"});
  rows.push_back({name + "/jamnet/mean_bound_ns", all.bound / all.looks, "ns"});
  rows.push_back({name + "/jamnet/mean_hard_bound_ns", all.hard / all.looks, "ns"});
  const double two = report(rows, name + "/tracy", all.tracy);
  rows.push_back({name + "/tracy/rms_times_ours", two / ours, ""});
  const double squares = report(rows, name + "/least_squares", all.least_squares);
  rows.push_back({name + "/least_squares/rms_times_ours", squares / ours, ""});
}

// Three turns of a counter of 36 bits, an hour each: moments that were off by more than 2 µs.
double errors_over_three_wraps() {
  testing::manual_clock host;
  testing::sim_timebase gpu{host, scenarios[1].gpu};
  clock_bridge bridge{gpu, host, {.interval = 1s}};
  double wrong = 0;
  const host_time start = host.now();
  while (host.now() - start < 3h) {
    bridge.poll();
    host.advance(200ms);
    const auto error = bridge.to_host(gpu.ticks()) - host.now();
    if (host.now() - start > 2s) wrong += error > 2us || error < -2us;
  }
  return bridge.count().wraps >= 3 ? wrong : 1e9;
}

template <class Convert>
double cost_ns(Convert convert) {
  double best = 1e9;
  for (int round = 0; round < 21; ++round) {
    constexpr int times = 200'000;
    std::uint64_t ticks = 0xF'0000'0000;
    std::int64_t sum = 0;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i, ticks += 12'345) {
      sum += convert(ticks);
      const volatile std::int64_t used = sum; // so that none is left out, or done with another
      static_cast<void>(used);
    }
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count() / times);
  }
  return best;
}

void costs(std::vector<row>& rows) {
  testing::manual_clock host;
  testing::sim_timebase gpu{host, scenarios[1].gpu};
  clock_bridge bridge{gpu, host};
  bridge.poll();
  const clock_map<host_timeline, session_timeline> session{host.now(), session_time{1s}, 0.3, 2e-5};
  const auto map = bridge.map().then(session);
  rows.push_back({"bridge/convert_ns",
                  cost_ns([&](std::uint64_t t) { return map(t).time_since_epoch().count(); }),
                  "ns"});
  rows.push_back({"bridge/ask_ns", cost_ns([&](std::uint64_t t) {
                    return bridge.to_host(t).time_since_epoch().count();
                  }),
                  "ns"});
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::uint64_t seeds = 8;
  nanoseconds length = 300s;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) seeds = 1, length = 60s;
    if (std::strcmp(argv[i], "--full") == 0) seeds = 32, length = 600s;
  }
  std::vector<row> rows;
  for (const auto& s : scenarios) {
    records all;
    for (std::uint64_t seed = 2'026'112'100; seed < 2'026'112'100 + seeds; ++seed)
      run(s, seed, length, all);
    report(rows, s, all);
  }
  rows.push_back({"bridge/sim_52ns/jamnet/errors_over_3_wraps", errors_over_three_wraps(), ""});
  costs(rows);
  jamnet_bench::print(rows, json);
  return 0;
}
