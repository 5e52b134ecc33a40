// The latency on which two players agree, and how many of their events come later
// (testing/event_jam.hpp), on the paths of testing/clock_path.hpp; the means of ten jams.
// `best_fixed` is the least delay that 1 in 1000 events exceeds, chosen with hindsight: nothing
// that meets the same target can be quicker for long.
//
// PATH itself loses nothing and lets datagrams overtake each other; PATH_loss loses 1 in 100;
// PATH_in_order is one queue, where what is sent again waits behind what it should replace.
#include <jamnet/testing/event_jam.hpp>

#include <string>
#include <vector>

#include "../rows.hpp"

using namespace jamnet;
using namespace jamnet::testing;

int main(int argc, char** argv) {
  constexpr int jams = 10;
  struct variant {
    const char* suffix;
    double loss;
    bool overtaking;
  };
  std::vector<jamnet_bench::row> rows;
  for (const auto kind : {path_kind::lan, path_kind::wifi_home, path_kind::wan})
    for (const auto& v :
         {variant{"", 0, true}, variant{"_loss", 0.01, true}, variant{"_in_order", 0.01, false}}) {
      event_jam sum;
      for (std::uint64_t i = 0; i < jams; ++i) {
        const auto jam = event_jam::play({kind, v.loss, v.overtaking}, 90'000 + 10 * i);
        sum.settled += jam.settled;
        sum.best_fixed += jam.best_fixed;
        sum.late += jam.late;
      }
      const auto ms = [](nanoseconds of_all) {
        return static_cast<double>(of_all.count()) * 1e-6 / jams;
      };
      const auto path = std::string{"adaptive_delay/"} + name(kind) + v.suffix;
      rows.push_back({path + "/settled_ms", ms(sum.settled), "ms"});
      rows.push_back({path + "/late_percent", 100 * sum.late / jams, "%"});
      rows.push_back({path + "/best_fixed_ms", ms(sum.best_fixed), "ms"});
    }
  jamnet_bench::print(rows, argc > 1 && std::string{argv[1]} == "--json");
}
