// Sound through RtAudio and a private JACK server on its dummy driver: does it go round unharmed,
// and how well is the device's clock known?
//
//     audio_measure [--json] [--smoke | --full]      # a minute, 5 s, ten minutes
//
// That driver sleeps from period to period of CLOCK_MONOTONIC, and until when is written down by
// driver_wakes, so the true time of every frame is known. After an xrun it counts from then on. How
// late even the quickest callback is after the driver was to wake belongs to the latency: phases
// are compared with what is usual in the whole run. `knowing` is who takes the least late callback
// since the last xrun, and is told the true rate and each xrun: the best to be had from callbacks.
// The bridge's host clock is another, CLOCK_MONOTONIC_RAW, against which NTP turns the first: both
// are read side by side all along.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <thread>
#include <vector>

#include <jamnet/platform/rtaudio_stream.hpp>
#include <jamnet/sync/clock_bridge.hpp>

#include "../../tests/platform/jack_fixture.hpp"
#include "../../tests/platform/sound_loop.hpp"
#include "../rows.hpp"
#include "../sync/quantile.hpp"
#include "driver_wakes.hpp"

using namespace jamnet;
using namespace std::chrono_literals;
using jamnet_bench::driver_wakes;
using jamnet_bench::quantile;
using jamnet_bench::row;

namespace {

constexpr double rate = 48'000, ns_per_frame = 1e9 / rate, period = 128 * ns_per_frame;

double in_ns(host_time t) { return static_cast<double>(t.time_since_epoch().count()); }

double monotonic() {
  std::timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e9 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec);
}

// From one clock to the other, by pairs of readings.
class clock_pairs {
public:
  void read() {
    const steady_source host;
    double best = 1e18;
    pair now{};
    for (int i = 0; i < 5; ++i) {
      const double before = in_ns(host.now()), other = monotonic(), after = in_ns(host.now());
      if (after - before >= best) continue;
      best = after - before;
      now = {(before + after) / 2, other};
    }
    pairs_.push_back(now);
  }
  double to_monotonic(double host) const {
    auto after = std::lower_bound(pairs_.begin() + 1, pairs_.end() - 1, host,
                                  [](const pair& p, double t) { return p.host < t; });
    const pair a = *(after - 1), b = *after;
    return a.other + (host - a.host) * (b.other - a.other) / (b.host - a.host);
  }
  // How much faster than the host's clock the other runs.
  double drift_ppm() const {
    const pair a = pairs_.front(), b = pairs_.back();
    return 1e6 * ((b.other - a.other) / (b.host - a.host) - 1);
  }

private:
  struct pair {
    double host, other;
  };
  std::vector<pair> pairs_;
};

struct guess { // of the bridge
  std::uint64_t frame;
  double image, bound, drift_ppm;
};

