#include <jamnet/latency/buffered_processor.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

#include "echo.hpp"
#include "mono_audio.hpp"

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

latency_plan mono_plan() {
  return *latency_plan::of({.channels = 1, .latency = 50ms, .largest = 100ms, .block = 64});
}

// Stands still in process() until it may go on.
struct standing {
  std::shared_ptr<std::atomic<bool>> go_on;
  std::shared_ptr<std::atomic<int>> alive = std::make_shared<std::atomic<int>>(0);

  void prepare(const processor_format&) {}
  void process(planar_block<float>, std::span<const block_event>) {
    ++*alive;
    while (!go_on->load()) std::this_thread::yield();
  }
  void reset() {}
};

// A worker that comes to run when it may.
worker_options held_until(std::shared_ptr<std::atomic<bool>> go_on, nanoseconds patience) {
  worker_options options;
  options.patience = patience;
  options.on_start = [go_on = std::move(go_on)] {
    while (!go_on->load()) std::this_thread::yield();
  };
  return options;
}

} // namespace

TEST_CASE("a processor on its own thread answers bit for bit, a reported latency later") {
  buffered_processor<echo> buffered{mono_plan()};
  REQUIRE(*buffered.start() == 2400);
  CHECK(*buffered.start() == 2400); // again: nothing
  echo reference;
  reference.prepare({48'000, 1, 64});
  mono_audio audio{64};
  std::vector<float> history;
  std::size_t wrong = 0;
  for (std::size_t frame = 0; frame < 48'000; frame += 64) {
    for (std::size_t f = 0; f < 64; ++f) audio.samples[f] = static_cast<float>((frame + f) % 977);
    const block_event event{static_cast<std::uint32_t>(frame % 61), ump{{7}}};
    const auto in = audio.samples;
    reference.process(audio, std::span{&event, 1});
    history.insert(history.end(), audio.samples.begin(), audio.samples.end());
    audio.samples = in;
    while (buffered.health().fill < 64) std::this_thread::yield(); // no clock drives this test
    {
      const testing::rt_guard guard;
      buffered.process(audio, std::span{&event, 1});
    }
    for (std::size_t f = 0; f < 64; ++f)
      wrong += audio.samples[f] != (frame + f < 2400 ? 0 : history[frame + f - 2400]);
  }
  CHECK(wrong == 0);
  REQUIRE(buffered.stop());
  CHECK(buffered.health().underruns == 0);
  CHECK(buffered.health().worst_processing > 0ns);

  SUBCASE("what was put in before the stop is there, and can be heard to its end") {
    CHECK(buffered.health().fill == 2400);
    mono_audio silent{64};
    buffered.process(silent, {});
    CHECK(silent.samples[0] == history[48'000 - 2400]);
  }
  SUBCASE("it may be started again, and goes on") {
    REQUIRE(buffered.start());
    mono_audio silent{64};
    for (int i = 0; i < 100; ++i) {
      while (buffered.health().fill < 64) std::this_thread::yield();
      buffered.process(silent, {});
      silent.fill(0);
    }
    CHECK(buffered.health().underruns == 0);
  }
}

TEST_CASE("before the start there is only silence, and no end of it without a worker") {
  buffered_processor<echo> buffered{mono_plan()};
  mono_audio audio{64};
  for (int i = 0; i < 100; ++i) {
    audio.fill(1);
    buffered.process(audio, {});
    for (const float x : audio.samples) REQUIRE(x == 0);
  }
  CHECK(*buffered.stop() == 2400); // nothing to stop
}

TEST_CASE("passed through, a processor answers at once and has no latency") {
  buffered_processor<echo> direct{mono_plan(), {}, {.pass_through = true}};
  CHECK(*direct.start() == 0);
  CHECK(direct.latency_samples() == 0);
  CHECK_FALSE(direct.set_latency(100));
  CHECK_FALSE(direct.latency_changed());
  mono_audio audio{64};
  const block_event event{10, ump{{7}}};
  direct.process(audio, std::span{&event, 1});
  CHECK(audio.samples[9] == 0);
  CHECK(audio.samples[10] == 7 * 0.99f);
  CHECK(direct.health().underruns == 0);
  CHECK(direct.losses().events == 0);
  CHECK(direct.stop());
}

TEST_CASE("a stuck processor costs a limit and an error, no hang, and later no leak") {
  const auto go_on = std::make_shared<std::atomic<bool>>(false);
  standing stuck{go_on};
  const std::weak_ptr<std::atomic<int>> alive = stuck.alive;
  {
    worker_options options;
    options.patience = 20ms;
    buffered_processor<standing> buffered{mono_plan(), std::move(stuck), std::move(options)};
    REQUIRE(buffered.start());
    mono_audio audio{64};
    while (*alive.lock() == 0) buffered.process(audio, {});
    CHECK(buffered.stop().error() == failure{errc::processor_stuck, 20});
    CHECK(buffered.start().error().code == errc::processor_stuck);
    buffered.process(audio, {}); // the audio thread does not know, and need not
    CHECK(audio.samples[0] == 0);
  }
  *go_on = true; // at last it returns, and its thread cleans up
  while (!alive.expired()) std::this_thread::yield();
}

TEST_CASE("a worker that does not come to run is an error of start()") {
  const auto go_on = std::make_shared<std::atomic<bool>>(false);
  buffered_processor<echo> buffered{mono_plan(), {}, held_until(go_on, 20ms)};
  CHECK(buffered.start().error() == failure{errc::processor_stuck, 20});
  CHECK(buffered.start().error() == failure{errc::processor_stuck, 20}); // still
  *go_on = true;
  while (!buffered.start()) std::this_thread::yield(); // at last
  CHECK(buffered.stop());
}

TEST_CASE("a start that failed and was stopped does not make the next seem to succeed") {
  const auto go_on = std::make_shared<std::atomic<bool>>(false);
  buffered_processor<echo> buffered{mono_plan(), {}, held_until(go_on, 100ms)};
  REQUIRE_FALSE(buffered.start());
  *go_on = true;
  REQUIRE(buffered.stop()); // the worker came to run after all
  *go_on = false;
  CHECK_FALSE(buffered.start());
  *go_on = true;
  while (!buffered.start()) std::this_thread::yield();
}

TEST_CASE("a latency shorter than a block is refused when it is to start") {
  buffered_processor<echo> buffered{*latency_plan::exactly(63, {.channels = 1, .block = 64})};
  CHECK(buffered.start().error() == failure{errc::latency_range, 63});
  mono_audio audio{64};
  buffered.process(audio, {});
}

TEST_CASE("the latency changes while audio runs, and the host is told") {
  buffered_processor<echo> buffered{mono_plan()};
  REQUIRE(buffered.start());
  CHECK_FALSE(buffered.set_latency(63)); // shorter than a block
  CHECK_FALSE(buffered.set_latency(4801));
  CHECK(buffered.set_latency(3000));
  mono_audio audio{64};
  bool told = false;
  for (int i = 0; i < 100; ++i) {
    while (buffered.health().fill < 64) std::this_thread::yield();
    buffered.process(audio, {});
    told |= buffered.latency_changed();
  }
  CHECK(told);
  CHECK(buffered.latency_samples() == 3000);
  CHECK(buffered.health().latency == 3000);
}

TEST_CASE("on_start runs on the worker, and a fixed tick wakes it as well") {
  std::thread::id id;
  worker_options options;
  options.tick = 1ms;
  options.on_start = [&] { id = std::this_thread::get_id(); };
  {
    buffered_processor<echo> buffered{mono_plan(), {}, std::move(options)};
    REQUIRE(buffered.start());
    mono_audio audio{64};
    for (int i = 0; i < 100; ++i) {
      while (buffered.health().fill < 64) std::this_thread::yield();
      buffered.process(audio, {});
    }
    CHECK(buffered.health().underruns == 0);
  } // not stopped: the destructor does it
  CHECK(id != std::thread::id{});
  CHECK(id != std::this_thread::get_id());
}
