#include "options.hpp"

#include <string_view>

#include "../shared/flags.hpp"
#include "../shared/read_number.hpp"

namespace gpu_timebase {
namespace {

shared::flags flags_of(options& o) {
  const auto number = [](double& out, double least, double most) {
    return [&out, least, most](auto v) { return shared::read_number(v, out, least, most); };
  };
  const auto text = [](auto& out) { return [&out](auto v) { return out = v, !v.empty(); }; };
  const auto yes = [](bool& out) { return [&out](auto) { return out = true; }; };
  return {
      {"--seconds", {"0.1 to 86400", number(o.seconds, 0.1, 86'400)}},
      {"--interval", {"1 to 10000 ms", number(o.interval_ms, 1, 10'000)}},
      {"--lose",
       {"0 to 86400 s",
        [&o](auto v) { return shared::read_number(v, o.lose_s.emplace(), 0.0, 86'400.0); }}},
      {"--device", {"part of a name", text(o.device)}},
      {"--svg", {"a file", text(o.svg)}},
      {"--bracketed", {nullptr, yes(o.bracketed)}},
      {"--help", {nullptr, yes(o.help)}},
      {"-h", {nullptr, yes(o.help)}},
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
