// midi_monitor: what comes through a MIDI port, live, and how regularly. See midi_monitor --help.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <jamnet/time/steady_source.hpp>
#include <unistd.h>

#include "../shared/interruption.hpp"
#include "../shared/printable.hpp"
#include "options.hpp"
#include "printer.hpp"
#include "timing.hpp"

namespace {

using namespace midi_monitor;
using namespace std::chrono_literals;
using jamnet::host_time;

int fail(const std::string& why) {
  std::fprintf(stderr, "midi_monitor: %s\n", shared::printable(why).c_str());
  return 2;
}

void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

void tell(const jamnet::midi_port_event& event) {
  using enum jamnet::port_change;
  if (event.change == connected || event.change == lost)
    say(std::string{to_string(event.change)} + ": " + shared::printable(to_string(event.port)));
}

class monitor {
public:
  monitor(const options& o, shared::midi_source& port) : o_{o}, port_{port} {
    port_.on_port([](const jamnet::midi_port_event& event) { tell(event); });
  }

  void run() {
    const shared::interruption enough;
    host_time polled = began_, told = began_;
    bool writable = true;
    while (!enough && writable) {
      port_.expect_wake();
      const bool more = take_some();
      writable = std::fflush(stdout) == 0; // the reader may have gone
      const auto now = host_.now();
      if (o_.seconds > 0 && now - began_ >= std::chrono::duration<double>{o_.seconds}) break;
      if (now - polled >= 200ms) port_.poll(polled = now);
      if (o_.stats && now - told >= 1s) {
        say(timing_.brief() + counts());
        told = now;
      }
      if (!more) (void)port_.signal().wait_until(std::chrono::steady_clock::now() + 50ms);
    }
    take_some();
    say(timing_.text() + std::to_string(timing_.messages()) + " messages" + counts());
  }

private:
  // Not for ever, however fast they come; whether there may be more.
  bool take_some() {
    jamnet::received_packet got;
    for (int i = 0; i < 1000; ++i) {
      if (!port_.try_next(got)) return false;
      const auto taken = host_.now();
      if (!o_.filter.shows(got.packet)) continue;
      timing_.add(got, name_of(got.packet), taken);
      if (!o_.quiet) std::fputs(printer_.lines(got).c_str(), stdout);
    }
    return true;
  }
  [[nodiscard]] std::string counts() const {
    const auto count = port_.count();
    auto text =
        "; lost: " + std::to_string(count.lost) + ", no MIDI: " + std::to_string(count.meaningless);
    if (printer_.broken() != 0) text += ", SysEx in part: " + std::to_string(printer_.broken());
    return text;
  }

  static bool coloured() { return ::isatty(STDOUT_FILENO) == 1 && !std::getenv("NO_COLOR"); }

  const options& o_;
  shared::midi_source& port_;
  jamnet::steady_source host_;
  host_time began_ = host_.now();
  printer printer_{o_.bytes, coloured(), began_};
  timing timing_;
};

} // namespace

int main(int argc, char** argv) {
  const auto parsed = parse(argc, argv);
  if (!parsed.value) return fail(parsed.error);
  const options& o = *parsed.value;
  if (o.help) return std::fputs(usage, stdout), 0;
  const auto from = shared::open_source(
      o.midi, {.port = o.port, .virtual_port = o.virtual_port, .client = "midi_monitor"});
  if (!from)
    return fail(shared::explain(from.error(), o.midi, o.port, shared::source_ports(o.midi)));
  monitor{o, **from}.run();
  return 0;
}
