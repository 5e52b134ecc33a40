// What the command line asks for, checked: every number is in its range.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <jamnet/toast/relay.hpp>

namespace relay {

struct options {
  bool help = false;
  std::uint16_t port = 47800;
  std::uint16_t metrics = 0; ///< 0: none
  bool quiet = false;
  jamnet::toast::relay_limits limits{};
};

inline constexpr const char* usage = R"(relay: lets peers meet that cannot reach each other

  relay [options]            serves on UDP and TCP, until Ctrl-C

Peers that name this relay (jam join --relay HOST:PORT) are introduced to each other, so that they
try to reach each other directly, through their NATs; what cannot go directly is passed on here. A
relay knows neither names nor keys: rooms are numbers to it, and sealed rooms stay sealed.

    --port N                 where, UDP and TCP (47800)
    --metrics PORT           figures for Prometheus at http://127.0.0.1:PORT/metrics
    --quiet                  say nothing but errors

limits; who is beyond them is told so, and does not disturb the others:
    --rooms N                at once (1000)
    --peers N                in all rooms together (4000)
    --peers-per-room N       (128)
    --peers-per-ip N         from one address, as of a school behind one NAT (256)
    --queue KIB              waiting for one peer that does not take it (256)
    --rate KIB               that one peer may send in a second (976) …
    --burst KIB              … and at once (256)
    --room-rate KIB          that one room is sent in a second, each copy counted (97656)
)";

/// What was asked for, or a line that says what is wrong with it.
struct parsed_options {
  std::optional<options> value;
  std::string error;
};
[[nodiscard]] parsed_options parse(int argc, char** argv);

} // namespace relay
