// SPDX-License-Identifier: MIT
//
// ACKS, what a receiver has and lacks of a sender's events, and HBEA, how a sender is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <jamnet/core/result.hpp>
#include <jamnet/sync/commit_stamp.hpp>
#include <jamnet/toast/detail/fields.hpp>
#include <jamnet/toast/event_window.hpp>
#include <jamnet/toast/loss_meter.hpp>

namespace jamnet::inline v0::toast {

/// ACKS. Both lists hold the oldest ranges, as many as fit a datagram beside other frames.
struct acknowledgement {
  peer_id of; ///< whose events; 0: of whom it is sent to
  std::array<seq_range, 8> have{}, want{};
  std::size_t have_count = 0, want_count = 0;
  std::uint64_t waited_us = 0; ///< since the newest of them came
  loss_report lost{};          ///< of the frames of whom it is sent to
};

/// HBEA.
struct heartbeat {
  std::uint64_t seq_low = 0;  ///< the oldest event the sender still keeps
  std::uint64_t seq_next = 0; ///< the number its next event will get
  std::uint64_t late = 0;     ///< how many events reached it too late
  std::uint64_t bound_ns = 0; ///< its soft bound on its own error
  std::uint64_t wish_ns = 0;  ///< the delay it needs to hear the others in time; 0: any
  std::uint64_t lead_ns = 0;  ///< by so much it plays ahead all that it plays; 0: that varies
  bool synchronised = false;  ///< `state`: "synchronised" or "joining"
  loss_report lost{};         ///< of the frames of whom it is sent to
  bool recall = false;        ///< it lacks what the receiver holds and has set: that is to be sent
  bool hears = false;         ///< it hears what the receiver sends to the group …
  std::uint64_t next = 0;     ///< … and has all of its events below this
  std::uint32_t heard = 0;    ///< by a stream: the newest frame that came by datagrams beside it
  bool answer = false;        ///< it heard nothing for a while, and wants a sign of life at once
  loss_report group_lost{};   ///< of the frames that the receiver sends to the group
  commit_stamp transport{};   ///< of the transport that it has
};

namespace detail {

inline void write_ranges(json::writer& out, std::string_view key,
                         std::span<const seq_range> ranges) noexcept {
  out.key(key).begin_array();
  for (const seq_range& r : ranges) out.begin_array().value(r.first).value(r.last).end_array();
  out.end_array();
}

[[nodiscard]] inline bool try_ranges(json::reader& in, std::span<seq_range> out,
                                     std::size_t& count) noexcept {
  return in.try_array([&](json::reader& range) {
    if (count == out.size()) return range.skip();
    const std::size_t at = range.offset();
    std::array<std::uint64_t, 2> ends{};
    std::size_t n = 0;
    const bool read = range.try_array(
        [&](json::reader& value) { return n < 2 && try_number(value, ends[n++], seq_limit); });
    if (!read) return false;
    if (n != 2 || ends[0] > ends[1]) return range.fail(errc::value_range, at);
    out[count++] = {ends[0], ends[1]};
    return true;
  });
}

// [missed, runs, frames]; left out while nothing was.
inline void write_lost(json::writer& out, std::string_view key, const loss_report& r) noexcept {
  if (r.missed == 0) return;
  out.key(key).begin_array().value(r.missed).value(r.runs).value(r.frames).end_array();
}

[[nodiscard]] inline bool try_lost(json::reader& in, loss_report& out) noexcept {
  const std::size_t at = in.offset();
  std::array<std::uint64_t, 3> counts{};
  std::size_t n = 0;
  const bool read = in.try_array(
      [&](json::reader& value) { return n < 3 && try_number(value, counts[n++], seq_limit); });
  if (!read) return false;
  if (n != 3 || counts[0] > counts[2]) return in.fail(errc::value_range, at);
  out = {counts[0], counts[1], counts[2]};
  return true;
}

// [epoch, time, by]; left out where there is none.
inline void write_stamp(json::writer& out, std::string_view key, const commit_stamp& s) noexcept {
  if (!s) return;
  const auto by = to_hex(s.by);
  out.key(key).begin_array().value(s.epoch).value(s.time.time_since_epoch().count());
  out.value(std::string_view{by.data(), by.size()}).end_array();
}

[[nodiscard]] inline bool try_stamp(json::reader& in, commit_stamp& out) noexcept {
  const std::size_t at = in.offset();
  commit_stamp s;
  std::int64_t time = 0;
  std::size_t n = 0;
  const bool read = in.try_array([&](json::reader& value) {
    ++n;
    return n == 1   ? try_number(value, s.epoch, seq_limit)
           : n == 2 ? try_number(value, time)
           : n == 3 ? try_id(value, s.by)
                    : value.fail(errc::value_range, at);
  });
  if (!read) return false;
  if (n != 3 || !s || !s.by) return in.fail(errc::value_range, at);
  s.time = session_time{nanoseconds{time}};
  out = s;
  return true;
}

} // namespace detail

/// [any-thread] [rt-safe] O(1)
[[nodiscard]] inline std::string_view encode(const acknowledgement& a,
                                             std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object();
  if (a.of) detail::write_id(out, "of", a.of);
  detail::write_ranges(out, "have", {a.have.data(), a.have_count});
  if (a.want_count > 0) detail::write_ranges(out, "want", {a.want.data(), a.want_count});
  if (a.waited_us > 0) out.member("waited_us", a.waited_us);
  detail::write_lost(out, "missed", a.lost);
  return out.end_object().text();
}

/// json_* and value_range failures with their offset. [any-thread] [rt-safe] O(n)
[[nodiscard]] inline result<acknowledgement>
decode_acknowledgement(std::string_view text) noexcept {
  acknowledgement a;
  json::reader in{text};
  const auto member = [&](std::string_view key, json::reader& value) {
    if (key == "of") return detail::try_id(value, a.of);
    if (key == "have") return detail::try_ranges(value, a.have, a.have_count);
    if (key == "want") return detail::try_ranges(value, a.want, a.want_count);
    if (key == "waited_us") return detail::try_number(value, a.waited_us, detail::seq_limit);
    if (key == "missed") return detail::try_lost(value, a.lost);
    return value.skip();
  };
  if (!in.try_object(member) || !in.finish()) return in.error();
  return a;
}

/// [any-thread] [rt-safe] O(1)
[[nodiscard]] inline std::string_view encode(const heartbeat& h, std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object()
      .member("seq_low", h.seq_low)
      .member("seq_next", h.seq_next)
      .member("late", h.late)
      .member("bound_ns", h.bound_ns)
      .member("wish_ns", h.wish_ns)
      .member("lead_ns", h.lead_ns)
      .member("state", h.synchronised ? "synchronised" : "joining");
  detail::write_lost(out, "missed", h.lost);
  if (h.recall) out.member("recall", true);
  if (h.hears) out.member("hears", true).member("next", h.next);
  if (h.heard != 0) out.member("heard", h.heard);
  if (h.answer) out.member("answer", true);
  detail::write_lost(out, "group_missed", h.group_lost);
  detail::write_stamp(out, "transport", h.transport);
  return out.end_object().text();
}

/// json_* and value_range failures with their offset. [any-thread] [rt-safe] O(n)
[[nodiscard]] inline result<heartbeat> decode_heartbeat(std::string_view text) noexcept {
  heartbeat h;
  short_text state;
  json::reader in{text};
  const auto member = [&](std::string_view key, json::reader& value) {
    if (key == "seq_low") return detail::try_number(value, h.seq_low, detail::seq_limit);
    if (key == "seq_next") return detail::try_number(value, h.seq_next, detail::seq_limit);
    if (key == "late") return detail::try_number(value, h.late);
    if (key == "bound_ns") return detail::try_number(value, h.bound_ns);
    if (key == "wish_ns") return detail::try_number(value, h.wish_ns, detail::seq_limit);
    if (key == "lead_ns") return detail::try_number(value, h.lead_ns, detail::seq_limit);
    if (key == "state") return detail::try_text(value, state);
    if (key == "missed") return detail::try_lost(value, h.lost);
    if (key == "recall") return value.try_bool(h.recall);
    if (key == "hears") return value.try_bool(h.hears);
    if (key == "next") return detail::try_number(value, h.next, detail::seq_limit);
    if (key == "heard") return detail::try_number(value, h.heard);
    if (key == "answer") return value.try_bool(h.answer);
    if (key == "group_missed") return detail::try_lost(value, h.group_lost);
    if (key == "transport") return detail::try_stamp(value, h.transport);
    return value.skip();
  };
  if (!in.try_object(member) || !in.finish()) return in.error();
  h.synchronised = state.view() == "synchronised";
  return h;
}

} // namespace jamnet::inline v0::toast
