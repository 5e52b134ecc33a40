#include "midi_probe.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <jamnet/core/random.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/time/steady_source.hpp>

#include "../shared/interruption.hpp"

namespace latency_probe {
namespace {

using namespace jamnet;

double ms(nanoseconds d) { return static_cast<double>(d.count()) * 1e-6; }
nanoseconds in_ms(double d) { return nanoseconds{static_cast<std::int64_t>(d * 1e6)}; }

class loop {
public:
  loop(shared::midi_sink& out, shared::midi_source& in, findings& found)
      : out_{out},
        in_{in},
        found_{found} {
    const auto watch = [this](const midi_port_event& event) {
      if (event.change == port_change::lost)
        found_.remarks.push_back("lost: " + to_string(event.port));
    };
    out_.on_port(watch);
    in_.on_port(watch);
  }

  /// Whether a probe came back in time.
  bool probe(nanoseconds timeout) {
    const ump packet = next_probe();
    const auto sent = host_.now();
    if (!out_.try_send(packet, sent)) return false;
    const auto back = wait_for(packet, sent + timeout);
    if (!back) return false;
    found_.ms.push_back(ms(host_.now() - sent));
    found_.stamped_ms.push_back(ms(back->at - sent));
    found_.bound_ms = std::max(found_.bound_ms, back->bound_ns * 1e-6);
    return true;
  }
  /// Lets so much time pass.
  void rest(nanoseconds length) { (void)wait_for(ump{}, host_.now() + length); }

private:
  ump next_probe() {
    number_ = (number_ + 1) % 128;
    return control_change{.channel = 16, .controller = 119, .value = number_};
  }
  std::optional<received_packet> wait_for(const ump& packet, host_time deadline) {
    received_packet got;
    for (auto now = host_.now(); now < deadline; now = host_.now()) {
      in_.expect_wake();
      while (in_.try_next(got)) {
        if (got.packet == packet) return got;
        ++found_.strays;
      }
      if (now - polled_ >= nanoseconds{200'000'000}) {
        polled_ = now;
        out_.poll(now);
        in_.poll(now);
      }
      const auto left = std::min(deadline - now, nanoseconds{50'000'000});
      (void)in_.signal().wait_until(std::chrono::steady_clock::now() + left);
    }
    return std::nullopt;
  }

  shared::midi_sink& out_;
  shared::midi_source& in_;
  findings& found_;
  steady_source host_;
  host_time polled_{};
  unsigned number_ = 0;
};

} // namespace

findings probe_midi(const options& o) {
  findings found;
  const auto give_up = [&](failure why, const std::string& port, std::span<const midi_port> there) {
    found.trouble = shared::explain(why, o.midi, port, there);
    return found;
  };
  const bool own = !o.virtual_ports.empty();
  const auto name = [&](const char* way) { return own ? o.virtual_ports + way : std::string{}; };
  auto in = shared::open_source(
      o.midi, {.port = o.midi_in, .virtual_port = name("-in"), .client = "latency_probe"});
  if (!in) return give_up(in.error(), o.midi_in, shared::source_ports(o.midi));
  const auto out = shared::open_sink(
      o.midi, {.port = o.midi_out, .virtual_port = name("-out"), .client = "latency_probe"});
  if (!out) {
    in->reset(); // it is none to be offered
    return give_up(out.error(), o.midi_out, shared::sink_ports(o.midi));
  }
  found.through = own ? name("-out") + " and " + name("-in") : o.midi_out + " and " + o.midi_in;

  const shared::interruption enough;
  const auto timeout = in_ms(o.timeout_ms);
  loop around{**out, **in, found};
  const auto begin = steady_source{}.now();
  const auto waited = [&] { return ms(steady_source{}.now() - begin) >= 1e3 * o.wait_s; };
  while (!enough && !waited() && !around.probe(timeout)) {
  }
  found.ms.clear();
  found.stamped_ms.clear();
  found.strays = 0;

  random_source random{1}; // no beat with the periods of a device
  while (!enough && found.sent < o.count) {
    ++found.sent;
    (void)around.probe(timeout);
    around.rest(in_ms(random.uniform(0.5, 1.5) * o.interval_ms));
  }
  const auto heard = (*in)->count();
  found.overrun = heard.lost;
  found.meaningless = heard.meaningless;
  return found;
}

} // namespace latency_probe
