// What the command line asks for, each number in its range.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "../shared/injected_clock.hpp"
#include "../shared/transport_words.hpp"

namespace metronome {

using shared::host_time;
using shared::nanoseconds;
using shared::session_time;

struct options {
  bool band = false, help = false;
  // one peer
  std::string room = "metronome", name;
  std::string connect;    ///< host:port; empty: found by multicast
  std::uint16_t port = 0; ///< 0: any
  std::filesystem::path wav;
  std::optional<std::string> audio_out;               ///< a device; empty: the system's default
  double seconds = 0;                                 ///< 0: until it is told to end
  nanoseconds ahead = std::chrono::milliseconds{100}; ///< of what it asks for
  shared::agenda agenda;
  // one of a band, started by it
  bool testifies = false;
  shared::injected_clock clock;
  // a band
  int peers = 4;
  double pace = 1.5; ///< seconds between commands
  std::uint64_t seed = 1;
  std::filesystem::path out = "out/metronomes";
  bool json = false;
};

inline constexpr const char* usage = R"(transport: a metronome that all in a room share

  transport [options]      join in, or begin; whoever starts, stops, seeks or changes the tempo
                           does so for all, to the sample
    --room NAME --name ME  which room, and who you are
    --wav FILE             the clicks as sound, from a whole second of the session on
    --audio-out [DEVICE]   the clicks through the sound card or an audio server: (part of) a name
    --seconds S            so long, then leave
    --do "S COMMAND"       after S seconds in time with the others; as often as you like
    --script FILE          lines of such
    --ahead MS             how far ahead of its effect a command is given (100): if that is more
                           than the network takes, nobody's music jumps
    --port N --connect HOST:PORT   to be reached at; where somebody is, if multicast does not reach

  Keys: space starts and stops, 0 stops at the start, 1 to 9 go to that bar, left and right to the
  bar before and after, + - and up and down change the tempo, r repeats four bars, q leaves.
  Without a terminal: commands, one a line, from the standard input.

  transport band [options] four of them on this machine, each a process with a wrong clock of its
                           own; then their sounds are compared, click by click
    --peers N              how many, 2 to 16 (4)
    --pace S               seconds between commands (1.5)
    --out DIR              where the sounds go (out/metronomes)
    --seed N               of the clocks' errors (1)
    --json                 print the report alone

Commands:)";

/// What was asked for; otherwise `error` says what is wrong.
[[nodiscard]] std::optional<options> parse(int argc, char** argv, std::string& error);

} // namespace metronome
