// SPDX-License-Identifier: MIT
//
// Which of those who meet at a relay can be reached directly, and when no more. Each starts through
// the relay. Both then ask each other from time to time at all places where they might be, at the
// same moment, which opens their NATs; a place that answers well is the way from then on. It is
// given up when nothing comes from there for a second, questions included, or the other says so.
//
// Above it all of that is one address, address::relayed(): who takes which way is known here only.
// A way that does not last is tried more and more seldom.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/random.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/carrier_layer.hpp>
#include <jamnet/toast/path_messages.hpp>

namespace jamnet::inline v0::toast {

class direct_paths {
public:
  static constexpr std::size_t most = 512; ///< of whom it knows
  /// A round of questions: so many to each place, and so many answers make it a way.
  static constexpr unsigned questions = 8, enough = 4;
  static constexpr nanoseconds interval{150'000'000}, last_answers{1'000'000'000};
  /// From one round to the next, in vain; a way that lasted for `steady` is not held against it.
  static constexpr nanoseconds first_wait{5'000'000'000}, last_wait{60'000'000'000},
      prompt_wait{2'000'000'000}, steady{30'000'000'000};
  /// Of silence on a way: until questions, from one to the next, and until it is given up, if so
  /// many were not answered. In rooms of more than 32 all grow, as heartbeats become seldom.
  static constexpr nanoseconds quiet_after{550'000'000}, watch_interval{100'000'000},
      lost_after{1'000'000'000};
  static constexpr unsigned unanswered = 4, patience = 20;
  static constexpr nanoseconds idle_after{30'000'000'000}, forget_after{60'000'000'000};

  /// Nobody else may know the secret: it makes the keys.
  direct_paths(peer_id self, const siphash_key& secret) noexcept
      : self_{self},
        secret_{secret},
        random_{siphash(secret, {})} {}

  // What is learnt. All is [one-thread] and O(peers); what may add somebody also [allocates].

  /// The relay says who is there, and where it sees it.
  void introduced(const known_peer& who, host_time now);
  /// It announced itself there, on the local network.
  void announced(peer_id who, const address& where, host_time now) noexcept;
  /// It said so through the relay.
  void heard_relayed(peer_id who, const path_message& m, host_time now) noexcept;
  /// Somebody who says to be `who` said so directly.
  void heard_directly(peer_id who, const address& from, const path_message& m, host_time now);
  /// Whether it was proven to be there.
  [[nodiscard]] bool knows(peer_id who, const address& there) const noexcept;
  /// Whether a datagram for us that names `who` as its sender and came from there is from it.
  [[nodiscard]] bool heard(peer_id who, const address& from, host_time now) noexcept;

  // What to do.

  /// Where to send what is for `who`, if directly. [one-thread] [rt-safe] O(peers)
  [[nodiscard]] const address* way_to(peer_id who, host_time now) noexcept;
  /// Does what is due. No way is given up while there is no relay. [one-thread] [rt-safe] O(peers)
  void poll(host_time now, bool relay_there);
  /// Writes the next question, answer or key, which may be for the relay to carry.
  /// [one-thread] [rt-safe] O(peers)
  [[nodiscard]] bool write(std::span<std::uint8_t> out, host_time now, outgoing& d);
  /// When poll() or write() next have something to do. [one-thread] [rt-safe] O(1)
  [[nodiscard]] host_time deadline() const noexcept {
    return replies_.empty() ? due_ : host_time::min();
  }

  struct change {
    peer_id who;
    bool direct = false;
  };
  /// Whose way changed since this was asked last. [one-thread] O(changes)
  [[nodiscard]] std::vector<change> changes() { return std::exchange(changes_, {}); }
  [[nodiscard]] bool is_direct(peer_id who) const noexcept {
    return std::any_of(others_.begin(), others_.end(),
                       [&](const other& o) { return o.who == who && o.direct; });
  }

private:
  struct place {
    address where;
    std::uint32_t answered = 0; // which questions of this round
    bool proven = false;        // it was there
  };
  // Where the relay sees it, where it announced itself, and from where it asked.
  enum : std::size_t { seen, on_lan, asking_from, places };

  struct other {
    peer_id who;
    std::array<place, places> where{};
    address way{};
    std::uint64_t key = 0;                             // theirs
    std::uint64_t number = 0;                          // of the round: its questions follow
    unsigned asked = 0;                                // in this round, or since it was heard
    std::size_t turn = 0;                              // whose place is asked next
    bool wanted = false, asks = false, direct = false; // a round is under way, or done well
    bool key_due = false, meet_due = false, lost_due = false;
    host_time introduced{}, used{}, heard{}, since{};
    host_time round_at{}, ask_at{}, retry_at{}, key_at{};
    nanoseconds wait = first_wait;
  };
  struct reply {
    address to;
    peer_id who;
    std::uint64_t number = 0;
  };

  [[nodiscard]] other* find(peer_id who) noexcept;
  [[nodiscard]] std::uint64_t key_for(peer_id who) const noexcept;
  [[nodiscard]] path_keys keys(const other& o) const noexcept;
  void found(other& o, std::size_t which, const address& where, host_time now) noexcept;
  void try_soon(other& o, host_time now) noexcept;
  void begin(other& o, host_time now) noexcept;
  void answered(other& o, const address& from, std::uint64_t number, host_time now);
  void give_up(other& o, bool tell, host_time now);
  void wait(other& o, host_time now) noexcept;
  void watch(other& o, host_time now, bool relay_there);
  [[nodiscard]] host_time next(const other& o) const noexcept;
  [[nodiscard]] std::size_t write_key(other& o, std::span<std::uint8_t> out,
                                      host_time now) const noexcept;
  [[nodiscard]] bool ask(other& o, std::span<std::uint8_t> out, host_time now, outgoing& d);
  [[nodiscard]] std::size_t write(std::span<std::uint8_t> out, peer_id to,
                                  const path_message& m) const noexcept {
    return detail::write_own(out, {{}, self_, to}, type::path, m);
  }
  [[nodiscard]] nanoseconds in_this_room(nanoseconds usual) const noexcept {
    return usual * std::max<std::int64_t>(static_cast<std::int64_t>(others_.size()), 32) / 32;
  }

  peer_id self_;
  siphash_key secret_;
  random_source random_;
  std::vector<other> others_;
  std::vector<reply> replies_;
  std::vector<change> changes_;
  host_time due_ = host_time::max(); // or something may be
};

} // namespace jamnet::inline v0::toast

#include <jamnet/toast/detail/direct_paths.hpp>
