// What the command line asks for, checked: every number is in its range, every file is readable.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <jamnet/time/timeline.hpp>

#include "../shared/midi_flag.hpp"
#include "../shared/transport_words.hpp"

namespace jam {

using jamnet::host_time;
using jamnet::nanoseconds;
using jamnet::session_time;

enum class mode { conduct, host, join, member, list, help };

/// What a live jam is played on and heard through; names may be parts of names.
struct device_options {
  shared::midi_interface midi = shared::usual_midi();
  std::string midi_in, midi_out;        ///< ports of others; empty: none
  std::string own_ports;                ///< what ours are called, in and out; empty: none
  std::optional<std::string> audio_out; ///< an empty name: the system's default
  bool thru = false;                    ///< what one plays oneself comes out here, too

  [[nodiscard]] bool has_output() const {
    return audio_out || !midi_out.empty() || !own_ports.empty();
  }
  [[nodiscard]] bool any() const { return has_output() || thru || !midi_in.empty(); }
};

struct options {
  jam::mode mode = mode::conduct;
  // a jam on this machine
  int peers = 4;
  bool ensemble = false, tcp = false, both = false, json = false;
  double loss = 0;      ///< 0 to 1
  nanoseconds jitter{}; ///< added to each datagram
  double seconds = 0;   ///< of music; 0: all of it
  std::uint64_t seed = 1;
  std::filesystem::path out = "out";
  // a live one
  device_options devices;
  // any
  std::filesystem::path file;                          ///< empty: the piece that jam brings along
  nanoseconds latency = std::chrono::milliseconds{10}; ///< of what a file plays
  bool own_latency = false;                            ///< … and the keyboard
  bool net_report = false;
  shared::agenda agenda;         ///< of the transport
  std::vector<std::string> todo; ///< the same, as it was given
  std::string room = "jam", name;
  std::uint16_t port = 0; ///< 0: any
  std::string connect;    ///< host:port; empty: found by multicast
  std::string relay;      ///< host:port; empty: none
  std::string passphrase; ///< empty: an open room
  std::string key_log;    ///< where keys are written; empty: nowhere
  // one member of a jam on this machine, started by it
  int index = 0;
  nanoseconds clock_offset{}, clock_origin{};
  double clock_skew = 0;
};

inline constexpr const char* usage = R"(jam: play together in time

  jam [options]            four peers on this machine play a piece, and tell how well
    --peers N              how many, 1 to 32 (4)
    --file FILE.mid        what to play (a canon it brings along)
    --seconds S            only that much of it
    --ensemble             every peer plays a part, not only the first
    --latency MS           how far ahead of its sound an event is sent (10)
    --loss P --jitter MS   a bad network: P percent lost, up to MS late
    --tcp                  streams instead of datagrams
    --both                 streams beside them, for when they do not pass
    --out DIR              where the sound and the report go (out)
    --seed N               of the clocks' errors and the network's (1)
    --json                 print the report alone
    --net-report           say of each link how its network is, too
    --do "S COMMAND"       after S seconds of music: seek 9 bar, tempo 96, loop 3 5, stop, play …
                           (transport --help has all); the next peer's turn with each --do

  jam host [options]       begin a session, and play it from this keyboard
  jam join [options]       join one: found by its name, or at an address
    --room NAME --name ME  which room, and who you are
    --port N               to be reached at (host: 47800, join: any)
    --connect HOST:PORT    where somebody of the room is, if multicast does not reach there; by
                           datagrams, or by a stream where those do not pass
    --relay HOST:PORT      where to meet all who name the same relay (see relay --help)
    --file FILE.mid        play this instead of the keyboard
    --latency MS           of the keyboard, too: else as short as the network allows
    --midi-in PORT         play it from a MIDI port too, by (part of) its name
    --midi-out PORT        where what the others play comes out, each note at its time
    --virtual NAME         instead, or as well, ports of our own for others to connect to: NAME-in
                           and NAME-out
    --midi rtmidi|jack     through what: ALSA or JACK (rtmidi), or JACK to the frame
    --audio-out [DEVICE]   hear the others, as plucked tones
    --thru                 hear oneself there too, as late as the others hear one
    --list                 say which ports and devices there are, and end
    --passphrase TEXT      only who knows it can play, or listen (see ps: others on this machine)
    --key-log FILE         the keys, for toast_dump to open what was captured with
    --tcp                  streams alone
    --both                 a stream beside the datagrams to each who says so too: it takes
                           all while those do not pass
    --net-report           say every 10 s how the links are
    --do "S COMMAND"       S seconds after you are in time, to the transport that all share; keys:
                           space stops and plays, 0 to the start, 1 to 9 to that bar, arrows, + -,
                           r repeats four bars
  Files are played where the session's transport is; bars are counted as the file begins.
)";

/// What was asked for, or a line that says what is wrong with it.
struct parsed_options {
  std::optional<options> value;
  std::string error;
};
[[nodiscard]] parsed_options parse(int argc, char** argv);

} // namespace jam
