// SPDX-License-Identifier: MIT
//
// Events of a peer: numbered and remembered as they leave; judged, ordered and delivered as they
// come; ended when their sender can no longer end them.
#pragma once

#include <jamnet/session/peer.hpp>

namespace jamnet::inline v0 {

inline bool peer::send(const ump& packet, session_time at, host_time now) {
  if (!arbiter_.synchronised()) return false;
  const auto short_by = detail::wrapping_difference(clock().to_session(now) + latency(), at);
  const bool irregular = short_by > nanoseconds{1'000'000}; // the others must not take it for delay
  const bool news = irregular && now >= irregular_until_;
  if (irregular) irregular_until_ = now + forget_after;
  std::array<char, jsonmidi::max_encoded_size> line;
  const auto text = jsonmidi::encode({at, log_.next(), packet}, line);
  log_.append(as_bytes(text), ends_note(packet));
  state_.observe(packet);
  group_.played(now);
  if (news) group_.report_now();
  ++statistics_.events_sent;
  members_.touch_all([&](member& m) {
    if (news) m.link.report_now();
  });
  return true;
}

inline void peer::take_lines(member& m, bytes_view ndjson, host_time now) {
  while (!ndjson.empty()) {
    const auto end = std::find(ndjson.begin(), ndjson.end(), std::uint8_t{'\n'});
    const auto size = static_cast<std::size_t>(end - ndjson.begin());
    if (size > 0) take_line(m, ndjson.first(size), now);
    ndjson = ndjson.subspan(std::min(size + 1, ndjson.size()));
  }
}

// The line's first packet shows its number, and that decides the fate of the whole line.
inline void peer::take_line(member& m, bytes_view line, host_time now) {
  using verdict = toast::event_window::verdict;
  auto& window = m.link.window();
  bool first = true;
  auto fate = verdict::refused;
  const auto mark = detail::find_recall(as_text(line));
  const auto packets = jsonmidi::decode_packets(as_text(line), [&](const midi_event& e) {
    if (first && e.seq != midi_event::no_seq) fate = window.offer(e.seq, line.size());
    if (first && fate == verdict::hold) window.hold(e.seq, line);
    if (first && e.seq == midi_event::no_seq) ++statistics_.lines_refused;
    if (fate == verdict::deliver) deliver(m, e, mark, now);
    first = false;
  });
  if (!packets) ++statistics_.lines_refused;
  if (fate == verdict::duplicate) ++statistics_.duplicates_dropped;
  if (fate == verdict::deliver) take_held(m, now);
}

inline void peer::take_held(member& m, host_time now) {
  bytes_view line;
  while (m.link.window().pop_ready(line)) {
    const auto mark = detail::find_recall(as_text(line));
    const auto packets = jsonmidi::decode_packets(
        as_text(line), [&](const midi_event& e) { deliver(m, e, mark, now); });
    JAMNET_EXPECTS(packets); // it was decoded when it came
  }
}

inline void peer::gave_up(member& m, std::uint64_t seq_low, host_time now) {
  const std::uint64_t before = m.link.window().lost();
  while (m.link.window().skip_below(seq_low)) {
    release(m, now); // what was lost may have been a note's end
    take_held(m, now);
  }
  const std::uint64_t lost = m.link.window().lost() - before;
  statistics_.events_lost += lost;
  if (lost > 0) tell(peer_change::lost_events, &m, {}, lost);
}

inline std::uint64_t peer::backlog() const noexcept {
  std::uint64_t most = 0;
  for (const auto& m : members_)
    if (m->link.is_open()) most = std::max(most, m->link.sent().backlog(log_));
  return most;
}

inline void peer::watch_redundancy(member& m) {
  const unsigned repeats = m.link.sent().redundancy().repeats();
  if (std::exchange(m.repeats, repeats) != repeats)
    tell(peer_change::repeats_changed, &m, {}, repeats);
}

inline void peer::deliver(member& m, const midi_event& e, const detail::recall_mark& mark,
                          host_time now) {
  if (!m.may_play) {
    ++statistics_.events_denied;
    return;
  }
  if (mark.count > 0) return take_recalled(m, e, mark, now);
  m.notes.observe(e.packet);
  m.controls.observe(e.packet);
  const session_time here = clock().to_session(now);
  const bool late = arbiter_.synchronised() && e.time < here;
  const nanoseconds lead{static_cast<std::int64_t>(m.link.report().lead_ns)};
  const session_time played{detail::wrapping_sum(e.time.time_since_epoch(), -lead)};
  const bool live = lead > nanoseconds{0} && played <= here; // later: it was planned, not played
  if (live && arbiter_.synchronised()) {
    m.transit.arrived(played, here);
    m.plays = true;
  }
  ++statistics_.events_received;
  statistics_.events_late += late ? 1u : 0u;
  on_event_(received_event{e, m.link.peer(), late, false, false});
}

inline errc peer::direct(const jsonmidi::transport_command& command, host_time now) {
  return detail::transport_desk{*this, now}.ask(command);
}

} // namespace jamnet::inline v0
