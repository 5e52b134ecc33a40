// SPDX-License-Identifier: MIT
//
// A peer on a real network: UDP, multicast announcements and TCP on Asio, timed by the machine's
// own clock.
//
//     asio::io_context io;
//     native_peer me{io, {.peer = {.name = "ana", .room = "friday"}}};
//     me.on_event(play);
//     if (auto port = me.start(); !port) return complain(port.error());
//     io.run();
//
// Everything, callbacks too, happens on the thread that runs the io_context.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <jamnet/platform/asio_tcp.hpp>
#include <jamnet/platform/asio_udp.hpp>
#include <jamnet/session/basic_peer.hpp>
#include <jamnet/time/steady_source.hpp>
#include <jamnet/toast/relay_client.hpp>

namespace jamnet::inline v0 {

/// What carries a peer's datagrams; made and owned by basic_native_peer.
template <clock_source Clock, class Stamps = receive_stamps>
class asio_platform {
public:
  asio_platform(asio::io_context& io, const tcp_options& streams, Clock clock)
      : clock_{std::move(clock)},
        timer_{io},
        udp_{io},
        tcp_{io, stream_handler{this}, streams} {}

  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }
  [[nodiscard]] auto& udp() noexcept { return udp_; }
  [[nodiscard]] auto& tcp() noexcept { return tcp_; }

  /// Carries what the machine has to say, from now on. [net-thread]
  void carry(toast::carried& machine) {
    machine_ = &machine;
    udp_.receive([this](const toast::address& from, bytes_view datagram, nanoseconds waited) {
      const auto now = clock_.now();
      run([&] { machine_->receive(from, datagram, now, waited); });
    });
    run([] {});
  }
  /// Sends what is due at once, unless the machine is at work and that happens anyway.
  void wake() {
    if (machine_ != nullptr && !busy_) run([] {});
  }
  /// The same where there are only datagrams to leave: what else is due has its own time.
  void flush() {
    if (machine_ != nullptr && !busy_) carry_out();
  }
  void stop() {
    timer_.cancel();
    udp_.close();
    tcp_.close();
    machine_ = nullptr;
  }

private:
  struct stream_handler {
    asio_platform* owner;
    void frames(const toast::address& from, bytes_view whole) {
      const auto now = owner->clock_.now();
      if (owner->machine_ != nullptr)
        owner->run([&] { owner->machine_->receive(from, whole, now, {}); });
    }
    void writable(const toast::address& connection) {
      if (owner->machine_ != nullptr) owner->run([&] { owner->machine_->hold(connection, false); });
    }
    void disconnected(const toast::address& connection) {
      if (owner->machine_ != nullptr)
        owner->run([&] { owner->machine_->disconnected(connection, owner->clock_.now()); });
    }
  };

  // Lets the machine do something, and then all that has become due.
  template <class Work>
  void run(Work&& work) {
    busy_ = true;
    work();
    machine_->poll(clock_.now());
    carry_out();
  }
  // Sends all that is due, and sees to the next deadline.
  void carry_out() {
    busy_ = true;
    peer::datagram d;
    while (machine_->write(out_, clock_.now(), d)) {
      const auto bytes = bytes_view{out_}.first(d.size);
      if (d.to.via == toast::carrier::tcp) {
        if (!tcp_.send(d.to, bytes, d.last)) machine_->hold(d.to, true);
      } else
        udp_.send(d.to, bytes);
    }
    busy_ = false;
    sleep_until(machine_->deadline());
  }
  void sleep_until(host_time deadline) {
    const auto now = clock_.now();
    if (deadline == asleep_until_ && deadline > now) return;
    asleep_until_ = deadline;
    nanoseconds wait = std::chrono::seconds{1};
    if (deadline < now + wait) wait = deadline > now ? deadline - now : nanoseconds{0};
    timer_.expires_after(wait);
    timer_.async_wait([this](const asio::error_code& cancelled) {
      if (cancelled || machine_ == nullptr) return;
      asleep_until_ = host_time::min();
      run([] {});
    });
  }

