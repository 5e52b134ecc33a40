// SPDX-License-Identifier: MIT
//
// What may lie between a peer and its sockets: layers that seal its datagrams, or take them another
// way. Each has the verbs of a peer (session/peer.hpp) and stands on nothing but what is above it:
//
//     sockets: receive, poll, write, deadline  →  layer  →  layer  →  peer
//
// Datagrams that come are given to the lowest, which passes on what it makes of them; datagrams
// that leave are asked of the lowest, which has its own, or asks above and changes what it gets.
// Whoever composes them (session/peer_stack.hpp) needs not know what they do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/errc.hpp>
#include <jamnet/core/strong_id.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/address.hpp>
#include <jamnet/toast/handshake.hpp>

namespace jamnet::inline v0::toast {

/// Where a datagram goes that was written.
struct outgoing {
  address to;
  std::size_t size = 0;
  bool last = false; ///< a stream is to be closed behind it
};

/// Whatever datagrams are carried for: a peer, or a layer under it. All of it is [net-thread].
class carried {
public:
  virtual ~carried() = default;

  // ---- what comes up

  /// Takes a datagram, or whole frames of a stream, which arrived `waited` before `now`.
  virtual void receive(const address& from, bytes_view frames, host_time now,
                       nanoseconds waited) = 0;
  /// A stream ended, or sent what is no frame.
  virtual void disconnected(const address& connection, host_time now) = 0;
  /// A stream does not take more for now, or does again.
  virtual void hold(const address& connection, bool held) = 0;
  /// Who was at `from` is at `to` now: proven by the layer that says so.
  virtual void moved(const address& from, const address& to, host_time now) = 0;
  /// What is sent to `where` takes another way from now on, without a relay or through one; what
  /// was under way to it may be lost.
  virtual void rerouted(const address& where, bool direct, host_time now) = 0;
  /// A layer did not let somebody in, `why` says what for.
  virtual void turned_away(peer_id who, errc why) = 0;
  /// A layer learnt that somebody of the room is there, and how it is seen from outside; it can be
  /// reached at address::relayed().
  virtual void introduced(const known_peer& who, host_time now) = 0;
  /// Whom a layer depends on does not let this peer in; address_unavailable: does not answer.
  virtual void refused(peer_id by, errc why) = 0;

  // ---- what goes down

  /// Does what is due.
  virtual void poll(host_time now) = 0;
  /// Writes the next datagram that is due at `now` into `out`, false when none is. Expects at least
  /// datagram_limit bytes there, but for what the layers below add (layer_traits).
  [[nodiscard]] virtual bool write(std::span<std::uint8_t> out, host_time now, outgoing& d) = 0;
  /// When poll() or write() next have something to do.
  [[nodiscard]] virtual host_time deadline() const = 0;
};

/// One that stands under another, and does nothing yet but pass everything on. A layer overrides
/// what it changes, and calls the same of carrier_layer to pass it on.
class carrier_layer : public carried {
public:
  /// Once, before anything else; `above` outlives the layer's use.
  void stand_under(carried& above) noexcept { above_ = &above; }

  void receive(const address& from, bytes_view frames, host_time now, nanoseconds waited) override {
    above_->receive(from, frames, now, waited);
  }
  void disconnected(const address& connection, host_time now) override {
    above_->disconnected(connection, now);
  }
  void hold(const address& connection, bool held) override { above_->hold(connection, held); }
  void moved(const address& from, const address& to, host_time now) override {
    above_->moved(from, to, now);
  }
  void rerouted(const address& where, bool direct, host_time now) override {
    above_->rerouted(where, direct, now);
  }
  void turned_away(peer_id who, errc why) override { above_->turned_away(who, why); }
  void introduced(const known_peer& who, host_time now) override { above_->introduced(who, now); }
  void refused(peer_id by, errc why) override { above_->refused(by, why); }
  void poll(host_time now) override { above_->poll(now); }
  [[nodiscard]] bool write(std::span<std::uint8_t> out, host_time now, outgoing& d) override {
    return above_->write(out, now, d);
  }
  [[nodiscard]] host_time deadline() const override { return above_->deadline(); }

  /// The peer says goodbye to all, for good.
  virtual void leave() {}
  /// Lets nobody in any more whom it can keep out, whoever says so in its name.
  virtual void expel(peer_id) {}

private:
  carried* above_ = nullptr;
};

/// What is known of a layer before it is made.
struct layer_traits {
  std::size_t overhead = 0;      ///< bytes it adds to a datagram
  bool proves_addresses = false; ///< what it passes up comes from where it says: no cookies above
  bool seals = false;            ///< nobody hears or speaks through it who lacks the room's secret
  bool relays = false;           ///< it carries to address::relayed(), to one and to all
};

/// How to make a layer: a value that options can hold, and from which many can be made.
class layer_recipe {
public:
  virtual ~layer_recipe() = default;
  [[nodiscard]] virtual layer_traits traits() const noexcept = 0;
  /// What stands for the name of a room that it seals; 0 where it does not.
  [[nodiscard]] virtual std::uint64_t tag_of(std::string_view) const noexcept { return 0; }
  /// `self` is what HELO says of the peer above. [control-thread] [allocates]
  [[nodiscard]] virtual std::unique_ptr<carrier_layer> make(const hello& self,
                                                            host_time now) const = 0;
};

/// The layers under a peer, from the peer down to its sockets; none for an open room on the LAN.
using layer_list = std::vector<std::shared_ptr<const layer_recipe>>;

} // namespace jamnet::inline v0::toast
