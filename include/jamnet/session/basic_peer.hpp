// SPDX-License-Identifier: MIT
//
// A peer with a clock of its own: what users hold, whatever carries its datagrams. The platform
// gives it the time and is told when there is something to carry.
#pragma once

#include <cstdint>
#include <utility>

#include <jamnet/session/peer_stack.hpp>
#include <jamnet/session/transport_control.hpp>
#include <jamnet/time/clock_source.hpp>

namespace jamnet::inline v0 {

/// clock(): where this peer's host time comes from. wake(): write() has something to give before
/// the deadline that was last asked for; may be called at any time on the peer's thread. flush():
/// the same, where poll() has nothing to do.
template <class P>
concept peer_platform = requires(P& platform, const P& fixed) {
  { fixed.clock().now() } noexcept -> std::same_as<host_time>;
  platform.wake();
  platform.flush();
};

/// All of it is [net-thread].
template <class Platform>
class basic_peer {
public:
  template <class... Args>
  basic_peer(const peer_options& options, std::uint64_t seed, Args&&... platform)
      : platform_{std::forward<Args>(platform)...},
        machine_{with_layers(options), platform_.clock().now(), seed},
        stack_{options, machine_, platform_.clock().now()} {}

  /// The session's time; meaningless before clock().synchronised(). [rt-safe] O(1)
  [[nodiscard]] session_time now() const noexcept {
    return machine_.clock().to_session(platform_.clock().now());
  }
  [[nodiscard]] const session_clock& clock() const noexcept { return machine_.clock(); }

  /// For other threads; see peer::shared_clock. [any-thread] [rt-safe]
  [[nodiscard]] const latest<session_clock>& shared_clock() const noexcept {
    return machine_.shared_clock();
  }

  /// Sends an event that sounds at `at`; false when the session's time is not known yet.
  /// [rt-safe] but for the platform
  bool send(const ump& packet, session_time at) {
    return send(packet, at, platform_.clock().now());
  }
  /// Sends an event that is played now, and sounds everywhere when latency() has passed; false
  /// when the session's time is not known yet. [rt-safe] but for the platform
  bool play(const ump& packet) {
    const host_time now = platform_.clock().now();
    return send(packet, machine_.clock().to_session(now) + machine_.latency(), now);
  }
  /// See peer::send_sysex.
  [[nodiscard]] errc send_sysex(bytes_view bytes, session_time at, unsigned group = 0) {
    const errc why = machine_.send_sysex(bytes, at, group);
    if (why == errc{}) platform_.wake();
    return why;
  }
  /// See peer::latency.
  [[nodiscard]] nanoseconds latency() const noexcept { return machine_.latency(); }
  /// See peer::backlog.
  [[nodiscard]] std::uint64_t backlog() const noexcept { return machine_.backlog(); }
  /// See peer::on_event and peer::on_peer.
  void on_event(callback<void(const received_event&)> f) { machine_.on_event(std::move(f)); }
  void on_peer(callback<void(const peer_status&)> f) { machine_.on_peer(std::move(f)); }
  /// See peer::on_permission and peer::ask_again.
  void on_permission(callback<void(permission_request&)> f) {
    machine_.on_permission(std::move(f));
  }
  void ask_again() {
    machine_.ask_again();
    platform_.wake();
  }
  /// Parts from `who` and lets it in no more under this id. In a sealed room all members do, and
  /// from then on it can neither listen nor speak; but who knows the pass-phrase can come back as
  /// somebody else. In an open room it is this peer's affair alone. [allocates]
  void expel(peer_id who) {
    machine_.expel(who);
    stack_.for_each_layer([&](toast::carrier_layer& layer) { layer.expel(who); });
    platform_.wake();
  }
  /// The session's transport: what it does, and asking for something else.
  [[nodiscard]] transport_control<basic_peer> transport() noexcept {
    return transport_control<basic_peer>{*this};
  }
  /// For other threads; see shared_clock(). [any-thread] [rt-safe]
  [[nodiscard]] const latest<transport_schedule>& shared_transport() const noexcept {
    return machine_.transport().shared();
  }
  /// See peer::direct.
  [[nodiscard]] errc direct(const jsonmidi::transport_command& command) {
    const errc why = machine_.direct(command, platform_.clock().now());
    if (why == errc{}) platform_.wake();
    return why;
  }
  /// See peer::connect and peer::leave.
  void connect(const toast::address& where) {
    machine_.connect(where);
    platform_.wake();
  }
  void leave() {
    machine_.leave();
    stack_.for_each_layer([](toast::carrier_layer& layer) { layer.leave(); });
    platform_.wake();
  }

  /// Whether nobody can hear or play here who lacks the room's secret. Without layers that seal
  /// (secure/sealed.hpp) a room is open: anybody on the network can.
  [[nodiscard]] bool sealed() const noexcept { return stack_.sealed(); }

  /// What the platform carries datagrams for: the lowest layer, or the peer itself.
  [[nodiscard]] toast::carried& carried() noexcept { return stack_.under(machine_); }
  [[nodiscard]] peer& machine() noexcept { return machine_; }
  [[nodiscard]] const peer& machine() const noexcept { return machine_; }
  [[nodiscard]] Platform& platform() noexcept { return platform_; }
  [[nodiscard]] const Platform& platform() const noexcept { return platform_; }

private:
  bool send(const ump& packet, session_time at, host_time now) {
    if (!machine_.send(packet, at, now)) return false;
    platform_.flush();
    return true;
  }

  Platform platform_;
  peer machine_;
  peer_stack stack_;
};

} // namespace jamnet::inline v0