  Clock clock_;
  asio::steady_timer timer_;
  basic_asio_udp<Stamps> udp_;
  asio_tcp<stream_handler> tcp_;
  toast::carried* machine_ = nullptr;
  bool busy_ = false;
  host_time asleep_until_ = host_time::min();
  std::array<std::uint8_t, 16384> out_;
};
static_assert(peer_platform<asio_platform<steady_source>>);

struct native_options {
  peer_options peer{};
  std::uint16_t port = 0;        ///< UDP and TCP; 0: any
  bool udp = true;               ///< be reachable by datagrams
  bool tcp = true;               ///< be reachable by streams
  tcp_options streams{};         ///< limits of those
  multicast_options multicast{}; ///< by which peers find each other, and send to all at once
  /// "host:port" of a relay (examples/relay): who names the same meets there, and plays through it
  /// where there is no direct way. Asked by datagrams, and by a stream where those do not reach it.
  std::string relay{};
};

/// Stamps: when datagrams arrive (platform/receive_stamps.hpp).
template <clock_source Clock, class Stamps = receive_stamps>
class basic_native_peer : public basic_peer<asio_platform<Clock, Stamps>> {
  using base = basic_peer<asio_platform<Clock, Stamps>>;

public:
  /// The ids come from the system's randomness. A relay's name is resolved.
  /// [control-thread] [allocates] [blocks]
  basic_native_peer(asio::io_context& io, const native_options& options, Clock clock = {})
      : basic_native_peer{io, options, relay_of(options), std::move(clock)} {}
  ~basic_native_peer() { this->platform().stop(); }

  /// Opens the sockets, begins at once, and returns the port of the datagrams, or of the streams
  /// where there are none. address_in_use or system, or what is wrong with the relay's name
  /// (resolve()), and nothing is open then. Callbacks should be set before.
  /// [control-thread] [allocates]
  [[nodiscard]] result<std::uint16_t> start() {
    if (!relay_) return relay_.error();
    auto& platform = this->platform();
    result<std::uint16_t> udp{std::uint16_t{0}}, tcp{std::uint16_t{0}};
    if (options_.udp) udp = platform.udp().open(options_.port);
    if (udp && options_.tcp) tcp = platform.tcp().listen(options_.port);
    if (!udp || !tcp) {
      platform.stop();
      return udp ? tcp.error() : udp.error();
    }
    if (options_.udp && options_.peer.announce && platform.udp().join_group(options_.multicast))
      this->machine().group_at(platform.udp().group().events());
    this->machine().reachable_at(*udp, *tcp);
    platform.carry(this->carried());
    return options_.udp ? *udp : *tcp;
  }

private:
  static std::uint64_t random_seed() {
    std::random_device device;
    return static_cast<std::uint64_t>(device()) << 32 | device();
  }

  // The address of the relay; of none, none.
  static result<toast::address> relay_of(const native_options& options) {
    if (options.relay.empty()) return toast::address{};
    return resolve(options.relay, options.udp ? toast::carrier::udp : toast::carrier::tcp);
  }
  static peer_options complete(const native_options& native, const result<toast::address>& relay) {
    auto options = native.peer;
    if (options.secret == siphash_key{}) options.secret = {random_seed(), random_seed()};
    if (!relay || relay->via == toast::carrier::none) return options;
    toast::room_tag room;
    for (const auto& recipe : options.layers)
      if (const auto tag = recipe->tag_of(options.room); tag != 0) room = {tag};
    options.layers.push_back(std::make_shared<toast::relay_route>(
        *relay, native.udp, room, siphash_key{random_seed(), random_seed()}));
    return options;
  }
  basic_native_peer(asio::io_context& io, const native_options& options,
                    const result<toast::address>& relay, Clock clock)
      : base{complete(options, relay), random_seed(), io, options.streams, std::move(clock)},
        options_{options},
        relay_{relay} {}

  native_options options_;
  result<toast::address> relay_;
};

using native_peer = basic_native_peer<steady_source>;

} // namespace jamnet::inline v0
