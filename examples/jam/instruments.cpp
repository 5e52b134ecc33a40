#include "instruments.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <asio/post.hpp>
#include <unistd.h>

#include <jamnet/midi/message.hpp>
#include <jamnet/time/steady_source.hpp>

#include "../shared/hush.hpp"
#include "../shared/print.hpp"
#include "../shared/printable.hpp"

namespace jam {
namespace {

using namespace std::chrono_literals;
using jamnet::steady_source;

// Begins what a note-off, or a pedal's way up, ends.
bool holds(const jamnet::ump& packet) {
  const auto control = jamnet::control_change::from(packet);
  return jamnet::starts_note(packet) ||
         (control && control->controller == 64 && control->value >= 64);
}

// What an option opened, among the `ports` there are; or why it did not, in one line.
template <class Port, class Opened, class There>
std::string keep(std::vector<std::unique_ptr<Port>>& ports, Opened opened, const char* option,
                 const std::string& name, shared::midi_interface through, bool own, There&& there) {
  if (!opened)
    return option + (": " + shared::explain(opened.error(), through, own ? "" : name, there()));
  ports.push_back(std::make_unique<Port>());
  ports.back()->name = option + (" \"" + name + '"');
  ports.back()->port = std::move(*opened);
  return {};
}

} // namespace

instruments::~instruments() {
  ending_ = true;
  rest_.notify();
  if (caretaker_.joinable()) caretaker_.join();
  if (sound_) sound_->stop();
}

std::string instruments::open(const device_options& d) {
  auto wrong = open_ports(d);
  if (!wrong.empty() || !d.audio_out) return wrong;
  wrong = sound_.emplace().open(*d.audio_out, "jam");
  if (wrong.empty()) return wrong;
  sound_.reset();
  return "--audio-out: " + wrong;
}

std::string instruments::open_ports(const device_options& d) {
  using shared::open_sink, shared::open_source;
  const auto offered = [&](auto ports) {
    return [this, ports, &d] {
      inputs_.clear(); // ours are none to be offered
      outputs_.clear();
      return ports(d.midi);
    };
  };
  const auto in = [&](const char* option, const std::string& name, bool own,
                      jamnet::midi_input_options wanted) {
    wanted.clock = wanted.sensing = false; // a keyboard's own, and nobody's else
    return name.empty() ? ""
                        : keep(inputs_, open_source(d.midi, wanted), option, name, d.midi, own,
                               offered(shared::source_ports));
  };
  const auto out = [&](const char* option, const std::string& name, bool own,
                       const jamnet::midi_output_options& wanted) {
    return name.empty() ? ""
                        : keep(outputs_, open_sink(d.midi, wanted), option, name, d.midi, own,
                               offered(shared::sink_ports));
  };
  auto wrong = in("--midi-in", d.midi_in, false, {.port = d.midi_in, .client = "jam-in"});
  if (wrong.empty())
    wrong = out("--midi-out", d.midi_out, false, {.port = d.midi_out, .client = "jam-out"});
  if (!wrong.empty() || d.own_ports.empty()) return wrong;
  const std::string own_in = d.own_ports + "-in", own_out = d.own_ports + "-out";
  wrong = in("--virtual", own_in, true, {.virtual_port = "midi", .client = own_in});
  if (wrong.empty())
    wrong = out("--virtual", own_out, true, {.virtual_port = "midi", .client = own_out});
  return wrong;
}

nanoseconds instruments::ahead() const {
  nanoseconds most = sound_ ? sound_->ahead() : 0ns;
  for (const auto& out : outputs_) most = std::max(most, out->port->ahead());
  return most;
}

std::string instruments::start(asio::io_context& io,
                               const jamnet::latest<jamnet::session_clock>& session,
                               listener told) {
  io_ = &io;
  shared::hush_jack();
  told_ = std::move(told);
  for (const auto& in : inputs_) {
    follow(*in, [] {});
    watch(*in);
  }
  for (const auto& out : outputs_)
    follow(*out, [this, out = out.get()] { release(*out); }); // it may have missed how notes ended
  if (sound_) {
    loudspeaker_ = std::make_unique<loudspeaker>(session, sound_->rate());
    sound_->on_change([this](const std::string& what) { tell("--audio-out: " + what); });
    const auto wrong = sound_->start([this](std::span<float> out, std::uint64_t first) {
      loudspeaker_->render(*sound_, out, first);
    });
    if (!wrong.empty()) return "--audio-out: " + wrong;
  }
  if (!inputs_.empty() || !outputs_.empty() || sound_)
    caretaker_ = std::thread{[this] { look_after(); }};
  return {};
}

// Tells, on the network's thread, when it went and came back; `then` is for that as well.
template <class Port, class Then>
void instruments::follow(Port& port, Then&& then) {
  port.port->on_port([this, &port, then](const jamnet::midi_port_event& e) {
    using enum jamnet::port_change;
    if (e.change == lost)
      asio::post(*io_, [this, &port] {
        port.lost_at = steady_source{}.now();
        told_.news(port.name + ": lost");
      });
    if (e.change == connected)
      asio::post(*io_, [this, &port, then] {
        const auto lost = std::exchange(port.lost_at, host_time{});
        if (lost == host_time{}) return; // it had never been away
        const auto away = std::chrono::duration<double>{steady_source{}.now() - lost};
        told_.news(port.name + shared::print(": back, after %.1f s", away.count()));
        then();
      });
  });
}

// Has the loop wait for what is played, as for anything from the network.
void instruments::watch(input& in) {
  if (!in.wake) {
    const auto descriptor = in.port->signal().descriptor();
    if (!descriptor) return;
    in.wake.emplace(*io_, ::dup(*descriptor));
    in.port->expect_wake();
  }
  in.wake->async_wait(asio::posix::stream_descriptor::wait_read,
                      [this, &in](const asio::error_code& stopped) {
                        if (stopped) return;
                        in.port->signal().clear();
                        in.port->expect_wake();
                        told_.heard();
                        watch(in);
                      });
}

bool instruments::try_next(jamnet::received_packet& out) {
  return std::any_of(inputs_.begin(), inputs_.end(),
                     [&](const auto& in) { return in->port->try_next(out); });
}

void instruments::play(const jamnet::midi_event& e, host_time at) {
  for (const auto& out : outputs_) {
    if (holds(e.packet)) out->held.observe(e.packet);
    out->last = std::max(out->last, at);
    if (!out->port->try_send(e.packet, at)) ++out->full;
  }
  if (loudspeaker_) loudspeaker_->play(e);
}

host_time instruments::fall_silent() {
  constexpr nanoseconds longest = 1s;
  const auto now = steady_source{}.now();
  host_time over = now;
  for (const auto& out : outputs_) {
    const auto last = std::clamp(out->last, now, now + longest);
    out->held.release_all([&](const jamnet::ump& packet) {
      for (const auto at : {now, last}) (void)out->port->try_send(packet, at);
    });
    over = std::max(over, last + 2 * out->port->ahead());
  }
  return over;
}
void instruments::release(output& out) {
  const auto now = steady_source{}.now();
  out.held.release_all([&](const jamnet::ump& packet) { (void)out.port->try_send(packet, now); });
}

// The caretaker's thread.
void instruments::look_after() {
  for (int round = 0; !ending_; ++round) {
    const auto now = steady_source{}.now();
    if (sound_) sound_->poll(now);
    if (round % 5 == 0) {
      for (const auto& in : inputs_) in->port->poll(now);
      for (const auto& out : outputs_) out->port->poll(now);
    }
    (void)rest_.wait_until(std::chrono::steady_clock::now() + 20ms);
  }
}
void instruments::tell(const std::string& line) {
  asio::post(*io_, [this, line] { told_.news(line); });
}

std::vector<std::string> instruments::descriptions() const {
  std::vector<std::string> lines;
  for (const auto& in : inputs_) lines.push_back(in->name);
  for (const auto& out : outputs_) lines.push_back(out->name);
  if (sound_) lines.push_back("--audio-out " + sound_->description());
  return lines;
}

std::vector<std::string> instruments::complaints() const {
  std::vector<std::string> lines;
  const auto count = [&](const std::string& name, std::uint64_t times, const char* what) {
    if (times != 0) lines.push_back(name + ": " + std::to_string(times) + ' ' + what);
  };
  for (const auto& in : inputs_) {
    const auto seen = in->port->count();
    count(in->name, seen.lost, "packets lost: too many at once");
    count(in->name, seen.meaningless, "messages that are no MIDI");
  }
  for (const auto& out : outputs_) {
    const auto seen = out->port->count();
    count(out->name, seen.lost, "messages due while it was away");
    count(out->name, seen.refused + out->full, "messages refused");
  }
  if (sound_) count("--audio-out", sound_->xruns(), "times frames were lost");
  if (loudspeaker_)
    count("--audio-out", loudspeaker_->dropped(), "events beyond those it can hold");
  return lines;
}

std::string list_devices(shared::midi_interface through) {
  std::string text;
  const auto list = [&](const std::string& title, const std::vector<std::string>& names) {
    text += title + '\n';
    for (const auto& name : names) text += "  " + shared::printable(name) + '\n';
    if (names.empty()) text += "  none\n";
  };
  const auto names = [](const std::vector<jamnet::midi_port>& ports) {
    std::vector<std::string> all;
    for (const auto& port : ports) all.push_back('"' + to_string(port) + '"');
    return all;
  };
  const auto by = " by " + std::string{to_string(through)};
  list("--midi-in" + by, names(shared::source_ports(through)));
  list("--midi-out" + by, names(shared::sink_ports(through)));
  list("--audio-out", shared::live_sound::devices());
  return text;
}

} // namespace jam
