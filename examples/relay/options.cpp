#include "options.hpp"

#include <string_view>

#include "../shared/read_number.hpp"

namespace relay {
namespace {

using shared::read_number;

template <class Number>
std::string read(std::string_view text, Number& out, Number least, Number most) {
  if (read_number(text, out, least, most)) return {};
  return "expects a number from " + std::to_string(least) + " to " + std::to_string(most);
}

std::string read_kib(std::string_view text, std::size_t& out) {
  std::size_t kib = 0;
  const auto wrong = read<std::size_t>(text, kib, 4, 1 << 20);
  if (wrong.empty()) out = kib * 1024;
  return wrong;
}

// What is wrong with the value, or nothing; `known` says whether there is such an option.
std::string set(options& o, std::string_view word, std::string_view value, bool& known) {
  constexpr std::size_t most = 1'000'000;
  auto& limits = o.limits;
  if (word == "--port") return read<std::uint16_t>(value, o.port, 1, 65535);
  if (word == "--metrics") return read<std::uint16_t>(value, o.metrics, 1, 65535);
  if (word == "--rooms") return read<std::size_t>(value, limits.rooms, 1, most);
  if (word == "--peers") return read<std::size_t>(value, limits.peers, 1, most);
  if (word == "--peers-per-room") return read<std::size_t>(value, limits.peers_per_room, 1, most);
  if (word == "--peers-per-ip") return read<std::size_t>(value, limits.peers_per_ip, 1, most);
  if (word == "--queue") return read_kib(value, limits.queue);
  if (word == "--rate") return read_kib(value, limits.rate);
  if (word == "--burst") return read_kib(value, limits.burst);
  if (word == "--room-rate") return read_kib(value, limits.room_rate);
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
    if (word == "--quiet") {
      o.quiet = true;
      continue;
    }
    bool known = true;
    const bool has_value = at + 1 < argc;
    const auto wrong = set(o, word, has_value ? argv[at + 1] : "", known);
    if (!known) return {{}, "unknown option '" + std::string{word} + "'; see relay --help"};
    if (!wrong.empty()) return {{}, std::string{word} + ' ' + wrong};
    ++at;
  }
  return {o, {}};
}

} // namespace relay
