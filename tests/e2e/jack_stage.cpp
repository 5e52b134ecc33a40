// A private JACK server, a keyboard and a synthesiser at it, for devices_test.py, which says line
// by line what they are to do:
//
//   in                         out
//   on NOTE | off NOTE         server NAME
//   unplug | plug              heard NANOSECONDS on|off NOTE      (by CLOCK_MONOTONIC_RAW)
//   kill | start               port keys|synth connected|lost
//                              done COMMAND
//
// The keyboard is stage-keys:midi, the synthesiser stage-synth:midi; unplug and plug do it to the
// keyboard, kill and start to the server. Skips (77) where JACK is not installed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <poll.h>

#include <jamnet/midi/message.hpp>
#include <jamnet/platform/jack_midi.hpp>

#include "platform/jack_fixture.hpp"

#if __has_include(<jack/jack.h>)

namespace {

using namespace jamnet;

class stage {
public:
  explicit stage(testing::jack_server& server) : server_{server} {}

  bool open() {
    auto synth = jack_midi_input::open({.virtual_port = "midi", .client = "stage-synth"});
    if (!synth || !plug()) return false;
    synth_ = std::move(*synth);
    synth_->on_port([](const midi_port_event& e) { tell("synth", e); });
    std::printf("server %s\n", server_.name().c_str());
    return true;
  }
  // Until nobody says anything any more.
  void run() {
    for (std::string line; read_line(line);) {
      obey(line);
      std::printf("done %s\n", line.c_str());
    }
  }

private:
  bool plug() {
    auto keys = jack_midi_output::open({.virtual_port = "midi", .client = "stage-keys"});
    if (!keys) return false;
    keys_ = std::move(*keys);
    keys_->on_port([](const midi_port_event& e) { tell("keys", e); });
    return true;
  }
  static void tell(const char* whose, const midi_port_event& e) {
    if (e.change == port_change::connected || e.change == port_change::lost)
      std::printf("port %s %s\n", whose, to_string(e.change).data());
  }
  void obey(const std::string& line) {
    const auto now = steady_source{}.now();
    const auto space = std::min(line.find(' '), line.size());
    const auto note = static_cast<unsigned>(std::atoi(line.c_str() + space));
    if (line.starts_with("on ") && keys_) (void)keys_->try_send(note_on{.note = note}, now);
    if (line.starts_with("off ") && keys_) (void)keys_->try_send(note_off{.note = note}, now);
    if (line == "unplug") keys_.reset();
    if (line == "plug") plug();
    if (line == "kill") server_.kill();
    if (line == "start") server_.start();
  }
  // Meanwhile says what the synthesiser hears.
  bool read_line(std::string& line) {
    line.clear();
    for (;;) {
      listen();
      std::fflush(stdout);
      ::pollfd input{.fd = 0, .events = POLLIN, .revents = 0};
      if (::poll(&input, 1, 5) == 0) continue;
      char c = 0;
      if (::read(0, &c, 1) != 1) return false;
      if (c == '\n') return true;
      line += c;
    }
  }
  void listen() {
    const auto now = steady_source{}.now();
    synth_->poll(now);
    if (keys_) keys_->poll(now);
    for (received_packet next; synth_->try_next(next);) {
      if (!starts_note(next.packet) && !ends_note(next.packet)) continue;
      std::printf("heard %lld %s %u\n", static_cast<long long>(next.at.time_since_epoch().count()),
                  starts_note(next.packet) ? "on" : "off", next.packet.byte(2));
    }
  }

  testing::jack_server& server_;
  std::unique_ptr<jack_midi_output> keys_;
  std::unique_ptr<jack_midi_input> synth_;
};

} // namespace

int main() {
  testing::jack_server server{{.synchronous = true}};
  if (!server.running()) {
    std::printf("skipped: %s\n", server.trouble().c_str());
    return 77;
  }
  stage here{server};
  if (!here.open()) {
    std::printf("skipped: no MIDI at the JACK server\n");
    return 77;
  }
  here.run();
  return 0;
}

#else

int main() {
  std::puts("skipped: built without JACK's headers");
  return 77;
}

#endif
