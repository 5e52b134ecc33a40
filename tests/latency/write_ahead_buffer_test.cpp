#include <jamnet/latency/write_ahead_buffer.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/latency/adaptive_latency.hpp>
#include <jamnet/testing/rt_guard.hpp>

#include "../ring/audio_signal.hpp"

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

using mono = write_ahead_buffer<float, interleaved<1>>;

// One channel of `frames` frames of the signal from `frame` on, written.
std::size_t write(mono& ahead, std::size_t frame, std::size_t frames) {
  std::vector<float> block(frames);
  fill(interleaved_block<float>{block, 1}, frame);
  return ahead.write(block);
}
std::vector<float> read(mono& ahead, std::size_t frames) {
  std::vector<float> block(frames, -1.f);
  ahead.read(block);
  return block;
}

latency_plan mono_plan(std::int64_t latency, std::int64_t largest_ms = 0) {
  return *latency_plan::exactly(latency,
                                {.channels = 1, .largest = std::chrono::milliseconds{largest_ms}});
}

} // namespace

TEST_CASE_TEMPLATE("what is written is read exactly a latency later, whatever the blocks", Layout,
                   interleaved<>, planar<>) {
  for (const std::int64_t latency : {1, 2, 63, 64, 65, 1000}) {
    CAPTURE(latency);
    random_source random{static_cast<std::uint64_t>(latency)};
    write_ahead_buffer<float, Layout> ahead{*latency_plan::exactly(latency, {.block = 50})};
    block_of<Layout> memory{2, 64};
    for (std::size_t frame = 0; frame < 5000;) {
      const auto block = memory.first(random.next() % 50);
      fill(block, frame);
      REQUIRE(ahead.write(block) == block.frames());
      REQUIRE(ahead.read(block) == block.frames());
      REQUIRE(wrong(block, frame, static_cast<std::size_t>(latency)) == 0);
      frame += block.frames();
    }
    CHECK(ahead.health().underruns == 0);
    CHECK(ahead.fill() == latency);
  }
}

TEST_CASE("the latency that is reported is the one measured: all rates, blocks and channels") {
  for (const double rate : {22'050., 44'100., 48'000., 88'200., 96'000., 192'000.})
    for (const std::size_t block : {1u, 16u, 127u, 128u, 1000u, 1024u, 4096u})
      for (std::size_t channels = 1; channels <= 8; ++channels) {
        CAPTURE(rate);
        CAPTURE(block);
        CAPTURE(channels);
        write_ahead_buffer<float, planar<>> ahead{
            *latency_plan::of({.rate = rate, .channels = channels, .block = block})};
        block_of<planar<>> memory{channels, block};
        const auto audio = memory.first(block);
        silence(audio);
        for (std::size_t c = 0; c < channels; ++c) audio.sample(c, 0) = 1; // an impulse
        std::int64_t measured = -1;
        for (std::int64_t frame = 0; measured < 0; frame += static_cast<std::int64_t>(block)) {
          REQUIRE(ahead.write(audio) == block);
          REQUIRE(ahead.read(audio) == block);
          for (std::size_t f = 0; f < block && measured < 0; ++f)
            if (audio.sample(channels - 1, f) != 0) measured = frame + static_cast<std::int64_t>(f);
          silence(audio);
        }
        REQUIRE(measured == ahead.latency_samples());
        REQUIRE(measured == nearest(0.05 * rate));
      }
}

TEST_CASE("a writer that pauses for less than the latency is not noticed") {
  mono ahead{mono_plan(1000)};
  std::size_t written = 0;
  for (std::size_t frame = 0; frame < 20'000; frame += 100) {
    if (frame / 900 % 2 == 0) // 900 frames on time, 900 late
      written += write(ahead, written, frame + 100 - written);
    const auto out = read(ahead, 100);
    REQUIRE(wrong(interleaved_block<const float>{out, 1}, frame, 1000) == 0);
  }
  CHECK(ahead.health().underruns == 0);
}

TEST_CASE("frames that come too late are silence in their place, and nothing else moves") {
  mono ahead{mono_plan(8)};
  CHECK(write(ahead, 0, 4) == 4);
  std::vector<float> twenty(20);
  CHECK(ahead.read(twenty) == 12); // 8 of silence, 4 written, 8 missing
  CHECK(ahead.health().underruns == 1);
  CHECK(ahead.health().silent_frames == 8);
  CHECK(ahead.fill() == -8);

  CHECK(write(ahead, 4, 20) == 20); // of which 8 are late
  CHECK(ahead.health().adjustments == 1);
  CHECK(ahead.health().late_frames == 8);
  const auto out = read(ahead, 12);
  CHECK(wrong(interleaved_block<const float>{out, 1}, 20, 8) == 0);
}

