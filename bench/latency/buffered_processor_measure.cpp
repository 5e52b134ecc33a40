// What does it cost to run a processor on a thread of its own, how should that thread be woken,
// and is anything heard of its pauses? In real time, with real threads.
//
// overhead_percent: an audio thread wakes for each block of 128 frames at 48 kHz and plays it
// through the same synthesiser twice: called directly, and behind a buffer of 50 ms. The processor
// time of either is the waking, the call, and of the buffered one the worker's. Side by side,
// because how fast the processor runs changes from second to second.
// wake_*: three buffered processors that do next to nothing and pause for 40 % of their latency
// play side by side: one is woken by the reader's progress, two by a tick. The processor time is
// that of the worker, wakes are its voluntary context switches, without those of the pauses.
// glitches_realtime: 20 ms pauses behind 50 ms. A loaded machine may let a worker wait for longer
// than the latency: that is an underrun, so how late the audio thread woke stands beside it.
//
// Linux only: who used what is asked of the kernel.
//
//   buffered_processor_measure [--json] [--smoke | --full]
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "../median.hpp"
#include "../rows.hpp"
#include "listener.hpp"
#include <jamnet/latency/buffered_processor.hpp>
#include <sys/resource.h>

using namespace jamnet;
using namespace std::chrono_literals;
using jamnet_bench::listener;
using jamnet_bench::median;
using jamnet_bench::pausing;
using jamnet_bench::row;

namespace {

constexpr std::size_t frames = 128;

// ---------------------------------------------------------------------------------- processors

// 32 voices: a sine through a filter of four poles, panned, added to the input. An event retunes a
// voice. Some 70 µs for 128 frames.
class synthesiser {
public:
  void prepare(const processor_format& format) {
    rate_ = static_cast<float>(format.rate);
    for (std::size_t v = 0; v < voices_.size(); ++v) tune(voices_[v], 36 + v);
  }
  void process(planar_block<float> audio, std::span<const block_event> events) {
    std::size_t next = 0;
    for (std::size_t f = 0; f < audio.frames(); ++f) {
      for (; next < events.size() && events[next].frame == f; ++next) {
        const auto word = events[next].packet.words[0];
        tune(voices_[(word >> 8) % voices_.size()], word % 128);
      }
      float left = audio.sample(0, f), right = audio.sample(1, f);
      for (auto& v : voices_) {
        const float s = std::sin(v.phase);
        v.phase += v.step;
        if (v.phase > pi) v.phase -= 2 * pi;
        v.low[0] += v.cutoff * v.band[0];
        v.band[0] += v.cutoff * (s - v.low[0] - v.band[0]);
        v.low[1] += v.cutoff * v.band[1];
        v.band[1] += v.cutoff * (v.low[0] - v.low[1] - v.band[1]);
        left += v.pan * v.low[1];
        right += (1 - v.pan) * v.low[1];
      }
      audio.sample(0, f) = left * gain;
      audio.sample(1, f) = right * gain;
    }
  }
  void reset() {
    for (auto& v : voices_) v.low = v.band = {};
  }

private:
  struct voice {
    float phase = 0, step = 0;
    std::array<float, 2> low{}, band{};
    float cutoff = 0.2f, pan = 0;
  };
  static constexpr float gain = 1.f / 32, pi = 3.14159265f;

  void tune(voice& v, std::size_t key) const {
    v.step = 2 * pi * 440 * std::exp2((static_cast<float>(key) - 69) / 12) / rate_;
    v.pan = static_cast<float>(key % 16) / 16;
  }

  float rate_ = 48'000;
  std::array<voice, 32> voices_{};
};

// ------------------------------------------------------------------------------------ real time

// Returns each time a block is due.
class pacemaker {
public:
  explicit pacemaker(const latency_plan& plan)
      : block_{plan.duration(static_cast<std::int64_t>(plan.block()))} {}

  void wait() {
    due_ += block_;
    std::this_thread::sleep_until(due_);
    latest_ = std::max(latest_, std::chrono::steady_clock::now() - due_);
  }
  double latest_ms() const { return std::chrono::duration<double, std::milli>{latest_}.count(); }

private:
  nanoseconds block_;
  std::chrono::steady_clock::time_point due_ = std::chrono::steady_clock::now();
  nanoseconds latest_{};
};

std::size_t blocks_in(double seconds, const latency_plan& plan) {
  return static_cast<std::size_t>(seconds * plan.rate() / static_cast<double>(plan.block()));
}

// ------------------------------------------------------------------------------------- overhead

double cpu_us(clockid_t clock) {
  std::timespec t{};
  ::clock_gettime(clock, &t);
  return 1e6 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_nsec);
}
double wakes(int who) {
  ::rusage used{};
  ::getrusage(who, &used);
  return static_cast<double>(used.ru_nvcsw);
}

