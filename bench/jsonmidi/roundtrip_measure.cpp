// How long is the way of one note from its packet to a line of JSON and back, and how long at
// worst? Each round trip is timed alone; what the clock itself costs is shown beside and taken off
// nothing.
//
//   roundtrip_measure [--json] [--smoke | --full]
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "../rows.hpp"
#include <jamnet/core/random.hpp>
#include <jamnet/jsonmidi/decode.hpp>
#include <jamnet/jsonmidi/encode.hpp>
#include <jamnet/midi/message.hpp>

using namespace jamnet;

namespace {

using clock_type = std::chrono::steady_clock;

double nanoseconds_since(clock_type::time_point start) {
  return std::chrono::duration<double, std::nano>(clock_type::now() - start).count();
}

double quantile(const std::vector<double>& sorted, double q) {
  return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::size_t rounds = 1'000'000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") json = true;
    if (option == "--smoke") rounds = 10'000;
    if (option == "--full") rounds = 10'000'000;
  }
  random_source random{1};
  std::array<char, jsonmidi::max_encoded_size> line;
  std::vector<double> trips, clocks;
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random.next() % n); };
    const midi_event event{session_time{nanoseconds{static_cast<std::int64_t>(i) * 1'234'567}}, i,
                           note_on{1 + below(16), below(128), below(128)}};
    const auto start = clock_type::now();
    const auto back = jsonmidi::decode(jsonmidi::encode(event, line));
    trips.push_back(nanoseconds_since(start));
    if (!back || *back != event) return std::fputs("not the same\n", stderr), EXIT_FAILURE;
    const auto idle = clock_type::now();
    clocks.push_back(nanoseconds_since(idle));
  }
  std::sort(trips.begin(), trips.end());
  std::sort(clocks.begin(), clocks.end());
  jamnet_bench::print({{"roundtrip/p50_ns", quantile(trips, 0.5), "ns"},
                       {"roundtrip/p99_ns", quantile(trips, 0.99), "ns"},
                       {"roundtrip/p99_9_ns", quantile(trips, 0.999), "ns"},
                       {"roundtrip/max_ns", trips.back(), "ns"},
                       {"roundtrip/clock_p50_ns", quantile(clocks, 0.5), "ns"}},
                      json);
  return EXIT_SUCCESS;
}