TEST_CASE("a source may go on where it stopped, a full latency after it came back") {
  mono ahead{mono_plan(8), late_frames::delayed};
  CHECK(write(ahead, 0, 4) == 4);
  CHECK(read(ahead, 20)[8] == signal_at(0, 0));
  CHECK(write(ahead, 4, 10) == 10);
  const auto out = read(ahead, 18);
  CHECK(std::count(out.begin(), out.begin() + 8, 0.f) == 8);
  for (std::size_t f = 0; f < 10; ++f) CHECK(out[8 + f] == signal_at(0, 4 + f));
  CHECK(ahead.health().adjustments == 1);
  CHECK(ahead.health().late_frames == 16);
}

TEST_CASE("the same after a pause of several times the capacity") {
  for (const auto late : {late_frames::dropped, late_frames::delayed}) {
    mono ahead{mono_plan(8), late};
    const auto silent = read(ahead, 1000);
    CHECK(std::count(silent.begin(), silent.end(), 0.f) == 1000);
    std::size_t written = 0;
    while (written < 992) { // as much as the reader is ahead
      const auto count = write(ahead, written, std::min<std::size_t>(24, 992 - written));
      written += count;
      if (late == late_frames::delayed && count < 8) break; // full
    }
    const auto out = read(ahead, 32);
    const auto first = std::find_if(out.begin(), out.end(), [](float x) { return x != 0; });
    if (late == late_frames::delayed)
      CHECK(first - out.begin() == 8);
    else
      CHECK(first == out.end());
  }
}

TEST_CASE("a writer that is too fast is told how much was taken, and loses nothing by trying on") {
  mono ahead{mono_plan(16)}; // 64 frames, of which a quarter stays for a longer latency
  CHECK(write(ahead, 0, 100) == 32);
  CHECK(ahead.health().overruns == 1);
  CHECK(ahead.health().refused_frames == 68);
  CHECK(ahead.health().utilisation == 0.75);
  CHECK(write(ahead, 32, 100) == 0);
  const auto before = read(ahead, 20);
  CHECK(wrong(interleaved_block<const float>{before, 1}, 0, 16) == 0);
  CHECK(write(ahead, 32, 100) == 20);
  const auto after = read(ahead, 48);
  CHECK(wrong(interleaved_block<const float>{after, 1}, 20, 16) == 0);
}

TEST_CASE("a block larger than the buffer is served as far as it reaches") {
  mono ahead{mono_plan(4)};
  CHECK(write(ahead, 0, 1000) == 8);
  std::vector<float> out(1000, -1.f);
  CHECK(ahead.read(out) == 12);
  CHECK(std::count(out.begin(), out.end(), 0.f) == 4 + 988);
  CHECK(ahead.read(std::span<float>{}) == 0);
  CHECK(ahead.write(std::span<const float>{}) == 0);
}

