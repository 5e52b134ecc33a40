// Whatever exchanges come: the map is finite, its bounds are not negative, and the output clock
// does not run back.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include <jamnet/core/bytes.hpp>
#include <jamnet/sync/clock_estimator.hpp>
#include <jamnet/sync/clock_prober.hpp>
#include <jamnet/sync/slewed_clock.hpp>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

// Within 36 years: a clock_map promises nothing for more.
template <class Time>
bool near(Time a, Time b) {
  const auto gap = detail::wrapping_difference(a, b).count();
  return -(std::int64_t{1} << 60) < gap && gap < std::int64_t{1} << 60;
}

// A record is a kind and stamps: absolute ones, or an exchange told as steps in time, so that
// mutations stay plausible.
bool try_read(byte_reader& in, host_time& now, session_time& there, clock_exchange& x) {
  std::uint8_t kind = 0;
  if (!in.try_read(kind)) return false;
  if (kind % 4 == 0) {
    std::int64_t t1 = 0, t2 = 0, t3 = 0, t4 = 0;
    if (!in.try_read(t1) || !in.try_read(t2) || !in.try_read(t3) || !in.try_read(t4)) return false;
    x = {host_time{nanoseconds{t1}}, session_time{nanoseconds{t2}}, session_time{nanoseconds{t3}},
         host_time{nanoseconds{t4}}};
    if (x.in_range()) now = x.t4, there = x.t3;
    return true;
  }
  std::uint32_t pause = 0, forth = 0, back = 0;
  std::int16_t jump = 0;
  if (!in.try_read(pause) || !in.try_read(forth) || !in.try_read(back) || !in.try_read(jump))
    return false;
  const nanoseconds wait{pause}, way_there{forth >> kind % 16}, way_back{back >> kind % 16};
  const nanoseconds step{(std::int64_t{jump} << kind % 32) * (kind % 8 == 1)};
  x.t1 = now + wait;
  x.t2 = x.t3 = there + wait + way_there + step;
  x.t4 = now = x.t1 + way_there + way_back;
  there = x.t3 + way_back;
  return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  byte_reader in{{data, size}};
  clock_estimator estimator;
  slewed_clock output;
  exchange_train train;
  host_time now{};
  session_time there{}, last = session_time::min();
  clock_exchange x;
  while (x.in_range() && try_read(in, now, there, x)) {
    if (x.possible()) train.add(x);
    estimator.add(x);
    require(estimator.hard_bound(x.t4).count() >= 0);
    if ((now.time_since_epoch().count() & 63) == 63) estimator.change_source();
    if (!estimator.ready()) continue;
    const auto map = estimator.map();
    require(std::isfinite(map.residual) && std::abs(map.residual) <= 0.5);
    require(std::isfinite(map.skew) && std::abs(map.skew) <= 0.0015);
    require(std::isfinite(map.bound_ns) && map.bound_ns >= 0);
    require(std::isfinite(map.bound_growth) && map.bound_growth >= 0);
    require(map.bound(map.from).count() >= 0);
    if (!x.possible() || map.from != x.t4) continue;
    if (output.running()) {
      if (!near(x.t4, output.map().from)) return 0;
      last = output.map()(x.t4);
      if (!near(map.to, last)) return 0;
    }
    output.follow(map, x.t4);
    require(output.map()(x.t4) >= last);
  }
  return 0;
}
