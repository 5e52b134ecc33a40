// SPDX-License-Identifier: MIT
//
// What a link lays into its datagrams, and in which order.
#pragma once

#include <jamnet/toast/link.hpp>

namespace jamnet::inline v0::toast {

// Padded, so that an answer never makes a stranger's datagram grow.
inline void link::write_hello(outlet& to, host_time now, hello h, bool pad) noexcept {
  h.attempt = attempt_;
  h.seq_next = seq_first_;
  if (detached_) h.resume = came_.window().next();
  h.cookie = cookie_;
  auto size = encode(h, to.text_room()).size();
  for (; pad && !is_stream() && size < hello_padding; ++size) to.room()[size] = ' ';
  to.close(type::hello, size);
  hello_at_ = detached_ ? back_off_.next(now) : now + hello_interval;
}

// Whose stream it is. On one connection it is said again only after a while.
inline void link::write_stream_hello(outlet& to, hello h) noexcept {
  h.attempt = attempt_;
  h.seq_next = seq_first_;
  h.beside = beside_.key();
  to.json(type::hello, h);
}

// Names as many of the others as fit.
inline void link::write_welcome(outlet& to, const hello& self,
                                std::span<const known_peer> others) noexcept {
  welcome w{version_, self.session, self.peer, self.name, can_, attempt_, seq_first_, {}, 0};
  for (const known_peer& p : others)
    if (p.peer != peer_ && w.peer_count < w.peers.size()) w.peers[w.peer_count++] = p;
  if (resumes_) w.resume = came_.window().next();
  w.tcp = self.tcp;
  if (beside_.port() == 0) w.beside = beside_.key();
  while (!to.json(type::welcome, w) && w.peer_count > 0) --w.peer_count;
  (wrote_beside_ ? beside_.welcome_due : welcome_due_) = false;
}

// The claim introduces others, in turn.
inline void link::write_claim(outlet& to, clock_claim claim,
                              std::span<const known_peer> others) noexcept {
  for (std::size_t i = 0; i < others.size() && claim.peer_count < claim.peers.size(); ++i) {
    const known_peer& next = others[introduced_++ % others.size()];
    if (next.peer != peer_) claim.peers[claim.peer_count++] = next;
  }
  claim_due_ = !to.json(type::clock_master, claim);
}

inline std::size_t link::write(std::span<std::uint8_t> out, host_time now, const sender_view& self,
                               const event_log& log, std::span<const known_peer> others,
                               bool ask) noexcept {
  turn(now);
  ask = ask && is_ready();
  if (!ask && deadline(log) > now) return 0;
  const bool beside = is_open() && beside_.is_wanted() &&
                      (ask ? goes(type::clock_question, true) : due(true, log) <= now);
  wrote_beside_ = beside;
  if (!is_stream() && !beside) out = out.first(std::min(out.size(), self.datagram_limit));
  const auto stamp =
      self.synchronised ? self.clock(now).time_since_epoch().count() : not_synchronised;
  const bool hello = phase_ == phase::opening || detached_;
  if (hello) sequence_out_ = 0;
  if (beside && !beside_.is_open()) beside_.asked({where_.ip, beside_.port(), carrier::tcp}, now);
  outlet to = beside ? outlet{out, stamp, beside_.sequence_out, beside_.frames_out}
                     : outlet{out, stamp, sequence_out_, statistics_.frames_out};
  if (!is_stream() && !beside)
    to.binary(type::peer, peer_header{self.self.session, self.self.peer, peer_});
  if (hello)
    write_hello(to, now, self.self, self.pads_hello);
  else if (beside && !beside_.is_open())
    write_stream_hello(to, self.self);
  else
    write_due(to, now, self, log, others, ask);
  return to.size() > 0 ? wrote(to) : 0;
}

// All that is due by this way.
inline void link::write_due(outlet& to, host_time now, const sender_view& self,
                            const event_log& log, std::span<const known_peer> others,
                            bool ask) noexcept {
  const bool beside = wrote_beside_;
  const std::size_t nothing = to.size();
  if (beside ? beside_.welcome_due : welcome_due_) write_welcome(to, self.self, others);
  // Time first: what waits behind other frames would be measured as network delay.
  if (ask) to.binary(type::clock_question, clock_question{now});
  if (goes(type::clock_answer, beside)) {
    for (std::size_t i = 0; i < question_count_ && self.synchronised; ++i)
      to.binary(type::clock_answer,
                clock_answer{questions_[i].asked, self.clock(questions_[i].received),
                             self.clock(now), self.bound_ns, self.hops});
    question_count_ = 0;
  }
  if (claim_due_ && goes(type::clock_master, beside)) write_claim(to, self.claim, others);
  if (now >= transport_at_ && goes(type::transport, beside)) write_transport(to, self);
  if (came_.due() != host_time::max() && goes(type::acknowledge, beside) &&
      to.json(type::acknowledge, came_.report(now)))
    came_.reported(now);
  const bool plays = goes(type::midi, beside);
  if ((beside ? now >= beside_.report_at() : now >= heartbeat_at_) || (plays && sent_.forgets(log)))
    write_report(to, now, self, log);
  if (const auto size = plays ? sent_.fill(log, now, to.room()) : 0; size > 0)
    to.close(type::midi, size);
  if (to.size() == nothing && !beside) write_report(to, now, self, log);
  if (bye_due_ && goes(type::bye, beside) && sent_.all_sent(log) && to.json(type::bye, goodbye{}))
    phase_ = phase::closed;
}

// What does not fit behind other frames comes first in the next datagram.
inline void link::write_transport(outlet& to, const sender_view& self) noexcept {
  const auto lines = as_bytes(self.transport_lines);
  if (to.room().size() < lines.size()) return;
  if (!lines.empty()) {
    std::copy(lines.begin(), lines.end(), to.room().begin());
    to.close(type::transport, lines.size());
  }
  transport_at_ = host_time::max();
}

inline void link::write_report(outlet& to, host_time now, const sender_view& self,
                               const event_log& log) noexcept {
  heartbeat report{sent_.low(log),         log.next(),           self.late,
                   self.bound_ns,          self.wish_ns,         self.lead_ns,
                   self.synchronised,      came_.lost(),         asks_state_,
                   came_.hears_group(now), came_.window().next()};
  report.transport = self.transport;
  if (wrote_beside_) report.heard = newest_in_;
  report.answer = asks_sign_ && !wrote_beside_;
  report.group_lost = came_.group_lost();
  if (!to.json(type::heartbeat, report)) return;
  if (wrote_beside_)
    beside_.reported(now, self.heartbeat);
  else
    asks_sign_ = false, heartbeat_at_ = now + self.heartbeat;
}

} // namespace jamnet::inline v0::toast
