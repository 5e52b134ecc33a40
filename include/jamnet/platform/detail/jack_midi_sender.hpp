// SPDX-License-Identifier: MIT
//
// From packets and the moments they are due, in the callback of a JACK port, to events at frames.
#pragma once

#include <jamnet/platform/detail/jack_client.hpp>

#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/latency/buffer_health.hpp>
#include <jamnet/latency/event_delay.hpp>
#include <jamnet/midi/byte_stream.hpp>
#include <jamnet/midi/midi2_to_midi1.hpp>
#include <jamnet/midi/note_tracker.hpp>
#include <jamnet/midi/sysex_assembler.hpp>
#include <jamnet/platform/midi_device.hpp>
#include <jamnet/ring/spsc_ring.hpp>
#include <jamnet/sync/delay_histogram.hpp>

namespace jamnet::inline v0::detail {

struct jack_timed_packet {
  host_time at{}, given{}; // when it is due, and since when we know
  ump packet{};
};

class jack_midi_sender {
  using timed_packet = jack_timed_packet;

public:
  static constexpr std::size_t capacity = 4096;        // packets that wait
  static constexpr std::size_t longest_sysex = 65'536; // bytes …
  static constexpr std::size_t longest_part = 8'192;   // … of which so many go in a period

  /// [producer] [rt-safe] O(1)
  [[nodiscard]] bool try_push(const ump& packet, host_time at, host_time now) noexcept {
    return incoming_.try_push({at, now, packet});
  }

  /// Writes what is due in the period of `cycle`, or was before; what sounded where we were `heard`
  /// is ended when we are again. Not `connected` to whom it should be, all that is due is lost.
  /// Nothing here waits, allocates, locks or calls the system. [consumer]
  void write(const jack_library& jack, void* buffer, const jack_cycle& cycle, jack_nframes_t frames,
             bool connected, bool heard) noexcept;
  /// What is due by now is lost, nobody hears us: there is no callback. [consumer]
  void discard(host_time now) noexcept;

  [[nodiscard]] midi_output_count count() const noexcept {
    return {.sent = sent_.value(),
            .late = late_.value(),
            .refused = refused_.value(),
            .lost = lost_.value(),
            .worst_late = nanoseconds{static_cast<std::int64_t>(worst_late_.value())},
            .p99_late = nanoseconds{p99_late_.load(std::memory_order_relaxed)}};
  }

private:
  struct period { // what write() was given
    const jack_library& jack;
    void* buffer;
    const jack_cycle& cycle;
    jack_nframes_t frames, last; // of the event before: JACK wants them in order
    std::size_t part;            // of a SysEx, as much as goes at once

    [[nodiscard]] std::size_t room() const noexcept { return jack.room(buffer); }
    [[nodiscard]] jack_nframes_t frame_of(host_time at) const noexcept;
  };

  bool write(period& now, const timed_packet& next) noexcept;
  bool write_sysex(period& now) noexcept;
  void put(period& now, const timed_packet& next, bytes_view message) noexcept;
  void keep(const sysex_message& message, const timed_packet& end) noexcept;
  void count_sent(const timed_packet& sent, host_time at) noexcept;
  void let_in() noexcept;

