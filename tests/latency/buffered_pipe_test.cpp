#include <jamnet/latency/buffered_pipe.hpp>

#include <algorithm>
#include <functional>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/latency/adaptive_latency.hpp>
#include <jamnet/testing/manual_clock.hpp>
#include <jamnet/testing/rt_guard.hpp>
#include <jamnet/time/steady_source.hpp>

#include "echo.hpp"
#include "mono_audio.hpp"

using namespace jamnet;
using namespace std::chrono_literals;
using testing::manual_clock;

namespace {

using echo_pipe = buffered_pipe<echo, manual_clock>;

// A processor that now and then does nothing for a while, of which it tells the simulation.
struct pausing {
  echo inner{};
  std::function<void()> pause{};

  void prepare(const processor_format& format) { inner.prepare(format); }
  void process(planar_block<float> audio, std::span<const block_event> events) {
    if (pause) pause();
    inner.process(audio, events);
  }
  void reset() { inner.reset(); }
};

// An audio callback every block, a worker that rests as long as the pipe says, and the answer of
// the same processor without a pipe to compare with. Time passes only when both wait; or during a
// pause, when only audio runs.
class simulation {
public:
  simulation(const latency_plan& plan, std::uint64_t seed, double pauses, nanoseconds longest)
      : plan_{plan},
        random_{seed},
        pipe_{plan,
              pausing{{},
                      [=, this] {
                        if (random_.uniform(0, 1) < pauses)
                          pass(nanoseconds{
                              nearest(random_.uniform(0, static_cast<double>(longest.count())))});
                      }},
              clock_},
        memory_{*audio_shape::of(plan.channels(), plan.block())} {
    reference_.prepare({plan.rate(), plan.channels(), plan.block()});
  }

  void run(nanoseconds duration) {
    const auto end = clock_.now() + duration;
    while (clock_.now() < end) {
      pipe_.work();
      pass(pipe_.rest());
    }
  }
  std::size_t glitches = 0, frames = 0;
  auto& pipe() { return pipe_; }

private:
  // Lets time pass, with the callbacks that come meanwhile.
  void pass(nanoseconds duration) {
    const auto end = clock_.now() + duration;
    for (auto due = start_ + plan_.duration(static_cast<std::int64_t>(frames)); due <= end;
         due = start_ + plan_.duration(static_cast<std::int64_t>(frames))) {
      clock_.advance(std::max(due - clock_.now(), 0ns));
      callback();
    }
    clock_.advance(std::max(end - clock_.now(), 0ns));
  }

  void callback() {
    const auto audio = memory_.at(0, plan_.block()).first;
    std::vector<block_event> events;
    for (std::uint32_t f = 0; f < plan_.block(); ++f) {
      for (std::size_t c = 0; c < plan_.channels(); ++c)
        audio.sample(c, f) = static_cast<float>(random_.uniform(-1, 1));
      if (random_.next() % 100 == 0)
        events.push_back({f, ump{{static_cast<std::uint32_t>(random_.next())}}});
    }
    frame_store<float, planar<>> copied{memory_shape()};
    const auto expected = copied.at(0, plan_.block()).first;
    copy(audio, expected);
    reference_.process(expected, events);
    history_.insert(history_.end(), expected.channel(0).begin(), expected.channel(0).end());
    {
      const testing::rt_guard guard;
      pipe_.process(audio, events);
    }
    const auto latency = static_cast<std::size_t>(plan_.latency());
    for (std::size_t f = 0; f < plan_.block(); ++f) {
      const auto at = frames + f;
      glitches += audio.sample(0, f) != (at < latency ? 0 : history_[at - latency]);
    }
    frames += plan_.block();
  }
  audio_shape memory_shape() const { return *audio_shape::of(plan_.channels(), plan_.block()); }

  latency_plan plan_;
  random_source random_;
  manual_clock clock_;
  host_time start_ = clock_.now();
  buffered_pipe<pausing, manual_clock> pipe_;
  echo reference_;
  std::vector<float> history_;
  frame_store<float, planar<>> memory_;
};

} // namespace

