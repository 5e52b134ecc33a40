// SPDX-License-Identifier: MIT
//
// The layer that knows a relay: it registers there and stays registered, passes on whom the relay
// introduces, and carries what is for a relayed() address to the relay, and back; or directly while
// there is a way (toast/direct_paths.hpp). To a peer above it a relayed address is one like any
// other, and stays the same whichever way its datagrams take.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/siphash.hpp>
#include <jamnet/toast/carrier_layer.hpp>
#include <jamnet/toast/direct_paths.hpp>
#include <jamnet/toast/relay_messages.hpp>

namespace jamnet::inline v0::toast {

/// All of it is [net-thread].
class relay_client final : public carrier_layer {
public:
  static constexpr nanoseconds keepalive{10'000'000'000}; ///< from one registration to the next
  static constexpr nanoseconds patience{5'000'000'000};   ///< until a relay counts as unreachable

  /// `relay` is of datagrams or a stream; with `either`, the other is tried where it does not
  /// answer. Nobody else may know the key: it shows the relay that this is the same peer, from
  /// wherever.
  relay_client(const address& relay, bool either, room_tag room, peer_id self, std::uint64_t key,
               host_time now) noexcept
      : relay_{relay},
        either_{either},
        own_{room, self, key, {}},
        ask_at_{now},
        asked_since_{now},
        paths_{self, {key, ~key}} {}

  void receive(const address& from, bytes_view frames, host_time now, nanoseconds waited) override;
  void disconnected(const address& connection, host_time now) override;
  void hold(const address& connection, bool held) override;
  void poll(host_time now) override;
  [[nodiscard]] bool write(std::span<std::uint8_t> out, host_time now, outgoing& d) override;
  [[nodiscard]] host_time deadline() const override;
  void leave() override { leaving_ = true; }

  /// Whether the relay has let us in. [rt-safe] O(1)
  [[nodiscard]] bool registered() const noexcept { return registered_; }
  /// Who is reached directly. [rt-safe] O(1)
  [[nodiscard]] const direct_paths& paths() const noexcept { return paths_; }

private:
  static constexpr std::size_t header_size = frame_overhead + peer_header::size;

  void take_stream(bytes_view frames, host_time now, nanoseconds waited);
  void take_own(const frame& f, host_time now);
  void take_relayed(peer_id sender, bytes_view datagram, host_time now, nanoseconds waited);
  void take_direct(const address& from, bytes_view datagram, host_time now, nanoseconds waited);
  [[nodiscard]] std::optional<path_message> path_in(bytes_view datagram) const noexcept;
  void meet(const known_peer& who, host_time now);
  void tell_changes(host_time now);
  void lost(host_time now) noexcept;
  [[nodiscard]] host_time overdue() const noexcept;
  // Whether all that the peer had to say is said, and it is for us to say goodbye.
  [[nodiscard]] bool done() const {
    return leaving_ && registered_ && carrier_layer::deadline() == host_time::max();
  }
  static void name_destination(std::span<std::uint8_t> datagram, std::uint64_t peer) noexcept;

  address relay_;
  bool either_;
  registration own_;
  bool registered_ = false;
  bool leaving_ = false;
  bool held_ = false;                      // the stream to the relay takes nothing for now
  host_time ask_at_;                       // when to register (again)
  host_time asked_since_;                  // since when in vain
  int asked_ = 0;                          // … and how often
  bool complained_ = false;                // of that
  host_time prompt_at_ = host_time::min(); // when a cookie may next be answered at once
  direct_paths paths_;
  // What comes on a stream, a datagram for each frame.
  std::array<std::uint8_t, datagram_limit> whole_{};
  peer_id sender_ = relay_id; // of the PEER in front of it
};

/// How to make one. [any-thread]
class relay_route final : public layer_recipe {
public:
  /// As relay_client has it. The room is told by its tag; 0: an open one, by its name. Nobody else
  /// may know the secret.
  relay_route(const address& relay, bool either, room_tag room, const siphash_key& secret) noexcept
      : relay_{relay},
        either_{either},
        room_{room},
        secret_{secret} {}

  [[nodiscard]] layer_traits traits() const noexcept override { return {.relays = true}; }
  [[nodiscard]] std::unique_ptr<carrier_layer> make(const hello& self,
                                                    host_time now) const override {
    std::array<std::uint8_t, 8> id;
    store_be(id.data(), self.peer.value);
    const auto tag = room_ ? room_ : open_room_tag(self.room);
    return std::make_unique<relay_client>(relay_, either_, tag, self.peer, siphash(secret_, id),
                                          now);
  }

private:
  address relay_;
  bool either_;
  room_tag room_;
  siphash_key secret_;
};

// ------------------------------------------------------------------------------------------------

inline void relay_client::receive(const address& from, bytes_view frames, host_time now,
                                  nanoseconds waited) {
  if (from != relay_) return take_direct(from, frames, now, waited);
  if (relay_.via == carrier::tcp) return take_stream(frames, now, waited);
  const auto f = read_frame(frames);
  if (!f || f->type != type::peer) return;
  const auto header = decode_peer_header(f->payload);
  if (!header) return;
  if (header->sender != relay_id) return take_relayed(header->sender, frames, now, waited);
  const auto own = read_frame(frames.subspan(f->size()));
  if (own && header->destination == own_.peer) take_own(*own, now);
}

// Each frame with the PEER in front of it is a datagram again: where one ends is not to be seen.
inline void relay_client::take_stream(bytes_view frames, host_time now, nanoseconds waited) {
  while (!frames.empty()) {
    const auto f = read_frame(frames);
    if (!f) return;
    const auto bytes = frames.first(f->size());
    frames = frames.subspan(f->size());
    if (f->type == type::peer) {
      const auto header = decode_peer_header(f->payload);
      sender_ = header ? header->sender : peer_id{};
      if (header) std::memcpy(whole_.data(), bytes.data(), header_size);
    } else if (sender_ == relay_id) {
      take_own(*f, now);
    } else if (sender_ && header_size + bytes.size() <= whole_.size()) {
      std::memcpy(whole_.data() + header_size, bytes.data(), bytes.size());
      take_relayed(sender_, bytes_view{whole_}.first(header_size + bytes.size()), now, waited);
    }
  }
}

namespace detail {

// Of a datagram that begins with PEER: the two ids, and what stands behind it. Whether that is
// whole is for those to say who take it.
struct datagram_front {
  peer_id sender, destination;
  frame_type type;
};
[[nodiscard]] inline std::optional<datagram_front> front_of(bytes_view datagram) noexcept {
  constexpr std::size_t ids = 20 + 8, behind = frame_overhead + peer_header::size;
  if (datagram.size() < behind + frame_overhead) return std::nullopt;
  if (frame_type{load_be<std::uint32_t>(datagram.data() + 4)} != type::peer) return std::nullopt;
  return datagram_front{{load_be<std::uint64_t>(datagram.data() + ids)},
                        {load_be<std::uint64_t>(datagram.data() + ids + 8)},
                        frame_type{load_be<std::uint32_t>(datagram.data() + behind + 4)}};
}

// What is for the group, and not of those who look for each other.
[[nodiscard]] constexpr bool speaks_to_all(const datagram_front& f) noexcept {
  return !f.destination && f.type != type::announce && f.type != type::hello;
}

} // namespace detail

inline std::optional<path_message> relay_client::path_in(bytes_view datagram) const noexcept {
  const auto peer = read_frame(datagram);
  const auto f = peer ? read_frame(datagram.subspan(peer->size())) : peer;
  const auto m = f ? decode_path_message(as_text(f->payload)) : result<path_message>{f.error()};
  return m ? std::optional{*m} : std::nullopt;
}

inline void relay_client::take_relayed(peer_id sender, bytes_view datagram, host_time now,
                                       nanoseconds waited) {
  const auto front = detail::front_of(datagram);
  if (!front || front->type != type::path)
    return carrier_layer::receive(address::relayed(sender.value), datagram, now, waited);
  const auto m = path_in(datagram);
  if (m && front->destination == own_.peer) paths_.heard_relayed(sender, *m, now);
  tell_changes(now);
}

// What comes from where somebody was proven to be is of that one, as if it came through the relay.
inline void relay_client::take_direct(const address& from, bytes_view datagram, host_time now,
                                      nanoseconds waited) {
  const auto front = from.via == carrier::udp ? detail::front_of(datagram) : std::nullopt;
  const bool ours = front && front->destination == own_.peer;
  if (ours && front->type == type::path) {
    if (const auto m = path_in(datagram)) paths_.heard_directly(front->sender, from, *m, now);
    return tell_changes(now);
  }
  if (front && front->type == type::announce) paths_.announced(front->sender, from, now);
  const bool known =
      ours ? paths_.heard(front->sender, from, now)
           : front && detail::speaks_to_all(*front) && paths_.knows(front->sender, from);
  carrier_layer::receive(known ? address::relayed(front->sender.value) : from, datagram, now,
                         waited);
}

inline void relay_client::tell_changes(host_time now) {
  for (const auto& c : paths_.changes()) rerouted(address::relayed(c.who.value), c.direct, now);
}

inline void relay_client::take_own(const frame& f, host_time now) {
  if (f.type == type::relay) {
    const auto news = decode_introduction(as_text(f.payload));
    if (!news) return;
    if (news->cookie) {
      if (std::exchange(own_.cookie, news->cookie) == news->cookie || now < prompt_at_) return;
      prompt_at_ = now + nanoseconds{250'000'000}; // not as often as anybody likes
      ask_at_ = now;
      return;
    }
    registered_ = true;
    complained_ = false;
    asked_ = 0;
    ask_at_ = asked_since_ = now + keepalive;
    for (std::size_t i = 0; i < news->count; ++i) meet(news->peers[i], now);
  } else if (f.type == type::error) {
    const auto why = decode_refusal(as_text(f.payload));
    if (!why) return;
    // It may have been started anew; all else would be the same in a moment.
    const bool forgotten = why->code == errc::wrong_room;
    if (std::exchange(registered_, false) && forgotten) return lost(now);
    if (forgotten) return;
    ask_at_ = now + patience;
    if (!std::exchange(complained_, true)) refused(relay_id, why->code);
  }
}

// Said again and again, in case the peer above began anew with somebody.
inline void relay_client::meet(const known_peer& who, host_time now) {
  paths_.introduced(who, now);
  introduced(who, now);
  if (paths_.is_direct(who.peer)) rerouted(address::relayed(who.peer.value), true, now);
}

inline void relay_client::lost(host_time now) noexcept {
  registered_ = false;
  asked_ = 0;
  asked_since_ = now;
  ask_at_ = now;
}

inline void relay_client::disconnected(const address& connection, host_time now) {
  if (connection != relay_) return carrier_layer::disconnected(connection, now);
  sender_ = relay_id;
  held_ = false;
  if (registered_) lost(now);
}

// What would wait is old when it comes: links to relayed addresses are those of datagrams.
inline void relay_client::hold(const address& connection, bool held) {
  if (connection != relay_) return carrier_layer::hold(connection, held);
  held_ = held;
}

inline host_time relay_client::overdue() const noexcept {
  return complained_ && !registered_ ? host_time::max() : asked_since_ + patience;
}

inline void relay_client::poll(host_time now) {
  if (now >= overdue() && !leaving_) {
    registered_ = false;
    if (!std::exchange(complained_, true)) refused(relay_id, errc::address_unavailable);
  }
  paths_.poll(now, registered_);
  tell_changes(now);
  carrier_layer::poll(now);
}

inline host_time relay_client::deadline() const {
  if (leaving_) return done() ? host_time::min() : carrier_layer::deadline();
  return std::min({carrier_layer::deadline(), paths_.deadline(), ask_at_, overdue()});
}

// Who opens a link does not say in PEER to whom, but the relay has to know. Nothing else of the
// datagram depends on it: what is sealed names its destination.
inline void relay_client::name_destination(std::span<std::uint8_t> datagram,
                                           std::uint64_t peer) noexcept {
  constexpr std::size_t at = frame_overhead - 4 + 16, end = header_size - 4;
  if (datagram.size() < header_size || load_be<std::uint64_t>(datagram.data() + at) != 0) return;
  store_be(datagram.data() + at, peer);
  store_be(datagram.data() + end, crc32(datagram.first(end)));
}

inline bool relay_client::write(std::span<std::uint8_t> out, host_time now, outgoing& d) {
  if (now >= ask_at_ && !leaving_) {
    constexpr nanoseconds first{250'000'000}, most{4'000'000'000};
    if (either_ && asked_ > 0 && asked_ % 4 == 0) // for 4 s in vain
      relay_.via = relay_.via == carrier::tcp ? carrier::udp : carrier::tcp;
    ask_at_ = now + std::min(first * (1 << std::min(asked_++, 10)), most);
    d = {relay_, detail::write_own(out, {{}, own_.peer, relay_id}, type::relay, own_)};
    return true;
  }
  const bool passes = registered_ && !held_; // else it is lost, as datagrams can be
  while (paths_.write(out, now, d)) {
    if (d.to.via != carrier::relayed) return true;
    d.to = relay_;
    if (passes) return true;
  }
  while (carrier_layer::write(out, now, d)) {
    if (d.to.via != carrier::relayed) return true;
    const peer_id to{d.to.relayed_peer()};
    const address* const way = paths_.way_to(to, now);
    if (way == nullptr && !passes) continue;
    name_destination(out.first(d.size), to.value);
    d.to = way != nullptr ? *way : relay_;
    d.last = false;
    return true;
  }
  if (!done()) return false;
  registered_ = false;
  d = {relay_, detail::write_own(out, {{}, own_.peer, relay_id}, type::bye, goodbye{})};
  return true;
}

} // namespace jamnet::inline v0::toast
