// What do the rings cost beside the queues people use today?
//
// Contestants are compared in pairs, round by round (contest.hpp). All do the same work: what goes
// in is checked as it comes out. All wait alike where a queue is full or empty (side_by_side.hpp).
//
//   ring_measure [--json] [--smoke | --full]
#include <cstdlib>
#include <string_view>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/midi/midi_event.hpp>

#include "../rows.hpp"
#include "audio_tasks.hpp"
#include "contest.hpp"
#include "queue_tasks.hpp"

using namespace jamnet_bench;
using jamnet::midi_event;

int main(int argc, char** argv) {
  bool json = false;
  double seconds = 25; // rounds are played until then
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") json = true;
    if (option == "--smoke") seconds = 0.5;
    if (option == "--full") seconds = 240;
  }
  std::vector<contest> contests{
      compare<our_spsc<word>, boost_spsc<word>, moodycamel_spsc<word>, moodycamel_as_small>(
          "spsc", 20'000, streamed),
      compare<our_spsc<midi_event>, boost_spsc<midi_event>, moodycamel_spsc<midi_event>>(
          "spsc_midi_event", 20'000, streamed),
      compare<our_spsc<midi_event>, boost_spsc<midi_event>, moodycamel_spsc<midi_event>>(
          "spsc_midi_event_alone", 4'000, in_and_out),
      compare<our_spsc<word>, boost_spsc<word>>("spsc_by_64", 128'000, streamed_by_64),
      compare<our_event_ring, our_spsc_too, boost_spsc<word>, moodycamel_spsc<word>, bare_atomic>(
          "event_ring", 1'000, round_trip),
      compare<our_audio, jack_audio, boost_audio>("audio_ring", 1'000, audio_in_and_out),
      compare<our_audio, jack_audio, boost_audio>("audio_ring_streamed", 2'000, audio_streamed),
      compare<our_mpmc, boost_mpmc, moodycamel_mpmc>("mpmc", 4'000, in_and_out),
      compare<our_mpmc, boost_mpmc, moodycamel_mpmc>("mpmc_contended", 5'000, contended),
  };
  stay_on_core(0);
  jamnet::random_source random{1};
  const auto start = clock_type::now();
  do
    for (auto& c : contests) play_round(c, random);
  while (nanoseconds_since(start) < 1e9 * seconds);
  std::vector<row> rows;
  for (const auto& c : contests) report(rows, c);
  print(rows, json);
  return EXIT_SUCCESS;
}
