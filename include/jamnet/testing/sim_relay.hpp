// SPDX-License-Identifier: MIT
//
// A relay on a simulated network, over datagrams. It looks at the time when something comes, which
// with clients is often enough.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include <jamnet/testing/sim_peers.hpp>
#include <jamnet/toast/relay.hpp>
#include <jamnet/toast/relay_client.hpp>

namespace jamnet::inline v0::testing {

/// Must outlive the running of the simulation.
class sim_relay {
public:
  sim_relay(sim_peers& net, const toast::relay_limits& limits, std::uint64_t seed)
      : net_{net},
        limits_{limits},
        random_{seed},
        where_{net.add_host([this](const toast::address& from, bytes_view letter) {
          if (machine_ != nullptr) take(from, letter);
        })} {
    start();
  }
  sim_relay(const sim_relay&) = delete;
  sim_relay& operator=(const sim_relay&) = delete;

  /// It dies, and comes back knowing nothing.
  void stop() { machine_.reset(); }
  void start() {
    machine_ =
        std::make_unique<toast::relay>(limits_, now(), siphash_key{random_.next(), random_.next()});
  }

  [[nodiscard]] const toast::address& where() const noexcept { return where_; }
  /// Expects it to run.
  [[nodiscard]] const toast::relay& machine() const noexcept { return *machine_; }
  /// What a peer needs under it to use this relay, in an open room or that of the tag.
  [[nodiscard]] std::shared_ptr<const toast::layer_recipe> route(toast::room_tag room = {}) {
    return std::make_shared<toast::relay_route>(where_, false, room,
                                                siphash_key{random_.next(), random_.next()});
  }
  /// Calls `f(bytes_view)` for each datagram that comes to it.
  void on_datagram(callback<void(bytes_view)> f) { on_datagram_ = std::move(f); }

private:
  [[nodiscard]] host_time now() const noexcept { return host_time{net_.now().time_since_epoch()}; }
  void take(const toast::address& from, bytes_view letter) {
    on_datagram_(letter);
    machine_->poll(now());
    machine_->receive(from, letter, now());
    std::array<std::uint8_t, toast::datagram_limit> bytes;
    toast::relay::datagram d;
    while (machine_->write(bytes, d))
      net_.network().send(where_, d.to, bytes_view{bytes}.first(d.size), net_.now());
  }

  sim_peers& net_;
  toast::relay_limits limits_;
  random_source random_;
  std::unique_ptr<toast::relay> machine_;
  callback<void(bytes_view)> on_datagram_;
  toast::address where_;
};

} // namespace jamnet::inline v0::testing