  spsc_ring<timed_packet, capacity> incoming_;
  event_delay<timed_packet, capacity> waiting_;
  std::array<timed_packet, capacity> due_{}; // in their order, from next_ to end_
  std::size_t next_ = 0, end_ = 0;
  static constexpr std::size_t sysex_at_once = 2; // of so many groups
  std::vector<std::uint8_t> sysex_room_ = std::vector<std::uint8_t>(sysex_at_once * longest_sysex);
  sysex_assembler<sysex_at_once> sysex_{sysex_room_};
  std::array<std::uint8_t, longest_sysex + 2> whole_{}; // one to be written …
  std::size_t whole_size_ = 0, whole_written_ = 0;      // … if these differ
  timed_packet whole_end_{};
  note_tracker sounding_; // at who hears us
  bool was_heard_ = false;
  delay_histogram lateness_{2'000};
  health_counter sent_, late_, refused_, lost_, worst_late_;
  std::atomic<std::int64_t> p99_late_{0}; // ns
};

inline void jack_midi_sender::write(const jack_library& jack, void* buffer, const jack_cycle& cycle,
                                    jack_nframes_t frames, bool connected, bool heard) noexcept {
  jack.clear_buffer(buffer);
  if (!heard) was_heard_ = false;
  if (!connected || frames == 0) return discard(cycle.at(frames));
  let_in();
  period now{jack, buffer, cycle, frames, 0, std::min(longest_part, jack.room(buffer) / 2)};
  if (heard && !was_heard_) {
    sounding_.release_all([&](const ump& off) { (void)write(now, {cycle.start, {}, off}); });
    was_heard_ = true;
  }

  const auto sent = sent_.value();
  const host_time end = cycle.at(static_cast<double>(frames) - 0.5); // then the next one's first
  bool room = write_sysex(now);
  while (room) {
    while (room && next_ != end_) {
      room = write(now, due_[next_]);
      next_ += room ? 1 : 0;
      room = room && write_sysex(now);
    }
    if (next_ != end_) break; // first in the next period
    next_ = end_ = 0;
    const auto add = [&](host_time, const timed_packet& p) { due_[end_++] = p; };
    if (waiting_.pop_before(end, add) == 0) break;
  }
  if (sent_.value() == sent) return;
  const auto p99 = delay_histogram::upper_edge(lateness_.all_but(lateness_.size() / 100));
  p99_late_.store(p99.count(), std::memory_order_relaxed);
}

inline void jack_midi_sender::let_in() noexcept {
  timed_packet next;
  while (waiting_.size() < capacity && incoming_.try_pop(next))
    (void)waiting_.try_push(next.at, next);
}

inline void jack_midi_sender::discard(host_time now) noexcept {
  was_heard_ = false;
  let_in();
  lost_.add(end_ - next_ + (whole_written_ != whole_size_ ? 1 : 0));
  next_ = end_ = 0;
  whole_size_ = whole_written_ = 0;
  sysex_.reset();
  lost_.add(waiting_.pop_before(now, [](host_time, const timed_packet&) {}));
}

// False, and nothing done, where the buffer has no room left.
inline bool jack_midi_sender::write(period& now, const timed_packet& next) noexcept {
  constexpr std::size_t most = 64; // four messages and what JACK notes of them
  if (now.room() < most) return false;
  const auto type = next.packet.type();
  if (type == ump_type::utility) return true; // means nothing to who hears it
  if (type == ump_type::sysex7) { // what plays in between does not cut it, as on a cable
    sysex_.feed(next.packet, [&](const sysex_message& message) { keep(message, next); });
    return true;
  }
  bool said = false;
  midi2_to_midi1(next.packet, [&](const ump& one) {
    std::array<std::uint8_t, 8> bytes{};
    const auto size = to_bytes(one, bytes);
    if (size == 0) return;
    said = true;
    put(now, next, {bytes.data(), size});
  });
  if (!said) refused_.add(1);
  return true;
}

inline void jack_midi_sender::put(period& now, const timed_packet& next,
                                  bytes_view message) noexcept {
  now.last = std::max(now.last, now.frame_of(next.at));
  if (now.jack.event_write(now.buffer, now.last, message.data(), message.size()) != 0)
    return refused_.add(1);
  sounding_.observe(next.packet);
  count_sent(next, now.cycle.at(now.last));
}

inline void jack_midi_sender::keep(const sysex_message& message, const timed_packet& end) noexcept {
  if (message.outcome != sysex_outcome::complete) return refused_.add(1);
  whole_[0] = 0xf0;
  std::copy(message.data.begin(), message.data.end(), whole_.begin() + 1);
  whole_[message.data.size() + 1] = 0xf7;
  whole_size_ = message.data.size() + 2;
  whole_written_ = 0;
  whole_end_ = end;
}

// What there is of one, as one event, or one a period if it is long, and nothing in between. False
// if there is more.
inline bool jack_midi_sender::write_sysex(period& now) noexcept {
  const auto size = std::min(whole_size_ - whole_written_, now.part);
  if (size == 0) return true;
  if (now.room() < size) return false;
  now.last = std::max(now.last, now.frame_of(whole_end_.at));
  const std::uint8_t* const from = whole_.data() + whole_written_;
  if (now.jack.event_write(now.buffer, now.last, from, size) != 0) {
    whole_size_ = whole_written_ = 0;
    refused_.add(1);
    return true;
  }
  whole_written_ += size;
  if (whole_written_ != whole_size_) return false;
  count_sent(whole_end_, now.cycle.at(now.last));
  return true;
}

// Lateness counts from when we were told, where that was too late.
inline void jack_midi_sender::count_sent(const timed_packet& sent, host_time at) noexcept {
  const auto late = std::max(at - std::max(sent.at, sent.given), nanoseconds{0});
  sent_.add(1);
  lateness_.add(late);
  worst_late_.keep_largest(static_cast<std::uint64_t>(late.count()));
  if (late > nanoseconds{1'000'000}) late_.add(1);
}

inline jack_nframes_t jack_midi_sender::period::frame_of(host_time at) const noexcept {
  const nanoseconds after = std::max(at, cycle.start) - cycle.start;
  const double frame = static_cast<double>(after.count()) / cycle.frame_ns;
  return static_cast<jack_nframes_t>(nearest(std::min(frame, frames - 1.0)));
}

} // namespace jamnet::inline v0::detail

#endif
