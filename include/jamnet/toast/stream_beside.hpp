// SPDX-License-Identifier: MIT
//
// The stream that a link of datagrams may have beside it: where a firewall lets no datagram pass,
// not even in mid-session, TCP mostly does. Who opened the link opens the stream too, and shows by
// a key that it was given over the link whose it is.
//
// What must not wait goes by datagrams, since there nothing lost holds up what follows; what only
// has to arrive goes by the stream. But all goes there while datagrams are not heard on the other
// side: when events were not acknowledged for half a second; or when the other side, which says
// with each heartbeat by the stream what came last by datagrams, says the same four times in a row.
// Three times something newer, and datagrams are trusted again. A stream that is silent is not.
#pragma once

#include <cstdint>
#include <utility>

#include <jamnet/toast/back_off.hpp>
#include <jamnet/toast/cookie.hpp>
#include <jamnet/toast/frame.hpp>

namespace jamnet::inline v0::toast {

/// How a frame leaves on a link that has both.
enum class way : std::uint8_t { datagrams, stream, both };

/// By what it is. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr way way_of(frame_type t) noexcept {
  if (t == type::heartbeat) return way::both; // which shows on either side what each way brings
  constexpr frame_type state{"STAT"};         // named: clang 14 crashes otherwise
  const bool only_arrives =
      t == type::bye || t == type::error || t == state || t == type::transport;
  return only_arrives ? way::stream : way::datagrams;
}

/// All of it is [one-thread] [rt-safe] O(1).
class stream_beside {
public:
  /// Events wait so long for their acknowledgement before they go by the stream.
  static constexpr nanoseconds patience{500'000'000};
  static constexpr unsigned unheard_limit = 4, heard_enough = 3;

  explicit stream_beside(std::uint64_t seed = 0) noexcept
      : back_off_{seed, nanoseconds{30'000'000'000}} {}

  /// Who knows the key may bring one.
  void await(cookie key) noexcept { key_ = key; }
  /// The other side takes one at `port`, from who knows the key.
  void seek(cookie key, std::uint16_t port, host_time now) noexcept {
    key_ = key;
    port_ = port;
    hello_at_ = now;
  }
  [[nodiscard]] bool admits(cookie key) const noexcept { return key_ && !port_ && key == key_; }
  [[nodiscard]] cookie key() const noexcept { return key_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; } ///< 0: it is to be brought

  /// HELO goes to `where` now.
  void asked(const address& where, host_time now) noexcept {
    where_ = where;
    hello_at_ = back_off_.next(now);
    sequence_out = 0;
  }
  /// It was brought from there: WELC is due.
  void brought(const address& from, host_time now) noexcept {
    sequence_out = 0;
    where_ = from;
    welcome_due = true;
    stands(now);
  }
  /// Both sides know of it.
  void stands(host_time now) noexcept {
    open_ = true;
    held_ = instead_ = false;
    hello_at_ = host_time::max();
    report_at_ = now;
    newest_ = heard_ = unheard_ = 0;
    back_off_.reset();
    heard(now);
  }
  /// It ended, or could not be opened.
  void lost(host_time now) noexcept {
    where_ = {};
    if (open_ && port_ != 0) hello_at_ = back_off_.next(now);
    open_ = instead_ = welcome_due = false;
    report_at_ = host_time::max();
  }
  void hold(bool held) noexcept { held_ = held; }

  /// Something came by it.
  void heard(host_time now) noexcept {
    heard_at_ = now;
    mute_ = false;
  }
  /// Nothing has for too long.
  void fell_silent() noexcept { mute_ = true; }
  /// The newest frame that came by datagrams on the other side is `newest`, so it says. Whether all
  /// should go by the stream.
  [[nodiscard]] bool judge(std::uint32_t newest) noexcept {
    const bool news = static_cast<std::int32_t>(newest - std::exchange(newest_, newest)) > 0;
    heard_ = news ? heard_ + 1 : 0;
    unheard_ = news ? 0 : unheard_ + 1;
    return instead_ ? heard_ < heard_enough : unheard_ >= unheard_limit;
  }
  void divert(bool all) noexcept {
    instead_ = all;
    heard_ = unheard_ = 0;
  }
  void reported(host_time now, nanoseconds interval) noexcept {
    report_at_ = now + interval;
    interval_ = interval;
  }

  [[nodiscard]] bool is_wanted() const noexcept { return static_cast<bool>(key_); }
  [[nodiscard]] const address& where() const noexcept { return where_; } ///< none: not connected
  [[nodiscard]] bool is_connected() const noexcept { return where_.via != carrier::none; }
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  [[nodiscard]] bool is_held() const noexcept { return held_; }
  [[nodiscard]] bool is_trusted() const noexcept { return open_ && !mute_; }
  [[nodiscard]] bool takes_all() const noexcept { return instead_; }
  [[nodiscard]] host_time hello_at() const noexcept { return hello_at_; }
  [[nodiscard]] host_time report_at() const noexcept { return report_at_; }
  /// Until when it is trusted if nothing comes, and when it is given up then.
  [[nodiscard]] host_time trusted_until() const noexcept { return heard_at_ + interval_ * 5 / 2; }
  [[nodiscard]] host_time given_up_at() const noexcept {
    return open_ ? heard_at_ + interval_ * 20 : host_time::max();
  }

  bool welcome_due = false;
  std::uint32_t sequence_out = 0; ///< counts its frames
  std::uint64_t frames_out = 0;

private:
  address where_{};
  cookie key_;
  std::uint16_t port_ = 0;
  back_off back_off_;
  bool open_ = false, held_ = false, mute_ = false, instead_ = false;
  unsigned heard_ = 0, unheard_ = 0; // in how many reports in a row
  std::uint32_t newest_ = 0;
  nanoseconds interval_{500'000'000}; // of our reports, which is that of theirs
  host_time hello_at_ = host_time::max(), report_at_ = host_time::max(), heard_at_{};
};

} // namespace jamnet::inline v0::toast
