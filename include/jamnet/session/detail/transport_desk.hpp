// SPDX-License-Identifier: MIT
//
// The session's transport among its members: who decides, who is told, and when again.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/bytes.hpp>
#include <jamnet/core/errc.hpp>
#include <jamnet/sync/clock_drift_arbiter.hpp>
#include <jamnet/toast/link.hpp>
#include <jamnet/transport/shared_transport.hpp>

namespace jamnet::inline v0::detail {

/// What a peer does at `now` about the transport: [net-thread], and but for write() and wrote(),
/// which are [rt-safe], [allocates].
template <class Peer>
class transport_desk {
public:
  using member = typename Peer::member;

  transport_desk(Peer& owner, host_time now) noexcept : peer_{owner}, now_{now} {}

  [[nodiscard]] errc ask(const jsonmidi::transport_command& c) {
    if (!peer_.arbiter_.synchronised() || peer_.left_) return errc::refused;
    const bool here = decides();
    if (here && !quorate()) return errc::no_quorum;
    const errc why = peer_.transport_.ask(c, time(), here);
    if (why == errc{}) here ? spread() : ask_master();
    return why;
  }

  void heard(member& m, bytes_view lines) {
    const auto message = decode_transport_message(as_text(lines));
    if (!message) {
      ++peer_.statistics_.transport_refused;
      return;
    }
    const commit_stamp before = peer_.transport_.stamp();
    if (message->state) {
      m.transport.has = message->state->stamp;
      m.link.report_now(); // in which it sees what we have
      if (!m.may_conduct)
        ++peer_.statistics_.claims_denied;
      else if (peer_.arbiter_.synchronised()) // else it comes again
        peer_.transport_.hear(*message->state, time());
    }
    if (message->answer && is_master(m)) peer_.transport_.hear(*message->answer, time());
    if (message->proposal_count > 0 && decides()) {
      const errc obstacle = !m.may_conduct ? errc::not_admitted
                            : quorate()    ? errc{}
                                           : errc::no_quorum;
      for (std::size_t i = 0; i < message->proposal_count; ++i)
        peer_.transport_.hear(m.transport, m.link.peer(), message->proposals[i], time(), obstacle);
      tell(m);
    }
    if (peer_.transport_.stamp() != before) spread();
  }

  // Who decided tells all, again and again. Anybody tells who lacks it for longer than that takes:
  // the one who decided may be gone.
  void heard_report(member& m) {
    m.transport.has = m.link.report().transport;
    if (m.link.transport_at() != host_time::max()) return;
    const bool lacks = peer_.transport_.stamp() > m.transport.has;
    const bool long_since = time() - peer_.transport_.stamp().time > peer_.heartbeat_ &&
                            now_ - m.whole_since > peer_.heartbeat_;
    m.transport.lacks = m.transport.lacks || (lacks && long_since);
    if ((lacks && (long_since || spreads())) || (is_master(m) && peer_.transport_.is_waiting()))
      tell(m);
  }

  /// The session has another master, or none: who it is may not know yet what this peer does.
  void master_changed() {
    if (decides()) {
      if (quorate()) peer_.transport_.decide_waiting(time());
      return spread();
    }
    if (member* const m = peer_.find(peer_.last_master_)) {
      m->transport.lacks = true;
      tell(*m);
    }
  }
  void watch_clock() {
    constexpr nanoseconds jump{1'000'000};
    const auto old = peer_.shared_clock_->read();
    if (!old.synchronised() || !peer_.was_synchronised_ || !peer_.transport_.stamp()) return;
    const auto by = wrapping_difference(time(), old.to_session(now_));
    if (by > jump || by < -jump) peer_.transport_.jumped(old.to_session(now_), time());
  }
  /// This peer is in another session.
  void begin_anew() {
    peer_.transport_.join(peer_.self_.session, time());
    peer_.members_.touch_all([](member& m) { m.transport = {}; });
  }
  /// Somebody vanished. Among too few it still counts: they must not decide because it is
  /// forgotten.
  void misses(const member& m) {
    constexpr std::size_t most = 1'024;
    if (!quorate() && peer_.missed_.size() < most) peer_.missed_.push_back(m.link.peer());
  }

  /// What there is to tell; if nothing, nothing is due.
  [[nodiscard]] shared_transport::told_lines write(member& m, std::span<char> out) noexcept {
    constexpr auto front = 2 * toast::frame_overhead + toast::peer_header::size;
    const auto room = toast::datagram_limit - peer_.options_.headroom - front;
    shared_transport::told_lines told;
    if (can(m))
      told = peer_.transport_.write(m.transport, is_master(m), spreads(),
                                    out.first(std::min(out.size(), room)));
    if (told.lines.empty()) {
      m.link.transport_by(host_time::max());
      m.transport.wait = nanoseconds{0};
    }
    return told;
  }
  /// Perhaps it left. It goes again later, unless nothing is to be told by then; a stream loses
  /// nothing but when it ends.
  void wrote(member& m, const shared_transport::told_lines& told) noexcept {
    if (m.link.transport_at() != host_time::max()) return;
    shared_transport::wrote(m.transport, told);
    const bool stream = m.link.is_stream() || m.link.beside().is_trusted();
    const nanoseconds first = stream ? Peer::heartbeat : m.link.sent().round_trip().longest();
    m.transport.told_at = now_;
    m.transport.wait =
        std::clamp(2 * m.transport.wait, std::min(first, Peer::heartbeat), Peer::heartbeat);
    m.link.transport_by(now_ + m.transport.wait);
  }

private:
  /// Somebody turns a knob: of many changes in a row each is told the latest.
  static constexpr nanoseconds rest{10'000'000};

  [[nodiscard]] session_time time() const noexcept { return peer_.clock().to_session(now_); }
  [[nodiscard]] static bool can(const member& m) noexcept {
    const auto transport = static_cast<toast::capabilities>(toast::capability::transport);
    return m.link.is_open() && (m.link.can() & transport) != 0;
  }
  [[nodiscard]] bool is_master(const member& m) const noexcept {
    return m.link.is_open() && m.link.peer() == peer_.arbiter_.master();
  }
  // The master; under one that knows no transport, everybody.
  [[nodiscard]] bool decides() const noexcept {
    if (peer_.arbiter_.role() == arbiter_role::master) return true;
    return std::any_of(peer_.members_.begin(), peer_.members_.end(),
                       [&](const auto& m) { return is_master(*m) && !can(*m); });
  }
  [[nodiscard]] bool spreads() const noexcept {
    return peer_.transport_.stamp().by == peer_.self_.peer || decides();
  }
  // Whether more than half are heard of those who were here when that was last so.
  [[nodiscard]] bool quorate() {
    if (!peer_.options_.transport.quorum) return true;
    std::size_t heard = 1, all = 1 + peer_.missed_.size();
    for (const auto& m : peer_.members_) {
      if (!m->joined) continue;
      ++all;
      heard += m->silent ? 0u : 1u;
    }
    if (2 * heard <= all) return false;
    peer_.missed_.clear();
    return true;
  }
  void tell(member& m) {
    if (!can(m)) return;
    m.transport.wait = nanoseconds{0};
    m.link.transport_by(m.transport.told_at + rest);
  }
  void spread() {
    if (!spreads()) return;
    peer_.members_.touch_all([&](member& m) {
      if (peer_.transport_.stamp() > m.transport.has) tell(m);
    });
  }
  void ask_master() {
    if (member* const m = peer_.find(peer_.arbiter_.master())) tell(*m);
  }

  Peer& peer_;
  host_time now_;
};

} // namespace jamnet::inline v0::detail
