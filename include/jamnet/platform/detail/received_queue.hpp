// SPDX-License-Identifier: MIT
//
// What a MIDI input heard, for its consumer. Where a note ends and there is no room to say so, its
// end is owed, and told as soon as there is some.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/latency/buffer_health.hpp>
#include <jamnet/midi/note_tracker.hpp>
#include <jamnet/platform/midi_device.hpp>
#include <jamnet/ring/signalled_ring.hpp>
#include <jamnet/ring/spsc_ring.hpp>

namespace jamnet::inline v0::detail {

// For one producer at a time. All of these but ring() are [producer], and [rt-safe] but for the
// system call that wakes a consumer who sleeps.
template <std::size_t Room>
class received_queue {
public:
  using packet_ring = signalled_ring<spsc_ring<received_packet, Room>, device_signal>;

  /// Tells what is owed, so that a note begins again behind its end, and then this. False: there is
  /// no room. O(1), and as settle() if anything may be owed
  [[nodiscard]] bool push(const received_packet& next) noexcept {
    settle(next);
    const bool told = try_push(next);
    observe(next.packet, told);
    return told;
  }
  /// This was played, and is not told. O(1)
  void miss(const ump& packet) noexcept { observe(packet, false); }
  /// Nobody plays any more, or nobody knows what: all that sounds is owed its end. O(512)
  void silence() noexcept {
    playing_ = {};
    owing_ = true;
  }
  /// Tells what is owed, with the moment of `next`, as far as there is room. O(notes + 512) if
  /// anything may be owed
  void settle(received_packet next) noexcept {
    if (!owing_ || ring_.queue().size_approx() == Room) return;
    owing_ = !held_.release_beyond(playing_, [&](const ump& end) {
      next.packet = end;
      return try_push(next);
    });
  }
  /// Whether anything may be owed. O(1)
  [[nodiscard]] bool owing() const noexcept { return owing_; }
  /// Whether so many will find room. O(1)
  [[nodiscard]] bool takes(std::size_t count) const noexcept {
    return !owing_ && count <= Room - ring_.queue().size_approx();
  }

  [[nodiscard]] packet_ring& ring() noexcept { return ring_; }
  /// How many were told, ends that were owed among them. [any-thread] O(1)
  [[nodiscard]] std::uint64_t told() const noexcept { return told_.value(); }

private:
  bool try_push(const received_packet& next) noexcept {
    if (!ring_.try_push(next)) return false;
    told_.add(1);
    return true;
  }
  void observe(const ump& packet, bool told) noexcept {
    if (packet.type() == ump_type::sysex7) return;
    playing_.observe(packet);
    if (told)
      held_.observe(packet);
    else
      owing_ = true;
  }

  packet_ring ring_;
  health_counter told_;
  note_tracker playing_, held_; // what is down, and what the consumer knows of
  bool owing_ = false;
};

} // namespace jamnet::inline v0::detail