TEST_CASE("what comes out is the processor's answer, a latency later, bit for bit") {
  for (const std::size_t block : {1u, 32u, 100u, 128u, 500u, 2400u})
    for (const std::size_t channels : {1u, 2u}) {
      CAPTURE(block);
      CAPTURE(channels);
      simulation run{*latency_plan::of({.channels = channels, .block = block}), 1, 0, 0ms};
      run.run(block == 1 ? 200ms : 2s);
      CHECK(run.glitches == 0);
      CHECK(run.pipe().buffer().health().underruns == 0);
      CHECK(run.pipe().losses().events == 0);
    }
}

TEST_CASE("pauses of 20 ms at random are not heard behind 50 ms") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    simulation run{*latency_plan::of({.channels = 1, .block = 128}), seed, 0.05, 20ms};
    run.run(20s);
    CHECK(run.glitches == 0);
    CHECK(run.pipe().buffer().health().worst_processing > 15ms);
  }
}

TEST_CASE("pauses beyond the latency are silence, and afterwards everything is in its place") {
  const auto plan = *latency_plan::of({.channels = 1, .latency = 10ms, .block = 128});
  simulation run{plan, 4, 0.02, 30ms};
  run.run(5s);
  const auto health = run.pipe().buffer().health();
  CHECK(health.underruns > 0);
  CHECK(run.glitches <= health.silent_frames);
  CHECK(run.glitches > health.silent_frames / 2); // silence may be right by chance, never mostly
  CHECK(run.pipe().losses().input_frames == 0);
}

TEST_CASE("a worker that does not come at all: input is lost, counted, and its place kept") {
  const auto plan = *latency_plan::exactly(64, {.channels = 1, .block = 32});
  echo_pipe pipe{plan, {}, manual_clock{}};
  mono_audio audio{32};
  const block_event note{0, ump{{0x20900000 | 64}}};
  constexpr std::size_t kept = 32'768, sent = 2000 * 32; // half a second, as a power of two
  for (int i = 0; i < 2000; ++i) {
    audio.fill(1);
    pipe.process(audio, i == 1500 ? std::span{&note, 1} : std::span<const block_event>{});
    REQUIRE(std::count(audio.samples.begin(), audio.samples.end(), 0.f) == 32);
  }
  CHECK(pipe.losses().input_frames == sent - kept);
  pipe.work_off();
  // Now it is back. First what was kept, then the gap, then what comes: all in place.
  std::vector<float> heard;
  for (int i = 0; i < 20; ++i) {
    audio.fill(0);
    if (i == 5) audio.samples[3] = 1;
    pipe.process(audio, {});
    pipe.work_off();
    heard.insert(heard.end(), audio.samples.begin(), audio.samples.end());
  }
  CHECK(pipe.losses().input_frames == sent - kept);
  // The event of the gap sounds with the first frame after it, and so 64 frames later.
  CHECK(heard[63] == 0);
  CHECK(heard[64] == 64 * 0.99f);
  const auto echoed = heard[5 * 32 + 3 + 64] - heard[5 * 32 + 2 + 64] * 0.99f;
  CHECK(echoed == doctest::Approx(1));
}

TEST_CASE("events beyond what can wait are lost aloud, and end in a reset, not in a stuck note") {
  const auto plan = *latency_plan::exactly(64, {.channels = 1, .block = 32});
  echo_pipe pipe{plan, {}, manual_clock{}};
  mono_audio audio{32};
  const std::vector<block_event> flood(2000, block_event{7, ump{{1}}});
  pipe.process(audio, flood);
  CHECK(pipe.losses().events == 2000 - echo_pipe::most_events);
  pipe.work_off();
  CHECK(pipe.buffer().fill() == 64);
}

TEST_CASE("events out of order, or beyond the block, sound within it") {
  const auto plan = *latency_plan::exactly(32, {.channels = 1, .block = 32});
  echo_pipe pipe{plan, {}, manual_clock{}};
  mono_audio audio{32};
  const block_event events[]{{UINT32_MAX, ump{{3}}}, {0, ump{{5}}}};
  pipe.process(audio, events);
  pipe.work_off();
  audio.fill(0);
  pipe.process(audio, {});
  CHECK(audio.samples[30] == 0);
  CHECK(audio.samples[31] == 8 * 0.99f);
}

