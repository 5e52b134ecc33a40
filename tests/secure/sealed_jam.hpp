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
    const toast::layer_list upper{secure::sealed(passphrase, options()),
                                  std::make_shared<tapping>(heard)};
    more.more.layers.insert(more.more.layers.begin(), upper.begin(), upper.end());
    return watched_jam::add(more);
  }

  random_source dice;
  std::vector<std::vector<std::uint8_t>> heard; // of what sealed peers sent, the first 20,000

private:
  // Lies under the layer that seals, and keeps what goes over the wire.
  struct tap final : toast::carrier_layer {
    explicit tap(std::vector<std::vector<std::uint8_t>>& to) : kept{to} {}
    bool write(std::span<std::uint8_t> out, host_time now, toast::outgoing& d) override {
      if (!carrier_layer::write(out, now, d)) return false;
      const auto bytes = out.first(d.size);
      if (kept.size() < 20'000) kept.push_back({bytes.begin(), bytes.end()});
      return true;
    }
    std::vector<std::vector<std::uint8_t>>& kept;
  };
  struct tapping final : toast::layer_recipe {
    explicit tapping(std::vector<std::vector<std::uint8_t>>& to) : kept{to} {}
    [[nodiscard]] toast::layer_traits traits() const noexcept override { return {}; }
    [[nodiscard]] std::unique_ptr<toast::carrier_layer> make(const toast::hello&,
                                                             host_time) const override {
      return std::make_unique<tap>(kept);
    }
    std::vector<std::vector<std::uint8_t>>& kept;
  };

  static void roll(void* self, std::uint8_t* out, std::size_t size) {
    for (; size > 0; --size)
      *out++ = static_cast<std::uint8_t>(static_cast<random_source*>(self)->next());
  }
};

} // namespace jamnet::inline v0::testing
