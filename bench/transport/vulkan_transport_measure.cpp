// Is a transport on the GPU where it is on the CPU, and what does a place cost there?
//
// `gpu_mismatches`: of a million places, half by time and half by a counter, of 1,000 transports at
// random with the ends of all ranges among them, how many differ by a bit. `gpu_place_ns`: one of a
// batch of 65,536, sent and fetched; `gpu_now_us`: one, stamped by the GPU itself. Beside them the
// same on the CPU. On Mesa's llvmpipe that is the same processor. Nothing without a device.
#include <jamnet/platform/vulkan_transport.hpp>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "../rows.hpp"

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <chrono>

#include <jamnet/platform/vulkan_timebase.hpp>

#include "../../tests/platform/any_transport.hpp"

using namespace jamnet;

namespace {

struct piece {
  transport_state state;
  std::uint32_t ppq;
  exact_tick_map<session_timeline> map;
};

double differences(const piece& p, const std::vector<session_time>& times,
                   std::span<const transport_place> places) {
  double count = 0;
  for (std::size_t i = 0; i < times.size(); ++i)
    count += places[i] !=
             transport_place{p.state.position_at(times[i]), p.state.bar_at(times[i], p.ppq)};
  return count;
}

result<double> mismatches(vulkan_transport& there, int rounds, std::size_t batch) {
  random_source random{2'026'112'202};
  std::vector<session_time> times(batch);
  std::vector<std::uint64_t> stamps(batch);
  double wrong = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto state = jamnet_test::any_transport(random);
    const auto counter = jamnet_test::any_counter(random, state);
    const piece p{state, static_cast<std::uint32_t>(1 + random.next() % 30'000),
                  exact_tick_map<session_timeline>::of(counter)};
    there.set(p.state, p.ppq);
    there.set(p.map);
    for (auto& t : times) t = jamnet_test::any_time(random, p.state);
    const auto by_time = there.at(times);
    if (!by_time) return by_time.error();
    wrong += differences(p, times, *by_time);
    for (std::size_t i = 0; i < batch; ++i) {
      stamps[i] = random.next() >> random.next() % 64;
      times[i] = p.map(stamps[i]);
    }
    const auto by_counter = there.at(stamps);
    if (!by_counter) return by_counter.error();
    wrong += differences(p, times, *by_counter);
  }
  return wrong;
}

// The quickest of several.
template <class Work>
double took_ns(Work work) {
  double best = 1e18;
  for (int i = 0; i < 15; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  return best;
}

failure measure(std::vector<jamnet_bench::row>& rows, int rounds) {
  const auto gpu = vulkan_timebase::open();
  if (!gpu) return gpu.error();
  std::fprintf(stderr, "%s\n", gpu->name());
  constexpr std::uint32_t batch = 65'536;
  auto there = vulkan_transport::on(gpu->handles(), batch);
  if (!there) return there.error();
  const auto wrong = mismatches(*there, rounds, 500);
  if (!wrong) return wrong.error();
  rows.push_back({"transport/gpu_mismatches", *wrong, ""});
  rows.push_back({"transport/gpu_compared", 1'000.0 * rounds, ""});

  transport_state state{.mode = transport_mode::playing};
  state.loop_to = quarter_notes::from(16);
  there->set(state);
  std::vector<session_time> times;
  for (std::uint32_t i = 0; i < batch; ++i) times.emplace_back(i * nanoseconds{20'833'333});
  std::vector<transport_place> here(batch);
  rows.push_back({"transport/gpu_place_ns",
                  took_ns([&] { static_cast<void>(there->at(times)); }) / batch, "ns"});
  rows.push_back({"transport/cpu_place_ns", took_ns([&] {
                                              for (std::size_t i = 0; i < batch; ++i)
                                                here[i] = {state.position_at(times[i]),
                                                           state.bar_at(times[i])};
                                            }) / batch,
                  "ns"});
  rows.push_back(
      {"transport/gpu_now_us", took_ns([&] { static_cast<void>(there->now()); }) * 1e-3, "us"});
  return {};
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  int rounds = 1'000;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) rounds = 10;
  }
  std::vector<jamnet_bench::row> rows;
  if (const failure why = measure(rows, rounds); why != failure{})
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
