#include "options.hpp"

#include "../shared/flags.hpp"

namespace {

shared::flags flags_of(options& o) {
  return {
      {"--seconds", shared::number(o.seconds, 0.1, 3'600)},
      {"--latency", shared::number(o.latency_ms, 0.1, 5'000, "ms")},
      {"--pause", shared::number(o.pause_ms, 0, 5'000, "ms")},
      {"--pauses", shared::number(o.pauses_per_second, 0, 1'000, "a second")},
      {"--block", shared::number(o.block, 1, 8'192, "frames")},
      {"--rate", shared::number(o.rate, 8'000, 384'000, "Hz")},
      {"--seed", shared::seed(o.seed)},
      {"--file", shared::text(o.file, "a file")},
      {"--wav", shared::text(o.wav, "a file")},
      {"--no-buffer", shared::yes(o.no_buffer)},
      {"--card", shared::yes(o.card)},
      {"--no-card", shared::yes(o.no_card)},
      {"--offline", shared::yes(o.offline)},
      {"--help", shared::yes(o.help)},
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
