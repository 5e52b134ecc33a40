// gpu_timebase: a GPU's clock as a timeline of ours, and how well it is known. See --help.
#include <jamnet/platform/vulkan_timebase.hpp>

#include <cstdio>
#include <string>

#include "options.hpp"

namespace {

int fail(const std::string& why) {
  std::fprintf(stderr, "gpu_timebase: %s\n", why.c_str());
  return 2;
}

} // namespace

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <chrono>
#include <cmath>
#include <fstream>
#include <optional>
#include <thread>
#include <utility>

#include <jamnet/platform/vulkan_devices.hpp>
#include <jamnet/sync/clock_bridge.hpp>

#include "chart.hpp"

namespace {

using namespace jamnet;

double in_ns(nanoseconds d) { return static_cast<double>(d.count()); }
double seconds(nanoseconds d) { return in_ns(d) * 1e-9; }

// A lost Vulkan device stays lost; this one is then opened anew, once a second, and the bridge
// holds on to its map until that works.
class reopened_gpu {
public:
  reopened_gpu(vulkan_timebase gpu, vulkan_options how, std::optional<double> lose_s)
      : how_{how},
        format_{gpu.format()},
        gpu_{std::move(gpu)} {
    if (lose_s) lost_from_ = host_.now() + nanoseconds{static_cast<std::int64_t>(*lose_s * 1e9)};
  }

  result<timebase_reading> read() noexcept {
    const host_time now = host_.now();
    if (lost_from_ && now >= *lost_from_ && now < *lost_from_ + std::chrono::seconds{2})
      return errc::device_lost; // as if
    if (!gpu_ && !reopen(now)) return errc::device_lost;
    auto reading = gpu_->read();
    if (!reading) gpu_.reset();
    return reading;
  }
  tick_format format() const noexcept { return format_; }

private:
  bool reopen(host_time now) {
    if (now < again_at_) return false;
    again_at_ = now + std::chrono::seconds{1};
    auto gpu = vulkan_timebase::open(how_);
    if (gpu && gpu->format() == format_) gpu_.emplace(std::move(*gpu));
    return gpu_.has_value();
  }

  steady_source host_;
  vulkan_options how_;
  tick_format format_;
  std::optional<vulkan_timebase> gpu_;
  std::optional<host_time> lost_from_;
  host_time again_at_{};
};

void list() {
  int number = 0;
  for (const auto& found : vulkan_devices())
    std::printf("%d  %s%s: %s\n", ++number, found.name, found.software ? " (software)" : "",
                found.valid_bits == 0 ? "does not tell its time"
                : found.calibrated    ? "a clock that can be read at once"
                                      : "a clock");
}

// The quickest of a few readings, of which the bridge does not know.
std::optional<timebase_reading> look(vulkan_timebase& judge) {
  std::optional<timebase_reading> best;
  for (int i = 0; i < 5; ++i)
    if (const auto reading = judge.read();
        reading && (!best || reading->uncertainty < best->uncertainty))
      best = *reading;
  return best;
}

struct tally {
  long looks = 0, beyond = 0;
  double worst = 0;
};

using gpu_bridge = clock_bridge<reopened_gpu, steady_source>;

void print(double at_s, const bridge_clock& clock, const gpu_timebase::sight& seen) {
  std::printf("%7.1f s   offset %+.3f us   drift %+.4f ppm   bound %.0f ns, at most %.0f ns   "
              "off by %+.0f ns   %s\n",
              at_s, clock.offset_us(), clock.drift_ppm, seen.soft, seen.hard, seen.off,
              std::string{to_string(clock.state)}.c_str());
  std::fflush(stdout);
}

// What there was to say when the state changed.
std::string news(const gpu_bridge& bridge) {
  const auto state = bridge.state();
  if (state == bridge_state::following) return "following";
  const std::string what{to_string(state)};
  return what + ": its last map holds on, with a bound that grows";
}

tally follow(gpu_bridge& bridge, vulkan_timebase& judge, double length_s,
             gpu_timebase::chart& chart) {
  const steady_source host;
  const host_time start = host.now();
  tally all;
  bridge_state state = bridge_state::unset;
  for (double at_s = 0, next_line = 0; at_s < length_s; at_s = seconds(host.now() - start)) {
    bridge.poll();
    if (bridge.state() != state) {
      if (state != bridge_state::unset) {
        std::printf("%7.1f s   %s\n", at_s, news(bridge).c_str());
        chart.mark(at_s, std::string{to_string(bridge.state())});
      }
      state = bridge.state();
    }
    const auto clock = bridge.clock();
    const auto reading = look(judge);
    if (clock.usable() && reading) {
      const gpu_timebase::sight seen{at_s, in_ns(clock.to_host(reading->ticks) - reading->host),
                                     in_ns(clock.bound(reading->host)),
                                     in_ns(clock.hard_bound(reading->host)), clock.drift_ppm};
      chart.add(seen);
      ++all.looks;
      all.beyond += std::abs(seen.off) > seen.hard + in_ns(reading->uncertainty);
      all.worst = std::max(all.worst, std::abs(seen.off));
      if (at_s >= next_line) print(at_s, clock, seen), next_line += 1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return all;
}

int run(const gpu_timebase::options& o) {
  std::ofstream svg;
  if (!o.svg.empty()) { // before the time is spent
    svg.open(o.svg, std::ios::binary);
    if (!svg) return fail(o.svg.string() + " cannot be written");
  }
  list();
  const vulkan_options how{.device = o.device.c_str(), .calibrated = !o.bracketed};
  auto gpu = vulkan_timebase::open(how);
  auto judge = vulkan_timebase::open({.device = o.device.c_str()});
  if (!gpu || !judge) {
    std::printf("no GPU's clock to follow here: %s\n",
                std::string{to_string((gpu ? judge : gpu).error().code)}.c_str());
    return 0;
  }
  const std::string name = gpu->name();
  std::printf("following %s: %s, ticks of %g ns, %u bits%s\n", name.c_str(),
              gpu->how() == vulkan_timebase::method::calibrated ? "calibrated" : "bracketed",
              gpu->format().period_ns, gpu->format().valid_bits,
              gpu->epochs_differ() ? "; its calibrated counter is another" : "");
  gpu_bridge bridge{reopened_gpu{std::move(*gpu), how, o.lose_s},
                    steady_source{},
                    {.interval = nanoseconds{static_cast<std::int64_t>(o.interval_ms * 1e6)}}};
  gpu_timebase::chart chart{o.seconds};
  const tally all = follow(bridge, *judge, o.seconds, chart);

  const auto& count = bridge.count();
  std::printf(
      "%llu readings, %llu doubted; lost %llu times, back %llu; of %ld looks at most %.0f ns "
      "off, %ld beyond the hard bound\n",
      static_cast<unsigned long long>(count.taken), static_cast<unsigned long long>(count.doubted),
      static_cast<unsigned long long>(count.losses),
      static_cast<unsigned long long>(count.recoveries), all.looks, all.worst, all.beyond);
  if (svg.is_open() && !(svg << chart.svg(name) << std::flush))
    return fail(o.svg.string() + " cannot be written");
  return 0;
}

} // namespace

#else

namespace {

int run(const gpu_timebase::options&) {
  std::puts("no GPU's clock to follow: built without Vulkan's headers (libvulkan-dev)");
  return 0;
}

} // namespace

#endif

int main(int argc, char** argv) {
  const auto parsed = gpu_timebase::parse(argc, argv);
  if (!parsed.value) return fail(parsed.error);
  if (!parsed.value->help) return run(*parsed.value);
  std::fputs(gpu_timebase::usage, stdout);
  return 0;
}
