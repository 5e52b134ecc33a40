// SPDX-License-Identifier: MIT
//
// One peer's end of the link to one other peer, without any I/O: frames and the time go in
// through receive(), datagrams come out of write(), and deadline() says when to call it next.
//
// The link opens and closes, answers clock questions, acknowledges and repeats events, keeps
// itself alive and notices silence. What frames mean beyond that is its handler's business:
//
//     struct handler {
//       void opened(const welcome&);                       // our HELO was accepted
//       void closed(const refusal&);                       // BYE_ (errc{}) or ERRO
//       void clock_answered(const clock_answer&, host_time arrived);
//       void claimed(const clock_claim&, session_time sender_now, bool sender_synchronised);
//       void midi(bytes_view ndjson, host_time now);       // lines; offer each to window()
//       void transport(bytes_view ndjson, host_time now);  // lines
//       void gave_up(std::uint64_t seq_low, host_time now); // the sender keeps nothing below
//     };
//
// A link of datagrams may have a stream beside it (toast/stream_beside.hpp): then what comes by it
// goes through receive() too, and destination() says where what was written goes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <jamnet/toast/back_off.hpp>
#include <jamnet/toast/clock_messages.hpp>
#include <jamnet/toast/detail/frame_outlet.hpp>
#include <jamnet/toast/event_log.hpp>
#include <jamnet/toast/frame.hpp>
#include <jamnet/toast/handshake.hpp>
#include <jamnet/toast/link_quality.hpp>
#include <jamnet/toast/peer_header.hpp>
#include <jamnet/toast/receive_state.hpp>
#include <jamnet/toast/reports.hpp>
#include <jamnet/toast/send_state.hpp>
#include <jamnet/toast/sender_view.hpp>
#include <jamnet/toast/stream_beside.hpp>

namespace jamnet::inline v0::toast {

class link {
public:
  enum class phase : std::uint8_t { opening, open, closed };

