// SPDX-License-Identifier: MIT
//
// What an output through RtMidi does on a thread of its own: holds packets until their time, makes
// messages of them, and hands these to the driver no faster than that takes them.
#pragma once

#include <jamnet/platform/detail/rtmidi_line.hpp>

#if __has_include(<rtmidi/rtmidi_c.h>)

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>

#include <jamnet/latency/buffer_health.hpp>
#include <jamnet/latency/event_delay.hpp>
#include <jamnet/midi/note_tracker.hpp>
#include <jamnet/platform/detail/midi1_messages.hpp>
#include <jamnet/platform/thread_setup.hpp>
#include <jamnet/ring/signalled_ring.hpp>
#include <jamnet/ring/spsc_ring.hpp>
#include <jamnet/sync/delay_histogram.hpp>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace jamnet::inline v0::detail {

struct rtmidi_timed_packet {
  host_time at{}, given{}; // when it is due, and since when we know
  ump packet{};
};

class rtmidi_sender {
public:
  static constexpr std::size_t room = 4096;

  rtmidi_sender(const midi_output_options& options, std::string_view api);

  /// [producer] [rt-safe] but for the wake-up of run()
  [[nodiscard]] bool try_push(const ump& packet, host_time at) noexcept {
    return queue_.try_push(timed_packet{at, steady_source{}.now(), packet});
  }
  /// Why run() could not be woken: no descriptor is left for that.
  [[nodiscard]] failure trouble() noexcept;
  /// The thread: until stop(), and then what is due is sent.
  void run();
  void stop() noexcept {
    stopping_.store(true, std::memory_order_relaxed);
    queue_.signal().notify();
  }
  /// The port may be back: what still sounds there, because the end of it was lost, is ended.
  void wake_if_owing() noexcept {
    if (owes_.load(std::memory_order_relaxed)) queue_.signal().notify();
  }
  [[nodiscard]] midi_output_count count() const noexcept {
    return {.sent = sent_.value(),
            .late = late_.value(),
            .refused = refused_.value(),
            .lost = lost_.value(),
            .worst_late = nanoseconds{static_cast<std::int64_t>(worst_late_.value())},
            .p99_late = nanoseconds{p99_late_.load(std::memory_order_relaxed)}};
  }
  [[nodiscard]] rtmidi_line& line() noexcept { return line_; } ///< for its keeper

private:
  using timed_packet = rtmidi_timed_packet;
  enum class outcome : std::uint8_t { sent, refused, lost, waits };
  static constexpr std::size_t longest_part = 4000; // of a SysEx on JACK

  void rest();
  void catch_up();
  void send(const timed_packet& event);
  outcome deliver(bytes_view message);
  outcome deliver_part(bytes_view part);
  bool has_room(const jack_watch& jack, std::size_t size) noexcept;

  signalled_ring<spsc_ring<timed_packet, room>, device_signal> queue_;
  health_counter sent_, late_, refused_, lost_, worst_late_;
  std::atomic<std::int64_t> p99_late_{0};
  event_delay<timed_packet, room> waiting_;
  midi1_messages messages_;
  note_tracker sounding_;         // there
  std::atomic<bool> owes_{false}; // something was lost, maybe the end of that
  delay_histogram delays_{4096};
  std::optional<std::uint32_t> frame_; // of the period of JACK's …
  host_time period_began_{};
  std::size_t of_period_ = 0; // … and how much of it is taken
  bool hangs_ = false;        // no new one came for so long that we wait no more
  std::atomic<bool> stopping_{false};
  rtmidi_line line_;
};

inline rtmidi_sender::rtmidi_sender(const midi_output_options& options, std::string_view api)
    : line_{{.way = rtmidi_way::out,
             .api = std::string{api},
             .port = options.port,
             .virtual_port = options.virtual_port,
             .client = options.client,
             .returns = options.returns}} {}

inline failure rtmidi_sender::trouble() noexcept {
#if defined(__linux__)
  const auto descriptor = queue_.signal().descriptor();
  if (!descriptor) return descriptor.error();
#endif
  return {};
}

