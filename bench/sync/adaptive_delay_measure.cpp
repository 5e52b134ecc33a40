// The latency on which two players agree, and how many of their events come later: an hour of 8
// events a second each, on the paths of testing/clock_path.hpp, with what a link does for them
// (testing/event_path.hpp). `best_fixed` is the least delay that 1 in 1000 events exceeds, chosen
// with hindsight: nothing that meets the same target can be quicker for long.
//
// PATH itself loses nothing and lets datagrams overtake each other; PATH_loss loses 1 in 100;
// PATH_in_order is one queue, where what is sent again waits behind what it should replace.
#include <jamnet/sync/adaptive_delay.hpp>

#include <array>
#include <string>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/sync/agreed_delay.hpp>
#include <jamnet/testing/event_path.hpp>

#include "../rows.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr int jams = 10;

struct outcome {
  double settled_ms = 0, late_percent = 0, best_fixed_ms = 0;
};

double ms(nanoseconds t) { return static_cast<double>(t.count()) * 1e-6; }

// Late after the first 10 s, settled on average over the second half hour.
outcome jam(const event_path_options& options, std::uint64_t seed) {
  std::array<event_path, 2> ways{event_path{options, seed}, event_path{options, seed + 1}};
  std::array<adaptive_delay, 2> delays;
  agreed_delay agreed{15ms};
  std::vector<nanoseconds> took;
  int late = 0, settled = 0;
  outcome seen;
  for (session_time t{}; t < session_time{1h}; t += 125ms) {
    const auto latency = agreed.agree(std::array{delays[0].delay(), delays[1].delay()}, t);
    for (std::size_t i = 0; i < 2; ++i) {
      const auto delivered = ways[i].deliver(t);
      delays[i].arrived(t, delivered);
      if (t < session_time{10s}) continue;
      took.push_back(delivered - t);
      late += took.back() > latency ? 1 : 0;
    }
    if (t < session_time{30min}) continue;
    seen.settled_ms += ms(latency);
    ++settled;
  }
  seen.settled_ms /= settled;
  seen.late_percent = 100.0 * late / static_cast<double>(took.size());
  std::sort(took.begin(), took.end());
  seen.best_fixed_ms = ms(took[took.size() - 1 - took.size() / 1000]);
  return seen;
}

} // namespace

int main(int argc, char** argv) {
  struct variant {
    const char* suffix;
    double loss;
    bool overtaking;
  };
  std::vector<jamnet_bench::row> rows;
  for (const auto kind : {path_kind::lan, path_kind::wifi_home, path_kind::wan})
    for (const auto& v :
         {variant{"", 0, true}, variant{"_loss", 0.01, true}, variant{"_in_order", 0.01, false}}) {
      outcome mean;
      for (std::uint64_t i = 0; i < jams; ++i) {
        const auto seen = jam({kind, v.loss, v.overtaking}, 90'000 + 10 * i);
        mean.settled_ms += seen.settled_ms / jams;
        mean.late_percent += seen.late_percent / jams;
        mean.best_fixed_ms += seen.best_fixed_ms / jams;
      }
      const auto path = std::string{"adaptive_delay/"} + name(kind) + v.suffix;
      rows.push_back({path + "/settled_ms", mean.settled_ms, "ms"});
      rows.push_back({path + "/late_percent", mean.late_percent, "%"});
      rows.push_back({path + "/best_fixed_ms", mean.best_fixed_ms, "ms"});
    }
  jamnet_bench::print(rows, argc > 1 && std::string{argv[1]} == "--json");
}
