// What is heard when the best source of time is dropped?
//
// Three sources that wander, up to 80 ppm fast or slow, lead one timeline, polled each 20 ms. After
// 5 s or so one of five things happens to the best: it is heard no more, is unplugged, jumps by 2
// to 100 ms, stands still, or runs 2,500 ppm too fast, which in half of the runs it does not say.
// An audio thread asks for the position at each block of 128 frames. `discontinuity`: by how much a
// block was longer or shorter than its frames, the worst; `step`: how far two snapshots that follow
// each other are apart at one moment; `astray`: how far the bad source had led the position before
// it was found. In every other run the time of the sources counts, and is up to 1 ms apart:
// `on_new` is how long until less than a tenth of a sample is left of that. `first_valid` is who
// takes the first source that says something, in those runs.
//
//     source_measure [--json] [--smoke | --full]
#include <jamnet/sync/source_manager.hpp>

#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/testing/sim_source.hpp>

#include "../rows.hpp"
#include "../sync/quantile.hpp"

using namespace jamnet;
using namespace jamnet_bench;
using namespace std::chrono_literals;
using testing::manual_clock;
using testing::sim_source;

namespace {

constexpr nanoseconds poll_interval = 20ms, block = 2'666'667ns;

double samples(nanoseconds d) { return static_cast<double>(d.count()) * 48e-6; }
double seconds(nanoseconds d) { return static_cast<double>(d.count()) * 1e-9; }

struct records {
  double discontinuity = 0, step = 0, astray = 0, naive = 0, unfound = 0, runs = 0;
  std::vector<float> found_ms, on_new_s, own_on_new_s;
};

// The greatest amount by which a position moved by other than what passed.
class listener {
public:
  void hear(host_time now, source_time position) {
    if (then_) {
      const double off = samples((position - last_) - (now - *then_));
      worst_ = std::max(worst_, std::abs(off));
    }
    then_ = now, last_ = position;
  }
  double worst() const { return worst_; }

private:
  std::optional<host_time> then_;
  source_time last_{};
  double worst_ = 0;
};

void harm(sim_source& best, source_manager& manager, source_id id, random_source& random) {
  switch (random.next() % 5) {
  case 0: best.lose(); break;
  case 1: (void)manager.remove(id); break;
  case 2:
    best.jump((random.next() % 2 ? 1 : -1) * nanoseconds{nearest(random.uniform(2e6, 1e8))});
    break;
  case 3: best.stop(); break;
  case 4: best.set_skew_ppm(2500); break;
  }
}

void run(std::uint64_t seed, records& all) {
  random_source random{seed};
  const bool shared = seed % 2 == 0;
  manual_clock host{{.skew_ppm = random.uniform(-50, 50), .wander_ppm = 0.01, .seed = seed}};
  std::vector<sim_source> sources;
  for (int i = 0; i < 3; ++i) {
    const double apart = shared ? 1e6 : 1e15;
    sources.emplace_back(
        host, testing::sim_source_options{
                  .drift = {random.uniform(-80, 80), 0.01, random.next()},
                  .first = source_time{1h + nanoseconds{nearest(random.uniform(-apart, apart))}},
                  .interval = nanoseconds{nearest(random.uniform(5e6, 1e8))},
                  .noise_ns = random.uniform(20, 2000),
                  .knows_rate = i > 0 || seed % 4 < 2,
                  .seed = random.next()});
  }
  source_manager manager;
  source_id ids[3];
  for (int i = 0; i < 3; ++i)
    (void)manager.try_add(sources[static_cast<std::size_t>(i)],
                          {.priority = 3 - i, .absolute = shared}, ids[i]);

  listener ours, naive;
  std::size_t first = 0; // the first that says something
  const auto go_on = [&](nanoseconds length, auto&& look) {
    for (const auto end = host.now() + length; host.now() < end;) {
      const source_clock before = manager.clock();
      manager.poll(host.now());
      const source_clock clock = manager.clock();
      if (before.usable()) {
        const auto apart = clock.position(host.now()) - before.position(host.now());
        all.step = std::max(all.step, std::abs(samples(apart)));
      }
      look(clock);
      for (auto passed = 0ns; passed < poll_interval; passed += block) {
        ours.hear(host.now(), manager.clock().position(host.now()));
        const auto says = sources[first].read(host.now());
        naive.hear(host.now(), says.map(host.now()));
        host.advance(block);
      }
    }
  };
  go_on(nanoseconds{nearest(random.uniform(4e9, 6e9))}, [](auto&) {});
  const auto promised = manager.clock(); // had it gone on as it was
  const host_time harmed = host.now();
  harm(sources[0], manager, ids[0], random);
  bool found = false, on_new = false;
  go_on(12s, [&](const source_clock& clock) {
    if (!found && clock.leader != ids[0]) {
      found = true;
      first = 1;
      sources[0].lose(); // who only jumped would come back
      all.found_ms.push_back(static_cast<float>(1e3 * seconds(host.now() - harmed)));
      const auto off = clock.position(host.now()) - promised.position(host.now());
      all.astray = std::max(all.astray, std::abs(samples(off)));
    }
    if (found && !on_new && std::abs(samples(clock.gap)) < 0.1) {
      on_new = true;
      auto& times = shared ? all.on_new_s : all.own_on_new_s;
      times.push_back(static_cast<float>(seconds(host.now() - harmed)));
    }
  });
  all.unfound += !found || !on_new;
  all.discontinuity = std::max(all.discontinuity, ours.worst());
  if (shared) all.naive = std::max(all.naive, naive.worst());
  ++all.runs;
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::uint64_t seeds = 1'000;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) seeds = 20;
    if (std::strcmp(argv[i], "--full") == 0) seeds = 10'000;
  }
  records all;
  for (std::uint64_t seed = 2'026'112'200; seed < 2'026'112'200 + seeds; ++seed) run(seed, all);
  const std::string name = "sources/switch/";
  std::vector<row> rows{{name + "runs", all.runs, ""},
                        {name + "discontinuity_samples", all.discontinuity, "samples"},
                        {name + "step_samples", all.step, "samples"},
                        {name + "astray_samples", all.astray, "samples"},
                        {name + "not_switched", all.unfound, ""},
                        {name + "found_ms/p50", quantile(all.found_ms, 0.5), "ms"},
                        {name + "found_ms/max", quantile(all.found_ms, 1), "ms"},
                        {name + "on_new_s/p50", quantile(all.on_new_s, 0.5), "s"},
                        {name + "on_new_s/max", quantile(all.on_new_s, 1), "s"},
                        {name + "own_origin/on_new_s/max", quantile(all.own_on_new_s, 1), "s"},
                        {name + "first_valid/discontinuity_samples", all.naive, "samples"}};
  jamnet_bench::print(rows, json);
  return 0;
}
