// Is a tempo map exact? Over a day with 1,000 changes of tempo: ticks to frames and back, and how
// far times are from those that long double works out.
//
//     tempo_map_measure [--json] [--smoke | --full]
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "../rows.hpp"
#include "tempo_peers.hpp"

#if defined(__linux__) && __has_include(<ableton/link/Timeline.hpp>)
#include <ableton/platforms/linux/Linux.hpp>

#include <ableton/link/Timeline.hpp>
#endif

using namespace jamnet;

namespace {

constexpr std::uint32_t rate = 48'000;

struct asked {
  double wrong = 0, double_wrong = 0;       // ticks that did not come back
  double furthest = 0, double_furthest = 0; // frames from the truth
};

// Points are taken change by change, so that the truth is worked out along with them.
asked ask(double ramps, std::int64_t points) {
  const auto music = jamnet_bench::day_of_music(1'000, ramps);
  const auto map = *tempo_map::make(music.tempi, music.signatures);
  const jamnet_bench::double_map simple{music};
  random_source random{3};
  asked found;
  long double start = 0;
  for (std::size_t i = 0; i < music.tempi.size(); ++i) {
    const tempo_change& from = music.tempi[i];
    const bool last = i + 1 == music.tempi.size();
    const long double count = (last ? music.end - from.at : music.tempi[i + 1].at - from.at).count;
    const long double slow = from.bpm, fast = from.ramp && !last ? music.tempi[i + 1].bpm : slow;
    const auto lasts = [&](long double part) {
      const auto reached = std::sqrt(slow * slow + (fast * fast - slow * slow) * part);
      return count * part * (60.0L / 960) * 2 / (slow + reached);
    };
    for (std::int64_t j = 0; j < points / 1'000; ++j) {
      const auto step = static_cast<std::int64_t>(random.uniform() * static_cast<double>(count));
      const ticks t{from.at.count + step};
      const long double exact = start + lasts(static_cast<long double>(step) / count);
      const auto frame = map.tempo().frame_at(t, rate);
      found.wrong +=
          map.tempo().tick_at_frame(frame, rate) != t || map.tick_at(map.time_at(t)) != t;
      const auto ns = static_cast<long double>(map.time_at(t).count());
      found.furthest =
          std::fmax(found.furthest, static_cast<double>(std::abs(ns * 1e-9L - exact) * rate));
      if (ramps > 0) continue;
      const double seconds = simple.seconds_at(t.count);
      const double there = static_cast<double>(nearest(seconds * rate)) / rate;
      found.double_wrong += nearest(simple.tick_at(there)) != t.count;
      found.double_furthest =
          std::fmax(found.double_furthest, static_cast<double>(std::abs(seconds - exact) * rate));
    }
    start += lasts(1);
  }
  return found;
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::int64_t points = 10'000'000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") json = true;
    if (option == "--smoke") points = 100'000;
  }
  const asked steady = ask(0, points), ramps = ask(0.5, points);
  std::vector<jamnet_bench::row> rows{
      {"tempo_map/round_trip/jamnet/wrong", steady.wrong, "ticks"},
      {"tempo_map/round_trip/jamnet_ramps/wrong", ramps.wrong, "ticks"},
      {"tempo_map/round_trip/double/wrong", steady.double_wrong, "ticks"},
      {"tempo_map/error/jamnet/micro_samples", steady.furthest * 1e6, "10^-6 samples"},
      {"tempo_map/error/jamnet_ramps/micro_samples", ramps.furthest * 1e6, "10^-6 samples"},
      {"tempo_map/error/double/micro_samples", steady.double_furthest * 1e6, "10^-6 samples"},
  };
  const std::int64_t day = std::int64_t{97} * 60 * 24; // quarter notes
  const tempo_change tempo[]{{.bpm = 97}};
  const auto ours = tempo_curve::make(tempo)->time_at({day * 960});
  rows.push_back({"tempo_map/day_at_97/jamnet/samples",
                  static_cast<double>(ours.count() - 86'400'000'000'000) * 1e-9 * rate, "samples"});
#if defined(__linux__) && __has_include(<ableton/link/Timeline.hpp>)
  // As one who joins gets it: on the wire a tempo is whole microseconds a beat.
  const ableton::link::Tempo sent{97.0}, received{sent.microsPerBeat()};
  const ableton::link::Timeline link{received, ableton::link::Beats{0.0},
                                     std::chrono::microseconds{0}};
  const auto theirs = link.fromBeats(ableton::link::Beats{static_cast<double>(day)});
  rows.push_back({"tempo_map/day_at_97/link/samples",
                  static_cast<double>(theirs.count() - 86'400'000'000) * 1e-6 * rate, "samples"});
#endif
  jamnet_bench::print(rows, json);
}
