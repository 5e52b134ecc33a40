#include "options.hpp"

#include <string_view>
#include <type_traits>

#include "../shared/flags.hpp"
#include "../shared/read_number.hpp"

namespace metronome {
namespace {

shared::flags flags_of(options& o) {
  const auto number = [](auto& out, auto least, auto most) {
    return [&out, least, most](auto v) { return shared::read_number(v, out, least, most); };
  };
  const auto nanoseconds_in = [](auto& set) {
    return [&set](auto v) {
      std::int64_t ns = 0;
      const bool ok = shared::read_number(v, ns, INT64_MIN, INT64_MAX);
      set = std::remove_reference_t<decltype(set)>{nanoseconds{ns}};
      return ok;
    };
  };
  const auto text = [](auto& out) {
    return [&out](auto v) { return out = v, !v.empty() && v.size() <= 63; };
  };
  const auto path = [](auto& out) { return [&out](auto v) { return out = v, !v.empty(); }; };
  const auto yes = [](bool& out) { return [&out](auto) { return out = true; }; };
  return {
      {"--room", {"a name of at most 63 bytes", text(o.room)}},
      {"--name", {"a name of at most 63 bytes", text(o.name)}},
      {"--wav", {"a file", path(o.wav)}},
      {"--seconds", {"0.1 to 86400", number(o.seconds, 0.1, 86'400.0)}},
      {"--do", {"\"SECONDS COMMAND\"", [&o](auto v) { return o.agenda.add(std::string{v}); }}},
      {"--script",
       {"a file of lines SECONDS COMMAND",
        [&o](auto v) { return o.agenda.add_file(std::string{v}); }}},
      {"--ahead",
       {"0 to 10000 ms",
        [&o](auto v) {
          double ms = 0;
          const bool ok = shared::read_number(v, ms, 0.0, 10'000.0);
          o.ahead = nanoseconds{static_cast<std::int64_t>(ms * 1e6)};
          return ok;
        }}},
      {"--port", {"a port", number(o.port, std::uint16_t{1}, std::uint16_t{65535})}},
      {"--connect", {"HOST:PORT", path(o.connect)}},
      {"--peers", {"2 to 16", number(o.peers, 2, 16)}},
      {"--pace", {"0.3 to 60 s", number(o.pace, 0.3, 60.0)}},
      {"--out", {"a folder", path(o.out)}},
      {"--seed", {"a number", number(o.seed, std::uint64_t{0}, UINT64_MAX)}},
      {"--json", {nullptr, yes(o.json)}},
      {"--testify", {nullptr, yes(o.testifies)}},
      {"--clock-origin", {"ns", nanoseconds_in(o.clock.origin)}},
      {"--clock-offset", {"ns", nanoseconds_in(o.clock.offset)}},
      {"--clock-skew", {"a number", number(o.clock.skew, -0.01, 0.01)}},
      {"--help", {nullptr, yes(o.help)}},
  };
}

} // namespace

std::optional<options> parse(int argc, char** argv, std::string& error) {
  options o;
  o.band = argc > 1 && std::string_view{argv[1]} == "band";
  error = shared::read_flags(flags_of(o), argc, argv, "transport", o.band ? 2 : 1);
  if (!error.empty()) return {};
  return o;
}

} // namespace metronome
