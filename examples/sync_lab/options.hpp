// What the command line asks for, each number in its range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <jamnet/testing/clock_path.hpp>
#include <jamnet/time/timeline.hpp>

namespace sync_lab {

enum class accident_kind : std::uint8_t {
  kill_master,
  partition,
  suspend,
  stall,
  step_clock,
  step_skew,
  liar
};

/// Something that happens to the peers.
struct accident {
  accident_kind kind{};
  jamnet::nanoseconds at{};
  jamnet::nanoseconds by{}; ///< how long it lasts, or how far the clock steps
  double ppm = 0;           ///< by how much a skew steps
};

struct options {
  std::size_t peers = 4;
  jamnet::testing::path_kind path = jamnet::testing::path_kind::lan;
  std::optional<double> loss_percent; ///< none: what such a path usually loses
  double trains_per_second = 5;
  double seconds = 60, settling_s = 5;
  double skew_ppm = 50, wander_ppm = 0.03;
  std::uint64_t seed = 1;
  std::vector<accident> accidents; ///< in their order
  std::filesystem::path svg;       ///< empty: no picture
  bool json = false, help = false;
};

inline constexpr const char* usage = R"(sync_lab: a laboratory for shared time

  --peers N          how many, 2 to 100 (4)
  --path PATH        what is between them (lan):
                       lan         100 us each way, +- 20
                       lan_load    100 us, and queues of 50 to 200 us that change every 5 s
                       lan_asym    one way congested by 400 us, the other free
                       wifi_home   0.8 ms, mostly 0.15 ms more, now and then 30
                       wifi        1 ms and a heavy tail of 2 ms on average
                       wan         20 ms and queues of 2 ms; one way 1 ms longer, which hides 0.5 ms
                       route       20 ms; from 120 to 200 s both ways are 10 ms longer
                       route_asym  20 ms; from 120 to 200 s one way is 8 ms longer
                       bloat       5 ms; each minute a queue of up to 18 ms comes and goes, one way
  --loss P           percent of datagrams lost (0 on a lan, 1 elsewhere)
  --rate HZ          how often a peer asks for the time, 1 to 100 trains a second (5)
  --seconds S, --hours H
                     how long, in simulated time (60 s)
  --skew PPM         clocks run up to so much too fast or slow (50)
  --wander PPM       ... and each second adds so much, one sigma (0.03)
  --settle S         what the table leaves out after a peer came in time (5)
  --seed N           of everything that is left to chance (1)

What happens, as often as you like, at times such as 90, 90s, 500ms, 2min or 1h:

  --kill-master T    the session's clock dies
  --partition T,FOR  half of the peers cannot reach the others
  --suspend T,FOR    a peer's lid is closed: its clock stands still (FOR: how long)
  --stall T,FOR      a peer does not run, but its clock does
  --step-clock T,BY  a peer's clock is set forward, or back if BY is negative
  --step-skew T,PPM  a peer's clock runs faster by PPM from then on
  --liar T[,BY]      the session's clock jumps by BY (1s), and the master does not say so

What comes out:

  --svg FILE         a picture: error and bounds, skew, and packets over time
  --json             one JSON object instead of the report and the table
  --help             this

The peers are the real ones; the network and their clocks are simulated, so that the truth is known
and a seed replays everything: the same command line prints the same. Only the speed, which is
written to the standard error, varies. Returns 0, or 2 if the command line makes no sense or a
file cannot be written.
)";

/// What was asked for, or a line that says what is wrong with it.
struct parsed_options {
  std::optional<options> value;
  std::string error;
};
[[nodiscard]] parsed_options parse(int argc, char** argv);

} // namespace sync_lab
