#include "options.hpp"

#include "../shared/flags.hpp"
#include "../shared/read_number.hpp"

namespace {

using shared::read_number;

shared::flags flags_of(options& o) {
  const auto number = [](auto& out, auto least, auto most) {
    return [&out, least, most](auto v) { return read_number(v, out, least, most); };
  };
  const auto path = [](std::filesystem::path& out) {
    return [&out](auto v) { return out = v, !v.empty(); };
  };
  const auto yes = [](bool& out) { return [&out](auto) { return out = true; }; };
  return {
      {"--seconds", {"0.1 to 3600", number(o.seconds, 0.1, 3600.0)}},
      {"--latency", {"0.1 to 5000 ms", number(o.latency_ms, 0.1, 5000.0)}},
      {"--pause", {"0 to 5000 ms", number(o.pause_ms, 0.0, 5000.0)}},
      {"--pauses", {"0 to 1000 a second", number(o.pauses_per_second, 0.0, 1000.0)}},
      {"--block", {"1 to 8192 frames", number(o.block, std::size_t{1}, std::size_t{8192})}},
      {"--rate", {"8000 to 384000 Hz", number(o.rate, 8000.0, 384'000.0)}},
      {"--seed", {"a number", number(o.seed, std::uint64_t{0}, UINT64_MAX)}},
      {"--file", {"a file", path(o.file)}},
      {"--wav", {"a file", path(o.wav)}},
      {"--no-buffer", {nullptr, yes(o.no_buffer)}},
      {"--card", {nullptr, yes(o.card)}},
      {"--no-card", {nullptr, yes(o.no_card)}},
      {"--offline", {nullptr, yes(o.offline)}},
      {"--help", {nullptr, yes(o.help)}},
  };
}

} // namespace

std::optional<options> parse(int argc, char** argv, std::string& error) {
  options o;
  error = shared::read_flags(flags_of(o), argc, argv, "buffered_synth");
  if (!error.empty()) return {};
  if (o.card && o.no_card) error = "--card and --no-card: which?";
  if (o.offline && (o.card || o.no_buffer)) error = "--offline is without a card, with a buffer";
  return error.empty() ? std::optional{o} : std::nullopt;
}
