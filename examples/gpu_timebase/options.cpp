#include "options.hpp"

#include "../shared/flags.hpp"

namespace gpu_timebase {
namespace {

shared::flags flags_of(options& o) {
  return {
      {"--seconds", shared::number(o.seconds, 0.1, 86'400)},
      {"--interval", shared::number(o.interval_ms, 1, 10'000, "ms")},
      {"--lose",
       {"0 to 86400 s",
        [&o](auto v) { return shared::read_number(v, o.lose_s.emplace(), 0.0, 86'400.0); }}},
      {"--device", shared::text(o.device, "part of a name")},
      {"--svg", shared::text(o.svg, "a file")},
      {"--bracketed", shared::yes(o.bracketed)},
      {"--help", shared::yes(o.help)},
      {"-h", shared::yes(o.help)},
  };
}

} // namespace

parsed_options parse(int argc, char** argv) {
  options o;
  const auto wrong = shared::read_flags(flags_of(o), argc, argv, "gpu_timebase");
  if (!wrong.empty()) return {{}, wrong};
  return {o, {}};
}

} // namespace gpu_timebase
