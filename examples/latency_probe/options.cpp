#include "options.hpp"

#include <utility>

#include "../shared/flags.hpp"

namespace latency_probe {
namespace {

// Notes that it was given.
shared::flag noted(bool& given, shared::flag flag) {
  flag.set = [&given, set = flag.set](auto value) { return given = true, set(value); };
  return flag;
}

shared::flags flags_of(options& o) {
  using namespace shared;
  const auto of_midi = [&o](flag f) { return noted(o.says_midi, std::move(f)); };
  const auto of_audio = [&o](flag f) { return noted(o.says_audio, std::move(f)); };
  return {
      {"--midi-out", text(o.midi_out, "(a part of) a port's name")},
      {"--midi-in", text(o.midi_in, "(a part of) a port's name")},
      {"--virtual", own_port_flag(o.virtual_ports)},
      {"--midi", of_midi(midi_flag(o.midi))},
      {"--interval", of_midi(number(o.interval_ms, 0, 10'000, "ms"))},
      {"--audio", yes(o.audio)},
      {"--device", of_audio(text(o.device, "(a part of) a device's name"))},
      {"--api", of_audio(text(o.api, "a name"))},
      {"--rate", of_audio(number(o.rate, 1000, 384'000, "Hz"))},
      {"--block", of_audio(number(o.block, 1, 8192, "frames"))},
      {"--output", of_audio(number(o.output, 1, 64))},
      {"--input", of_audio(number(o.input, 1, 64))},
      {"--level", of_audio(number(o.level, 0.001, 1))},
      {"--pulse", of_audio(yes(o.pulse))},
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
  if (o.audio && o.says_midi) return "--midi and --interval are for MIDI, not for --audio";
  if (o.audio) return {};
  if (o.says_audio && (ports || !o.virtual_ports.empty()))
    return "--device, --api, --rate, --block, --output, --input, --level and --pulse are for "
           "--audio";
  if (!o.virtual_ports.empty()) return {};
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
