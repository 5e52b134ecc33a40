#include "options.hpp"

#include "../shared/flags.hpp"

namespace latency_probe {
namespace {

shared::flags flags_of(options& o) {
  using namespace shared;
  return {
      {"--midi-out", text(o.midi_out, "(a part of) a port's name")},
      {"--midi-in", text(o.midi_in, "(a part of) a port's name")},
      {"--virtual", text(o.virtual_ports, "a name")},
      {"--midi", midi_flag(o.midi)},
      {"--interval", number(o.interval_ms, 0, 10'000, "ms")},
      {"--audio", yes(o.audio)},
      {"--device", text(o.device, "(a part of) a device's name")},
      {"--api", text(o.api, "a name")},
      {"--rate", number(o.rate, 1000, 384'000, "Hz")},
      {"--block", number(o.block, 1, 8192, "frames")},
      {"--output", number(o.output, 1, 64)},
      {"--input", number(o.input, 1, 64)},
      {"--level", number(o.level, 0.001, 1)},
      {"--pulse", yes(o.pulse)},
      {"--count", number(o.count, 1, 100'000)},
      {"--timeout", number(o.timeout_ms, 1, 10'000, "ms")},
      {"--wait", number(o.wait_s, 0, 3600, "s")},
      {"--svg", text(o.svg, "a file")},
      {"--json", yes(o.json)},
      {"--help", yes(o.help)},
      {"-h", yes(o.help)},
  };
}

// What contradicts itself.
std::string contradiction(const options& o) {
  const bool ports = !o.midi_out.empty() || !o.midi_in.empty();
  if (o.audio + ports + !o.virtual_ports.empty() > 1)
    return "one thing at a time: --midi-out and --midi-in, --virtual, or --audio";
  if (o.audio || !o.virtual_ports.empty()) return {};
  if (!ports)
    return "through what? --midi-out A --midi-in B, --virtual NAME or --audio; see --help";
  if (o.midi_out.empty()) return "which port does it go out by? --midi-out NAME; see device_list";
  if (o.midi_in.empty()) return "which port does it come in by? --midi-in NAME; see device_list";
  return {};
}

} // namespace

parsed_options parse(int argc, char** argv) {
  options o;
  auto wrong = shared::read_flags(flags_of(o), argc, argv, "latency_probe");
  if (wrong.empty() && !o.help) wrong = contradiction(o);
  if (!wrong.empty()) return {{}, wrong};
  if (o.count == 0) o.count = o.audio ? 10 : 200;
  return {o, {}};
}

} // namespace latency_probe
