#include "options.hpp"

#include <string_view>

#include "../shared/flags.hpp"

namespace metronome {
namespace {

shared::flags flags_of(options& o) {
  return {
      {"--room", shared::name(o.room)},
      {"--name", shared::name(o.name)},
      {"--wav", shared::text(o.wav, "a file")},
      {"--audio-out", {"a device", [&o](auto v) { return o.audio_out = v, true; }, {}, true}},
      {"--seconds", shared::number(o.seconds, 0.1, 86'400)},
      {"--do", {"\"SECONDS COMMAND\"", [&o](auto v) { return o.agenda.add(std::string{v}); }}},
      {"--script",
       {"a file of lines SECONDS COMMAND",
        [&o](auto v) { return o.agenda.add_file(std::string{v}); }}},
      {"--ahead", shared::milliseconds(o.ahead, 10'000)},
      {"--port", shared::number(o.port, 1, 65'535)},
      {"--connect", shared::text(o.connect, "HOST:PORT")},
      {"--peers", shared::number(o.peers, 2, 16)},
      {"--pace", shared::number(o.pace, 0.3, 60, "s")},
      {"--out", shared::text(o.out, "a folder")},
      {"--seed", shared::seed(o.seed)},
      {"--json", shared::yes(o.json)},
      {"--testify", shared::yes(o.testifies)},
      {"--clock-origin", shared::clock_time(o.clock.origin)},
      {"--clock-offset", shared::clock_time(o.clock.offset)},
      {"--clock-skew", shared::number(o.clock.skew, -0.01, 0.01)},
      {"--help", shared::yes(o.help)},
      {"-h", shared::yes(o.help)},
  };
}

} // namespace

std::optional<options> parse(int argc, char** argv, std::string& error) {
  options o;
  o.band = argc > 1 && std::string_view{argv[1]} == "band";
  error = shared::read_flags(flags_of(o), argc, argv, "transport", o.band ? 2 : 1);
  if (error.empty() && o.band && o.audio_out && !o.help)
    error = "--audio-out is for one who joins in: a band is heard by its files alone";
  if (!error.empty()) return {};
  return o;
}

} // namespace metronome