inline void rtmidi_sender::run() {
  (void)thread_setup{.priority = 1, .name = "jam-midi-out"}.apply();
#if defined(__linux__)
  ::prctl(PR_SET_TIMERSLACK, 1UL); // ns, or each sleep would end 50 µs late
#endif
  bool last_turn = false;
  while (!last_turn) {
    last_turn = stopping_.load(std::memory_order_relaxed);
    queue_.expect_wake();
    timed_packet next;
    while (waiting_.size() < waiting_.capacity && queue_.try_pop(next))
      (void)waiting_.try_push(next.at, next);
    catch_up();
    const auto now = steady_source{}.now();
    const auto count = waiting_.pop_before(
        now + nanoseconds{1}, [&](host_time, const timed_packet& event) { send(event); });
    if (count == 0 && !last_turn) rest();
  }
}

// Until the next is due, or something comes that may be due before. Not for long at once: the clock
// by which a system sleeps is another than ours.
inline void rtmidi_sender::rest() {
  if (delays_.size() != 0) {
    const auto p99 = delay_histogram::upper_edge(delays_.all_but(delays_.size() / 100));
    p99_late_.store(p99.count(), std::memory_order_relaxed);
  }
  auto deadline = forever;
  if (const auto due = waiting_.next_due()) {
    const nanoseconds longest{100'000'000}, left = *due - steady_source{}.now();
    deadline = std::chrono::steady_clock::now() + std::min(left, longest);
  }
  (void)queue_.signal().wait_until(deadline);
}

inline void rtmidi_sender::send(const timed_packet& event) {
  refused_.add(messages_.feed(event.packet, [&](bytes_view message) {
    const auto became = deliver(message);
    if (became == outcome::lost) {
      owes_.store(true, std::memory_order_relaxed);
      return lost_.add(1);
    }
    if (became == outcome::refused) return refused_.add(1);
    sounding_.observe(event.packet);
    const auto delay = steady_source{}.now() - std::max(event.at, event.given);
    sent_.add(1);
    late_.add(delay > nanoseconds{1'000'000} ? 1 : 0);
    worst_late_.keep_largest(static_cast<std::uint64_t>(std::max<std::int64_t>(delay.count(), 0)));
    delays_.add(delay);
  }));
}

inline void rtmidi_sender::catch_up() {
  if (!owes_.load(std::memory_order_relaxed) || !line_.connected()) return;
  const note_tracker before = sounding_;
  bool lost = false;
  sounding_.release_all([&](const ump& packet) {
    (void)messages_.feed(packet,
                         [&](bytes_view message) { lost |= deliver(message) == outcome::lost; });
  });
  if (lost) sounding_ = before; // it is gone again: another time
  owes_.store(lost, std::memory_order_relaxed);
}

inline auto rtmidi_sender::deliver(bytes_view message) -> outcome {
  const auto most = line_.on_jack() ? longest_part : message.size();
  auto became = outcome::sent;
  while (became == outcome::sent && !message.empty()) {
    const auto part = message.first(std::min(most, message.size()));
    became = deliver_part(part);
    message = message.subspan(part.size());
  }
  return became;
}

// Waits for a period that has room; but not for one that does not come, and only once.
inline auto rtmidi_sender::deliver_part(bytes_view part) -> outcome {
  const auto give_up = steady_source{}.now() + nanoseconds{1'000'000'000};
  do {
    auto became = outcome::lost; // without a port, or a server
    line_.use([&](rtmidi_object& object, const jack_watch* jack) {
      if (jack != nullptr && (jack->died() || !has_room(*jack, part.size())))
        became = jack->died() ? outcome::lost : outcome::waits;
      else
        became = object.send(part) ? outcome::sent : outcome::refused;
    });
    if (became != outcome::waits) {
      hangs_ = false;
      return became;
    }
    std::this_thread::sleep_for(line_.period() / 4);
  } while (!hangs_ && steady_source{}.now() < give_up);
  hangs_ = true;
  return outcome::lost;
}

// RtMidi's ring takes what two periods may leave in it, and so does JACK's buffer of a port.
inline bool rtmidi_sender::has_room(const jack_watch& jack, std::size_t size) noexcept {
  constexpr std::size_t most = 8192, beside = 12; // bytes
  const auto now = steady_source{}.now();
  const auto seen = jack.frame();
  const bool next = seen ? seen != frame_ : now - period_began_ > nanoseconds{20'000'000};
  if (next) {
    frame_ = seen;
    period_began_ = now;
    of_period_ = 0;
  }
  if (of_period_ + size + beside > most) return false;
  of_period_ += size + beside;
  return true;
}

} // namespace jamnet::inline v0::detail

#endif
