// midi_instrument NAME: a stand-in for an instrument on a JACK server. What comes in by
// NAME-in:midi goes out by NAME-out:midi at once; it plays what lines on its standard input ask
// for, and leaves when they end.
//
//     play             a chord on channels 1 and 10, a SysEx of 2000 bytes, and its end
//     clock BPM TICKS  of a MIDI clock, each at its moment
#include <jamnet/platform/jack_midi.hpp>

#include <array>
#include <cstdio>
#include <sstream>
#include <string>

#include <jamnet/midi/message.hpp>
#include <jamnet/midi/sysex_splitter.hpp>
#include <jamnet/midi/system_message.hpp>
#include <jamnet/time/steady_source.hpp>

#if defined(__linux__) && __has_include(<jack/jack.h>)

#include <poll.h>
#include <unistd.h>

using namespace jamnet;

namespace {

class instrument {
public:
  instrument(jack_midi_input& in, jack_midi_output& out) : in_{in}, out_{out} {}

  void run() {
    pollfd watched[2]{{STDIN_FILENO, POLLIN, 0}, {*in_.signal().descriptor(), POLLIN, 0}};
    for (;;) {
      in_.expect_wake();
      for (received_packet got; in_.try_next(got);) send(got.packet, host_.now());
      in_.poll(host_.now());
      out_.poll(host_.now());
      if (::poll(watched, 2, 200) <= 0) continue;
      in_.signal().clear();
      if (watched[0].revents == 0) continue;
      std::array<char, 256> typed; // all that is asked for at a time
      const auto size = ::read(STDIN_FILENO, typed.data(), typed.size());
      if (size <= 0) return;
      obey({typed.data(), static_cast<std::size_t>(size)});
    }
  }

private:
  void obey(const std::string& line) {
    std::istringstream words{line};
    std::string what;
    double bpm = 0;
    int ticks = 0;
    words >> what >> bpm >> ticks;
    const auto start = host_.now() + nanoseconds{50'000'000};
    if (what == "play") play(start);
    for (int i = 0; i < ticks; ++i)
      send(system_message::timing_clock{},
           start + nanoseconds{static_cast<std::int64_t>(60e9 / 24 / bpm * i)});
  }
  void play(host_time at) {
    for (const unsigned note : {60U, 64U, 67U}) send(note_on{.note = note, .velocity = 90}, at);
    send(note_on{.channel = 10, .note = 36, .velocity = 100}, at);
    std::array<std::uint8_t, 2000> data{};
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = i % 128;
    split_sysex(data, sysex7{}, [&](const ump& packet) { send(packet, at); });
    for (const unsigned note : {60U, 64U, 67U})
      send(note_off{.note = note}, at + nanoseconds{100'000'000});
  }
  void send(const ump& packet, host_time at) {
    if (!out_.try_send(packet, at)) std::puts("too much");
  }

  jack_midi_input& in_;
  jack_midi_output& out_;
  steady_source host_;
};

} // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "instrument";
  const auto in = jack_midi_input::open({.virtual_port = "midi", .client = name + "-in"});
  const auto out = jack_midi_output::open({.virtual_port = "midi", .client = name + "-out"});
  if (!in || !out) return std::puts("no JACK server"), 77;
  std::puts("ready");
  std::fflush(stdout);
  instrument{**in, **out}.run();
}

#else

int main() { return 77; }

#endif