struct recording {
  explicit recording(double seconds)
      : stamps(static_cast<std::size_t>(seconds * rate / 64) + 10'000) {}

  void stamp(audio_moment now) noexcept {
    if (count < stamps.size()) stamps[count++] = {now.frame, now.at};
    newest.store(now.frame, std::memory_order_release);
  }

  std::vector<audio_stamp> stamps;
  std::size_t count = 0;
  std::atomic<std::uint64_t> newest{0};
};

// When the period of each stamp began: one before the driver was to wake next.
std::vector<double> truth(const recording& heard, const clock_pairs& clocks,
                          const std::vector<double>& wakes) {
  std::vector<double> began;
  for (std::size_t i = 0; i < heard.count; ++i) {
    const double at = clocks.to_monotonic(in_ns(heard.stamps[i].at));
    const auto next = std::upper_bound(wakes.begin(), wakes.end(), at);
    if (next == wakes.end()) break; // the server ended
    began.push_back(*next - period);
  }
  return began;
}

struct outcome {
  audio_stream_counts count;
  std::uint64_t wrong = 0, compared = 0;
  std::int64_t delay = -1;
  double rate_error_ppm = 0, phase_p50_us = 0, phase_p99_us = 0, phase_max_us = 0, bound_held = 0;
  double usual_us = 0, knowing_p99_us = 0, bound_p50_us = 0, late_p50_us = 0, late_p99_us = 0,
         anchors = 0;
  double quiet_phase_p99_us = 0, quiet_bound_held = 0; // without an xrun for half a second
};

void judge(const std::vector<guess>& guesses, const recording& heard, const clock_pairs& clocks,
           const std::vector<double>& wakes, outcome& found) {
  const auto began = truth(heard, clocks, wakes);
  std::vector<std::uint64_t> xruns; // up to each: where the driver did not go on as it did before
  std::vector<float> waited, least;
  for (std::size_t i = 0; i < began.size(); ++i) {
    const bool on = i > 0 && std::abs(began[i] - began[i - 1] - period) < 10e3;
    xruns.push_back(i == 0 ? 0 : xruns.back() + !on);
    waited.push_back(
        static_cast<float>(1e-3 * (clocks.to_monotonic(in_ns(heard.stamps[i].at)) - began[i])));
    least.push_back(on ? std::min(least.back(), waited.back()) : waited.back());
  }
  struct judged {
    double error, bound;
    bool disturbed; // by an xrun in the last half second
  };
  std::vector<judged> all;
  std::vector<float> errors, phase, bounds, rates, quiet;
  for (const guess& g : guesses) {
    const auto index = static_cast<std::size_t>(
        std::lower_bound(heard.stamps.begin(),
                         heard.stamps.begin() + static_cast<std::ptrdiff_t>(heard.count), g.frame,
                         [](const audio_stamp& s, std::uint64_t f) { return s.frame < f; }) -
        heard.stamps.begin());
    constexpr std::size_t half_a_second = 188; // periods
    if (index >= began.size() || index < half_a_second) continue;
    all.push_back({clocks.to_monotonic(g.image) - began[index], g.bound,
                   xruns[index - half_a_second] != xruns[index]});
    errors.push_back(static_cast<float>(all.back().error));
    bounds.push_back(static_cast<float>(1e-3 * g.bound));
    rates.push_back(static_cast<float>(std::abs(g.drift_ppm - clocks.drift_ppm())));
  }
  const double usual = quantile(errors, 0.5);
  double held = 0, quiet_held = 0;
  for (const judged& j : all) {
    const double error = std::abs(j.error - usual);
    phase.push_back(static_cast<float>(1e-3 * error));
    held += error <= j.bound;
    if (j.disturbed) continue;
    quiet.push_back(phase.back());
    quiet_held += error <= j.bound;
  }
  if (!xruns.empty()) found.anchors = static_cast<double>(xruns.back());
  found.rate_error_ppm = quantile(rates, 0.99);
  found.phase_p50_us = quantile(phase, 0.5);
  found.phase_p99_us = quantile(phase, 0.99);
  found.phase_max_us = quantile(phase, 1);
  found.bound_p50_us = quantile(bounds, 0.5);
  found.bound_held = phase.empty() ? 0 : held / static_cast<double>(phase.size());
  found.quiet_phase_p99_us = quantile(quiet, 0.99);
  found.quiet_bound_held = quiet.empty() ? 0 : quiet_held / static_cast<double>(quiet.size());
  found.late_p50_us = quantile(waited, 0.5);
  found.late_p99_us = quantile(waited, 0.99);
  found.usual_us = 1e-3 * usual;
  const double usually_least = quantile(least, 0.5);
  for (float& l : least) l = static_cast<float>(std::abs(l - usually_least));
  found.knowing_p99_us = quantile(least, 0.99);
}

void keep(const recording& heard, const clock_pairs& clocks,
          const std::vector<double>& wakes) { // to think about later
  const char* const name = std::getenv("AUDIO_MEASURE_STAMPS");
  if (name == nullptr) return;
  if (std::FILE* const file = std::fopen(name, "w")) {
    const auto began = truth(heard, clocks, wakes);
    for (std::size_t i = 0; i < began.size(); ++i)
      std::fprintf(file, "%llu %lld %.0f %.0f\n",
                   static_cast<unsigned long long>(heard.stamps[i].frame),
                   static_cast<long long>(heard.stamps[i].at.time_since_epoch().count()),
                   clocks.to_monotonic(in_ns(heard.stamps[i].at)), began[i]);
    std::fclose(file);
  }
}

bool run(double seconds, const driver_wakes& wakes, outcome& found) {
  auto opened = rtaudio_stream<>::open(
      {.inputs = 1, .outputs = 1, .name = "jammeasure", .connect = false, .api = "jack"});
  if (!opened) return false;
  auto& stream = **opened;
  testing::sound_loop loop;
  recording heard{seconds};
  clock_bridge bridge{audio_device_timebase{stream.stamps(), rate}, steady_source{}};
  clock_pairs clocks;
  std::vector<guess> guesses;
  clocks.read();
  const auto started = stream.start([&](audio_moment now, auto in, auto out) {
    heard.stamp(now);
    loop.play(now.frame, in, out);
  });
  if (!started) return false;
  if (std::system("jack_connect 'jammeasure:outport 0' 'jammeasure:inport 0'") != 0) return false;

  const steady_source host;
  const auto began = host.now();
  const nanoseconds length{nearest(1e9 * seconds)};
  for (auto polled = began, now = began; now - began < length; now = host.now()) {
    bridge.poll();
    if (now - polled >= 100ms) {
      polled = now;
      stream.poll(now);
      clocks.read();
    }
    if (now - began >= std::min<nanoseconds>(10s, length / 2)) {
      const auto frame = heard.newest.load(std::memory_order_acquire);
      const auto clock = bridge.clock();
      const auto image = clock.to_host(frame * audio_device_timebase::ticks_per_frame);
      guesses.push_back(
          {frame, in_ns(image), static_cast<double>(clock.bound(image).count()), clock.drift_ppm});
    }
    std::this_thread::sleep_for(10ms);
  }
  stream.stop();
  clocks.read();
  found.count = stream.count();
  found.wrong = loop.wrong();
  found.compared = loop.compared();
  found.delay = loop.delay();
  judge(guesses, heard, clocks, wakes.times(), found);
  keep(heard, clocks, wakes.times());
  return true;
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  double seconds = 60;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) seconds = 5;
    if (std::strcmp(argv[i], "--full") == 0) seconds = 600;
  }
  const driver_wakes wakes{JAMNET_BENCH_DRIVER_WAKES};
  testing::jack_server server{{.realtime = true}};
  outcome found;
  if (!server.running() || !run(seconds, wakes, found)) {
    std::fprintf(stderr, "audio_measure: nothing measured: %s\n",
                 server.running() ? "no stream" : server.trouble().c_str());
    jamnet_bench::print({}, json);
    return server.running() ? 1 : 0;
  }
  const auto number = [](auto n) { return static_cast<double>(n); };
  jamnet_bench::print(
      {{"devices/rtaudio/blocks", number(found.count.blocks), ""},
       {"devices/rtaudio/xruns", number(found.count.xruns), ""},
       {"devices/rtaudio/own_xruns", number(found.count.slow), ""},
       {"devices/rtaudio/loop_frames", number(found.delay), "frames"},
       {"devices/rtaudio/compared_samples", number(found.compared), ""},
       {"devices/rtaudio/wrong_samples", number(found.wrong), ""},
       {"devices/rtaudio/late_us/p50", found.late_p50_us, "us"},
       {"devices/rtaudio/late_us/p99", found.late_p99_us, "us"},
       {"devices/timebase/rate_error_ppm", found.rate_error_ppm, "ppm"},
       {"devices/timebase/usual_us", found.usual_us, "us"},
       {"devices/timebase/phase_p50_us", found.phase_p50_us, "us"},
       {"devices/timebase/phase_p99_us", found.phase_p99_us, "us"},
       {"devices/timebase/knowing/phase_p99_us", found.knowing_p99_us, "us"},
       {"devices/timebase/phase_max_us", found.phase_max_us, "us"},
       {"devices/timebase/bound_p50_us", found.bound_p50_us, "us"},
       {"devices/timebase/bound_held", 100 * found.bound_held, "%"},
       {"devices/timebase/undisturbed/phase_p99_us", found.quiet_phase_p99_us, "us"},
       {"devices/timebase/undisturbed/bound_held", 100 * found.quiet_bound_held, "%"},
       {"devices/timebase/anchors", found.anchors, ""}},
      json);
  return 0;
}