  static constexpr nanoseconds hello_interval{250'000'000}, open_limit{5'000'000'000},
      stream_patience{2'000'000'000};

  /// Opens a link to whoever is at `where`; our events will count from `seq_next`.
  link(const address& where, std::uint32_t attempt, std::uint64_t seq_next, host_time now,
       const send_limits& limits = {})
      : where_{where},
        attempt_{attempt},
        phase_{phase::opening},
        opener_{true},
        back_off_{attempt, stream_patience},
        beside_{attempt},
        seq_first_{seq_next},
        came_{is_stream()},
        sent_{seq_next, is_stream(), limits},
        born_{now},
        heard_{now},
        hello_at_{now} {}
  /// Accepts the link that `from` asks to open; our events will count from `seq_next`.
  link(const hello& from, const address& where, std::uint32_t version, capabilities can,
       std::uint64_t seq_next, host_time now, const send_limits& limits = {})
      : where_{where},
        peer_{from.peer},
        name_{from.name},
        attempt_{from.attempt},
        can_{can},
        version_{version},
        phase_{phase::open},
        welcome_due_{true},
        seq_first_{seq_next},
        came_{is_stream(), from.seq_next},
        sent_{seq_next, is_stream(), limits},
        born_{now},
        heard_{now} {}

  /// Takes a frame that came from this link's peer and is meant for us alone: no ANNO and no HELO,
  /// which also those send who know nothing of the link. It arrived `waited` before `now`,
  /// by datagrams or by the stream beside them. [net-thread] [rt-safe] but for the handler
  template <class Handler>
  void receive(const frame& f, host_time now, Handler&& handler, nanoseconds waited = {},
               way by = way::datagrams);

  /// Writes what is due into `out`: one datagram, or for a stream as many frames as fit. With
  /// `ask`, a clock question is among them, stamped `now`. Returns the size, 0 for nothing. It
  /// goes to destination().
  /// [net-thread] [rt-safe] O(out)
  [[nodiscard]] std::size_t write(std::span<std::uint8_t> out, host_time now,
                                  const sender_view& self, const event_log& log,
                                  std::span<const known_peer> others, bool ask) noexcept;
  /// Where what was written last goes. [net-thread] [rt-safe] O(1)
  [[nodiscard]] const address& destination() const noexcept {
    return wrote_beside_ ? beside_.where() : where_;
  }

  /// Whether the next write() names some of the others. [net-thread] [rt-safe] O(1)
  [[nodiscard]] bool introduces() const noexcept { return welcome_due_ || claim_due_; }
  /// Whether it holds a heartbeat for certain. [net-thread] [rt-safe] O(1)
  [[nodiscard]] bool reports(host_time now) const noexcept {
    return now >= std::min(heartbeat_at_, beside_.report_at());
  }

  /// When write() next has something to give. [net-thread] [rt-safe] O(1)
  [[nodiscard]] host_time deadline(const event_log& log) const noexcept;

  /// Has the master's claim sent with the next datagram, which is due at once.
  void announce() noexcept { claim_due_ = true; }
  /// Has a heartbeat sent at once, ahead of the next events, or by then at the latest.
  void report_now() noexcept { heartbeat_at_ = host_time::min(); }
  void report_by(host_time then) noexcept { heartbeat_at_ = std::min(heartbeat_at_, then); }
  /// Has TRAN sent by then, with the lines that write() is given; host_time::max(): not at all.
  void transport_by(host_time then) noexcept { transport_at_ = then; }
  [[nodiscard]] host_time transport_at() const noexcept { return transport_at_; }
  /// Says BYE_ behind the last events and is closed then; at once if it was never open. Where a
  /// stream is beside it, it takes the last events too, so that they arrive.
  void leave() noexcept {
    if (phase_ == phase::opening || detached_) phase_ = phase::closed;
    bye_due_ = true;
    sent_.hurry();
  }
  /// A heartbeat at once that asks for one.
  void ask_sign() noexcept { asks_sign_ = true, report_now(); }
  /// Says in each heartbeat that this side lacks the other's state; and one goes out at once.
  void ask_state(bool lacks) noexcept {
    if (lacks) report_now();
    asks_state_ = lacks;
  }
  [[nodiscard]] bool asks_state() const noexcept { return asks_state_; }
  /// Repeats WELC: the peer did not get it.
  void welcome_again() noexcept { welcome_due_ = true; }
  void close() noexcept { phase_ = phase::closed; }

  /// Its stream has ended; nothing is lost by that. Who opened the link tries again from time to
  /// time, the other waits to be found. [net-thread] [rt-safe] O(1)
  void lose_stream(host_time now) noexcept {
    detached_ = true;
    held_ = false;
    if (opener_) hello_at_ = back_off_.next(now);
    if (bye_due_) phase_ = phase::closed;
  }
  /// Its peer goes on at `where`, and expects our event `next`. [net-thread] [rt-safe] O(n)
  void resume(const address& where, std::uint64_t next, host_time now) noexcept {
    where_ = where;
    resumed(next, now);
    sequence_out_ = 0;
    welcome_due_ = resumes_ = true;
  }
  /// Its stream does not take more for now, or does again: nothing is written meanwhile.
  void hold(bool held) noexcept { held_ = held; }

  /// The stream beside its datagrams: who knows `key` may bring one from now on; the other side
  /// takes one at this port; one was brought; it has ended; it does not take more for now.
  void await_stream(cookie key) noexcept { beside_.await(key); }
  void seek_stream(cookie key, std::uint16_t port, host_time now) noexcept {
    beside_.seek(key, port, now);
  }
  void bring_stream(const address& from, host_time now) noexcept {
    divert(false, now);
    beside_.brought(from, now);
  }
  void lose_beside(host_time now) noexcept {
    divert(false, now);
    beside_.lost(now);
  }
  void hold_beside(bool held) noexcept { beside_.hold(held); }
  [[nodiscard]] const stream_beside& beside() const noexcept { return beside_; }
  /// The peer is elsewhere now.
  void move(const address& to) noexcept { where_ = to; }
  /// Its datagrams take another way; those under way to it may be lost.
  /// [net-thread] [rt-safe] O(n)
  void reroute(bool direct, host_time now) noexcept {
    relayed_ = !direct;
    if (relayed_) sent_.send_again(now);
    report_now();
  }

  [[nodiscard]] const address& where() const noexcept { return where_; }
  [[nodiscard]] peer_id peer() const noexcept { return peer_; }
  [[nodiscard]] const short_text& name() const noexcept { return name_; }
  [[nodiscard]] std::uint32_t attempt() const noexcept { return attempt_; }
  [[nodiscard]] phase state() const noexcept { return phase_; }
  [[nodiscard]] bool is_open() const noexcept { return phase_ == phase::open; }
  [[nodiscard]] bool is_stream() const noexcept { return where_.via == carrier::tcp; }
  [[nodiscard]] bool is_opener() const noexcept { return opener_; }
  [[nodiscard]] bool is_relayed() const noexcept { return relayed_; }   ///< goes through a relay
  [[nodiscard]] bool is_detached() const noexcept { return detached_; } ///< without its stream
  /// Whether what is written now would leave.
  [[nodiscard]] bool is_ready() const noexcept {
    return is_open() && !detached_ && !held_ && !(beside_.takes_all() && beside_.is_held());
  }
  [[nodiscard]] host_time born() const noexcept { return born_; }
  [[nodiscard]] host_time heard() const noexcept { return heard_; } ///< the last sign of life
  [[nodiscard]] std::uint32_t version() const noexcept { return version_; }
  [[nodiscard]] capabilities can() const noexcept { return can_; } ///< what both can
  [[nodiscard]] receive_state& came() noexcept { return came_; }
  [[nodiscard]] event_window& window() noexcept { return came_.window(); }
  [[nodiscard]] const event_window& window() const noexcept { return came_.window(); }
  [[nodiscard]] send_state& sent() noexcept { return sent_; }
  [[nodiscard]] const send_state& sent() const noexcept { return sent_; }
  [[nodiscard]] heartbeat& report() noexcept { return report_; }
  [[nodiscard]] const heartbeat& report() const noexcept { return report_; }
  [[nodiscard]] const link_statistics& statistics() const noexcept { return statistics_; }
  /// [net-thread] [rt-safe] O(1)
  [[nodiscard]] link_quality quality() const noexcept { return sent_.quality(); }

private:
  struct question {
    host_time asked{}, received{};
  };
  using outlet = detail::frame_outlet;

  [[nodiscard]] bool goes(frame_type t, bool beside) const noexcept;
  [[nodiscard]] host_time due(bool beside, const event_log& log) const noexcept;
  [[nodiscard]] host_time turns_at() const noexcept;
  void turn(host_time now) noexcept;
  void divert(bool all, host_time now) noexcept;
  [[nodiscard]] bool take_beside(const frame& f, host_time now) noexcept;
  [[nodiscard]] bool seeks_stream() const noexcept {
    return phase_ == phase::open && !beside_.is_open() && beside_.port() != 0 &&
           where_.via == carrier::udp && !bye_due_;
  }
  void write_hello(outlet& to, host_time now, hello h, bool pad) noexcept;
  void write_stream_hello(outlet& to, hello h) noexcept;
  void write_due(outlet& to, host_time now, const sender_view& self, const event_log& log,
                 std::span<const known_peer> others, bool ask) noexcept;
  void write_report(outlet& to, host_time now, const sender_view& self,
                    const event_log& log) noexcept;
  void write_welcome(outlet& to, const hello& self, std::span<const known_peer> others) noexcept;
  void write_transport(outlet& to, const sender_view& self) noexcept;
  void write_claim(outlet& to, clock_claim claim, std::span<const known_peer> others) noexcept;

  template <class T, class F>
  void with(const result<T>& decoded, F&& use) {
    if (decoded)
      use(*decoded);
    else
      ++statistics_.frames_bad;
  }
  void resumed(std::uint64_t next, host_time now) noexcept {
    sent_.resume(next, now);
    came_.recount();
    detached_ = held_ = false;
    hello_at_ = host_time::max();
    heartbeat_at_ = host_time::min();
    back_off_.reset();
  }
  // HELO goes out again at once, but not more than twice as often for all who may say so.
  void bring_back(cookie c, host_time now) noexcept {
    if (std::exchange(cookie_, c) == c || now < prompt_at_) return;
    prompt_at_ = now + hello_interval;
    hello_at_ = now;
  }
  void answer_later(const clock_question& q, host_time now) noexcept {
    if (question_count_ < questions_.size()) questions_[question_count_++] = {q.asked, now};
  }
  void count(std::uint32_t sequence) noexcept {
    if (static_cast<std::int32_t>(sequence - newest_in_) > 0) newest_in_ = sequence;
    came_.count(sequence); // what came before the first was the opening
    statistics_.frames_missed = came_.missing();
  }
  void judge_ways(const heartbeat& h, host_time now) noexcept {
    const bool all_beside = beside_.judge(h.heard);
    divert(all_beside || bye_due_, now);
  }
  void counted(const loss_report& r, host_time now) noexcept {
    const auto datagrams = std::max<std::uint64_t>(statistics_.datagrams_out, 1);
    const auto frames = static_cast<double>(statistics_.frames_out);
    sent_.counted(r, std::max(frames / static_cast<double>(datagrams), 1.0), now);
  }
  [[nodiscard]] std::size_t wrote(const outlet& to) noexcept {
    if (!wrote_beside_) ++statistics_.datagrams_out;
    statistics_.bytes_out += to.size();
    return to.size();
  }

  address where_;
  peer_id peer_;
  short_text name_;
  std::uint32_t attempt_ = 0;
  cookie cookie_;                          // for HELO
  host_time prompt_at_ = host_time::min(); // when it may next go out ahead of its time
  capabilities can_ = 0;
  std::uint32_t version_ = 0;
  phase phase_;
  bool welcome_due_ = false, claim_due_ = false, bye_due_ = false;
  bool opener_ = false, detached_ = false, held_ = false, resumes_ = false;
  bool asks_state_ = false, asks_sign_ = false, wrote_beside_ = false, events_came_beside_ = false;
  bool relayed_ = where_.via == carrier::relayed;
  back_off back_off_;
  stream_beside beside_;
  std::uint32_t newest_in_ = 0; // of the frames that came by datagrams
  std::uint64_t seq_first_;     // what HELO or WELC says, however often it is repeated
  receive_state came_;
  send_state sent_;
  heartbeat report_;
  host_time born_, heard_, hello_at_ = host_time::max();
  host_time heartbeat_at_ = host_time::min(), transport_at_ = host_time::max();
  std::array<question, 4> questions_{};
  std::size_t question_count_ = 0;
  std::size_t introduced_ = 0; // counts on through the others
  std::uint32_t sequence_out_ = 0;
  link_statistics statistics_;
};

// ------------------------------------------------------------------------------------------------

template <class Handler>
void link::receive(const frame& f, host_time now, Handler&& handler, nanoseconds waited, way by) {
  const bool beside = by == way::stream;
  if (beside && !take_beside(f, now)) return;
  heard_ = now;
  ++statistics_.frames_in;
  statistics_.bytes_in += f.size();
  if (!beside) count(f.sequence);

  if (f.type == type::welcome) {
    with(decode_welcome(as_text(f.payload)), [&](const welcome& w) {
      if (w.attempt != attempt_) return;
      if (detached_ && w.resume != nothing_to_resume) return resumed(w.resume, now);
      if (phase_ != phase::opening) return;
      phase_ = phase::open;
      peer_ = w.peer;
      name_ = w.name;
      can_ = w.can;
      version_ = w.version;
      came_.restart(w.seq_next);
      hello_at_ = host_time::max();
      handler.opened(w);
    });
  } else if (f.type == type::challenge) {
    with(decode_challenge(as_text(f.payload)), [&](const challenge& c) {
      if (phase_ == phase::opening && c.attempt == attempt_) bring_back(c.cookie, now);
    });
  } else if (f.type == type::error) {
    with(decode_refusal(as_text(f.payload)), [&](const refusal& r) {
      phase_ = phase::closed;
      handler.closed(r);
    });
  } else if (phase_ != phase::open) {
    return; // what follows belongs to an open link
  } else if (f.type == type::bye) {
    phase_ = phase::closed;
    handler.closed(refusal{errc{}, "left"});
  } else if (f.type == type::clock_question) {
    with(decode_clock_question(f.payload), [&](const auto& q) { answer_later(q, now - waited); });
  } else if (f.type == type::clock_answer) {
    with(decode_clock_answer(f.payload),
         [&](const auto& a) { handler.clock_answered(a, now - waited); });
  } else if (f.type == type::clock_master) {
    with(decode_clock_claim(as_text(f.payload)), [&](const clock_claim& c) {
      handler.claimed(c, session_time{nanoseconds{f.timestamp}}, f.timestamp != not_synchronised);
    });
  } else if (f.type == type::midi) {
    handler.midi(f.payload, now);
    events_came_beside_ = beside;
    came_.came(now);
  } else if (f.type == type::transport) {
    handler.transport(f.payload, now);
  } else if (f.type == type::acknowledge) {
    with(decode_acknowledgement(as_text(f.payload)), [&](const acknowledgement& a) {
      sent_.heard(a, now);
      counted(a.lost, now);
    });
  } else if (f.type == type::heartbeat) {
    with(decode_heartbeat(as_text(f.payload)), [&](const heartbeat& h) {
      report_ = h;
      if (h.answer) report_now();
      if (beside) judge_ways(h, now);
      counted(h.lost, now);
      handler.gave_up(h.seq_low, now);
    });
  } else if (f.type != type::peer) {
    ++statistics_.frames_unknown;
  }
}

inline host_time link::deadline(const event_log& log) const noexcept {
  if (phase_ == phase::closed) return host_time::max();
  if (phase_ == phase::opening || detached_) return hello_at_;
  const host_time at = held_ ? host_time::max() : due(false, log);
  return beside_.is_wanted() ? std::min({at, due(true, log), turns_at()}) : at;
}

} // namespace jamnet::inline v0::toast

// By which way; and how datagrams are written.
#include <jamnet/toast/detail/link_ways.hpp>
#include <jamnet/toast/detail/link_writing.hpp>
