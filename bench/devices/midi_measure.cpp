// MIDI through ports on a private JACK server: how late it is, how evenly it comes, how well it is
// stamped, what is lost, how long the road to another process is, and how soon ports are back where
// the server was killed. A header each says what its figures are.
//
// Quantiles are medians of five parts of a run, because others share the machine; `max_us`, and
// what was lost or misplaced, are of all of it.
//
// The server waits for who is late (jackd -S). As most have it, it does not, and a machine that has
// no time for a period loses, or repeats, all that was in it, whoever sent that.
//
//   midi_measure [--json] [--smoke | --full] [--asynchronous]
#include <jamnet/platform/jack_midi.hpp>

#include <cstdio>
#include <cstring>
#include <vector>

#include "../rows.hpp"

#if __has_include(<jack/jack.h>) && defined(__linux__)

#include <string>
#include <utility>

#if defined(JAMNET_BENCH_RTMIDI)
#include <jamnet/platform/rtmidi_input.hpp>
#include <jamnet/platform/rtmidi_output.hpp>
#endif

#include "../../tests/platform/jack_fixture.hpp"
#include "midi_evenness.hpp"
#include "midi_lateness.hpp"
#include "midi_return.hpp"
#include "midi_road.hpp"

using namespace jamnet;
using namespace jamnet_bench;

namespace {

struct sizes {
  unsigned packets, ticks, road;
  bool synchronous = true;
};

bool fail(const char* what) {
  std::fprintf(stderr, "midi_measure: %s\n", what);
  return false;
}

// Ports that are joined.
auto jack_midi_pair() {
  auto in = jack_midi_input::open({.virtual_port = "in", .client = "ear"});
  auto out = jack_midi_output::open({.port = "ear:in", .client = "mouth"});
  return std::pair{std::move(in), std::move(out)};
}
#if defined(JAMNET_BENCH_RTMIDI)
auto rtmidi_pair() {
  auto in = rtmidi_input::open({.virtual_port = "in", .client = "rt-ear"}, "jack");
  auto out = rtmidi_output::open({.port = "rt-ear:in", .client = "rt-mouth"}, "jack");
  return std::pair{std::move(in), std::move(out)};
}
#endif

bool lateness(std::vector<row>& rows, const std::string& which, unsigned packets) {
  {
    auto [in, out] = jack_midi_pair();
    if (!in || !out) return fail("jack_midi does not open");
    measure_lateness(rows, "devices/jack_midi" + which, **in, **out, packets);
  }
#if defined(JAMNET_BENCH_RTMIDI)
  auto [in, out] = rtmidi_pair();
  if (!in || !out) return fail("rtmidi does not open");
  measure_lateness(rows, "devices/rtmidi" + which, **in, **out, packets);
#endif
  return true;
}

void returns(std::vector<row>& rows, jamnet::testing::jack_server& server) {
  {
    auto [in, out] = jack_midi_pair();
    if (in && out) measure_return(rows, "devices/jack_midi", server, **in, **out);
  }
#if defined(JAMNET_BENCH_RTMIDI)
  auto [in, out] = rtmidi_pair();
  if (in && out) measure_return(rows, "devices/rtmidi", server, **in, **out);
#endif
}

bool at_period(std::vector<row>& rows, unsigned period, const sizes& size) {
  jamnet::testing::jack_server server{{.period = period, .synchronous = size.synchronous}};
  if (!server.running()) {
    std::fprintf(stderr, "not run: %s\n", server.trouble().c_str());
    return false;
  }
  if (period != 128) return lateness(rows, "/" + std::to_string(period), size.packets);
  if (!lateness(rows, "", size.packets)) return false;
  if (!measure_evenness(rows, size.ticks)) return fail("what is even does not come");
  if (!measure_road(rows, size.road)) return fail("the road is not open");
  returns(rows, server);
  return true;
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  sizes size{20'000, 8'000, 4'000};
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) size = {200, 100, 50};
    if (std::strcmp(argv[i], "--full") == 0) size = {100'000, ids, 12'000};
  }
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--asynchronous") == 0) size.synchronous = false;
  std::vector<row> rows;
  if (at_period(rows, 128, size)) at_period(rows, 64, size);
  print(rows, json);
  return 0;
}

#else

int main(int argc, char** argv) {
  std::fputs("not run: no JACK headers (libjack-jackd2-dev), or not Linux\n", stderr);
  jamnet_bench::print({}, argc > 1 && std::strcmp(argv[1], "--json") == 0);
  return 0;
}

#endif