struct costs { // microseconds a block, but for the last
  double waking, direct, buffered, wakes_per_s;
};

costs play_both(double seconds) {
  const auto plan = *latency_plan::of({.block = frames});
  synthesiser direct;
  direct.prepare({plan.rate(), 2, frames});
  buffered_processor<synthesiser> buffered{plan};
  frame_store<float, planar<>> memory{*audio_shape::of(2, frames)};
  const auto audio = memory.at(0, frames).first;
  const block_event note{17, ump{{0x1234}}};
  if (!buffered.start()) std::exit(EXIT_FAILURE);

  double in_direct = 0, in_buffered = 0;
  const auto timed = [&audio](double& sum, auto& player, std::span<const block_event> events) {
    const double before = cpu_us(CLOCK_THREAD_CPUTIME_ID);
    player.process(audio, events);
    sum += cpu_us(CLOCK_THREAD_CPUTIME_ID) - before;
  };
  const double others_before = cpu_us(CLOCK_PROCESS_CPUTIME_ID) - cpu_us(CLOCK_THREAD_CPUTIME_ID);
  const double wakes_before = wakes(RUSAGE_SELF) - wakes(RUSAGE_THREAD);
  const double began = cpu_us(CLOCK_THREAD_CPUTIME_ID);
  const auto blocks = blocks_in(seconds, plan);
  pacemaker pace{plan};
  for (std::size_t n = 0; n < blocks; ++n) {
    pace.wait();
    const std::span events{&note, n % 16 == 0 ? 1u : 0u};
    if (n % 2 == 0) timed(in_direct, direct, events);
    timed(in_buffered, buffered, events);
    if (n % 2 != 0) timed(in_direct, direct, events);
  }
  const double waking = cpu_us(CLOCK_THREAD_CPUTIME_ID) - began - in_direct - in_buffered;
  const double woken = wakes(RUSAGE_SELF) - wakes(RUSAGE_THREAD) - wakes_before;
  (void)buffered.stop(); // now it has done as much work as the other
  const double others =
      cpu_us(CLOCK_PROCESS_CPUTIME_ID) - cpu_us(CLOCK_THREAD_CPUTIME_ID) - others_before;
  const auto count = static_cast<double>(blocks);
  return {waking / count, (waking + in_direct) / count, (waking + in_buffered + others) / count,
          woken / seconds};
}

void measure_overhead(std::vector<row>& rows, std::size_t rounds, double seconds) {
  std::vector<double> waking, direct, buffered, woken, percent;
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto found = play_both(seconds);
    waking.push_back(found.waking);
    direct.push_back(found.direct);
    buffered.push_back(found.buffered);
    woken.push_back(found.wakes_per_s);
    percent.push_back(100 * (found.buffered / found.direct - 1));
  }
  const std::string name = "buffered_processor/overhead_percent";
  rows.push_back({name, median(percent), "%"});
  rows.push_back({name + "/direct_us", median(direct), "us a block"});
  rows.push_back({name + "/buffered_us", median(buffered), "us a block"});
  rows.push_back({name + "/waking_us", median(waking), "us a block, in both"});
  rows.push_back({name + "/worker_wakes_per_s", median(woken), "/s"});
}

// ----------------------------------------------------------------------------------------- wake

// What a worker used until its last chunk, as it finds itself.
struct usage {
  std::atomic<double> cpu_seconds{0}, switches{0};

  void take() {
    ::rusage used{};
    ::getrusage(RUSAGE_THREAD, &used);
    const auto seconds = [](const ::timeval& t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    switches = static_cast<double>(used.ru_nvcsw);
  }
};
struct observed {
  std::shared_ptr<usage> used;

