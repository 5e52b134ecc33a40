// SPDX-License-Identifier: MIT
//
// The two ways of a link that has a stream beside its datagrams: what is due on each, and when one
// is used instead of the other.
#pragma once

#include <jamnet/toast/link.hpp>

namespace jamnet::inline v0::toast {

// What acknowledges goes where that came which it is about: the other way may be closed.
inline bool link::goes(frame_type t, bool beside) const noexcept {
  if (!beside_.is_trusted()) return !beside;
  const bool answers = t == type::acknowledge && events_came_beside_;
  return beside == (answers || beside_.takes_all() || way_of(t) == way::stream);
}

inline host_time link::due(bool beside, const event_log& log) const noexcept {
  if (beside && !beside_.is_open()) return seeks_stream() ? beside_.hello_at() : host_time::max();
  if (beside && beside_.is_held()) return host_time::max();
  if (beside ? beside_.welcome_due : welcome_due_) return host_time::min();
  host_time at = beside ? beside_.report_at() : heartbeat_at_;
  const auto add = [&](frame_type t, host_time when) {
    if (when < at && goes(t, beside)) at = when;
  };
  const auto now_if = [](bool is_due) { return is_due ? host_time::min() : host_time::max(); };
  add(type::clock_master, now_if(claim_due_));
  add(type::clock_answer, now_if(question_count_ > 0));
  add(type::bye, now_if(bye_due_));
  add(type::transport, transport_at_);
  add(type::midi, sent_.deadline(log));
  add(type::acknowledge, came_.due());
  return at;
}

// When the ways change if nothing comes: the stream is silent, or nothing is acknowledged.
inline host_time link::turns_at() const noexcept {
  if (!beside_.is_trusted()) return host_time::max();
  const host_time silent = beside_.trusted_until();
  if (beside_.takes_all()) return silent;
  if (bye_due_) return host_time::min();
  if (sent_.waits_since() == host_time::max()) return silent;
  const auto most = std::max(stream_beside::patience, 3 * sent_.round_trip().longest());
  return std::min(silent, sent_.waits_since() + most);
}

inline void link::turn(host_time now) noexcept {
  if (now < turns_at()) return;
  if (now >= beside_.trusted_until()) beside_.fell_silent();
  divert(beside_.is_trusted(), now);
}

inline void link::divert(bool all, host_time now) noexcept {
  if (all == beside_.takes_all()) return;
  beside_.divert(all);
  sent_.go_by_stream(all, now);
}

// Whether the link is to see it, too. Whose stream it is was settled by HELO. What is wrong with
// the stream is none of the link's business.
inline bool link::take_beside(const frame& f, host_time now) noexcept {
  if (f.type == type::welcome) {
    const auto w = decode_welcome(as_text(f.payload));
    if (w && w->attempt == attempt_ && !beside_.is_open()) beside_.stands(now);
    return false;
  }
  if (f.type == type::error) {
    const auto r = decode_refusal(as_text(f.payload));
    if (r && r->code == errc::not_admitted && beside_.is_open()) return true;
    lose_beside(now);
    return false;
  }
  if (beside_.is_open()) beside_.heard(now);
  return beside_.is_open();
}

} // namespace jamnet::inline v0::toast
