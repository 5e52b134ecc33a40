// SPDX-License-Identifier: MIT
//
// A member of a session, without any I/O: finds the others, opens links to them, agrees with them
// on the time, and exchanges events that carry the session time at which they sound.
//
// It is a state machine. Datagrams and the time go in through receive() and poll(), datagrams come
// out of write(), deadline() says when to come back. Whoever carries the datagrams and owns the
// clock makes it usable: native_peer (platform/native_peer.hpp) with sockets, sim_peers
// (testing/sim_peers.hpp) in virtual time. Everything is called from one thread, callbacks too;
// they may call what is for the user, but not what is for the carrier.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <jamnet/core/callback.hpp>
#include <jamnet/core/random.hpp>
#include <jamnet/jsonmidi/decode.hpp>
#include <jamnet/jsonmidi/encode.hpp>
#include <jamnet/midi/controller_reset.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/midi/note_tracker.hpp>
#include <jamnet/midi/state_recall.hpp>
#include <jamnet/ring/latest.hpp>
#include <jamnet/session/detail/agenda.hpp>
#include <jamnet/session/detail/recall_mark.hpp>
#include <jamnet/session/detail/sysex_feed.hpp>
#include <jamnet/session/detail/transport_desk.hpp>
#include <jamnet/session/peer_options.hpp>
#include <jamnet/session/peer_status.hpp>
#include <jamnet/session/permissions.hpp>
#include <jamnet/sync/adaptive_delay.hpp>
#include <jamnet/sync/agreed_delay.hpp>
#include <jamnet/sync/clock_drift_arbiter.hpp>
#include <jamnet/sync/clock_tree.hpp>
#include <jamnet/toast/carrier_layer.hpp>
#include <jamnet/toast/gap_requests.hpp>
#include <jamnet/toast/group_listener.hpp>
#include <jamnet/toast/group_sender.hpp>
#include <jamnet/toast/link.hpp>
#include <jamnet/toast/rate_limit.hpp>
#include <jamnet/transport/shared_transport.hpp>

