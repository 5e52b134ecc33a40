// Sealed peers on the simulated network, watched as in the session's tests, with randomness that
// replays; and all that goes over the wire, for those who listen there.
#pragma once

#include <jamnet/secure/sealed.hpp>

#include "../session/watched_jam.hpp"

namespace jamnet::inline v0::testing {

class sealed_jam : public watched_jam {
public:
  sealed_jam(const path_quality& path, std::uint64_t seed) : watched_jam{path, seed}, dice{seed} {}

  [[nodiscard]] secure::sealed_options options() {
    return {.cost = {1, 8192}, .random = {&roll, &dice}};
  }
  watched_peer& add(std::string_view passphrase, sim_peer_options more = {}) {
    more.more.layers = {secure::sealed(passphrase, options())};
    return watched_jam::add(more);
  }

  random_source dice;

private:
  static void roll(void* self, std::uint8_t* out, std::size_t size) {
    for (; size > 0; --size)
      *out++ = static_cast<std::uint8_t>(static_cast<random_source*>(self)->next());
  }
};

} // namespace jamnet::inline v0::testing
