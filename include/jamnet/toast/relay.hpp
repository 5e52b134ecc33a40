// SPDX-License-Identifier: MIT
//
// A relay, without any I/O: the one place that peers behind NATs can all reach. Who registers for
// a room is told where the others are seen from outside, so that they can try to meet directly;
// where that fails, datagrams go through here, by the destination that their PEER frame names.
// Nothing behind that frame is looked at, but that what goes into a stream is whole frames: rooms
// may be sealed, and the relay has no key.
//
// Datagrams and the time go in through receive() and poll(), datagrams come out of write(), and
// deadline() says when to come back. Whatever comes: memory is bounded by the limits; an address
// that was not proven is never sent more bytes than came from it; who does not take what is sent
// to it loses that, or its connection, and nobody else does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/frame.hpp>
#include <jamnet/toast/handshake.hpp>
#include <jamnet/toast/peer_header.hpp>
#include <jamnet/toast/relay_messages.hpp>

namespace jamnet::inline v0::toast {

struct relay_limits {
  std::size_t rooms = 1'000;
  std::size_t peers = 4'000;           ///< in all rooms together
  std::size_t peers_per_room = 128;    //
  std::size_t peers_per_ip = 256;      ///< from one IP address (IPv6: /64): a school behind one NAT
  std::size_t queue = 256 * 1024;      ///< bytes that wait for one peer
  std::size_t rate = 1'000'000;        ///< bytes that one peer may send in a second …
  std::size_t burst = 256 * 1024;      ///< … and at once
  std::size_t room_rate = 100'000'000; ///< bytes that one room is sent in a second, each copy …
  std::size_t room_burst = 25'000'000; ///< … and at once
  nanoseconds silence{30'000'000'000}; ///< after which a registration ends
};

/// What a relay counted since it began.
struct relay_statistics {
  std::uint64_t datagrams_in = 0, bytes_in = 0;
  std::uint64_t datagrams_out = 0, bytes_out = 0; ///< each copy counts
  std::uint64_t registrations = 0;                ///< let in, repetitions apart
  std::uint64_t challenges = 0;                   ///< asked to prove their address
  std::uint64_t refused = 0;                      ///< told ERRO
  std::uint64_t expired = 0;                      ///< not heard for relay_limits::silence
  std::uint64_t strangers = 0;                    ///< datagrams of somebody who is not registered
  std::uint64_t forged = 0;                       ///< … of somebody in another's name
  std::uint64_t malformed = 0;                    ///< … that begin with no PEER, or end in no frame
  std::uint64_t absent = 0;                       ///< … for somebody who is not there
  std::uint64_t throttled = 0;                    ///< … beyond the rate, theirs or their room's
  std::uint64_t overflowed = 0;                   ///< … that the receiver had no room for
  std::uint64_t slow = 0;                         ///< connections closed for that
};

class relay {
public:
  /// How often a client repeats its registration.
  static constexpr nanoseconds keepalive{10'000'000'000};

  /// The secret makes its cookies: it must be random.
  relay(const relay_limits& limits, host_time now, const siphash_key& secret) noexcept
      : limits_{limits},
        watch_at_{now + watch_interval},
        cookies_{secret} {}

  /// Takes a datagram, or whole frames of a stream. [net-thread] [allocates] O(peers of the room)
  void receive(const address& from, bytes_view bytes, host_time now);
  /// A stream ended. [net-thread] [rt-safe] O(peers)
  void disconnected(const address& connection) {
    if (member* const m = find(connection)) remove(*m);
  }
  /// Ends registrations that fell silent. [net-thread] [rt-safe] O(peers), once a second
  void poll(host_time now);

  struct datagram {
    address to;
    std::size_t size = 0;
    bool last = false; ///< a stream is to be closed behind it
  };
  /// Writes what goes next to one address into `out`, at least datagram_limit bytes: a datagram,
  /// or for a stream as many as fit. False when nothing is there for anybody who takes it.
  /// [net-thread] [rt-safe]
  [[nodiscard]] bool write(std::span<std::uint8_t> out, datagram& d);
  /// A stream takes nothing more for now, or again: meanwhile what is for it waits here.
  /// [net-thread] [rt-safe]
  void hold(const address& stream, bool held);
  /// When poll() or write() next have something to do. [net-thread] [rt-safe] O(1)
  [[nodiscard]] host_time deadline() const noexcept {
    return offered_all_ ? watch_at_ : host_time::min();
  }

  /// [net-thread] [rt-safe] O(1)
  [[nodiscard]] std::size_t rooms() const noexcept { return rooms_.size(); }
  [[nodiscard]] std::size_t peers() const noexcept { return members_.size(); }
  /// Whether somebody at this address is registered. [net-thread] [rt-safe] O(log peers)
  [[nodiscard]] bool knows(const address& where) noexcept { return find(where) != nullptr; }
  [[nodiscard]] const relay_statistics& statistics() const noexcept { return statistics_; }
  /// How many bytes wait to be sent. [net-thread] [rt-safe] O(peers)
  [[nodiscard]] std::size_t queued() const noexcept;

private:
  static constexpr nanoseconds watch_interval{1'000'000'000};
  static constexpr std::size_t header_size = frame_overhead + peer_header::size;
  static constexpr std::size_t most_replies = 256;

  // Bytes that may pass now; more with time.
  struct allowance {
    std::size_t credit = 0;
    host_time charged{};

    [[nodiscard]] bool try_take(std::size_t bytes, std::size_t rate, std::size_t burst,
                                host_time now) noexcept;
  };
  struct room;
  struct member {
    address where;
    peer_id id;
    std::uint64_t key = 0;
    room* in = nullptr;
    host_time heard{};
    allowance sends{};
    std::array<std::uint8_t, header_size> header{}; // a stream's latest PEER frame …
    peer_id destination{};                          // … which is for whom …
    bool has_header = false;                        // … if it was its own
    std::vector<std::uint8_t> queue{};              // each datagram behind its size, a u16
    std::size_t taken = 0;                          // of the queue
    bool waits = false;                             // is among waiting_
    bool held = false;                              // takes nothing for now
    bool slow = false;                              // its queue ran over: to be closed

    [[nodiscard]] bool is_stream() const noexcept { return where.via == carrier::tcp; }
  };
  struct room {
    room_tag tag;
    allowance gets{};
    std::vector<member*> members{};
  };
  struct reply { // to somebody who is not registered
    address to;
    peer_id peer;
    errc why{};
    toast::cookie cookie{};
  };

  // traffic
  void take_datagram(const address& from, bytes_view bytes, host_time now);
  void take_stream(const address& from, bytes_view frames, host_time now);
  void begin_datagram(member& m, bytes_view peer_frame, host_time now);
  void forward(member& from, peer_id destination, bytes_view bytes, host_time now);
  void enqueue(member& to, bytes_view bytes);
  void wait(member& m);
  [[nodiscard]] std::size_t take(member& m, std::span<std::uint8_t> out);
  // rooms
  void take_own(const address& from, peer_id sender, const frame& f, std::size_t size,
                host_time now);
  void admit(const address& from, const registration& r, std::size_t size, host_time now);
  [[nodiscard]] std::optional<errc> objection(const address& from, const room* in) const noexcept;
  member& add(const address& from, const registration& r, host_time now);
  void remove(member& gone);
  void dismiss(member& m, errc why);
  [[nodiscard]] static bytes_view introduction_to(const member& to, const introduction& news,
                                                  std::span<std::uint8_t> out) noexcept;
  void introduce_others_to(member& m);
  void refuse(const address& to, peer_id peer, errc why, std::size_t received);
  void reply_to(const reply& r, std::size_t received);
  [[nodiscard]] std::size_t write_reply(std::span<std::uint8_t> out, const reply& r) const noexcept;
  [[nodiscard]] member* find(const address& where) noexcept;
  [[nodiscard]] member* find(room_tag tag, peer_id id) noexcept;
  [[nodiscard]] room* find(room_tag tag) noexcept;

  relay_limits limits_;
  host_time watch_at_;
  cookie_jar cookies_;
  std::vector<std::unique_ptr<member>> members_; // by their address, in order
  std::vector<std::unique_ptr<room>> rooms_;     // by their tag, in order
  std::deque<member*> waiting_;                  // who is to be sent something, in turn
  std::deque<reply> replies_;
  bool offered_all_ = true; // write() had nothing more
  relay_statistics statistics_;
};

} // namespace jamnet::inline v0::toast

// What passes through, and who may be there.
#include <jamnet/toast/detail/relay_rooms.hpp>
#include <jamnet/toast/detail/relay_traffic.hpp>
