// SPDX-License-Identifier: MIT
//
// What a peer tells its user: events as they arrive, and changes in who is there and who is in
// time. Both are values; neither refers back to the peer.
#pragma once

#include <cstdint>
#include <string_view>

#include <jamnet/core/errc.hpp>
#include <jamnet/core/short_text.hpp>
#include <jamnet/core/strong_id.hpp>
#include <jamnet/midi/midi_event.hpp>
#include <jamnet/session/permissions.hpp>
#include <jamnet/sync/arbiter.hpp>

namespace jamnet::inline v0 {

/// An event from another peer.
struct received_event : midi_event {
  peer_id from;
  bool late = false;     ///< it came after its time
  bool released = false; ///< not sent: ends or resets what a sender left that fell silent or went
  bool recalled = false; ///< not new: its sender holds it or set it before, but it was lost here
};

enum class peer_change : std::uint8_t {
  founded,         ///< this peer founded a session: nobody else was there
  joined,          ///< a link to `peer` is open
  synchronised,    ///< this peer knows the session's time
  master_changed,  ///< `peer` is the session's clock now
  silent,          ///< `peer` was not heard for 2 s, longer in large rooms; its notes were released
  returned,        ///< `peer` is heard again
  left,            ///< `peer` said goodbye
  vanished,        ///< `peer` was not heard for 10 s, longer in large rooms, and is forgotten
  lost_events,     ///< events of `peer` will never come; its notes were released
  merged,          ///< this peer gave up its session for an older one of the same room
  doubted,         ///< the time that `peer` tells contradicts this peer's and that of others
  outvoted,        ///< … and this peer took its time from it: now from another
  latency_changed, ///< all sound `count` ns after they are played from now on
  repeats_changed, ///< events go again `count` times unasked from now on: to `peer`, or to all at
                   ///< once where that names nobody
  grouped,         ///< `peer` hears what is sent to all at once, and gets events so from now on
  ungrouped,       ///< `peer` does not hear that any more, or badly: it gets events alone
  backed,          ///< beside the datagrams of the link to `peer` a stream stands ready
  unbacked,        ///< … and does not any more; it is tried again
  diverted,        ///< datagrams to `peer` are not heard there: it gets all by that stream
  undiverted,      ///< … and are heard again, or the stream is not: it gets them by datagrams
  direct,          ///< what goes to `peer` does not pass through the relay any more
  relayed,         ///< it does again: there is no direct way
  rejoined,        ///< this peer was off by more than a second, as after a sleep: its time jumped
  sysex_sent,      ///< the last piece of a SysEx of `count` bytes has left
  unreachable,     ///< nobody answers at an address this peer was told to connect to; it tries on
  turned_away,     ///< this peer, or a layer under it, did not let `peer` in; `why` says what for
  denied,          ///< `peer` may no longer do here what `denied` says
  refused          ///< a peer does not let this one in, `why` says what for; this one asks again
                   ///< only when that peer announces itself
};

struct peer_status {
  peer_change change{};
  peer_id peer{};          ///< whom it is about; 0 where nobody is known
  short_text name{};       ///< theirs
  errc why{};              ///< for `refused` and `turned_away`
  master_change reason{};  ///< for `master_changed`
  permission denied{};     ///< for `denied`
  std::uint64_t count = 0; ///< for `lost_events`, `sysex_sent` and those of latency and repeats
};

/// A few words. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::string_view to_string(peer_change change) noexcept {
  switch (change) {
  case peer_change::founded: return "founded a session";
  case peer_change::joined: return "joined";
  case peer_change::synchronised: return "synchronised";
  case peer_change::master_changed: return "is the clock";
  case peer_change::silent: return "silent";
  case peer_change::returned: return "returned";
  case peer_change::left: return "left";
  case peer_change::vanished: return "vanished";
  case peer_change::lost_events: return "lost events";
  case peer_change::merged: return "merged into an older session";
  case peer_change::doubted: return "contradicts the others' time";
  case peer_change::outvoted: return "was outvoted about the time";
  case peer_change::latency_changed: return "has another latency";
  case peer_change::repeats_changed: return "is sent more or fewer copies";
  case peer_change::grouped: return "hears the group";
  case peer_change::ungrouped: return "does not hear the group";
  case peer_change::backed: return "has a stream beside its datagrams";
  case peer_change::unbacked: return "has no stream beside its datagrams";
  case peer_change::diverted: return "is not reached by datagrams, but by a stream";
  case peer_change::undiverted: return "is tried by datagrams again";
  case peer_change::direct: return "is reached directly";
  case peer_change::relayed: return "is reached through the relay";
  case peer_change::rejoined: return "begins anew with the session's time";
  case peer_change::sysex_sent: return "sent a SysEx";
  case peer_change::unreachable: return "unreachable";
  case peer_change::turned_away: return "turned away";
  case peer_change::denied: return "may not do everything here";
  case peer_change::refused: return "refused";
  }
  return "unknown";
}

/// What a peer counted since it began.
struct peer_statistics {
  std::uint64_t events_sent = 0, events_received = 0, events_late = 0, events_lost = 0;
  std::uint64_t duplicates_dropped = 0; ///< events that came again and went no further
  std::uint64_t lines_refused = 0;      ///< MIDI lines that were no message
  std::uint64_t datagrams_refused = 0;  ///< no frames, or not for us
  std::uint64_t refusals = 0;           ///< wishes for a link that were answered with ERRO
  std::uint64_t recalls_sent = 0;       ///< how often the state of what is played was sent …
  std::uint64_t events_recalled = 0;    ///< … and how many events of others' were news here
  std::uint64_t turned_away = 0;        ///< who were not admitted, each time they asked
  std::uint64_t events_denied = 0;      ///< of those who may not play
  std::uint64_t claims_denied = 0;      ///< of those who may not conduct
  std::uint64_t transport_refused = 0;  ///< TRAN frames that made no sense
  std::uint64_t strangers = 0;          ///< frames of somebody without a link
  std::uint64_t group_datagrams = 0;    ///< sent to all at once
  std::uint64_t group_requests = 0;     ///< sent to all for what was missing
  std::uint64_t group_repairs = 0;      ///< events sent again because somebody asked all for them
};

} // namespace jamnet::inline v0
