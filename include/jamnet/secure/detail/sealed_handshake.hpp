// SPDX-License-Identifier: MIT
//
// How two sides of a sealed room come to have keys: HELO, CHAL, HELO with a cookie and a share,
// WELC with the other share and a proof, PROO. Until then nothing that costs more than an answer,
// and no answer that is longer than what was asked.
#pragma once

#include <jamnet/secure/sealed_carrier.hpp>

namespace jamnet::inline v0::secure {

namespace detail {
inline siphash_key random_key(const entropy& random) {
  std::array<std::uint8_t, 16> bytes;
  random(bytes);
  return {load_be<std::uint64_t>(bytes.data()), load_be<std::uint64_t>(bytes.data() + 8)};
}
// What both name the exchange: the opener's number and the acceptor's.
inline std::array<std::uint8_t, 12> exchange_name(std::uint32_t attempt, toast::cookie c) noexcept {
  std::array<std::uint8_t, 12> sid;
  store_be(sid.data(), attempt);
  store_be(sid.data() + 4, c.value);
  return sid;
}
// What the acceptor says beside its share.
inline std::array<std::uint8_t, 12> said_by_acceptor(const toast::sealed_welcome& w) noexcept {
  std::array<std::uint8_t, 12> ad;
  store_be(ad.data(), w.peer.value);
  store_be(ad.data() + 8, w.version);
  return ad;
}
} // namespace detail

inline sealed_carrier::sealed_carrier(const toast::hello& self, const room_secret& secret,
                                      const entropy& random, const key_listener& keys)
    : self_{self},
      secret_{secret},
      random_{random},
      tell_key_{keys},
      salt_of_tables_{detail::random_key(random)},
      cookies_{detail::random_key(random)},
      answers_{64, 64, salt_of_tables_},
      guesses_{16, 1, salt_of_tables_},
      work_{200, 200, salt_of_tables_} {
  random_(group_salt_);
}

inline void sealed_carrier::receive(const toast::address& from, bytes_view frames, host_time now,
                                    nanoseconds waited) {
  const bool stream = from.via == toast::carrier::tcp;
  toast::peer_header header{{}, {}, self_.peer};
  std::size_t front = 0;
  if (!stream) {
    const auto first = toast::read_frame(frames);
    const auto read = first ? toast::decode_peer_header(first->payload) : errc::frame_payload;
    const bool ours = first && first->type == toast::type::peer && read &&
                      (!read->destination || read->destination == self_.peer);
    if (!ours) {
      ++statistics_.malformed;
      return;
    }
    header = *read;
    front = first->size();
  }
  while (front < frames.size()) {
    const auto f = toast::read_frame(frames.subspan(front));
    if (!f) {
      ++statistics_.malformed;
      return;
    }
    take({from, frames.first(front + f->size()), front, *f, header, now, waited});
    if (!stream) return; // a datagram holds one
    frames = frames.subspan(f->size());
  }
}

inline void sealed_carrier::take(const arrival& a) {
  namespace type = toast::type;
  const auto t = a.frame.type;
  const bool ours = a.header.sender == self_.peer; // multicast comes back; a twin is told
  if (ours && t != type::error && t != type::challenge && t != type::hello) return;
  if (t == type::seal) return heard_seal(a);
  if (t == type::announce) return heard_announcement(a);
  if (t == type::hello) return heard_hello(a);
  if (t == type::challenge) return heard_challenge(a);
  if (t == type::welcome) return heard_welcome(a);
  if (t == type::proof) return heard_proof(a);
  if (t == type::error) return heard_refusal(a);
  ++statistics_.in_clear;
}

// The peer above hears of it as if the room's name had been there.
inline void sealed_carrier::heard_announcement(const arrival& a) {
  const auto h = toast::decode_sealed_hello(as_text(a.frame.payload));
  if (!h || a.is_stream() || h->peer != a.header.sender || h->tag != secret_.tag()) return;
  if (is_expelled(h->peer)) return;
  toast::hello plain;
  plain.versions = h->versions;
  plain.peer = h->peer;
  plain.room = self_.room;
  plain.udp = h->udp;
  plain.tcp = h->tcp;
  up_.resize(toast::datagram_limit);
  const auto size = write_clear(up_, a.from, {}, toast::type::announce, plain);
  toast::peer_header{{}, h->peer, {}}.write(up_.data() + 20); // theirs, not ours
  store_be(up_.data() + a.front - 4, crc32({up_.data(), a.front - 4}));
  carrier_layer::receive(a.from, bytes_view{up_}.first(size), a.now, a.waited);
}

inline void sealed_carrier::heard_hello(const arrival& a) {
  const auto h = toast::decode_sealed_hello(as_text(a.frame.payload));
  const bool padded = a.is_stream() || a.frame.payload.size() >= toast::hello_padding;
  if (!h || !padded || (a.header.sender && a.header.sender != h->peer)) {
    ++statistics_.malformed;
    return;
  }
  if (!cookies_.knows(h->cookie, a.from, h->peer, a.now)) {
    if (!answers_.try_take(a.from, a.now)) {
      ++statistics_.limited;
      return;
    }
    ++statistics_.challenges;
    return answer(a.from, h->peer, toast::type::challenge,
                  toast::challenge{cookies_.make(a.from, h->peer, a.now), h->attempt});
  }
  const auto version = h->versions.common(self_.versions);
  const opening* const o = find_opening(a.from);
  if (h->peer == self_.peer) return refuse(a, h->peer, errc::duplicate_peer, h->attempt);
  if (!version) return refuse(a, h->peer, errc::version_mismatch, h->attempt);
  if (!h->tag) return refuse(a, h->peer, errc::wrong_key, h->attempt); // of an open room
  if (h->tag != secret_.tag()) return refuse(a, h->peer, errc::wrong_room, h->attempt);
  if (is_expelled(h->peer)) return refuse(a, h->peer, errc::not_admitted, h->attempt);
  if (h->share == toast::key_bytes{}) return;       // the point that is refused in any case
  if (o != nullptr && self_.peer < h->peer) return; // ours stands; theirs will see our HELO
  accept(a, *h, *version);
}

// Somebody who is where it says wants to know whether we know the secret: that takes a guess, which
// it gets back if it proves to know it too.
inline void sealed_carrier::accept(const arrival& a, const toast::sealed_hello& h,
                                   std::uint32_t version) {
  if (half_open* const known = find_half_open(a.from)) {
    const auto& asked = known->asked;
    if (asked.peer == h.peer && asked.attempt == h.attempt && asked.cookie == h.cookie &&
        asked.share == h.share)
      return answer(a.from, h.peer, toast::type::welcome, known->answer);
  }
  const bool may = guesses_.try_take(a.from, a.now);
  if (!may || !work_.try_take({}, a.now)) {
    ++statistics_.limited;
    if (may) guesses_.give_back(a.from);
    return;
  }
  half_open fresh{a.from, h.peer, h, {version, self_.peer, h.attempt, {}, {}}, {}, a.now};
  const auto sid = detail::exchange_name(h.attempt, h.cookie);
  secret<64> random;
  random_(random);
  const cpace ours{secret_.proven(), secret_.channel(), sid, random};
  cpace::key isk;
  if (!ours.try_finish(cpace::role::acceptor, sid, detail::said_by_acceptor(fresh.answer), h.share,
                       said_by_opener(h), isk)) {
    ++statistics_.malformed;
    return;
  }
  fresh.keys = keys_of(isk, cpace::role::acceptor);
  fresh.answer.share = ours.share();
  fresh.answer.proof = fresh.keys.own_proof.bytes();
  std::erase_if(half_open_, [&](const half_open& o) { return o.where == a.from; });
  if (half_open_.size() >= most_half_open) half_open_.erase(half_open_.begin()); // the oldest
  half_open_.push_back(fresh);
  answer(a.from, h.peer, toast::type::welcome, fresh.answer);
}

inline void sealed_carrier::heard_challenge(const arrival& a) {
  opening* const o = find_opening(a.from);
  const auto c = toast::decode_challenge(as_text(a.frame.payload));
  if (o == nullptr || !c || c->attempt != o->attempt) {
    ++statistics_.in_clear;
    return;
  }
  if (c->cookie == o->cookie || a.now < o->prompt_at) return;
  o->prompt_at = a.now + hello_interval;
  o->hello_at = a.now;
  o->interval = hello_interval;
  o->cookie = c->cookie;
  secret<64> random;
  random_(random);
  o->exchange = std::make_unique<cpace>(secret_.proven(), secret_.channel(),
                                        detail::exchange_name(o->attempt, o->cookie), random);
}

inline void sealed_carrier::heard_welcome(const arrival& a) {
  opening* const o = find_opening(a.from);
  const auto w = toast::decode_sealed_welcome(as_text(a.frame.payload));
  const bool asked = o != nullptr && o->exchange && w && w->attempt == o->attempt;
  if (!asked || (a.header.sender && a.header.sender != w->peer) || w->peer == self_.peer ||
      is_expelled(w->peer)) {
    ++statistics_.in_clear;
    return;
  }
  const auto sid = detail::exchange_name(o->attempt, o->cookie);
  cpace::key isk;
  const bool finished =
      o->exchange->try_finish(cpace::role::opener, sid, said_by_opener(hello_of(*o)), w->share,
                              detail::said_by_acceptor(*w), isk);
  const auto keys = keys_of(isk, cpace::role::opener);
  if (!finished || !keys.their_proof.equals(w->proof)) {
    answer(a.from, w->peer, toast::type::error, toast::sealed_refusal{errc::wrong_key, o->attempt},
           a.is_stream());
    std::erase_if(openings_, [&](const opening& other) { return &other == o; });
    wrong_key(w->peer);
    return tell_refused(a.from, w->peer, errc::wrong_key, a.now);
  }
  answer(a.from, w->peer, toast::type::proof, toast::sealed_proof{keys.own_proof.bytes()});
  establish(a.from, w->peer, keys, a.now);
}

inline void sealed_carrier::heard_proof(const arrival& a) {
  const half_open* const h = find_half_open(a.from);
  const auto p = toast::decode_sealed_proof(as_text(a.frame.payload));
  if (h == nullptr || !p || (a.header.sender && a.header.sender != h->peer)) {
    ++statistics_.in_clear; // perhaps it came twice
    return;
  }
  const half_open known = *h;
  if (!known.keys.their_proof.equals(p->proof)) {
    answer(a.from, known.peer, toast::type::error,
           toast::sealed_refusal{errc::wrong_key, known.asked.attempt}, a.is_stream());
    std::erase_if(half_open_, [&](const half_open& other) { return &other == h; });
    return wrong_key(known.peer);
  }
  complete(known, a.now);
}

// The opener has proven that it knows the secret.
inline sealed_carrier::channel& sealed_carrier::complete(const half_open& known, host_time now) {
  const half_open h = known;
  std::erase_if(half_open_, [&](const half_open& other) { return other.where == h.where; });
  guesses_.give_back(h.where);
  if (epoch_ == 0) change_room_key(1); // of two who have none, the acceptor makes one
  return establish(h.where, h.peer, h.keys, now);
}

// ERRO in clear ends what is not agreed on yet, if its sender knows which attempt it speaks of.
inline void sealed_carrier::heard_refusal(const arrival& a) {
  const auto r = toast::decode_sealed_refusal(as_text(a.frame.payload));
  const opening* const o = find_opening(a.from);
  const half_open* const h = find_half_open(a.from);
  if (r && o != nullptr && r->attempt == o->attempt) {
    std::erase_if(openings_, [&](const opening& other) { return &other == o; });
    if (r->code == errc::wrong_key) ++statistics_.wrong_keys;
    tell_refused(a.from, a.header.sender, r->code, a.now);
  } else if (r && h != nullptr && r->attempt == h->asked.attempt) {
    const peer_id who = h->peer;
    std::erase_if(half_open_, [&](const half_open& other) { return &other == h; });
    wrong_key(who);
  } else {
    ++statistics_.in_clear;
  }
}

inline void sealed_carrier::wrong_key(peer_id who) {
  ++statistics_.wrong_keys;
  turned_away(who, errc::wrong_key);
}

// The peer above hears it as if the one it wanted to reach had said so to it.
inline void sealed_carrier::tell_refused(const toast::address& from, peer_id sender, errc why,
                                         host_time now) {
  up_.resize(toast::datagram_limit);
  const auto size = write_clear(up_, from, self_.peer, toast::type::error, toast::refusal{why, {}});
  if (const auto front = peer_frame_size(from); front > 0) {
    toast::peer_header{{}, sender ? sender : self_.peer, self_.peer}.write(up_.data() + 20);
    store_be(up_.data() + front - 4, crc32({up_.data(), front - 4}));
  }
  carrier_layer::receive(from, bytes_view{up_}.first(size), now, {});
}

inline void sealed_carrier::refuse(const arrival& a, peer_id who, errc why, std::uint32_t attempt) {
  if (!a.is_stream() && !answers_.try_take(a.from, a.now)) {
    ++statistics_.limited;
    return;
  }
  answer(a.from, who, toast::type::error, toast::sealed_refusal{why, attempt}, a.is_stream());
}

inline void sealed_carrier::open(const toast::address& where, peer_id expected, bytes_view held,
                                 host_time now) {
  opening* o = find_opening(where);
  if (o == nullptr) {
    if (openings_.size() >= most_openings || !guesses_.try_take(where, now)) {
      ++statistics_.limited;
      return;
    }
    std::array<std::uint8_t, 4> attempt;
    random_(attempt);
    o = &openings_.emplace_back();
    o->where = where;
    o->attempt = load_be<std::uint32_t>(attempt.data()) | 1;
    o->hello_at = now;
  }
  o->expected = expected;
  o->wanted = now;
  if (held.size() <= toast::datagram_limit) o->held.assign(held.begin(), held.end());
}

// From now on what is sealed with these keys is theirs. It replaces what led to the same address.
inline sealed_carrier::channel& sealed_carrier::establish(const toast::address& where, peer_id peer,
                                                          const link_keys& keys, host_time now) {
  ++statistics_.handshakes;
  if (const channel* const before = find(where)) erase(*before);
  if (channels_.size() >= most_channels) { // the one longest silent
    const auto longest =
        std::min_element(channels_.begin(), channels_.end(),
                         [](const auto& x, const auto& y) { return x->heard < y->heard; });
    erase(**longest);
  }
  auto& c = *channels_.emplace_back(std::make_unique<channel>());
  tags_.push_back(where.tag());
  c.where = where;
  c.peer = peer;
  c.keys = keys;
  tell_keys(c);
  c.heard = c.seen_there = now;
  if (opening* const o = find_opening(where)) {
    o->ready = true;
    guesses_.give_back(where);
  }
  news_at_ = host_time::min();
  return c;
}

template <class Message>
std::size_t sealed_carrier::write_clear(std::span<std::uint8_t> out, const toast::address& to,
                                        peer_id who, toast::frame_type type, const Message& m,
                                        std::size_t padding) const {
  toast::frame_writer w{out};
  std::uint32_t sequence = 0;
  if (to.via != toast::carrier::tcp) {
    toast::peer_header{{}, self_.peer, who}.write(w.open().data());
    w.close(toast::type::peer, toast::not_synchronised, sequence++, toast::peer_header::size);
  }
  const auto room = w.open();
  auto size = encode(m, {reinterpret_cast<char*>(room.data()), room.size()}).size();
  for (; size < padding; ++size) room[size] = ' ';
  w.close(type, toast::not_synchronised, sequence, size);
  return w.written().size();
}

template <class Message>
void sealed_carrier::answer(const toast::address& to, peer_id who, toast::frame_type type,
                            const Message& m, bool last) {
  if (replies_.size() >= most_replies) return;
  std::array<std::uint8_t, toast::datagram_limit> bytes;
  const auto size = write_clear(bytes, to, who, type, m);
  replies_.push_back(
      {to, last, {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}});
}

inline toast::sealed_hello sealed_carrier::hello_of(const opening& o) const {
  toast::sealed_hello h;
  h.versions = self_.versions;
  h.peer = self_.peer;
  h.tag = secret_.tag();
  h.attempt = o.attempt;
  h.cookie = o.cookie;
  if (o.exchange) h.share = o.exchange->share();
  return h;
}

inline std::size_t sealed_carrier::write_hello(opening& o, std::span<std::uint8_t> out,
                                               host_time now) {
  o.hello_at = now + o.interval;
  if (!o.cookie) o.interval *= 2; // perhaps nobody is there
  const bool stream = o.where.via == toast::carrier::tcp;
  return write_clear(out, o.where, o.expected, toast::type::hello, hello_of(o),
                     stream ? 0 : toast::hello_padding);
}

// What the opener says beside its share.
inline std::array<std::uint8_t, 16> sealed_carrier::said_by_opener(const toast::sealed_hello& h) {
  std::array<std::uint8_t, 16> ad;
  store_be(ad.data(), h.peer.value);
  store_be(ad.data() + 8, h.versions.min);
  store_be(ad.data() + 12, h.versions.max);
  return ad;
}

inline sealed_carrier::link_keys sealed_carrier::keys_of(const cpace::key& isk, cpace::role role) {
  const auto of = [&](const char* label) { return derive(isk.view(), label); };
  link_keys keys{of("TOAST 1 sealed by the opener"), of("TOAST 1 sealed by the acceptor"),
                 of("TOAST 1 proof of the opener"), of("TOAST 1 proof of the acceptor")};
  if (role == cpace::role::acceptor) {
    std::swap(keys.out, keys.in);
    std::swap(keys.own_proof, keys.their_proof);
  }
  return keys;
}

} // namespace jamnet::inline v0::secure
