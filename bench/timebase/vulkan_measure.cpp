// What the bridge makes of a GPU of this machine, by either way of looking; nothing without one.
//
// `calibrated_residual`: how far calibrated readings, looked at but not learnt from, are from the
// bridge's map, p99. `fallback_error`: how far a bridge that only has bracketed submissions is from
// those readings, p99, and how often by more than its hard bound and theirs. On Mesa's llvmpipe,
// which runs on the processor, the counter is the system's monotonic clock: it proves the plumbing.
#include <jamnet/platform/vulkan_timebase.hpp>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "../rows.hpp"

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <chrono>
#include <cmath>
#include <thread>

#include <jamnet/sync/clock_bridge.hpp>

#include "../sync/quantile.hpp"

using namespace jamnet;
using namespace jamnet_bench;
using namespace std::chrono_literals;

namespace {

double in_ns(nanoseconds d) { return static_cast<double>(d.count()); }

failure measure(std::vector<row>& rows, nanoseconds length) {
  auto judge = vulkan_timebase::open();
  auto gpu = vulkan_timebase::open();
  auto plain = vulkan_timebase::open({.calibrated = false});
  if (!judge || !gpu || !plain) return !judge ? judge.error() : failure{errc::device_absent};
  if (judge->how() != vulkan_timebase::method::calibrated) return {errc::device_clockless};
  const bool software = std::strstr(judge->name(), "llvmpipe") != nullptr;
  std::fprintf(stderr, "%s, ticks of %g ns, %u bits\n", judge->name(), judge->format().period_ns,
               judge->format().valid_bits);

  const steady_source host;
  clock_bridge calibrated{std::move(*gpu), host, {.interval = 100ms}};
  clock_bridge fallback{std::move(*plain), host, {.interval = 100ms}};
  std::vector<float> residuals, errors_us;
  double broken = 0, looks = 0;
  for (const host_time start = host.now(); host.now() - start < length;) {
    calibrated.poll();
    fallback.poll();
    std::this_thread::sleep_for(7ms);
    timebase_reading best{0, {}, 1s}; // held up as little as can be
    for (int i = 0; i < 5; ++i) {
      const auto reading = judge->read();
      if (!reading) return reading.error();
      if (reading->uncertainty < best.uncertainty) best = *reading;
    }
    if (host.now() - start < length / 10) continue;
    const double residual = in_ns(calibrated.to_host(best.ticks) - best.host);
    const double error = in_ns(fallback.to_host(best.ticks) - best.host);
    residuals.push_back(static_cast<float>(std::abs(residual)));
    errors_us.push_back(static_cast<float>(std::abs(error) * 1e-3));
    ++looks;
    broken += std::abs(error) > in_ns(fallback.clock().hard_bound(best.host) + best.uncertainty);
  }
  const std::string name = software ? "bridge/lavapipe/" : "bridge/vulkan/";
  rows.push_back({name + "calibrated_residual_ns", quantile(residuals, 0.99), "ns"});
  rows.push_back({name + "calibrated_residual_p50_ns", quantile(residuals, 0.5), "ns"});
  rows.push_back({name + "fallback_error_us", quantile(errors_us, 0.99), "us"});
  rows.push_back({name + "fallback_error_max_us", quantile(errors_us, 1), "us"});
  rows.push_back({name + "fallback_hard_bound_us",
                  in_ns(fallback.clock().hard_bound(host.now())) * 1e-3, "us"});
  rows.push_back({name + "fallback_hard_bound_broken", 100 * broken / looks, "%"});
  rows.push_back({name + "drift_ppm", calibrated.drift_ppm(), "ppm"});
  return {};
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  nanoseconds length = 10s;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) length = 1s;
    if (std::strcmp(argv[i], "--full") == 0) length = 30s;
  }
  std::vector<row> rows;
  if (const failure why = measure(rows, length); why != failure{})
    std::fprintf(stderr, "not run: %s\n", std::string{to_string(why.code)}.c_str());
  jamnet_bench::print(rows, json);
  return 0;
}

#else

int main(int argc, char** argv) {
  std::fputs("not run: no Vulkan headers (libvulkan-dev)\n", stderr);
  jamnet_bench::print({}, argc > 1 && std::strcmp(argv[1], "--json") == 0);
  return 0;
}

#endif
