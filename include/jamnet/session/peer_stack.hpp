// SPDX-License-Identifier: MIT
//
// A peer and the layers that lie between it and its sockets, put together from the recipes in its
// options: who carries datagrams gives them to the lowest of these, and takes them from there.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include <jamnet/session/peer.hpp>
#include <jamnet/toast/carrier_layer.hpp>

namespace jamnet::inline v0 {

/// The options of a peer that will stand on its own layers. [any-thread] [allocates]
[[nodiscard]] inline peer_options with_layers(peer_options options) {
  for (const auto& recipe : options.layers) {
    const auto traits = recipe->traits();
    options.headroom += traits.overhead;
    options.relays = options.relays || traits.relays;
    options.trust_addresses = options.trust_addresses || traits.proves_addresses;
  }
  return options;
}

/// Both may be moved. All of it is [net-thread].
class peer_stack {
public:
  /// Makes the layers. Expects `machine` to be made with the same options, by with_layers().
  peer_stack(const peer_options& options, const peer& machine, host_time now) {
    for (const auto& recipe : options.layers) {
      sealed_ = sealed_ || recipe->traits().seals;
      carried& above = layers_.empty() ? *top_ : static_cast<carried&>(*layers_.back());
      layers_.push_back(recipe->make(machine.introduction(), now));
      layers_.back()->stand_under(above);
    }
  }

  /// What the sockets carry for. [rt-safe] O(1)
  [[nodiscard]] toast::carried& under(peer& machine) noexcept {
    top_->machine = &machine;
    return layers_.empty() ? *top_ : static_cast<carried&>(*layers_.back());
  }
  /// Whether nobody can hear or speak who lacks the room's secret. [rt-safe] O(1)
  [[nodiscard]] bool sealed() const noexcept { return sealed_; }
  /// Calls `f(toast::carrier_layer&)` for each, from the peer down.
  template <class F>
  void for_each_layer(F&& f) {
    for (const auto& layer : layers_) f(*layer);
  }

private:
  using carried = toast::carried;

  // The peer, as layers see it.
  struct top final : carried {
    void receive(const toast::address& from, bytes_view frames, host_time now,
                 nanoseconds waited) override {
      machine->receive(from, frames, now, waited);
    }
    void disconnected(const toast::address& connection, host_time now) override {
      machine->disconnected(connection, now);
    }
    void hold(const toast::address& connection, bool held) override {
      machine->hold(connection, held);
    }
    void moved(const toast::address& from, const toast::address& to, host_time now) override {
      machine->moved(from, to, now);
    }
    void rerouted(const toast::address& where, bool direct, host_time now) override {
      machine->rerouted(where, direct, now);
    }
    void turned_away(peer_id who, errc why) override { machine->turned_away(who, why); }
    void introduced(const toast::known_peer& who, host_time now) override {
      machine->introduced(who, now);
    }
    void refused(peer_id by, errc why) override { machine->refused(by, why); }
    void poll(host_time now) override { machine->poll(now); }
    bool write(std::span<std::uint8_t> out, host_time now, toast::outgoing& d) override {
      return machine->write(out, now, d);
    }
    [[nodiscard]] host_time deadline() const override { return machine->deadline(); }

    peer* machine = nullptr;
  };

  std::unique_ptr<top> top_ = std::make_unique<top>();
  std::vector<std::unique_ptr<toast::carrier_layer>> layers_;
  bool sealed_ = false;
};

} // namespace jamnet::inline v0
