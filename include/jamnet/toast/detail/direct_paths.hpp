// SPDX-License-Identifier: MIT
//
// How a direct way is looked for, kept and given up.
#pragma once

#include <jamnet/toast/direct_paths.hpp>

namespace jamnet::inline v0::toast {

// ---- what is learnt

inline void direct_paths::introduced(const known_peer& who, host_time now) {
  if (who.peer == self_ || !who.peer) return;
  std::erase_if(others_, [&](const other& o) {
    return !o.wanted && now - o.introduced >= forget_after && o.who != who.peer;
  });
  other* o = find(who.peer);
  if (o == nullptr) {
    if (others_.size() >= most) return;
    o = &others_.emplace_back();
    o->who = who.peer;
    o->round_at = now - prompt_wait;
    o->key_at = now;
  }
  o->introduced = now;
  if (who.where.via == carrier::udp && who.where.port != 0) found(*o, seen, who.where, now);
}

inline void direct_paths::announced(peer_id who, const address& where, host_time now) noexcept {
  if (other* const o = find(who)) found(*o, on_lan, where.by(carrier::udp), now);
}

// It is somewhere new: worth a try ahead of time.
inline void direct_paths::found(other& o, std::size_t which, const address& where,
                                host_time now) noexcept {
  if (o.where[which].where == where) return;
  o.where[which] = {where};
  try_soon(o, now);
}

inline void direct_paths::heard_relayed(peer_id who, const path_message& m,
                                        host_time now) noexcept {
  other* const o = find(who);
  if (o == nullptr || m.key == 0) return;
  const bool other_key = std::exchange(o->key, m.key) != m.key; // it was started again
  if (other_key)
    for (place& p : o->where) p.proven = false;
  if ((m.lost || other_key) && o->direct) give_up(*o, false, now);
  if (!m.meet) return;
  try_soon(*o, now);
  if (!o->asks && now >= o->key_at) o->key_due = true;
  due_ = std::min(due_, now);
}

inline void direct_paths::heard_directly(peer_id who, const address& from, const path_message& m,
                                         host_time now) {
  other* const o = find(who);
  if (o == nullptr || o->key == 0 || from.via != carrier::udp) return;
  const bool asks = m.ask != 0;
  const std::uint64_t number = asks ? m.ask : m.echo;
  if (m.proof != path_proof(keys(*o), who, number, !asks)) return;
  auto at = std::find_if(o->where.begin(), o->where.end(),
                         [&](const place& p) { return p.where == from; });
  if (at == o->where.end()) (at = o->where.begin() + asking_from)->where = from;
  at->proven = true;
  if (o->direct && from == o->way) {
    o->heard = now;
    o->asked = 0;
  }
  if (!asks) return answered(*o, from, number, now);
  if (replies_.size() < questions * places * 2) replies_.push_back({from, who, number});
  try_soon(*o, now);
}

inline void direct_paths::answered(other& o, const address& from, std::uint64_t number,
                                   host_time now) {
  if (!o.asks || number - o.number >= questions * places) return;
  place& p = o.where[(number - o.number) % places];
  if (p.where != from) return;
  p.answered |= 1u << ((number - o.number) / places);
  if (std::popcount(p.answered) < static_cast<int>(enough)) return;
  o.asks = false;
  o.direct = true;
  o.way = from;
  o.since = o.heard = o.ask_at = now;
  o.asked = 0;
  o.number += questions * places; // what is asked from now on watches the way
  changes_.push_back({o.who, true});
}

inline bool direct_paths::heard(peer_id who, const address& from, host_time now) noexcept {
  other* const o = find(who);
  if (o == nullptr) return false;
  if (o->direct && o->way == from) {
    o->heard = now;
    o->asked = 0;
    return true;
  }
  return knows(who, from);
}

inline bool direct_paths::knows(peer_id who, const address& there) const noexcept {
  const auto is_there = [&](const place& p) { return p.proven && p.where == there; };
  return std::any_of(others_.begin(), others_.end(), [&](const other& o) {
    return o.who == who && std::any_of(o.where.begin(), o.where.end(), is_there);
  });
}

// ---- what to do

inline const address* direct_paths::way_to(peer_id who, host_time now) noexcept {
  other* const o = find(who);
  if (o == nullptr) return nullptr;
  o->used = now;
  if (!std::exchange(o->wanted, true)) {
    o->retry_at = now;
    due_ = std::min(due_, now);
  }
  return o->direct ? &o->way : nullptr;
}

inline void direct_paths::try_soon(other& o, host_time now) noexcept {
  if (!o.wanted || o.asks || o.direct) return;
  o.retry_at = std::min(o.retry_at, std::max(now, o.round_at + prompt_wait));
  due_ = std::min(due_, o.retry_at);
}

inline void direct_paths::begin(other& o, host_time now) noexcept {
  o.asks = o.key_due = o.meet_due = true;
  o.round_at = o.ask_at = now;
  o.number = random_.next() >> 1 | 1;
  o.asked = 0;
  o.turn = 0;
  for (place& p : o.where) p.answered = 0;
}

// Three quarters of the wait, and by chance up to all of it.
inline void direct_paths::wait(other& o, host_time now) noexcept {
  const nanoseconds time = std::exchange(o.wait, std::min(2 * o.wait, last_wait));
  o.retry_at = now + time * 3 / 4 + time * static_cast<std::int64_t>(random_.next() % 256) / 1024;
}

inline void direct_paths::give_up(other& o, bool tell, host_time now) {
  o.direct = false;
  if (now - o.since >= steady) o.wait = first_wait;
  wait(o, now);
  o.key_due = o.lost_due = tell;
  changes_.push_back({o.who, false});
}

inline void direct_paths::watch(other& o, host_time now, bool relay_there) {
  if (!o.wanted) return;
  if (now - o.used >= in_this_room(idle_after)) {
    if (o.direct) changes_.push_back({o.who, false});
    o.wanted = o.asks = o.direct = false;
  } else if (o.direct) {
    const bool silent = now - o.heard >= in_this_room(lost_after);
    if (silent && o.asked >= unanswered && relay_there) give_up(o, true, now);
  } else if (o.asks) {
    if (o.asked < questions || now < o.ask_at) return;
    o.asks = false;
    wait(o, now);
  } else if (now >= o.retry_at) {
    begin(o, now);
  }
}

inline void direct_paths::poll(host_time now, bool relay_there) {
  if (now < due_) return;
  for (other& o : others_) watch(o, now, relay_there);
}

inline host_time direct_paths::next(const other& o) const noexcept {
  if (o.key_due) return host_time::min();
  if (!o.wanted) return host_time::max();
  host_time at = o.asks ? o.ask_at : o.retry_at;
  if (o.direct) at = std::max(o.ask_at, o.heard + in_this_room(quiet_after));
  return std::min(at, o.used + in_this_room(idle_after));
}

inline bool direct_paths::write(std::span<std::uint8_t> out, host_time now, outgoing& d) {
  if (!replies_.empty()) {
    const reply r = replies_.back();
    replies_.pop_back();
    const other* const o = find(r.who);
    if (o != nullptr) {
      const auto proof = path_proof(keys(*o), self_, r.number, true);
      d = {r.to, write(out, r.who, {.echo = r.number, .proof = proof})};
      return true;
    }
  }
  if (now < due_) return false;
  due_ = host_time::max();
  for (other& o : others_) {
    const bool due = (o.asks ? o.asked < questions : o.direct) && !o.key_due && next(o) <= now;
    bool wrote = due && ask(o, out, now, d);
    if (!wrote && o.key_due) {
      d = {address::relayed(o.who.value), write_key(o, out, now)};
      wrote = true;
    }
    if (wrote) {
      due_ = now; // there may be more
      return true;
    }
    due_ = std::min(due_, next(o));
  }
  return false;
}

inline std::size_t direct_paths::write_key(other& o, std::span<std::uint8_t> out,
                                           host_time now) const noexcept {
  o.key_due = false;
  o.key_at = now + last_answers;
  return write(out, o.who,
               {.key = key_for(o.who),
                .meet = std::exchange(o.meet_due, false),
                .lost = std::exchange(o.lost_due, false)});
}

// The next question: of a round, to one place after the other.
inline bool direct_paths::ask(other& o, std::span<std::uint8_t> out, host_time now, outgoing& d) {
  const auto question = [&](const address& to, std::uint64_t number) {
    d = {to,
         write(out, o.who, {.ask = number, .proof = path_proof(keys(o), self_, number, false)})};
  };
  if (o.direct) {
    question(o.way, o.number + o.asked);
    o.ask_at = now + (++o.asked < patience ? watch_interval : last_answers);
    return true;
  }
  while (o.turn < places) {
    const std::size_t which = o.turn++;
    if (o.where[which].where.port == 0 || o.key == 0) continue;
    question(o.where[which].where, o.number + o.asked * places + which);
    return true;
  }
  o.turn = 0;
  o.ask_at = now + (++o.asked < questions ? interval : last_answers);
  const bool alone =
      std::all_of(o.where.begin(), o.where.end(), [](const place& p) { return p.answered == 0; });
  if (o.asked == questions / 2 && alone) o.key_due = o.meet_due = true; // once more
  return false;
}

// ---- who is who

inline direct_paths::other* direct_paths::find(peer_id who) noexcept {
  const auto at =
      std::find_if(others_.begin(), others_.end(), [&](const other& o) { return o.who == who; });
  return at != others_.end() ? &*at : nullptr;
}

inline std::uint64_t direct_paths::key_for(peer_id who) const noexcept {
  std::array<std::uint8_t, 8> id;
  store_be(id.data(), who.value);
  return siphash(secret_, id) | 1;
}

inline path_keys direct_paths::keys(const other& o) const noexcept {
  const auto own = key_for(o.who);
  return self_ < o.who ? path_keys{own, o.key} : path_keys{o.key, own};
}

} // namespace jamnet::inline v0::toast