TEST_CASE("another latency is crossed over to without a click, announced, and exact from then on") {
  for (const auto& change : {std::pair{480, 2400}, {2400, 480}, {2399, 2400}, {1, 2400}}) {
    const int from = change.first, to = change.second;
    CAPTURE(from);
    CAPTURE(to);
    for (const std::size_t block : {1u, 64u, 1000u}) {
      mono ahead{*latency_plan::exactly(from, {.channels = 1, .largest = 50ms, .block = 1000})};
      // A sine of 100 Hz moves by 0.013 from one frame to the next.
      const auto sine = [](std::size_t frame) {
        return static_cast<float>(
            std::sin(2 * std::numbers::pi * 100 * static_cast<double>(frame) / 48'000));
      };
      std::vector<float> audio(block);
      float before = 0, largest_step = 0;
      std::int64_t announced = -1;
      for (std::size_t frame = 0; frame < 12'000; frame += block) {
        for (std::size_t f = 0; f < block; ++f) audio[f] = sine(frame + f);
        REQUIRE(ahead.write(audio) == block);
        if (frame / block == 6000 / block) REQUIRE(ahead.set_latency(to));
        REQUIRE(ahead.read(audio) == block);
        if (ahead.latency_changed()) announced = static_cast<std::int64_t>(frame);
        for (std::size_t f = 0; f < block; ++f) {
          largest_step = std::max(largest_step, std::abs(audio[f] - before));
          before = audio[f];
        }
        if (announced >= 0 && static_cast<std::int64_t>(frame) > announced)
          for (std::size_t f = 0; f < block; ++f)
            REQUIRE(audio[f] == sine(frame + f - static_cast<std::size_t>(to)));
      }
      CHECK(largest_step < 0.0131 + 2. / 480); // the sine's own and the crossfade's
      CHECK(announced >= 6000 - 1000);
      CHECK(announced <= 6000 + 1000);
      CHECK(ahead.latency_samples() == to);
      CHECK(ahead.health().latency_changes == 1);
      CHECK_FALSE(ahead.latency_changed());
    }
  }
}

TEST_CASE("latencies may change again and again, and at last the audio is where it should be") {
  random_source random{5};
  write_ahead_buffer<float, planar<>> ahead{
      *latency_plan::exactly(700, {.largest = 50ms, .block = 128})};
  block_of<planar<>> memory{2, 128};
  for (std::size_t frame = 0; frame < 200'000;) {
    const auto block = memory.first(random.next() % 128);
    fill(block, frame);
    REQUIRE(ahead.write(block) == block.frames());
    if (frame < 190'000 && random.next() % 20 == 0)
      REQUIRE(ahead.set_latency(static_cast<std::int64_t>(random.next() % 2400 + 1)));
    REQUIRE(ahead.read(block) == block.frames());
    if (frame > 192'000)
      REQUIRE(wrong(block, frame, static_cast<std::size_t>(ahead.latency_samples())) == 0);
    frame += block.frames();
  }
  CHECK(ahead.health().latency_changes > 100);
  CHECK(ahead.health().underruns == 0);
}

TEST_CASE("a latency that the plan does not hold is refused and changes nothing") {
  mono ahead{mono_plan(480, 50)};
  CHECK_FALSE(ahead.set_latency(0));
  CHECK_FALSE(ahead.set_latency(-1));
  CHECK_FALSE(ahead.set_latency(2401));
  read(ahead, 100);
  CHECK(ahead.latency_samples() == 480);
}

TEST_CASE("processing times are kept, and a sizing policy turns them into a latency") {
  using policies = write_ahead_policies<unchecked_age, no_telemetry, adaptive_latency>;
  write_ahead_buffer<float, interleaved<1>, policies> ahead{mono_plan(64, 50)};
  ahead.record_processing(1ms);
  ahead.record_processing(20ms);
  ahead.record_processing(-1ms); // a clock gone mad costs nothing
  std::vector<float> audio(2000);
  ahead.read(audio);
  CHECK(ahead.latency_samples() == 1472); // 1.5 times 960, in steps of 64
  CHECK(ahead.health().average_processing == 7ms);
  CHECK(ahead.health().worst_processing == 20ms);
  ahead.record_processing(10s);
  ahead.read(audio);
  CHECK(ahead.latency_samples() == 2400); // as much as the plan holds
}

TEST_CASE("telemetry is told what happened, where, and to how much") {
  struct recorder {
    std::vector<buffer_event>* seen;
    void operator()(const buffer_event& event) const noexcept { seen->push_back(event); }
  };
  using kind = buffer_event::kind;
  using policies = write_ahead_policies<unchecked_age, recorder>;
  std::vector<buffer_event> seen;
  write_ahead_buffer<float, interleaved<1>, policies> ahead{mono_plan(4, 50), late_frames::dropped,
                                                            policies{{}, recorder{&seen}, {}}};
  std::vector<float> audio(20'000);
  ahead.read(std::span{audio}.first(10));
  REQUIRE(ahead.write(std::span<const float>{audio}.first(6)) == 6);
  REQUIRE(ahead.write(audio) < audio.size());
  REQUIRE(ahead.set_latency(8));
  ahead.read(std::span{audio}.first(1000));
  REQUIRE(seen.size() == 4);
  const auto start = ahead.capacity();
  CHECK(seen[0].what == kind::underrun);
  CHECK(seen[0].position == start + 4);
  CHECK(seen[0].frames == 6);
  CHECK(seen[1].what == kind::adjusted);
  CHECK(seen[1].frames == 6);
  CHECK(seen[2].what == kind::overrun);
  CHECK(seen[3].what == kind::latency_changed);
  CHECK(seen[3].frames == 8);
}

TEST_CASE("whole numbers are audio, too, in the middle of a crossfade as well") {
  write_ahead_buffer<std::int16_t, interleaved<1>> ahead{mono_plan(100, 50)};
  std::vector<std::int16_t> audio(500, 1000);
  for (int i = 0; i < 10; ++i) {
    REQUIRE(ahead.write(audio) == 500);
    if (i == 5) REQUIRE(ahead.set_latency(300));
    ahead.read(audio);
    if (i > 0) CHECK(std::count(audio.begin(), audio.end(), 1000) == 500);
    std::fill(audio.begin(), audio.end(), std::int16_t{1000});
  }
}

TEST_CASE("writing, reading, changing and looking are rt-safe") {
  write_ahead_buffer<float, planar<>> ahead{
      *latency_plan::exactly(100, {.largest = 50ms, .block = 64})};
  block_of<planar<>> memory{2, 64};
  const auto block = memory.first(64);
  std::size_t written = 0;
  bool accepted = true;
  {
    const testing::rt_guard guard;
    for (int i = 0; i < 100; ++i) {
      written += ahead.write(block);
      accepted &= ahead.set_latency(i + 1);
      ahead.read(block);
      ahead.record_processing(1us);
      accepted &= ahead.health().fill > 0;
    }
    while (ahead.write(block) == 64) {
    }
    for (int i = 0; i < 200; ++i) ahead.read(block);
    written += ahead.write(block);
  }
  CHECK(accepted);
  CHECK(written == 101 * 64);
}

// Each frame is at its place or silent, never torn, never elsewhere, however the threads run.
TEST_CASE("two threads: every frame in its place") {
  constexpr std::size_t total = 100'000, channels = 3, latency = 200;
  write_ahead_buffer<float, planar<>> ahead{
      *latency_plan::exactly(latency, {.channels = channels})};
  std::atomic<std::size_t> read{0};
  std::thread writer{[&] {
    random_source random{1};
    block_of<planar<>> memory{channels, 64};
    for (std::size_t frame = 0; frame < total;) {
      const auto block = memory.first(std::min<std::size_t>(random.next() % 64, total - frame));
      // Half the time before the reader is there, so that little is silent.
      while (random.next() % 2 == 0 && frame > read.load(std::memory_order_relaxed) + 100)
        std::this_thread::yield();
      fill(block, frame);
      const auto count = ahead.write(block);
      frame += count;
      if (count == 0) std::this_thread::yield();
    }
  }};
  random_source random{2};
  block_of<planar<>> memory{channels, 64};
  std::size_t errors = 0, found = 0;
  for (std::size_t frame = 0; frame < total;) {
    const auto block = memory.first(random.next() % 64);
    found += ahead.read(block);
    errors += wrong(block, frame, latency, true);
    frame += block.frames();
    read.store(frame, std::memory_order_relaxed);
    // Mostly after the writer was there, so that little is silent.
    while (random.next() % 4 != 0 && ahead.fill() < 64 && frame < total - 1000)
      std::this_thread::yield();
  }
  writer.join();
  CHECK(errors == 0);
  CHECK(found > 0);
}

TEST_CASE("two threads and a third that changes the latency: what is heard is the signal") {
  constexpr std::size_t total = 200'000;
  mono ahead{*latency_plan::exactly(480, {.channels = 1, .largest = 50ms, .block = 64})};
  std::atomic<bool> stop{false};
  std::thread writer{[&] {
    std::vector<float> block(64);
    for (std::size_t frame = 0; !stop.load(std::memory_order_relaxed);) {
      for (std::size_t f = 0; f < 64; ++f) block[f] = static_cast<float>((frame + f) % 1024);
      const auto count = ahead.write(block);
      frame += count;
      if (count < 64) std::this_thread::yield();
    }
  }};
  std::thread changer{[&] {
    random_source random{3};
    while (!stop.load(std::memory_order_relaxed)) {
      (void)ahead.set_latency(static_cast<std::int64_t>(random.next() % 2400 + 1));
      std::this_thread::yield();
    }
  }};
  std::vector<float> block(64);
  std::size_t errors = 0;
  for (std::size_t frame = 0; frame < total || ahead.health().latency_changes == 0; frame += 64) {
    ahead.read(block);
    for (const float x : block) errors += !(x >= 0 && x <= 1023);
    if (ahead.fill() < 64) std::this_thread::yield();
  }
  stop = true;
  writer.join();
  changer.join();
  CHECK(errors == 0);
}
