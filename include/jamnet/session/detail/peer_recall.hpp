// SPDX-License-Identifier: MIT
//
// Agreement on what is held and set. Who had to reset what a peer plays, because it fell silent or
// events of it were lost, or who came when it had played already, says so in each heartbeat; the
// player then numbers its state among its events, as lines that only those take who lack it. So
// the state needs no recovery of its own, and it stands among the events exactly where it is true.
#pragma once

#include <jamnet/session/peer.hpp>

namespace jamnet::inline v0 {

// Notes end, and what was held is let go, in the name of who cannot do it; then this peer lacks
// what that one goes on with.
inline void peer::release(member& m, host_time now) {
  const session_time at = clock().to_session(now);
  const auto sink = [&](const ump& packet) {
    on_event_(received_event{{at, midi_event::no_seq, packet}, m.link.peer(), false, true, false});
  };
  m.notes.release_all(sink);
  m.controls.release_all(sink);
  lacks_state(m);
}

inline void peer::lacks_state(member& m) noexcept {
  m.recall.next = none_recalled;
  m.link.ask_state(true);
}

// Somebody lacks our state. Who asks again and again, though it got it, is served ever more seldom.
inline void peer::asked_for_state(member& m, host_time now) {
  if (!arbiter_.synchronised() || recall_at_ != host_time::max()) return;
  // It is on its way; or so much else is that it would push events out of the log.
  if (m.link.sent().low(log_) < recalled_until_ || m.link.sent().backlog(log_) > 256) return;
  if (now - m.recall.asked_at > nanoseconds{60'000'000'000}) m.recall.tries = toast::back_off{};
  if (now < m.recall.after) return;
  m.recall.asked_at = now;
  m.recall.after = m.recall.tries.next(now);
  recall_at_ = std::max(now, recalled_at_ + recall_interval);
}

inline void peer::recall(host_time now) {
  recall_at_ = host_time::max();
  if (!arbiter_.synchronised()) return;
  recalled_at_ = now;
  const auto count = static_cast<unsigned>(std::min(state_.size(), recall_limit - 1)) + 1;
  const session_time at = clock().to_session(now) + latency();
  unsigned index = 0;
  const auto put = [&](const ump& packet) {
    if (index == count) return;
    std::array<char, jsonmidi::max_encoded_size + 32> line;
    const auto text = jsonmidi::encode({at, log_.next(), packet}, line);
    log_.append(as_bytes(detail::mark_recall(line, text.size(), {index++, count})), false);
  };
  put(ump{}); // a no-operation: nothing is a state too
  state_.for_each(put);
  recalled_until_ = log_.next();
  ++statistics_.recalls_sent;
  members_.touch_all([](member&) {});
}

// Only whole states count: of one whose beginning is missing, nothing is taken.
inline void peer::take_recalled(member& m, const midi_event& e, const detail::recall_mark& mark,
                                host_time now) {
  if (!m.link.asks_state() || (mark.index != 0 && mark.index != m.recall.next)) return;
  m.recall.next = mark.index + 1;
  const unsigned note = e.packet.byte(2) & 0x7fu, channel = (e.packet.status() & 15u) + 1;
  const bool sounds = starts_note(e.packet) && m.notes.sounds(e.packet.group(), channel, note);
  if (e.packet.type() != ump_type::utility && !sounds) {
    m.notes.observe(e.packet);
    m.controls.observe(e.packet);
    ++statistics_.events_recalled;
    const bool late = e.time < clock().to_session(now);
    on_event_(received_event{e, m.link.peer(), late, false, true});
  }
  if (m.recall.next == mark.count) m.link.ask_state(false);
}

} // namespace jamnet::inline v0
