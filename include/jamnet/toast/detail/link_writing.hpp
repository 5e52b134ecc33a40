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

// Names as many of the others as fit.
inline void link::write_welcome(outlet& to, const hello& self,
                                std::span<const known_peer> others) noexcept {
  welcome w{version_, self.session, self.peer, self.name, can_, attempt_, seq_first_, {}, 0};
  for (const known_peer& p : others)
    if (p.peer != peer_ && w.peer_count < w.peers.size()) w.peers[w.peer_count++] = p;
  if (resumes_) w.resume = came_.window().next();
  while (!to.json(type::welcome, w) && w.peer_count > 0) --w.peer_count;
  welcome_due_ = false;
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
  if (!(ask && is_ready()) && deadline(log) > now) return 0;
  if (!is_stream()) out = out.first(std::min(out.size(), self.datagram_limit));
  const auto stamp =
      self.synchronised ? self.clock(now).time_since_epoch().count() : not_synchronised;
  const bool hello = phase_ == phase::opening || detached_;
  if (hello) sequence_out_ = 0;
  outlet to{out, stamp, sequence_out_, statistics_.frames_out};
  if (!is_stream()) to.binary(type::peer, peer_header{self.self.session, self.self.peer, peer_});
  if (hello) {
    write_hello(to, now, self.self, self.pads_hello);
    return wrote(to);
  }
  const std::size_t nothing = to.size();
  if (welcome_due_) write_welcome(to, self.self, others);
  // Time first: what waits behind other frames would be measured as network delay.
  if (ask) to.binary(type::clock_question, clock_question{now});
  for (std::size_t i = 0; i < question_count_ && self.synchronised; ++i)
    to.binary(type::clock_answer,
              clock_answer{questions_[i].asked, self.clock(questions_[i].received), self.clock(now),
                           self.bound_ns, self.hops});
  question_count_ = 0;
  if (claim_due_) write_claim(to, self.claim, others);
  if (came_.due() != host_time::max() && to.json(type::acknowledge, came_.report(now)))
    came_.reported(now);
  const auto write_report = [&] {
    const heartbeat report{sent_.low(log),         log.next(),           self.late,
                           self.bound_ns,          self.wish_ns,         self.lead_ns,
                           self.synchronised,      came_.lost(),         asks_state_,
                           came_.hears_group(now), came_.window().next()};
    if (to.json(type::heartbeat, report)) heartbeat_at_ = now + self.heartbeat;
  };
  if (reports(now) || sent_.forgets(log)) write_report();
  if (const auto size = sent_.fill(log, now, to.room()); size > 0) to.close(type::midi, size);
  if (to.size() == nothing) write_report();
  if (bye_due_ && sent_.all_sent(log) && to.json(type::bye, goodbye{})) phase_ = phase::closed;
  return wrote(to);
}

} // namespace jamnet::inline v0::toast
