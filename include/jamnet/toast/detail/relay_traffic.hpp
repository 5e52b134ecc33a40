// SPDX-License-Identifier: MIT
//
// What passes through a relay: datagrams, and frames of streams that make datagrams again; to one
// other or to all, each into the queue of its receiver.
#pragma once

#include <jamnet/toast/relay.hpp>

namespace jamnet::inline v0::toast {

namespace detail {

/// Whether it is frames and nothing else, as a stream must be.
[[nodiscard]] inline bool is_frames(bytes_view bytes) noexcept {
  while (!bytes.empty()) {
    const auto f = read_frame(bytes);
    if (!f) return false;
    bytes = bytes.subspan(f->size());
  }
  return true;
}

} // namespace detail

inline void relay::receive(const address& from, bytes_view bytes, host_time now) {
  statistics_.bytes_in += bytes.size();
  if (from.via == carrier::tcp)
    take_stream(from, bytes, now);
  else
    take_datagram(from, bytes, now);
}

inline void relay::take_datagram(const address& from, bytes_view bytes, host_time now) {
  ++statistics_.datagrams_in;
  const auto f = read_frame(bytes);
  const result<peer_header> header =
      f && f->type == type::peer ? decode_peer_header(f->payload) : errc::frame_type;
  if (!header || bytes.size() > datagram_limit) {
    ++statistics_.malformed;
  } else if (header->destination == relay_id) {
    const auto own = read_frame(bytes.subspan(f->size()));
    if (own)
      take_own(from, header->sender, *own, bytes.size(), now);
    else
      ++statistics_.malformed;
  } else if (member* const m = find(from); m == nullptr) {
    ++statistics_.strangers;
    refuse(from, header->sender, errc::wrong_room, bytes.size());
  } else if (m->id != header->sender) {
    ++statistics_.forged;
  } else {
    forward(*m, header->destination, bytes, now);
  }
}

// What stands behind a PEER frame is of that datagram, until the next. What came together goes on
// together; what came in pieces goes on as several datagrams under the same PEER.
inline void relay::take_stream(const address& from, bytes_view frames, host_time now) {
  std::array<std::uint8_t, datagram_limit> whole;
  std::size_t size = 0;
  member* m = find(from);
  const auto send = [&] {
    if (m != nullptr && size > header_size)
      forward(*m, m->destination, bytes_view{whole}.first(size), now);
    size = 0;
  };
  while (!frames.empty()) {
    const auto f = read_frame(frames);
    if (!f) return void(++statistics_.malformed);
    const auto bytes = frames.first(f->size());
    frames = frames.subspan(f->size());
    if (f->type == type::peer) {
      send();
      ++statistics_.datagrams_in;
      if (m != nullptr) begin_datagram(*m, bytes, now);
    } else if (m == nullptr || (m->has_header && m->destination == relay_id)) {
      take_own(from, m != nullptr ? m->id : peer_id{}, *f, bytes.size(), now);
      m = find(from);
    } else if (m->has_header && header_size + bytes.size() <= whole.size()) {
      if (size + bytes.size() > whole.size()) send();
      if (size == 0) std::memcpy(whole.data(), m->header.data(), size = header_size);
      std::memcpy(whole.data() + size, bytes.data(), bytes.size());
      size += bytes.size();
    } else {
      ++statistics_.malformed; // too large for a datagram, or of none
    }
  }
  send();
}

inline void relay::begin_datagram(member& m, bytes_view peer_frame, host_time now) {
  const auto header = decode_peer_header(read_frame(peer_frame)->payload);
  m.has_header = header && header->sender == m.id;
  if (!m.has_header) return void(++statistics_.forged);
  m.heard = now;
  m.destination = header->destination;
  std::memcpy(m.header.data(), peer_frame.data(), header_size);
}

inline void relay::forward(member& from, peer_id destination, bytes_view bytes, host_time now) {
  room& in = *from.in;
  const std::size_t copies = destination ? 1 : in.members.size() - 1;
  if (!from.sends.try_take(bytes.size(), limits_.rate, limits_.burst, now) ||
      !in.gets.try_take(copies * bytes.size(), limits_.room_rate, limits_.room_burst, now))
    return void(++statistics_.throttled);
  bool checked = from.is_stream(), found = false;
  for (member* const to : in.members) {
    if (to == &from || (destination && to->id != destination)) continue;
    found = true;
    if (to->is_stream() && !checked && !detail::is_frames(bytes))
      return void(++statistics_.malformed); // it would break the stream
    checked = checked || to->is_stream();
    enqueue(*to, bytes);
  }
  if (!found) ++statistics_.absent;
}

inline bool relay::allowance::try_take(std::size_t bytes, std::size_t rate, std::size_t burst,
                                       host_time now) noexcept {
  const auto passed = std::min(now - charged, nanoseconds{1'000'000'000});
  const auto earned = static_cast<std::uint64_t>(passed.count()) * rate / 1'000'000'000;
  if (earned > 0) {
    credit = std::min<std::size_t>(burst, credit + earned);
    charged = now;
  }
  if (credit < bytes) return false;
  credit -= bytes;
  return true;
}

inline void relay::enqueue(member& to, bytes_view bytes) {
  auto& queue = to.queue;
  if (queue.size() - to.taken + bytes.size() + 2 > limits_.queue) {
    ++statistics_.overflowed;
    to.slow = to.is_stream();
    return wait(to);
  }
  const std::array<std::uint8_t, 2> size{static_cast<std::uint8_t>(bytes.size() >> 8),
                                         static_cast<std::uint8_t>(bytes.size() & 0xff)};
  queue.insert(queue.end(), size.begin(), size.end());
  queue.insert(queue.end(), bytes.begin(), bytes.end());
  wait(to);
}

inline void relay::wait(member& m) {
  if (m.held && !m.slow) return;
  if (!std::exchange(m.waits, true)) waiting_.push_back(&m);
  offered_all_ = false;
}

inline void relay::hold(const address& stream, bool held) {
  member* const m = find(stream);
  if (m == nullptr) return;
  m->held = held;
  if (!m->queue.empty()) wait(*m);
}

// The next of its datagrams; of a stream's, as many as fit.
inline std::size_t relay::take(member& m, std::span<std::uint8_t> out) {
  std::size_t written = 0;
  while (m.taken < m.queue.size()) {
    const std::uint8_t* const next = m.queue.data() + m.taken;
    const std::size_t size = load_be<std::uint16_t>(next);
    if (written > 0 && (!m.is_stream() || written + size > out.size())) break;
    std::memcpy(out.data() + written, next + 2, size);
    written += size;
    m.taken += size + 2;
    ++statistics_.datagrams_out;
  }
  constexpr std::size_t kept = 16 * 1024; // memory, once it is empty
  if (m.taken == m.queue.size()) {
    m.queue.clear();
    if (m.queue.capacity() > kept) m.queue = {};
    m.taken = 0;
  } else if (m.taken > m.queue.size() / 2) {
    m.queue.erase(m.queue.begin(), m.queue.begin() + static_cast<std::ptrdiff_t>(m.taken));
    m.taken = 0;
  }
  statistics_.bytes_out += written;
  return written;
}

inline bool relay::write(std::span<std::uint8_t> out, datagram& d) {
  JAMNET_EXPECTS(out.size() >= datagram_limit);
  d = {};
  if (!replies_.empty()) {
    const reply r = replies_.front();
    replies_.pop_front();
    d = {r.to, write_reply(out, r), r.why != errc{}};
    statistics_.bytes_out += d.size;
    return true;
  }
  while (!waiting_.empty()) {
    member& m = *waiting_.front();
    waiting_.pop_front();
    m.waits = false;
    if (m.slow) {
      d = {m.where, write_reply(out, {m.where, m.id, errc::peer_slow}), true};
      ++statistics_.slow;
      remove(m);
      return true;
    }
    if (m.held) continue;
    d = {m.where, take(m, out)};
    if (!m.queue.empty()) wait(m);
    return true;
  }
  offered_all_ = true;
  return false;
}

inline std::size_t relay::queued() const noexcept {
  std::size_t bytes = 0;
  for (const auto& m : members_) bytes += m->queue.size() - m->taken;
  return bytes;
}

} // namespace jamnet::inline v0::toast