TEST_CASE("events of an empty block sound with the next frame") {
  const auto plan = *latency_plan::exactly(32, {.channels = 1, .block = 32});
  echo_pipe pipe{plan, {}, manual_clock{}};
  mono_audio audio{32};
  const block_event event{0, ump{{5}}};
  pipe.process(audio.first(0), std::span{&event, 1});
  for (int i = 0; i < 2; ++i) {
    pipe.process(audio, {});
    pipe.work_off();
  }
  CHECK(audio.samples[0] == 5 * 0.99f);
}

TEST_CASE("a block longer than announced is taken in parts") {
  const auto plan = *latency_plan::exactly(64, {.channels = 1, .block = 16});
  echo_pipe pipe{plan, {}, manual_clock{}};
  mono_audio audio{40};
  const block_event late{39, ump{{9}}};
  pipe.process(audio, std::span{&late, 1});
  pipe.work_off();
  for (int i = 0; i < 2; ++i) pipe.process(audio, {});
  CHECK(audio.samples[39 + 64 - 80] == 9 * 0.99f);
}

TEST_CASE(
    "a turn does all there is to do, but waits for more while the buffer is 80 percent full") {
  const auto plan = *latency_plan::exactly(800, {.channels = 1, .block = 8});
  echo_pipe pipe{plan, {}, manual_clock{}};
  CHECK(pipe.chunk() == 100);
  mono_audio audio{800};
  const auto put = [&](std::size_t frames) {
    for (std::size_t f = 0; f < frames; f += 8) pipe.process(audio.first(8), {});
  };
  put(160);
  CHECK(pipe.work() == 0); // 80 % full
  CHECK(pipe.rest() >= plan.duration((800 - 8) / 16));
  put(40);
  CHECK(pipe.work() == 200); // 75 %
  CHECK(pipe.work() == 0);
  put(104);
  CHECK(pipe.work() == 0); // 87 %
  CHECK(pipe.work_off() == 104);
}

TEST_CASE("two threads: bit for bit, or silent where the worker was too late") {
  const auto plan = *latency_plan::of({.channels = 1, .block = 64});
  buffered_pipe<echo, steady_source> pipe{plan, echo{}, {}};
  std::atomic<bool> stop{false};
  std::thread worker{[&] {
    while (!stop.load(std::memory_order_relaxed))
      if (pipe.work() == 0) std::this_thread::yield();
  }};
  random_source random{9};
  echo reference;
  reference.prepare({48'000, 1, 64});
  std::vector<float> history;
  mono_audio audio{64};
  auto& samples = audio.samples;
  std::size_t wrong = 0, right = 0;
  for (std::size_t frame = 0; frame < 200'000; frame += 64) {
    for (auto& x : samples) x = static_cast<float>(random.uniform(0.1, 1));
    const block_event event{static_cast<std::uint32_t>(random.next() % 64), ump{{5}}};
    const auto in = samples;
    reference.process(audio, std::span{&event, 1});
    history.insert(history.end(), samples.begin(), samples.end());
    samples = in;
    pipe.process(audio, std::span{&event, 1});
    for (std::size_t f = 0; f < 64; ++f)
      if (samples[f] != 0 && frame + f >= 2400)
        (samples[f] == history[frame + f - 2400] ? right : wrong) += 1;
    while (pipe.buffer().fill() < 800 && frame > 4800 && frame % 4096 != 0)
      std::this_thread::yield();
  }
  stop = true;
  worker.join();
  CHECK(pipe.losses().input_frames == 0);
  CHECK(wrong == 0);
  CHECK(right > 100'000);
}

TEST_CASE("a latency that sizes itself stays above the block, and grows with the pauses") {
  using policies = write_ahead_policies<unchecked_age, no_telemetry, adaptive_latency>;
  const auto plan =
      *latency_plan::of({.channels = 1, .latency = 50ms, .largest = 200ms, .block = 512});
  buffered_pipe<echo, manual_clock, policies> pipe{
      plan, echo{}, manual_clock{}, policies{{}, {}, adaptive_latency{{.recordings = 100}}}};
  mono_audio audio{512};
  for (int i = 0; i < 1000; ++i) {
    pipe.process(audio, {});
    pipe.work_off();
  }
  CHECK(pipe.buffer().latency_samples() == 768); // 1.5 blocks: nothing ever paused
  CHECK(pipe.buffer().health().underruns == 0);
}
