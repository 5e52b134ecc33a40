#include "options.hpp"

#include <string_view>

#include "../shared/flags.hpp"

namespace relay {
namespace {

shared::flag kibibytes(std::size_t& out) {
  constexpr std::size_t least = 4, most = 1 << 20;
  return {"4 to 1048576 KiB", [&out](std::string_view v) {
            if (!shared::read_number(v, out, least, most)) return false;
            out *= 1024;
            return true;
          }};
}

shared::flags flags_of(options& o) {
  constexpr std::size_t most = 1'000'000;
  auto& limits = o.limits;
  return {
      {"--port", shared::number(o.port, 1, 65'535)},
      {"--metrics", shared::number(o.metrics, 1, 65'535)},
      {"--rooms", shared::number(limits.rooms, 1, most)},
      {"--peers", shared::number(limits.peers, 1, most)},
      {"--peers-per-room", shared::number(limits.peers_per_room, 1, most)},
      {"--peers-per-ip", shared::number(limits.peers_per_ip, 1, most)},
      {"--queue", kibibytes(limits.queue)},
      {"--rate", kibibytes(limits.rate)},
      {"--burst", kibibytes(limits.burst)},
      {"--room-rate", kibibytes(limits.room_rate)},
      {"--quiet", shared::yes(o.quiet)},
      {"--help", shared::yes(o.help)},
      {"-h", shared::yes(o.help)},
  };
}

} // namespace

parsed_options parse(int argc, char** argv) {
  options o;
  const auto wrong = shared::read_flags(flags_of(o), argc, argv, "relay");
  if (!wrong.empty()) return {{}, wrong};
  return {o, {}};
}

} // namespace relay
