// SPDX-License-Identifier: MIT
//
// What goes through a sealed carrier: opened on its way up, sealed on its way down, for one or for
// all.
#pragma once

#include <utility>

#include <jamnet/secure/sealed_carrier.hpp>

namespace jamnet::inline v0::secure {

namespace detail {
// Of the first frame; it was made here, or is as it was sealed.
[[nodiscard]] inline toast::frame_type type_of(bytes_view frames) noexcept {
  if (frames.size() < toast::frame_overhead) return {};
  return toast::frame_type{load_be<std::uint32_t>(frames.data() + 4)};
}
} // namespace detail

inline void sealed_carrier::heard_seal(const arrival& a) {
  const auto h = toast::decode_seal_header(a.frame.payload);
  if (!h) {
    ++statistics_.malformed;
    return;
  }
  if (!a.is_stream() && !a.header.destination) return heard_all(a, *h);
  channel* const here = find(a.from);
  const bool known = here != nullptr && (a.is_stream() || here->peer == a.header.sender);
  if (known && !here->window.is_new(h->counter)) {
    ++statistics_.replayed;
    return;
  }
  if (known && try_link(a, *h, *here)) return pass_up(a, *here);
  // It may be the first that a newcomer seals, which proves as much as PROO does …
  const half_open* const o = find_half_open(a.from);
  if (o != nullptr && opens(a, *h, o->keys.in)) {
    channel& fresh = complete(*o, a.now);
    fresh.window.take(h->counter);
    return pass_up(a, fresh);
  }
  // … or somebody we know has another address now. Not if it, or somebody else there, was heard
  // where we know it: then that was overheard, got lost, and is sent again by whoever overheard it.
  for (std::size_t i = 0; !a.is_stream() && i < channels_.size(); ++i) {
    channel& c = *channels_[i];
    const bool candidate = c.peer == a.header.sender && c.where.via != toast::carrier::tcp;
    if (!candidate || &c == here || !try_link(a, *h, c)) continue;
    const auto stays = [&](const channel& k) { return a.now - k.seen_there < move_after; };
    if (!stays(c) && (here == nullptr || !stays(*here))) {
      const toast::address before = std::exchange(c.where, a.from);
      c.seen_there = a.now;
      tags_[i] = a.from.tag();
      if (here != nullptr) erase(*here);
      carrier_layer::moved(before, a.from, a.now);
    }
    return pass_up(a, c);
  }
  ++statistics_.forged;
}

inline bool sealed_carrier::opens(const arrival& a, const toast::seal_header& h,
                                  const secret<32>& key) {
  up_.resize(a.front + sealed_size(a.frame.payload));
  return try_open(key, h, a.whole, a.front, up_.data() + a.front);
}

// Opens it into up_ behind what stands before it, if this is who sealed it, and now.
inline bool sealed_carrier::try_link(const arrival& a, const toast::seal_header& h, channel& c) {
  if (h.epoch != 0 || !c.window.is_new(h.counter) || !opens(a, h, c.keys.in)) return false;
  c.window.take(h.counter);
  if (a.from == c.where) c.seen_there = a.now;
  return true;
}

// What a member says to all is sealed with a key that all members can make, so that each could
// speak for another. It counts only from those we have a channel to.
inline void sealed_carrier::heard_all(const arrival& a, const toast::seal_header& h) {
  channel* const c = find(a.header.sender);
  if (c == nullptr || epoch_ == 0 || h.epoch != static_cast<std::uint8_t>(epoch_)) {
    ++statistics_.forged;
    return;
  }
  if (!c->group_ready) {
    c->group_key = group_key(c->peer, c->salt);
    c->group_ready = true;
  }
  if (!c->group_window.is_new(h.counter)) {
    ++statistics_.replayed;
    return;
  }
  if (!opens(a, h, c->group_key)) {
    ++statistics_.forged;
    return;
  }
  c->group_window.take(h.counter);
  pass_up(a, *c);
}

// ROOM is for us; the rest goes up as it would have come in an open room.
inline void sealed_carrier::pass_up(const arrival& a, channel& c) {
  ++statistics_.opened;
  if (c.expelled) return;
  c.heard = a.now;
  std::memcpy(up_.data(), a.whole.data(), a.front);
  bytes_view frames = bytes_view{up_}.subspan(a.front);
  if (detail::type_of(frames) == toast::type::room) {
    const auto first = toast::read_frame(frames);
    const auto news = first ? toast::decode_room_news(as_text(first->payload))
                            : result<toast::room_news>{first.error()};
    const std::size_t size = first ? first->size() : frames.size();
    if (news && a.header.destination) // not to all
      heard_news(c, *news);
    else
      ++statistics_.malformed;
    up_.erase(up_.begin() + static_cast<std::ptrdiff_t>(a.front),
              up_.begin() + static_cast<std::ptrdiff_t>(a.front + size));
  }
  if (up_.size() > a.front) carrier_layer::receive(c.where, up_, a.now, a.waited);
}

inline bool sealed_carrier::write(std::span<std::uint8_t> out, host_time now, toast::outgoing& d) {
  d = {};
  if (!replies_.empty()) {
    const reply r = std::move(replies_.front());
    replies_.erase(replies_.begin());
    std::copy(r.bytes.begin(), r.bytes.end(), out.begin());
    d = {r.to, r.bytes.size(), r.last};
    return true;
  }
  if (news_at_ <= now) {
    news_at_ = host_time::max();
    for (const auto& c : channels_) {
      if (c->have_due || c->news_at <= now) {
        news_at_ = host_time::min(); // there may be more
        d.to = c->where;
        d.size = write_news(*c, out, now);
        return true;
      }
      news_at_ = std::min(news_at_, c->news_at);
    }
  }
  for (opening& o : openings_) {
    channel* const c = o.ready ? find(o.where) : nullptr;
    if (o.ready) { // what the peer above wanted to say to it is due
      const auto held = std::move(o.held);
      d.to = o.where;
      std::erase_if(openings_, [&](const opening& other) { return &other == &o; });
      if (c != nullptr && !held.empty()) {
        d.size = seal_for(*c, held, peer_frame_size(d.to), out);
        return true;
      }
      return write(out, now, d);
    }
    if (o.hello_at > now) continue;
    d.to = o.where;
    d.size = write_hello(o, out, now);
    return true;
  }
  down_.resize(out.size() - toast::seal_header::overhead);
  for (toast::outgoing above; carrier_layer::write(down_, now, above);) {
    d = above;
    if (send_down(bytes_view{down_}.first(above.size), out, now, d)) return true;
  }
  return false;
}

// False when it leaves later, or never.
inline bool sealed_carrier::send_down(bytes_view frames, std::span<std::uint8_t> out, host_time now,
                                      toast::outgoing& d) {
  const std::size_t front = peer_frame_size(d.to);
  const auto type = detail::type_of(frames.subspan(front));
  peer_id destination;
  if (front > 0) destination = {load_be<std::uint64_t>(frames.data() + 20 + 16)};
  if (d.to.via == toast::carrier::multicast || d.to == toast::address::relayed(0)) { // to all
    if (type == toast::type::announce)
      d.size = write_announcement(frames, out);
    else
      d.size = epoch_ != 0 ? seal_for_all(frames, out) : 0;
    return d.size > 0;
  }
  channel* const c = find(d.to);
  // A peer that begins anew with somebody who is silent may find another in its place.
  const bool anew =
      type == toast::type::hello && (c == nullptr || now - c->heard > nanoseconds{500'000'000});
  if (anew) open(d.to, destination, frames, now);
  if (c != nullptr) {
    d.size = seal_for(*c, frames, front, out);
    if (d.last) erase(*c);
    return true;
  }
  if (!d.last) return false;
  d.size = write_clear(out, d.to, destination, toast::type::error,
                       toast::sealed_refusal{errc::limit_exceeded, 0}); // closes the stream
  return true;
}

inline std::size_t sealed_carrier::seal_for(channel& c, bytes_view frames, std::size_t front,
                                            std::span<std::uint8_t> out) {
  ++statistics_.sealed;
  std::memcpy(out.data(), frames.data(), front);
  if (front > 0) { // HELO may name nobody, but only this one can open it
    store_be(out.data() + 20 + 16, c.peer.value);
    store_be(out.data() + front - 4, crc32({out.data(), front - 4}));
  }
  return seal(c.keys.out, {0, c.counter++}, out, front, frames.subspan(front));
}

inline std::size_t sealed_carrier::seal_for_all(bytes_view frames, std::span<std::uint8_t> out) {
  ++statistics_.sealed;
  const std::size_t front = toast::frame_overhead + toast::peer_header::size;
  std::memcpy(out.data(), frames.data(), front);
  return seal(own_group_key_, {static_cast<std::uint8_t>(epoch_), group_counter_++}, out, front,
              frames.subspan(front));
}

// Without the names, and without the session.
inline std::size_t sealed_carrier::write_announcement(bytes_view frames,
                                                      std::span<std::uint8_t> out) {
  const auto first = toast::read_frame(frames.subspan(peer_frame_size({})));
  const auto plain = toast::decode_hello(as_text(first->payload));
  if (!plain) return 0;
  toast::sealed_hello h;
  h.versions = plain->versions;
  h.peer = self_.peer;
  h.tag = secret_.tag();
  h.udp = plain->udp;
  h.tcp = plain->tcp;
  return write_clear(out, toast::address::everybody(), {}, toast::type::announce, h);
}

// ---- what is kept, and for how long

inline void sealed_carrier::poll(host_time now) {
  if (now >= tidy_at_) tidy_up(now);
  carrier_layer::poll(now);
}

inline host_time sealed_carrier::deadline() const {
  if (!replies_.empty()) return host_time::min();
  host_time at = std::min(news_at_, carrier_layer::deadline());
  for (const opening& o : openings_) at = std::min(at, o.ready ? host_time::min() : o.hello_at);
  return at;
}

inline void sealed_carrier::tidy_up(host_time now) {
  tidy_at_ = now + nanoseconds{100'000'000};
  std::erase_if(openings_, [&](const opening& o) { return now - o.wanted >= opening_term; });
  std::erase_if(half_open_, [&](const half_open& h) { return now - h.born >= half_open_term; });
  for (std::size_t i = channels_.size(); i-- > 0;)
    if (now - channels_[i]->heard >= idle_term) erase(*channels_[i]);
}

inline void sealed_carrier::disconnected(const toast::address& connection, host_time now) {
  if (const channel* const c = find(connection)) erase(*c);
  std::erase_if(openings_, [&](const opening& o) { return o.where == connection; });
  std::erase_if(half_open_, [&](const half_open& h) { return h.where == connection; });
  carrier_layer::disconnected(connection, now);
}

inline void sealed_carrier::moved(const toast::address& from, const toast::address& to,
                                  host_time now) {
  if (channel* const c = find(from)) {
    if (const channel* const other = find(to)) erase(*other);
    c->where = to;
    for (std::size_t i = 0; i < channels_.size(); ++i)
      if (channels_[i].get() == c) tags_[i] = to.tag();
  }
  carrier_layer::moved(from, to, now);
}

inline void sealed_carrier::erase(const channel& gone) {
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    if (channels_[i].get() != &gone) continue;
    channels_.erase(channels_.begin() + static_cast<std::ptrdiff_t>(i));
    tags_.erase(tags_.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
}

inline sealed_carrier::channel* sealed_carrier::find(const toast::address& where) noexcept {
  const auto tag = where.tag();
  for (std::size_t i = 0; i < tags_.size(); ++i)
    if (tags_[i] == tag && channels_[i]->where == where) return channels_[i].get();
  return nullptr;
}

inline sealed_carrier::channel* sealed_carrier::find(peer_id id) noexcept {
  for (const auto& c : channels_)
    if (c->peer == id && c->where.via != toast::carrier::tcp) return c.get();
  return nullptr;
}

inline sealed_carrier::opening* sealed_carrier::find_opening(const toast::address& where) noexcept {
  for (opening& o : openings_)
    if (o.where == where && !o.ready) return &o;
  return nullptr;
}

inline sealed_carrier::half_open*
sealed_carrier::find_half_open(const toast::address& where) noexcept {
  for (half_open& h : half_open_)
    if (h.where == where) return &h;
  return nullptr;
}

} // namespace jamnet::inline v0::secure
