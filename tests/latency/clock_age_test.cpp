#include <jamnet/latency/clock_age.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/latency/write_ahead_buffer.hpp>
#include <jamnet/testing/manual_clock.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;
using testing::manual_clock;

namespace {

constexpr std::size_t frames_of_1ms = 48; // 1 ms at 48 kHz

template <young_samples Young>
struct rig {
  using policies = write_ahead_policies<clock_age<manual_clock, Young>>;

  manual_clock clock;
  write_ahead_buffer<float, interleaved<1>, policies> ahead{
      *latency_plan::of({.rate = 48'000, .channels = 1, .latency = 10ms}), late_frames::dropped,
      policies{clock_age<manual_clock, Young>{clock, 10us}, {}, {}}};
  std::vector<float> in = std::vector<float>(frames_of_1ms, 1.f),
                     out = std::vector<float>(frames_of_1ms);

  void write() { REQUIRE(ahead.write(in) == frames_of_1ms); }
  float read() { // how many samples sound
    ahead.read(out);
    float sum = 0;
    for (const float x : out) sum += x;
    return sum;
  }
};

} // namespace

TEST_CASE("reader and writer in step: every frame is as old as the latency") {
  rig<young_samples::silenced> rig;
  for (int ms = 0; ms < 100; ++ms) {
    rig.write();
    CHECK(rig.read() == (ms < 10 ? 0 : 48));
    rig.clock.advance(1ms);
  }
  CHECK(rig.ahead.health().young_frames == 0);
}

TEST_CASE("a reader that runs too fast hears nothing that is too young, or has it counted") {
  rig<young_samples::silenced> strict;
  rig<young_samples::logged> lenient;
  for (int i = 0; i < 20; ++i) strict.write(), lenient.write();
  for (int i = 0; i < 10; ++i) strict.read(), lenient.read(); // the silence at the beginning
  strict.clock.advance(5ms), lenient.clock.advance(5ms);
  CHECK(strict.read() == 0); // 5 ms after it was written, the place of 10 ms
  CHECK(lenient.read() == 48);
  CHECK(strict.ahead.health().young_frames == 48);
  CHECK(lenient.ahead.health().young_frames == 48);
}

TEST_CASE("only the blocks that are too young are silenced, also within one read") {
  rig<young_samples::silenced> rig;
  rig.write();
  rig.clock.advance(500us); // the second block comes half a millisecond early …
  rig.write();
  rig.clock.advance(9500us); // … and is read when the first is just old enough
  for (int i = 0; i < 10; ++i) rig.read();
  std::vector<float> both(2 * frames_of_1ms);
  rig.ahead.read(both);
  CHECK(both[47] == 1);
  CHECK(both[48] == 1); // a frame's place counts, too: written 0.5 ms early, read 0.5 ms late
  CHECK(rig.ahead.health().young_frames == 0);
}

TEST_CASE("checking is rt-safe") {
  rig<young_samples::silenced> rig;
  std::size_t written = 0;
  {
    const testing::rt_guard guard;
    for (int i = 0; i < 2000; ++i) {
      written += rig.ahead.write(rig.in);
      rig.ahead.read(rig.out);
    }
  }
  CHECK(written == 2000 * frames_of_1ms);
}
