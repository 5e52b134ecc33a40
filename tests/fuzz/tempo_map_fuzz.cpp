// Whatever a map is made of, it is refused by name or keeps its laws; so are texts of positions.
//
// Bytes: 2 of PPQ; then changes of 18: their kind, and whether a ramp begins there, numerator and
// denominator in place of half of the tempo, 8 of the distance in ticks, 8 of the bits of a double.
// The whole is read as a text as well.
#include <jamnet/time/tempo_map.hpp>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <vector>

#include <jamnet/core/bytes.hpp>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

void check_text(std::string_view text) {
  const auto position = parse_position(text);
  if (!position) {
    require(position.error().detail <= text.size());
    return;
  }
  require(parse_position(to_text(*position).view()).value_or({}) == *position);
}

void check_time(const tempo_map& map, ticks t) {
  const ticks after = t + ticks{1};
  const auto time = map.time_at(t);
  require(map.tick_at(time) == t && map.time_at(after) > time);
  require(map.tick_at(time - nanoseconds{1}) < t);
  for (const std::uint32_t rate : {1u, 44'100u, 10'000'000u}) {
    const auto frame = map.tempo().frame_at(t, rate);
    const ticks back = map.tempo().tick_at_frame(frame, rate);
    require(back >= t && map.tempo().frame_at(back, rate) == frame);
    require(map.tempo().frame_at(back + ticks{1}, rate) > frame);
  }
  const double bpm = map.tempo().bpm_at(t);
  require(bpm > 0.999 && bpm < 999.001);
}

void check_tick(const tempo_map& map, std::int64_t count) {
  const ticks t{count}, after{count + 1};
  if (map.time_at(after) < nanoseconds{INT64_MAX / 4}) check_time(map, t);
  const meter_map& meter = map.meter();
  const auto there = meter.ticks_at(meter.position_at(t));
  require(there && *there == t);
  require(meter.position_at(t) < meter.position_at(after));
  for (const auto next :
       {meter.next_bar(t), meter.next_beat(t), meter.next_step(t, {(count & 0xffff) | 1})})
    require(next >= t);
  require(meter.position_at(meter.next_bar(t)).beat == 1);
  require(meter.position_at(meter.nearest_beat(t)).tick == 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_text(as_text({data, size}));

  byte_reader in{{data, size}};
  std::uint16_t ppq = 0;
  std::vector<tempo_change> tempi;
  std::vector<meter_change> signatures;
  if (!in.try_read(ppq)) return 0;
  std::int64_t tempo_at = 0, meter_at = 0;
  std::uint16_t kind = 0;
  std::int64_t distance = 0;
  std::uint64_t value = 0;
  const auto go = [&](std::int64_t& at) { // without overflow, and at times backwards
    at = at > INT64_MAX / 2 || at < -INT64_MAX / 2 ? distance : at + distance / 2;
    return ticks{at};
  };
  while (in.try_read(kind) && in.try_read(distance) && in.try_read(value)) {
    if (kind % 3 == 2)
      signatures.push_back(
          {go(meter_at),
           {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)}});
    else
      tempi.push_back({go(tempo_at), std::bit_cast<double>(value), kind % 3 == 1});
  }
  const auto map = tempo_map::make(tempi, signatures, ppq);
  if (!map) {
    require(map.error().code >= errc::tempo_range && map.error().code <= errc::position_range);
    return 0;
  }
  for (const tempo_change& change : tempi)
    for (const std::int64_t near : {-1, 0, 1}) check_tick(*map, change.at.count + near);
  for (const meter_change& change : signatures)
    for (const std::int64_t near : {-1, 0, 1})
      if (change.at.count < std::int64_t{1} << 53) check_tick(*map, change.at.count + near);
  return 0;
}
