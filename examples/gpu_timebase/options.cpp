#include "options.hpp"

#include <string_view>

#include "../shared/print.hpp"
#include "../shared/read_number.hpp"

namespace gpu_timebase {
namespace {

std::string read(std::string_view text, double& out, double least, double most) {
  if (shared::read_number(text, out, least, most)) return {};
  return shared::print("expects a number from %g to %g", least, most);
}

template <class Text>
std::string take(std::string_view text, Text& out, const char* what) {
  out = text;
  return text.empty() ? std::string{"expects "} + what : std::string{};
}

// What is wrong with the value, or nothing; `known` says whether there is such an option.
std::string set(options& o, std::string_view word, std::string_view value, bool& known) {
  if (word == "--seconds") return read(value, o.seconds, 0.1, 86'400);
  if (word == "--interval") return read(value, o.interval_ms, 1, 10'000);
  if (word == "--lose") return read(value, o.lose_s.emplace(), 0, 86'400);
  if (word == "--device") return take(value, o.device, "part of a name");
  if (word == "--svg") return take(value, o.svg, "a file");
  known = false;
  return {};
}

} // namespace

parsed_options parse(int argc, char** argv) {
  options o;
  for (int at = 1; at < argc; ++at) {
    const std::string_view word = argv[at];
    if (word == "--help" || word == "-h") {
      o.help = true;
      return {o, {}};
    }
    if (word == "--bracketed") {
      o.bracketed = true;
      continue;
    }
    bool known = true;
    const auto wrong = set(o, word, at + 1 < argc ? argv[at + 1] : "", known);
    if (!known) return {{}, "unknown option '" + std::string{word} + "'; see gpu_timebase --help"};
    if (!wrong.empty()) return {{}, std::string{word} + ' ' + wrong};
    ++at;
  }
  return {o, {}};
}

} // namespace gpu_timebase
