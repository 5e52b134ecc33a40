// SPDX-License-Identifier: MIT
//
// Events that wait for their instant, and come at the frame of the block in which it lies.
//
//     event_delay<note, 256> waiting;      // all on the audio thread, fed from a ring
//     timed_note next;
//     while (waiting.size() < waiting.capacity && ring.try_pop(next))
//       (void)waiting.try_push(next.due, next.note);
//     waiting.for_due(start, out.frames(), rate, [&](auto e) { synth.play(e.event, e.frame); });
//
// An event sounds at the frame nearest to it, not at the first frame after it: instants are whole
// nanoseconds and frames are not, so that rounding, or a start that jitters, would cost a frame.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/ring/ring_element.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

/// When an event is due: a point on a timeline, or a number of frames.
template <class T>
concept due_time = std::integral<T> || std::same_as<T, time_on<typename T::clock>>;

/// Holds its events in place, each with two words, so mind the stack.
template <ring_element Event, std::size_t Capacity, due_time Time = host_time>
  requires(Capacity > 0)
class event_delay {
public:
  static constexpr std::size_t capacity = Capacity;

  struct due_event {
    std::size_t frame;  ///< of the block; 0 if its place was in an earlier one …
    std::uint64_t late; ///< … and then so many frames before this block
    const Event& event; ///< until the sink returns
  };

  /// Any time will do, also one that is past. False, and nothing happens, if there are `capacity`
  /// events already. [audio-thread] [rt-safe] O(log n)
  [[nodiscard]] bool try_push(Time due, const Event& event) noexcept {
    if (size_ == Capacity) return false;
    waiting_[size_++] = {due, pushes_++, event};
    if constexpr (Capacity > 1)
      std::push_heap(waiting_.data(), waiting_.data() + size_, entry::later);
    return true;
  }

  /// Hands to `sink(due_event)` what has its place in the `frames` from `start` on, or had it
  /// before; returns how many. They come in the order of their times, those of one time in the
  /// order of their pushes, and each once, whether blocks meet, overlap or leave gaps. The sink
  /// may push: what is due in this block comes in this call. Expects a rate of 1 Hz to 10 MHz and
  /// up to 2^28 frames. [audio-thread] [rt-safe] O(m log n) for m events
  template <class Sink>
  std::size_t for_due(Time start, std::size_t frames, double rate, Sink&& sink)
    requires(!std::integral<Time>)
  {
    JAMNET_EXPECTS(rate >= 1 && rate <= 1e7 && frames <= (1U << 28));
    return pop_block([=](Time due) { return place_of(due, start, rate); }, frames, sink);
  }
  /// The same where times count frames: exact, for any frames.
  /// [audio-thread] [rt-safe] O(m log n) for m events
  template <class Sink>
  std::size_t for_due(Time start, std::size_t frames, Sink&& sink)
    requires std::integral<Time>
  {
    return pop_block([=](Time due) { return place_of(due, start); }, frames, sink);
  }

  /// Hands to `sink(Time due, const Event&)` what is due before `end`, in the same order; returns
  /// how many. [audio-thread] [rt-safe] O(m log n) for m events
  template <class Sink>
  std::size_t pop_before(Time end, Sink&& sink) {
    std::size_t count = 0;
    for (; size_ != 0 && waiting_[0].due < end; ++count) {
      const auto next = take_next();
      sink(next.due, next.event);
    }
    return count;
  }

  /// When the next is due, if there is one: to sleep until then. [audio-thread] [rt-safe] O(1)
  [[nodiscard]] std::optional<Time> next_due() const noexcept {
    return size_ == 0 ? std::nullopt : std::optional{waiting_[0].due};
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Forgets all events. [audio-thread] [rt-safe] O(1)
  void clear() noexcept { size_ = 0; }

private:
  struct entry {
    Time due{};
    std::uint64_t number = 0; // of its push
    Event event{};

    static bool later(const entry& a, const entry& b) noexcept {
      return a.due != b.due ? a.due > b.due : a.number > b.number;
    }
  };
  struct place { // as in due_event
    std::uint64_t frame, late;
  };

  // Unsigned, because two times may be further apart than a signed number can say.
  static place place_of(Time due, Time start) noexcept {
    const auto number = [](Time time) {
      if constexpr (std::integral<Time>)
        return static_cast<std::uint64_t>(time);
      else
        return static_cast<std::uint64_t>(time.time_since_epoch().count());
    };
    if (due < start) return {0, number(start) - number(due)};
    return {number(due) - number(start), 0};
  }
  // Half a frame before the next is the next's, before `start` as after it, so that blocks that
  // meet agree.
  static place place_of(Time due, Time start, double rate) noexcept {
    const auto [after, before] = place_of(due, start); // in nanoseconds
    const double frames = (static_cast<double>(after) - static_cast<double>(before)) * rate / 1e9;
    const auto cut = static_cast<std::int64_t>(frames + 0.5); // towards zero
    const auto nearest = cut - (static_cast<double>(cut) > frames + 0.5 ? 1 : 0);
    if (nearest < 0) return {0, static_cast<std::uint64_t>(-nearest)};
    return {static_cast<std::uint64_t>(nearest), 0};
  }

  template <class PlaceOf, class Sink>
  std::size_t pop_block(PlaceOf place_of, std::size_t frames, Sink& sink) {
    std::size_t count = 0;
    for (; size_ != 0; ++count) {
      const auto [frame, late] = place_of(waiting_[0].due);
      if (frame >= frames) break;
      const auto next = take_next(); // a copy: the sink may push
      sink(due_event{static_cast<std::size_t>(frame), late, next.event});
    }
    return count;
  }
  entry take_next() noexcept {
    if constexpr (Capacity > 1)
      std::pop_heap(waiting_.data(), waiting_.data() + size_, entry::later);
    return waiting_[--size_];
  }

  std::array<entry, Capacity> waiting_{}; // a heap: the next is in front
  std::size_t size_ = 0;
  std::uint64_t pushes_ = 0;
};

} // namespace jamnet::inline v0