namespace jamnet::inline v0 {

class peer {
public:
  /// In rooms of up to 32 members. In larger ones heartbeats come more seldom, and all three grow.
  static constexpr nanoseconds heartbeat{500'000'000}, silent_after{2'000'000'000},
      forget_after{10'000'000'000};
  /// Who is not heard for so long is asked for a sign of life, so often in a heartbeat's time until
  /// it is silent: heartbeats are few, and a few of them lost in a row are no silence.
  static constexpr nanoseconds doubted_after{1'000'000'000};
  static constexpr int doubts = 10;
  static constexpr std::size_t expelled_limit = 64;
  static constexpr nanoseconds witness_term{60'000'000'000}, datagrams_alone{1'000'000'000};
  /// How long datagrams to somebody who was announced or introduced are tried before a stream.
  static constexpr nanoseconds streams_after{2'000'000'000};

  /// The seed makes its ids and dither; two peers must not share one.
  peer(const peer_options& options, host_time now, std::uint64_t seed);

  // ---- for its user; all [net-thread]

  /// Sends an event that sounds at `at`; false when this peer does not know the session's time
  /// yet. [rt-safe] O(1)
  bool send(const ump& packet, session_time at, host_time now);
  /// Sends what lies between F0 and F7, of any length, to sound (or to be taken) at `at` or as soon
  /// as it is there: in pieces, as many at a time as the others take, between which all else that
  /// is sent has its place. On a cable a SysEx is broken by what is played on its group, and so it
  /// is here: play on another. peer_change::sysex_sent says when the last piece has left. Refuses
  /// with value_range what is empty, has bytes above 127 or a group above 15; with limit_exceeded
  /// when more than 8 MiB would wait; with `refused` when the session's time is not known, or after
  /// leave(), which forgets what waits. [allocates] O(n)
  [[nodiscard]] errc send_sysex(bytes_view bytes, session_time at, unsigned group = 0);
  /// The time from when something is played to when it sounds, for all members: what the slowest
  /// path among them needs. What is played live is sent with now + latency(); who sends with less
  /// is not asked how long its events take. [rt-safe] O(1)
  [[nodiscard]] nanoseconds latency() const noexcept { return agreed_.delay(); }
  /// Called for each event of another peer, in the order its sender sent them.
  void on_event(callback<void(const received_event&)> f) { on_event_ = std::move(f); }
  /// Called when somebody comes or goes, and when this peer is synchronised.
  void on_peer(callback<void(const peer_status&)> f) { on_peer_ = std::move(f); }
  /// Called to ask what somebody may do here: when a link to it opens, and after ask_again().
  void on_permission(callback<void(permission_request&)> f) { on_permission_ = std::move(f); }
  /// Has what everybody may do asked again, by the next poll(). [rt-safe]
  void ask_again() noexcept { reconsider_ = true; }
  /// Ends the link to `who` by the next poll(), and lets it in no more under this id; of the last
  /// 64 that were expelled. Others are not told (basic_peer::expel does that in a sealed room).
  /// [allocates]
  void expel(peer_id who);
  /// Opens a link to whoever is at `where`, and again whenever it is lost. By carrier::any it is
  /// one of datagrams; if those are not answered for a second, a stream is tried beside them, and
  /// what is answered first stays (link::is_stream() tells). [allocates]
  void connect(const toast::address& where);
  /// Says goodbye to all, for good; write() then has the last datagrams, and poll() ends the notes
  /// of the others. [rt-safe]
  void leave();
  /// Asks for a change of the session's transport: its master decides, at once if that is this
  /// peer. errc{}: what comes of it is told. Fails as shared_transport::ask() does, with `refused`
  /// when the session's time is not known, and no_quorum. [allocates]
  [[nodiscard]] errc direct(const jsonmidi::transport_command& command, host_time now);
  void on_transport(callback<void(const transport_change&)> f) {
    transport_.on_change(std::move(f));
  }
  [[nodiscard]] const shared_transport& transport() const noexcept { return transport_; }
  /// Has somebody else be the session's clock, if this peer is. [rt-safe]
  void hand_over(host_time now) noexcept { arbiter_.hand_over(now); }

  [[nodiscard]] const session_clock& clock() const noexcept { return arbiter_.clock(); }
  /// The same for other threads, such as an audio callback, which read it without waiting for this
  /// one. It lasts as long as the peer, which may be moved. [any-thread] [rt-safe]
  [[nodiscard]] const latest<session_clock>& shared_clock() const noexcept {
    return *shared_clock_;
  }
  [[nodiscard]] const clock_drift_arbiter& timing() const noexcept { return arbiter_; }
  [[nodiscard]] peer_id id() const noexcept { return self_.peer; }
  /// What it says of itself when it opens a link.
  [[nodiscard]] const toast::hello& introduction() const noexcept { return self_; }
  /// The number of the next event that it sends.
  [[nodiscard]] std::uint64_t next_event() const noexcept { return log_.next(); }
  [[nodiscard]] session_id session() const noexcept { return self_.session; }
  [[nodiscard]] const peer_statistics& statistics() const noexcept { return statistics_; }
  /// How many events of ours the slowest of the others has not acknowledged yet: who plays more
  /// than a network can carry should wait while it grows. Those beyond toast::event_log::capacity
  /// are lost to who lacks them. [rt-safe] O(links)
  [[nodiscard]] std::uint64_t backlog() const noexcept;
  /// Calls `f(const toast::link&)` for each open link.
  template <class F>
  void for_each_link(F&& f) const {
    for (const auto& m : members_)
      if (m->link.is_open()) f(m->link);
  }

  // ---- for whoever carries its datagrams; all [net-thread]

  /// Where others can reach this peer, where that is known only after its construction. [rt-safe]
  void reachable_at(std::uint16_t udp_port, std::uint16_t tcp_port) noexcept {
    self_.udp = udp_port;
    self_.tcp = tcp_port;
  }
  /// Datagrams to `where` reach all who listen there, and this peer hears theirs: events go there
  /// while enough of the others hear it, as the options say. Beside it there may be the one of a
  /// relay; the one that more need is used. To be called before links are opened. [rt-safe]
  void group_at(const toast::address& where) noexcept;
  /// Takes a datagram, or whole frames of a stream, which arrived `waited` before `now`: clocks are
  /// compared as of then. Never fails: what is not for us or not TOAST is counted and dropped.
  /// [allocates] for a new link
  void receive(const toast::address& from, bytes_view frames, host_time now,
               nanoseconds waited = {});
  /// A stream ended, or sent what is no frame. Its link lasts on: who opened it opens another
  /// stream and goes on where the first was lost, if that is before the link is forgotten.
  /// [rt-safe]
  void disconnected(const toast::address& connection, host_time now);
  /// A stream does not take more for now, or does again: nothing is written to it meanwhile, and
  /// what is played waits in the log. [rt-safe]
  void hold(const toast::address& connection, bool held) noexcept;
  /// The peer that was at `from` is at `to`, as a layer below has proven. [rt-safe]
  void moved(const toast::address& from, const toast::address& to, host_time now);
  /// A layer below did not let somebody in. [rt-safe]
  void turned_away(peer_id who, errc why);
  /// Somebody of the room is at a relay: a link is opened through it. [allocates]
  void introduced(const toast::known_peer& who, host_time now);
  /// What is sent to `where` goes without the relay from now on, or through it; if so, what was not
  /// acknowledged goes again. [rt-safe]
  void rerouted(const toast::address& where, bool direct, host_time now);
  /// A layer below was refused, as by a relay; address_unavailable: was not answered. [rt-safe]
  void refused(peer_id by, errc why);
  /// Does what is due. [allocates] for a new link
  void poll(host_time now);

  using datagram = toast::outgoing;
  /// Writes the next datagram that is due at `now` into `out`, at least toast::datagram_limit
  /// bytes without the headroom; false when none is. `now` should be read just before: it becomes a
  /// time stamp. [rt-safe]
  [[nodiscard]] bool write(std::span<std::uint8_t> out, host_time now, datagram& datagram);
  /// When poll() or write() next have something to do. [rt-safe] O(1) once write() gave nothing
  [[nodiscard]] host_time deadline() const noexcept;

private:
  static constexpr unsigned none_recalled = ~0u;
  static constexpr std::size_t recall_limit = 1'024;
  static constexpr nanoseconds recall_interval{500'000'000};

  struct recall_account {
    unsigned next = none_recalled;                  // of the lines of their state
    toast::back_off tries{};                        // of ours, which they ask for …
    host_time asked_at{}, after = host_time::min(); // … did last, and may again
  };
  struct member {
    toast::link link;
    peer_id expected;       // whom we hope to find there, while opening; 0: anybody
    toast::address reach{}; // where others can open a link to them
    note_tracker notes{};
    controller_reset controls{};
    recall_account recall{};
    toast::group_listener listener{};        // of what we send to the group
    toast::gap_requests gaps{};              // in what they send to it
    adaptive_delay transit{};                // of what they play live …
    bool plays = false;                      // … if they do
    host_time whole_since{};                 // when the link opened, or was silent last
    host_time asked_at{};                    // when they asked us for the time last
    host_time watched{};                     // when they had been heard last when we looked last
    host_time doubted_at = host_time::min(); // when we asked last whether they are there
    unsigned repeats = 0; // the redundancy of our link to them that the user was told of last
    bool joined = false, silent = false;
    bool may_play = true, may_conduct = true;
    std::uint16_t streams = 0;             // the port at which they take them; 0: not known to
    bool backed = false, diverted = false; // as the user was told last
    shared_transport::account transport{};
  };
  struct target {
    toast::address where;
    toast::back_off tries;
    bool by_stream_too = false;
    host_time retry{}, stream_at = host_time::max();
    peer_id peer{}; // who is there, once that is known to be somebody with another link
  };
  struct stranger {
    toast::address where;
    errc why{};
    peer_id who{}; // for whom there is a challenge, instead
    toast::challenge challenge{};
  };
  class frame_handler;
  class group_outlet;
  friend class detail::transport_desk<peer>;

  void found(host_time now);
  void join(session_id session, host_time now);
  [[nodiscard]] static bool leads_to(const target& t, const toast::address& where) noexcept;
  [[nodiscard]] host_time next_try(const target& t) const noexcept;
  void tell(peer_change change, const member* about = nullptr, errc why = {},
            std::uint64_t count = 0);
  void open(const toast::address& where, peer_id expected, host_time now,
            std::uint16_t streams = 0);
  void heard_announcement(const toast::hello& h, toast::address from, host_time now);
  void heard_hello(const toast::hello& h, const toast::address& from, host_time now);
  void heard_claim(const toast::clock_claim& c, peer_id from, session_time their_now,
                   bool they_know, host_time now);
  void resume(const toast::hello& h, const toast::address& from, host_time now);
  void attach(const toast::hello& h, const toast::address& from, host_time now);
  void seek_stream(member& m, const toast::welcome& w, host_time now);
  [[nodiscard]] toast::cookie stream_key(peer_id who, std::uint32_t attempt) const noexcept;
  void watch_stream(member& m, host_time now);
  void hang_up(const member& m);
  [[nodiscard]] static const toast::address& farewell_to(const member& m) noexcept;
  [[nodiscard]] bool knows(const toast::hello& h, const toast::address& from, host_time now);
  [[nodiscard]] bool stands_back(host_time now) noexcept;
  void await_session(host_time now) noexcept;
  void refuse(const toast::address& to, errc why, host_time now);
  [[nodiscard]] bool lives_at(const toast::hello& h, const toast::address& from, host_time now);
  void opened(member& m, host_time now);
  void take_frame(const toast::frame& f, const toast::address& from,
                  const toast::peer_header& header, host_time now, nanoseconds waited);
  void take_lines(member& m, bytes_view ndjson, host_time now);
  void take_line(member& m, bytes_view line, host_time now);
  void take_held(member& m, host_time now);
  [[nodiscard]] bool is_expelled(peer_id who) const noexcept {
    return std::find(expelled_.begin(), expelled_.end(), who) != expelled_.end();
  }
  [[nodiscard]] bool allows(permission what, peer_id who, const short_text& name);
  [[nodiscard]] bool admits(peer_id who, const short_text& name);
  void ask_permissions(member& m, host_time now);
  void reconsider(host_time now);
  void gave_up(member& m, std::uint64_t seq_low, host_time now);
  void watch_redundancy(member& m);
  [[nodiscard]] toast::send_limits limits() const noexcept {
    return {options_.redundancy, options_.rate};
  }
  void deliver(member& m, const midi_event& e, const detail::recall_mark& mark, host_time now);
  void take_recalled(member& m, const midi_event& e, const detail::recall_mark& mark,
                     host_time now);
  void lacks_state(member& m) noexcept;
  void asked_for_state(member& m, host_time now);
  void recall(host_time now);
  void release(member& m, host_time now);
  [[nodiscard]] bool may_feed() const noexcept;
  void feed_sysex(host_time now);
  void gone(member& m, peer_change change, errc why, host_time now);
  void watch_targets(host_time now);
  void watch_members(host_time now);
  void watch(member& m, host_time now);
  [[nodiscard]] host_time doubts_at(const member& m) const noexcept;
  [[nodiscard]] host_time next_moment(const member& m) const noexcept;
  void keep_pace(host_time now);
  [[nodiscard]] nanoseconds in_this_room(nanoseconds usual) const noexcept {
    return usual / heartbeat * heartbeat_;
  }
  [[nodiscard]] bool is_quiet(const member& m, host_time now) const noexcept {
    return now - m.link.heard() >= in_this_room(silent_after);
  }
  [[nodiscard]] auto moments() const noexcept {
    return [this](const member& m) { return next_moment(m); };
  }
  void choose_sources(host_time now);
  [[nodiscard]] nanoseconds wish(host_time now) const noexcept;
  void agree_on_latency(host_time now);
  void adopt_latency(nanoseconds latency);
  void latency_changed();
  void take_group_frame(const toast::frame& f, const toast::address& from, peer_id sender,
                        host_time now);
  [[nodiscard]] bool take_group_frame(const toast::frame& f, member& m, host_time now);
  void heard_report(member& m, host_time now);
  void heard_request(member& from, const toast::acknowledgement& a, host_time now);
  void watch_gaps(member& m, host_time now);
  [[nodiscard]] static bool is_reached(const member& m, const toast::address& group) noexcept {
    return (group.via == toast::carrier::relayed) == m.link.is_relayed();
  }
  [[nodiscard]] std::size_t audience(const toast::address& group) const noexcept;
  [[nodiscard]] bool hears_group(const member& m, host_time now) const noexcept;
  void watch_group(host_time now);
  void serve_by_group(member& m, bool served);
  void choose_copies();
  void align_with_group();
  void carried_by_group(host_time now);
  [[nodiscard]] bool write_group(std::span<std::uint8_t> out, host_time now, datagram& d);
  [[nodiscard]] bool write_request(member& m, std::span<std::uint8_t> out, host_time now,
                                   datagram& d);
  [[nodiscard]] std::int64_t time_stamp(host_time now) const noexcept;
  [[nodiscard]] nanoseconds rivalry(host_time now) noexcept;
  [[nodiscard]] bool may_claim(peer_id from, session_time their_now, host_time now) noexcept;
  void asked_for_time(member& m, host_time now) noexcept;
  [[nodiscard]] bool in_company(host_time now) const noexcept;
  void watch_timing(host_time now);
  member& add(member m);
  void erase(const member& gone);
  [[nodiscard]] member* find(const toast::address& where) noexcept;
  [[nodiscard]] member* find(peer_id id) noexcept;
  [[nodiscard]] member* find_beside(const toast::address& stream) noexcept;
  [[nodiscard]] bool asks_somebody() const noexcept;
  [[nodiscard]] toast::sender_view view(host_time now) const noexcept;
  [[nodiscard]] bool write_to(member& m, std::span<std::uint8_t> out, host_time now, bool ask,
                              datagram& d);
  [[nodiscard]] std::size_t write_stranger(std::span<std::uint8_t> out, datagram& d);
  [[nodiscard]] std::size_t write_announcement(std::span<std::uint8_t> out, host_time now);

  peer_options options_;
  random_source random_;
  toast::hello self_; // what HELO says of us; its session is the one we are in
  clock_drift_arbiter arbiter_;
  std::unique_ptr<latest<session_clock>> shared_clock_ = std::make_unique<latest<session_clock>>();
  toast::event_log log_;
  detail::sysex_feed dumps_;
  state_recall<> state_; // of what we play
  host_time recall_at_ = host_time::max(), recalled_at_{};
  std::uint64_t recalled_until_ = 0; // the number behind the last line of our state
  detail::agenda<member> members_;
  std::vector<target> targets_;
  std::vector<toast::known_peer> detours_; // for whom the first way did not do
  std::vector<stranger> strangers_;        // to be refused; bounded
  toast::cookie_jar cookies_;
  siphash_key stream_secret_; // of the keys that streams are known by
  toast::rate_limit answers_; // to strangers
  host_time found_at_, announce_at_;
  int announcements_ = 0;
  bool was_synchronised_ = false, stood_back_ = false, left_ = false;
  peer_id last_master_;
  master_change why_master_{};
  host_time sources_at_ = host_time::max();    // when to choose whom to ask the time
  std::vector<peer_id> witnesses_;             // whom to ask now and then whether they agree
  host_time rival_since_{}, rival_heard_{};    // when another session or timeline was claimed
  host_time followed_at_{};                    // when a follower asked us for the time
  nanoseconds heartbeat_ = heartbeat, wish_{}; // in this room; the latency we asked for last
  toast::address group_at_{}, other_group_{};  // all at once; none where nothing reaches all
  toast::group_sender group_;
  std::uint32_t group_sequence_ = 0; // counts frames to the group
  bool group_news_ = false;          // somebody said whether it hears the group
  agreed_delay agreed_;
  host_time irregular_until_ = host_time::min(); // we sent something with less than the latency
  shared_transport transport_;
  std::vector<peer_id> missed_; // members that vanished while too few were heard to decide
  peer_statistics statistics_;
  callback<void(const received_event&)> on_event_;
  callback<void(const peer_status&)> on_peer_;
  callback<void(permission_request&)> on_permission_;
  std::vector<peer_id> expelled_;
  peer_id turned_away_; // of whom the user was told last
  bool reconsider_ = false;
};

} // namespace jamnet::inline v0

// What the members do, by concern.
#include <jamnet/session/detail/peer_events.hpp>
#include <jamnet/session/detail/peer_group.hpp>
#include <jamnet/session/detail/peer_latency.hpp>
#include <jamnet/session/detail/peer_layers.hpp>
#include <jamnet/session/detail/peer_membership.hpp>
#include <jamnet/session/detail/peer_permissions.hpp>
#include <jamnet/session/detail/peer_recall.hpp>
#include <jamnet/session/detail/peer_streams.hpp>
#include <jamnet/session/detail/peer_sysex.hpp>
#include <jamnet/session/detail/peer_timing.hpp>
#include <jamnet/session/detail/peer_traffic.hpp>
