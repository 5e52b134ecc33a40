#include <jamnet/latency/stamped_midi_event.hpp>

#include <cstddef>

#include <doctest/doctest.h>
#include <jamnet/latency/time_stamper.hpp>
#include <jamnet/ring/shm_ring.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("a stamped event is an event in session time, and says how many bytes count") {
  const ump note{{0x2090'3c64}};
  const stamped_midi_event e{.at = {.session = session_time{3s}}, .seq = 7, .packet = note};
  CHECK(e.event() == midi_event{session_time{3s}, 7, note});
  CHECK(e.bytes() == 4);
  stamped_midi_event hostile;
  for (auto& word : hostile.packet.words) word = ~0u;
  CHECK(hostile.bytes() == 16);
}

TEST_CASE("stamped events go through a ring in shared memory as they are, without allocating") {
  alignas(128) static std::byte memory[shm_ring<stamped_midi_event>::bytes_for(16)];
  REQUIRE(shm_ring<stamped_midi_event>::create(memory, 16));
  const auto ring = shm_ring<stamped_midi_event>::open(memory);
  auto in = ring->attach_producer(1, 10s);
  auto out = ring->attach_consumer(2, 10s);
  const time_stamper stamper{
      .session = clock_map<host_timeline, session_timeline>{host_time{1s}, session_time{9s}}};
  testing::rt_guard guard;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const host_time t{1s + i * 1ms};
    const stamped_midi_event sent{stamper.at(t), i, {{0x2090'3c64}}};
    REQUIRE(in->try_push(sent));
    stamped_midi_event got;
    REQUIRE(out->try_pop(got));
    CHECK(got == sent);
    CHECK(got.event().time == session_time{9s + i * 1ms});
  }
}