  void prepare(const processor_format&) {}
  void process(planar_block<float>, std::span<const block_event>) { used->take(); }
  void reset() {}
};
struct sleep {
  nanoseconds time;
  std::shared_ptr<std::atomic<int>> count;
  void operator()() const {
    std::this_thread::sleep_for(time);
    ++*count;
  }
};

class contestant {
public:
  contestant(const char* who, nanoseconds tick, const latency_plan& plan, nanoseconds pause)
      : who_{who},
        buffered_{plan, {observed{used_}, sleep{pause, pauses_}}, options(tick)},
        memory_{*audio_shape::of(plan.channels(), plan.block())} {
    if (!buffered_.start()) std::exit(EXIT_FAILURE);
  }
  void process() { buffered_.process(memory_.at(0, memory_.capacity()).first, {}); }
  void report(std::vector<row>& rows, std::string name, double seconds) {
    name = "buffered_processor/" + (who_ + ("/" + name));
    rows.push_back({name + "/cpu_percent", 100 * used_->cpu_seconds / seconds, "%"});
    rows.push_back({name + "/wakes_per_s", (used_->switches - *pauses_) / seconds, "/s"});
    rows.push_back({name + "/underruns", static_cast<double>(buffered_.health().underruns), ""});
  }

private:
  static worker_options options(nanoseconds tick) {
    worker_options made;
    made.tick = tick;
    return made;
  }
  std::string who_;
  std::shared_ptr<usage> used_ = std::make_shared<usage>();
  std::shared_ptr<std::atomic<int>> pauses_ = std::make_shared<std::atomic<int>>(0);
  buffered_processor<pausing<observed, sleep>> buffered_;
  frame_store<float, planar<>> memory_;
};

void measure_wakes(std::vector<row>& rows, double seconds) {
  for (const nanoseconds latency : {50ms, 20ms, 10ms}) {
    const auto plan = *latency_plan::of({.latency = latency, .block = frames});
    const auto pause = latency * 2 / 5;
    contestant progress{"wake_progress", 0ms, plan, pause};
    contestant tick_5ms{"wake_tick_5ms", 5ms, plan, pause};
    contestant tick_1ms{"wake_tick_1ms", 1ms, plan, pause};
    const std::array all{&progress, &tick_5ms, &tick_1ms};
    pacemaker pace{plan};
    for (std::size_t n = 0; n < blocks_in(seconds, plan); ++n) {
      pace.wait();
      for (auto* each : all) each->process();
    }
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(latency).count();
    for (auto* each : all) each->report(rows, std::to_string(ms) + "ms", seconds);
  }
}

// ------------------------------------------------------------------------------------- glitches

void measure_glitches(std::vector<row>& rows, double seconds) {
  const auto plan = *latency_plan::of({.latency = 50ms, .block = frames});
  const auto pauses = std::make_shared<std::atomic<int>>(0);
  buffered_processor<pausing<synthesiser, sleep>> player{plan, {synthesiser{}, {20ms, pauses}}};
  listener<synthesiser> host{plan};
  frame_store<float, planar<>> memory{*audio_shape::of(2, frames)};
  const auto audio = memory.at(0, frames).first;
  std::vector<block_event> events;
  if (!player.start()) std::exit(EXIT_FAILURE);
  pacemaker pace{plan};
  for (std::size_t n = 0; n < blocks_in(seconds, plan); ++n) {
    pace.wait();
    events.clear();
    host(audio, events, n * frames, [&] { player.process(audio, events); });
  }
  const std::string name = "buffered_processor/glitches_realtime";
  const auto health = player.health();
  rows.push_back({name, static_cast<double>(host.glitches), "frames"});
  rows.push_back({name + "/of", static_cast<double>(host.frames), "frames"});
  rows.push_back({name + "/wrong", static_cast<double>(host.wrong), "frames"});
  rows.push_back({name + "/pauses", static_cast<double>(*pauses), "of 20 ms"});
  rows.push_back({name + "/underruns", static_cast<double>(health.underruns), ""});
  const std::chrono::duration<double, std::milli> longest{health.worst_processing};
  rows.push_back({name + "/longest_pause", longest.count(), "ms"});
  rows.push_back({name + "/latest_callback", pace.latest_ms(), "ms"});
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::size_t rounds = 20;
  double overhead = 1, wakes = 4, glitches = 30; // seconds
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") json = true;
    if (option == "--smoke") rounds = 1, overhead = 0.3, wakes = 0.3, glitches = 1;
    if (option == "--full") rounds = 50, overhead = 1, wakes = 20, glitches = 300;
  }
  std::vector<row> rows;
  measure_overhead(rows, rounds, overhead);
  measure_wakes(rows, wakes);
  measure_glitches(rows, glitches);
  jamnet_bench::print(rows, json);
}
