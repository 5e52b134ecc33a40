// Whatever stamps a driver makes up: nothing is placed after its delivery, or before it by more
// than the longest delay, and the bound is no more than that. Who comes to his senses is believed.
#include <jamnet/sync/delivery_clock.hpp>

#include <cstdlib>

#include <jamnet/core/bytes.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

constexpr delivery_options usual{.longest_delay = 5ms};

placed_delivery place(delivery_clock& clock, nanoseconds stamp, host_time now) {
  const auto jumps = clock.jumps();
  const auto placed = clock.place(stamp, now);
  const nanoseconds most = usual.longest_delay + usual.resolution;
  require(placed.at <= now && now - placed.at <= most);
  require(placed.bound >= usual.resolution && placed.bound <= most);
  require(clock.jumps() - jumps <= 1);
  return placed;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  byte_reader in{{data, size}};
  delivery_clock clock{usual};
  host_time now{1s};
  std::uint64_t stamp = 0; // modulo 2^64
  const auto in_time = [&] { return nanoseconds{static_cast<std::int64_t>(stamp)}; };

  // A stamp is said, or so much after the one before that it comes late by as much as it says.
  std::uint8_t kind = 0;
  std::uint32_t pause = 0, late = 0;
  while (in.try_read(kind) && in.try_read(pause)) {
    now += nanoseconds{pause};
    if (kind % 4 == 0) {
      if (!in.try_read(stamp)) break;
    } else {
      if (!in.try_read(late)) break;
      stamp += std::uint64_t{pause} - late % 8'000'000;
    }
    (void)place(clock, in_time(), now);
  }
  for (unsigned i = 0; i < 48; ++i) { // for longer than anything counts
    now += 250ms;
    stamp += 250'000'000;
    const nanoseconds held{(i * 7 + size) % 11 * 500'000};
    const auto placed = place(clock, nanoseconds{static_cast<std::int64_t>(stamp)}, now + held);
    if (i >= 40) require(placed.at >= now);
  }
  return 0;
}
