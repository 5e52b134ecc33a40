// SPDX-License-Identifier: MIT
//
// How events wait in queues, and when each goes again.
#pragma once

#include <jamnet/toast/send_state.hpp>

namespace jamnet::inline v0::toast {

inline void send_state::enqueue(std::uint64_t seq, kind k) noexcept {
  event& e = at(seq);
  e.queue = static_cast<std::uint8_t>(k + (e.urgent ? kinds : 0));
  queue& q = queues_[e.queue];
  const auto index = static_cast<std::uint16_t>(seq % event_window::span);
  e.before = q.last;
  e.behind = nobody;
  (q.last != nobody ? sent_[q.last].behind : q.first) = index;
  q.last = index;
}

inline void send_state::dequeue(event& e) noexcept {
  queue& q = queues_[e.queue];
  (e.before != nobody ? sent_[e.before].behind : q.first) = e.behind;
  (e.behind != nobody ? sent_[e.behind].before : q.last) = e.before;
}

inline host_time send_state::due(kind k, const event& e) const noexcept {
  if (k == asked) return host_time::min();
  if (k == waiting) {
    const auto jitter = round_trip_.longest() - round_trip_.smoothed();
    return std::max({e.at + patience(), tries_at_, heard_at_ + ack_interval + jitter});
  }
  if (k == elsewhere) return e.at + std::max(patience_with_all_, patience());
  return e.at + redundancy_.after(k + 1u);
}

inline void send_state::done(event& e) noexcept {
  e.has = true;
  --under_way_;
  if (e.queue % kinds != elsewhere) bytes_under_way_ -= e.size;
  dequeue(e);
}

// From its queue into one of those that go by this way.
inline void send_state::take_over(event& e) noexcept {
  if (e.queue % kinds == elsewhere) bytes_under_way_ += e.size;
  dequeue(e);
}

inline void send_state::leaves_elsewhere(std::uint64_t seq, host_time now) noexcept {
  event& e = at(seq);
  if (e.queue % kinds != elsewhere) bytes_under_way_ -= e.size;
  dequeue(e);
  e.at = now;
  e.times = 2;
  enqueue(seq, elsewhere);
}

inline void send_state::advance() noexcept {
  for (; base_ < next_ && at(base_).has; ++base_) bytes_kept_ -= at(base_).size;
}

inline void send_state::forget_below(std::uint64_t low) noexcept {
  if (base_ >= low) return;
  if (!reliable_) {
    for (auto seq = base_; seq < std::min(low, next_); ++seq)
      if (!at(seq).has) done(at(seq));
    advance();
  }
  next_ = std::max(next_, low);
  base_ = std::max(base_, low);
}

// The newest that the peer has shows the way's length, if all that it has could be said.
inline void send_state::heard(const acknowledgement& a, host_time now) noexcept {
  constexpr std::uint64_t never = 10'000'000; // us
  const nanoseconds waited{static_cast<std::int64_t>(std::min(a.waited_us, never)) * 1000};
  if (a.have_count > 0 && a.have_count < a.have.size())
    measure(a.have[a.have_count - 1].last, waited, now);
  for (std::size_t i = 0; i < a.have_count; ++i) acknowledge(a.have[i], now);
  for (std::size_t i = 0; i < a.want_count; ++i) request(a.want[i], now);
}

inline void send_state::measure(std::uint64_t seq, nanoseconds waited, host_time now) noexcept {
  if (reliable_ || seq < base_ || seq >= next_ || at(seq).has || at(seq).times > 1) return;
  const auto sample = now - at(seq).at - waited;
  round_trip_.measured(sample, now);
  pacer_.measured(sample, round_trip_.smoothed(), round_trip_.least(), now);
}

inline void send_state::acknowledge(seq_range r, host_time now) noexcept {
  if (r.last < base_ || r.first >= next_) return;
  const auto end = std::min(r.last + 1, next_);
  if (reliable_) { // they come in order
    if (r.first <= base_) base_ = end;
    under_way_ = next_ - base_;
    return;
  }
  const std::size_t before = bytes_under_way_;
  const std::uint64_t events_before = under_way_;
  for (auto seq = std::max(r.first, base_); seq < end; ++seq)
    if (!at(seq).has) done(at(seq));
  if (under_way_ == events_before) return;
  advance();
  const std::size_t bytes = before - bytes_under_way_;
  if (bytes > 0) pacer_.acknowledged(bytes, before + datagram_limit > pacer_.window());
  progress_at_ = heard_at_ = now;
  tries_at_ = host_time::min();
  setbacks_ = 0;
}

// What left less than a round trip ago may have come after the peer asked.
inline void send_state::request(seq_range r, host_time now) noexcept {
  const auto again = std::max(round_trip_.least(), toast::round_trip::precision);
  if (ask_for(r, now - again) && !pacer_.is_crowded(now)) redundancy_.asked(now);
}

inline bool send_state::ask_for(seq_range r, host_time sent_by) noexcept {
  if (reliable_ || r.last < base_) return false;
  bool lacks = false;
  for (auto seq = std::max(r.first, base_); seq < std::min(r.last + 1, next_); ++seq) {
    event& e = at(seq);
    if (e.has || e.queue % kinds == asked || e.at > sent_by) continue;
    take_over(e);
    enqueue(seq, asked);
    lacks = true;
  }
  return lacks;
}

// Never more than the peer's window takes, nor than the path.
inline bool send_state::may_send_next(const event_log& log) const noexcept {
  if (next_ >= log.next() || new_leave_elsewhere_) return false;
  if (reliable_ || next_ < log.low()) return true;
  if (!is_within_window(log)) return false;
  const std::size_t size = log[next_].size() + 1;
  return hurried_ || under_way_ == 0 || bytes_under_way_ + size <= pacer_.window();
}

inline host_time send_state::deadline(const event_log& log) const noexcept {
  if (reliable_) return next_ < log.next() ? host_time::min() : host_time::max();
  if (by_stream_) return forgets(log) || may_stream(log) ? host_time::min() : host_time::max();
  host_time at = host_time::max();
  if (forgets(log) || may_send_next(log))
    at = host_time::min();
  else
    for (std::size_t q = 0; q < queues_.size(); ++q)
      if (queues_[q].first != nobody)
        at = std::min(at, due(static_cast<kind>(q % kinds), sent_[queues_[q].first]));
  return at == host_time::max() || hurried_ ? at : std::max(at, pacer_.next());
}

inline void send_state::send_next(const event_log& log, host_time now, kind k) noexcept {
  if (under_way_ == 0) progress_at_ = now;
  const auto size = static_cast<std::uint32_t>(log[next_].size() + 1);
  const std::uint8_t times = k == elsewhere ? 2 : 1; // that way shows nothing of this one's length
  at(next_) = {.at = now, .size = size, .times = times, .urgent = log.is_urgent(next_)};
  ++under_way_;
  bytes_under_way_ += k == elsewhere ? 0 : size;
  bytes_kept_ += size;
  enqueue(next_++, k);
}

inline bool send_state::carried(const event_log& log, std::uint64_t first, std::uint64_t end,
                                host_time now) noexcept {
  if (reliable_ || next_ < first) return false;
  while (next_ < end && is_within_window(log)) send_next(log, now, elsewhere);
  return next_ >= end;
}

inline void send_state::repeat(kind k, bool urgent, const event_log& log, host_time now,
                               host_time until, std::span<std::uint8_t> out,
                               std::size_t& used) noexcept {
  const queue& q = queues_[static_cast<std::size_t>(k + (urgent ? kinds : 0))];
  while (q.first != nobody && due(k, sent_[q.first]) <= until) {
    const std::uint64_t seq = number(q.first);
    if (!detail::append_line(log[seq], out, used)) return;
    event& e = at(seq);
    take_over(e);
    e.at = now;
    e.times = 2;
    const bool again = k < copy_3 && k + 1u < redundancy_.repeats();
    enqueue(seq, again ? static_cast<kind>(k + 1) : waiting);
    ++repeated_;
  }
}

inline std::size_t send_state::fill(const event_log& log, host_time now,
                                    std::span<std::uint8_t> out) noexcept {
  forget_below(log.low());
  std::size_t used = 0;
  if (reliable_) {
    while (next_ < log.next() && detail::append_line(log[next_], out, used)) ++next_;
    under_way_ = next_ - base_;
    return used;
  }
  if (by_stream_) return fill_stream(log, now, out);
  if (now < pacer_.next() && !hurried_) return 0;
  const host_time until = may_send_next(log) ? now + ride_along : now;
  const bool in_vain = now - progress_at_ >= patience() && tries_at_ <= now;
  std::size_t tries = 0;
  for (const bool urgent : {true, false}) {
    repeat(asked, urgent, log, now, until, out, used);
    repeat(elsewhere, urgent, log, now, until, out, used);
    tries -= used;
    repeat(waiting, urgent, log, now, until, out, used);
    tries += used;
  }
  if (tries > 0 && in_vain) set_back(now);
  const bool stuck = next_ < log.next() && !new_leave_elsewhere_ && !may_send_next(log);
  if (stuck || log.next() - next_ > toast::pacer::crowd) pacer_.crowded(now);
  const bool copies = redundancy_.repeats() > 0 && !pacer_.is_crowded(now);
  while (may_send_next(log) && detail::append_line(log[next_], out, used))
    send_next(log, now, copies ? copy_1 : waiting);
  const host_time half = used > 0 ? now + toast::redundancy::interval / 2 : now;
  for (const bool urgent : {true, false})
    for (const kind k : {copy_3, copy_2, copy_1}) repeat(k, urgent, log, now, half, out, used);
  if (used > 0) pacer_.sent(used + frame_overhead, now);
  return used;
}

inline std::size_t send_state::fill_stream(const event_log& log, host_time now,
                                           std::span<std::uint8_t> out) noexcept {
  std::size_t used = 0;
  for (stream_next_ = std::max(stream_next_, base_); may_stream(log); ++stream_next_) {
    const bool sent = stream_next_ < next_;
    if (sent && at(stream_next_).has) continue;
    if (!detail::append_line(log[stream_next_], out, used)) break;
    if (sent)
      leaves_elsewhere(stream_next_, now);
    else
      send_next(log, now, elsewhere);
  }
  return used;
}

// Nothing is heard: this datagram asks, and the next only when it had time to be answered.
inline void send_state::set_back(host_time now) noexcept {
  setbacks_ = std::min(setbacks_ + 1, 10u);
  tries_at_ = now + patience();
  if (setbacks_ > 1) pacer_.stalled();
}

} // namespace jamnet::inline v0::toast
