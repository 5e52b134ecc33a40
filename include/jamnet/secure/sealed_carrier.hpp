// SPDX-License-Identifier: MIT
//
// The layer that makes a room private: it lets nobody through who has not proven to know the
// room's secret, and nobody read or change what goes over the wire. Between the sockets and a
// peer, which knows nothing of it (toast/carrier_layer.hpp).
//
// To each address it holds a channel: the keys that a handshake agreed on. What the peer wants to
// send where no channel leads begins a handshake. A stranger can have a cookie of it, which costs
// no memory, and then one guess at the secret; more guesses only as often as `rate_limit` says.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/secure/cpace.hpp>
#include <jamnet/secure/room_secret.hpp>
#include <jamnet/secure/seal.hpp>
#include <jamnet/toast/carrier_layer.hpp>
#include <jamnet/toast/peer_header.hpp>
#include <jamnet/toast/rate_limit.hpp>
#include <jamnet/toast/replay_window.hpp>

namespace jamnet::inline v0::secure {

/// What a sealed_carrier counts. All that is refused is dropped, and disturbs nobody.
struct sealed_statistics {
  std::uint64_t sealed = 0, opened = 0; ///< datagrams, or frames of a stream
  std::uint64_t forged = 0;             ///< that no key of the one they name opens
  std::uint64_t replayed = 0;           ///< that came before, or 1,024 too late
  std::uint64_t in_clear = 0;           ///< that should have been sealed
  std::uint64_t malformed = 0;          ///< no frames, or not for us
  std::uint64_t challenges = 0;         ///< cookies given out
  std::uint64_t handshakes = 0;         ///< that agreed on keys
  std::uint64_t wrong_keys = 0;         ///< that did not
  std::uint64_t limited = 0;            ///< answers that somebody asked for too often
};

class sealed_carrier final : public toast::carrier_layer {
public:
  static constexpr nanoseconds hello_interval{250'000'000}, opening_term{2'000'000'000},
      half_open_term{3'000'000'000}, move_after{1'000'000'000}, idle_term{400'000'000'000};
  static constexpr std::size_t most_channels = 1'024, most_openings = 256, most_half_open = 64,
                               most_replies = 32;

  /// `self` is what the peer above says of itself; `keys` is told each key that seals or opens.
  /// [control-thread] [allocates]
  sealed_carrier(const toast::hello& self, const room_secret& secret, const entropy& random = {},
                 const key_listener& keys = {});

  void receive(const toast::address& from, bytes_view frames, host_time now,
               nanoseconds waited) override;
  void disconnected(const toast::address& connection, host_time now) override;
  void moved(const toast::address& from, const toast::address& to, host_time now) override;
  void poll(host_time now) override;
  [[nodiscard]] bool write(std::span<std::uint8_t> out, host_time now, toast::outgoing& d) override;
  [[nodiscard]] host_time deadline() const override;

  /// Shuts `who` out: it gets no new key of the room and is let in no more, here or by any member
  /// that hears of it. Who knows the pass-phrase can come back under another id. [net-thread]
  void expel(peer_id who) override;

  [[nodiscard]] const sealed_statistics& statistics() const noexcept { return statistics_; }
  /// How often the room's key was changed, and 1; 0 before there is one.
  [[nodiscard]] std::uint64_t key_epoch() const noexcept { return epoch_; }
  /// How many have proven that they know the secret, by connections.
  [[nodiscard]] std::size_t channels() const noexcept { return channels_.size(); }
  /// How many handshakes are under way, of whichever side.
  [[nodiscard]] std::size_t handshakes() const noexcept {
    return openings_.size() + half_open_.size();
  }

private:
  // Both directions of what two sides agreed on, and what proves it.
  struct link_keys {
    secret<32> out, in, own_proof, their_proof;
  };
  struct channel {
    toast::address where;
    peer_id peer;
    link_keys keys;
    host_time heard{}, seen_there{}; // from wherever; from `where`
    std::uint64_t counter = 0;
    toast::replay_window window{};
    // What it says to all: the key that its salt makes of the room's.
    std::array<std::uint8_t, 16> salt{};
    secret<32> group_key{};
    toast::replay_window group_window{};
    bool group_ready = false, expelled = false;
    // What it is told of the room's key, until it says that it has it; and what we have of its.
    host_time news_at = host_time::min();
    bool have_due = false;
    std::uint64_t their_epoch = 0;
    toast::key_bytes their_key{};
  };
  struct opening {
    toast::address where;
    peer_id expected; // whom the peer above names; 0: anybody
    std::uint32_t attempt = 0;
    toast::cookie cookie{};
    std::unique_ptr<cpace> exchange{};
    host_time wanted{}, hello_at{}, prompt_at = host_time::min();
    nanoseconds interval = hello_interval;
    bool ready = false;               // there is a channel now
    std::vector<std::uint8_t> held{}; // what the peer above wanted to send last
  };
  struct half_open {
    toast::address where;
    peer_id peer;
    toast::sealed_hello asked;
    toast::sealed_welcome answer;
    link_keys keys;
    host_time born{};
  };
  struct reply {
    toast::address to;
    bool last = false;
    std::vector<std::uint8_t> bytes{};
  };
  // A datagram on its way up, or a frame of a stream.
  struct arrival {
    const toast::address& from;
    bytes_view whole;  // with PEER, if it has one
    std::size_t front; // where the frame begins in it
    toast::frame frame;
    toast::peer_header header; // of a stream: nobody's, to us
    host_time now;
    nanoseconds waited;

    [[nodiscard]] bool is_stream() const noexcept { return from.via == toast::carrier::tcp; }
  };

  // Handshakes (detail/sealed_handshake.hpp).
  void take(const arrival& a);
  void heard_announcement(const arrival& a);
  void heard_hello(const arrival& a);
  void heard_challenge(const arrival& a);
  void heard_welcome(const arrival& a);
  void heard_proof(const arrival& a);
  void heard_refusal(const arrival& a);
  void accept(const arrival& a, const toast::sealed_hello& h, std::uint32_t version);
  void open(const toast::address& where, peer_id expected, bytes_view held, host_time now);
  void refuse(const arrival& a, peer_id who, errc why, std::uint32_t attempt);
  void wrong_key(peer_id who);
  void tell_refused(const toast::address& from, peer_id sender, errc why, host_time now);
  channel& complete(const half_open& known, host_time now);
  channel& establish(const toast::address& where, peer_id peer, const link_keys& keys,
                     host_time now);
  template <class Message>
  void answer(const toast::address& to, peer_id who, toast::frame_type type, const Message& m,
              bool last = false);
  template <class Message>
  [[nodiscard]] std::size_t write_clear(std::span<std::uint8_t> out, const toast::address& to,
                                        peer_id who, toast::frame_type type, const Message& m,
                                        std::size_t padding = 0) const;
  [[nodiscard]] std::size_t write_hello(opening& o, std::span<std::uint8_t> out, host_time now);
  [[nodiscard]] static std::array<std::uint8_t, 16> said_by_opener(const toast::sealed_hello& h);
  [[nodiscard]] toast::sealed_hello hello_of(const opening& o) const;
  [[nodiscard]] static link_keys keys_of(const cpace::key& isk, cpace::role role);

  // What is sealed (detail/sealed_traffic.hpp).
  void heard_seal(const arrival& a);
  void heard_all(const arrival& a, const toast::seal_header& h);
  [[nodiscard]] bool opens(const arrival& a, const toast::seal_header& h, const secret<32>& key);
  [[nodiscard]] bool try_link(const arrival& a, const toast::seal_header& h, channel& c);
  void pass_up(const arrival& a, channel& c);
  [[nodiscard]] bool send_down(bytes_view frames, std::span<std::uint8_t> out, host_time now,
                               toast::outgoing& d);
  [[nodiscard]] std::size_t seal_for(channel& c, bytes_view frames, std::size_t front,
                                     std::span<std::uint8_t> out);
  [[nodiscard]] std::size_t seal_for_all(bytes_view frames, std::span<std::uint8_t> out);
  [[nodiscard]] std::size_t write_announcement(bytes_view frames, std::span<std::uint8_t> out);

  // The room's key (detail/sealed_room_key.hpp).
  void heard_news(channel& from, const toast::room_news& news);
  [[nodiscard]] bool learn_expelled(const toast::room_news& news);
  void change_room_key(std::uint64_t epoch);
  void spread_news();
  [[nodiscard]] std::size_t write_news(channel& c, std::span<std::uint8_t> out, host_time now);
  void tell_keys(const channel& c) const {
    tell_key_(self_.peer, c.peer, c.keys.out);
    tell_key_(c.peer, self_.peer, c.keys.in);
  }
  [[nodiscard]] secret<32> group_key(peer_id sender,
                                     const std::array<std::uint8_t, 16>& salt) const;

  void tidy_up(host_time now);
  void erase(const channel& gone);
  [[nodiscard]] channel* find(const toast::address& where) noexcept;
  [[nodiscard]] channel* find(peer_id id) noexcept;
  [[nodiscard]] opening* find_opening(const toast::address& where) noexcept;
  [[nodiscard]] half_open* find_half_open(const toast::address& where) noexcept;
  [[nodiscard]] bool is_expelled(peer_id id) const noexcept {
    return std::find(expelled_.begin(), expelled_.end(), id) != expelled_.end();
  }
  [[nodiscard]] std::size_t peer_frame_size(const toast::address& a) const noexcept {
    return a.via == toast::carrier::tcp ? 0 : toast::frame_overhead + toast::peer_header::size;
  }

  toast::hello self_;
  room_secret secret_;
  entropy random_;
  key_listener tell_key_;
  siphash_key salt_of_tables_;
  toast::cookie_jar cookies_;
  toast::rate_limit answers_, guesses_, work_; // of strangers; guesses that failed; of all together
  std::vector<std::unique_ptr<channel>> channels_;
  std::vector<std::uint32_t> tags_; // of their addresses: quick to look through
  std::vector<opening> openings_;
  std::vector<half_open> half_open_;
  std::vector<reply> replies_;
  // The room's key, and what we make of it for what we send to all.
  std::uint64_t epoch_ = 0, group_counter_ = 0;
  secret<32> room_key_, own_group_key_;
  std::array<std::uint8_t, 16> group_salt_{};
  std::vector<peer_id> expelled_;
  host_time news_at_ = host_time::max(), tidy_at_ = host_time::min();
  std::vector<std::uint8_t> down_, up_; // what came from above; what goes there
  sealed_statistics statistics_;
};

} // namespace jamnet::inline v0::secure

// What the members do, by concern.
#include <jamnet/secure/detail/sealed_handshake.hpp>
#include <jamnet/secure/detail/sealed_room_key.hpp>
#include <jamnet/secure/detail/sealed_traffic.hpp>
