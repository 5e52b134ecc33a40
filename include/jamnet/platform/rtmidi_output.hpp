// SPDX-License-Identifier: MIT
//
// MIDI out through RtMidi, each packet at its time: ALSA, JACK, CoreMIDI, Windows. Link
// jamnet::midi_io. Without RtMidi's headers this header is empty.
//
//     auto synth = rtmidi_output::open({.port = "fluid"});
//     (*synth)->try_send(note, map.to_host(event.time) + latency); // from one thread
//     (*synth)->poll(now);                                         // a few times a second
//
// RtMidi sends at once or not at all. So a thread of ours keeps what is sent ahead of its time and
// sleeps until then; how late it was is counted. On JACK the rest is up to the period: RtMidi
// plays what it has at the start of the next one (jack_midi.hpp does it to the frame).
//
// What RtMidi would lose in silence is paced, split or refused aloud: on JACK it has room for 16
// KiB a period, and waits for ever where a server died while it was full.
#pragma once

#include <jamnet/platform/detail/rtmidi_keeper.hpp>

#if __has_include(<rtmidi/rtmidi_c.h>)

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

namespace jamnet::inline v0 {

namespace detail {
struct timed_packet {
  host_time at{}, given{};
  ump packet{};
};
} // namespace detail

class rtmidi_output {
public:
  static constexpr std::size_t room = 4096; ///< packets that may wait for their time …
  static constexpr std::size_t longest_sysex = detail::midi1_messages::longest_sysex; ///< bytes

  /// As rtmidi_input::open, of the ports that one can send to.
  /// [control-thread] [allocates] [blocks]
  [[nodiscard]] static result<std::unique_ptr<rtmidi_output>>
  open(const midi_output_options& options, std::string_view api = {});
  /// All there are. [control-thread] [allocates] [blocks]
  [[nodiscard]] static std::vector<midi_port> ports(std::string_view api = {}) {
    return detail::rtmidi_ports(detail::rtmidi_way::out, api);
  }
  /// What is due is still sent, what is not is dropped. [control-thread] [blocks]
  ~rtmidi_output();

  /// To be sent at `at`, or at once if that is past; packets of one time in the order of these
  /// calls. A SysEx goes as one message, at the time of its last packet, on JACK in parts if it is
  /// longer than 4000 bytes. False, and nothing happens, if there is no room. [producer] [rt-safe],
  /// but for the system call that wakes the sender if it sleeps; O(1)
  [[nodiscard]] bool try_send(const ump& packet, host_time at) noexcept {
    return sender_->queue.try_push(timed_packet{at, steady_source{}.now(), packet});
  }

  /// As rtmidi_input's. What is due while there is no port is lost, and counted; what still sounds
  /// there when it is back, because the end of it was lost, is ended. [control-thread] [allocates]
  void poll(host_time now) {
    keeper_.poll(now, on_port_);
    if (sender_->owes.load(std::memory_order_relaxed) && connected()) sender_->wake();
  }
  /// [control-thread] O(1)
  void on_port(callback<void(const midi_port_event&)> told) { on_port_ = std::move(told); }
  /// [control-thread] [rt-safe] O(1)
  [[nodiscard]] bool connected() const noexcept { return keeper_.connected(); }
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] midi_output_count count() const noexcept;

private:
  using timed_packet = detail::timed_packet;
  enum class outcome : std::uint8_t { sent, refused, lost, waits };
  static constexpr std::size_t longest_part = 4000; // of a SysEx on JACK

  struct sender { // shared with the thread that sends, and the keeper's
    sender(const midi_output_options& options, std::string_view api);

    void run();
    void wake() noexcept { queue.signal().notify(); }
    void stop() noexcept {
      stopping.store(true, std::memory_order_relaxed);
      wake();
    }
    void rest();
    void catch_up();
    void send(const timed_packet& event);
    outcome deliver(bytes_view message);
    outcome deliver_part(bytes_view part);
    bool has_room(const detail::jack_watch& jack, std::size_t size) noexcept;

    signalled_ring<spsc_ring<timed_packet, room>, device_signal> queue;
    health_counter sent, late, refused, lost, worst_late;
    std::atomic<std::int64_t> p99_late{0};
    event_delay<timed_packet, room> waiting;
    detail::midi1_messages messages;
    note_tracker sounding;         // there
    std::atomic<bool> owes{false}; // something was lost, maybe the end of that
    delay_histogram delays{4096};
    std::optional<std::uint32_t> frame; // of the period of JACK's …
    host_time period_began{};
    std::size_t of_period = 0; // … and how much of it is taken
    bool hangs = false;        // no new one came for so long that we wait no more
    std::atomic<bool> stopping{false};
    detail::rtmidi_line line;
  };

  explicit rtmidi_output(std::shared_ptr<sender> shared)
      : sender_{std::move(shared)},
        keeper_{std::shared_ptr<detail::rtmidi_line>{sender_, &sender_->line}} {}

  std::shared_ptr<sender> sender_;
  callback<void(const midi_port_event&)> on_port_;
  detail::rtmidi_keeper keeper_;
  std::optional<detail::patient_thread> thread_;
};
static_assert(midi_output<rtmidi_output>);

inline result<std::unique_ptr<rtmidi_output>>
rtmidi_output::open(const midi_output_options& options, std::string_view api) {
  if (options.port.empty() == options.virtual_port.empty() || options.client.empty())
    return errc::value_range;
  std::unique_ptr<rtmidi_output> output{new rtmidi_output{std::make_shared<sender>(options, api)}};
  if (const auto why = output->keeper_.open(); why != failure{}) return why;
  output->thread_.emplace([sender = output->sender_] { sender->run(); });
  return output;
}

inline rtmidi_output::~rtmidi_output() { sender_->stop(); }

inline midi_output_count rtmidi_output::count() const noexcept {
  const sender& s = *sender_;
  return {.sent = s.sent.value(),
          .late = s.late.value(),
          .refused = s.refused.value(),
          .lost = s.lost.value(),
          .worst_late = nanoseconds{static_cast<std::int64_t>(s.worst_late.value())},
          .p99_late = nanoseconds{s.p99_late.load(std::memory_order_relaxed)}};
}

inline rtmidi_output::sender::sender(const midi_output_options& options, std::string_view api)
    : line{{.way = detail::rtmidi_way::out,
            .api = std::string{api},
            .port = options.port,
            .virtual_port = options.virtual_port,
            .client = options.client,
            .returns = options.returns}} {}

inline void rtmidi_output::sender::run() {
  (void)thread_setup{.priority = 1, .name = "jam-midi-out"}.apply();
#if defined(__linux__)
  ::prctl(PR_SET_TIMERSLACK, 1UL); // ns, or each sleep would end 50 µs late
#endif
  bool last_turn = false;
  while (!last_turn) {
    last_turn = stopping.load(std::memory_order_relaxed);
    queue.expect_wake();
    timed_packet next;
    while (waiting.size() < waiting.capacity && queue.try_pop(next))
      (void)waiting.try_push(next.at, next);
    catch_up();
    const auto now = steady_source{}.now();
    const auto count = waiting.pop_before(
        now + nanoseconds{1}, [&](host_time, const timed_packet& event) { send(event); });
    if (count == 0 && !last_turn) rest();
  }
}

// Until the next is due, or something comes that may be due before. Not for long at once: the clock
// by which a system sleeps is another than ours.
inline void rtmidi_output::sender::rest() {
  if (delays.size() != 0) {
    const auto p99 = delay_histogram::upper_edge(delays.all_but(delays.size() / 100));
    p99_late.store(p99.count(), std::memory_order_relaxed);
  }
  auto deadline = forever;
  if (const auto due = waiting.next_due()) {
    const nanoseconds longest{100'000'000}, left = *due - steady_source{}.now();
    deadline = std::chrono::steady_clock::now() + std::min(left, longest);
  }
  (void)queue.signal().wait_until(deadline);
}

inline void rtmidi_output::sender::send(const timed_packet& event) {
  refused.add(messages.feed(event.packet, [&](bytes_view message) {
    const auto became = deliver(message);
    if (became == outcome::lost) {
      owes.store(true, std::memory_order_relaxed);
      return lost.add(1);
    }
    if (became == outcome::refused) return refused.add(1);
    sounding.observe(event.packet);
    const auto delay = steady_source{}.now() - std::max(event.at, event.given);
    sent.add(1);
    late.add(delay > nanoseconds{1'000'000} ? 1 : 0);
    worst_late.keep_largest(static_cast<std::uint64_t>(std::max<std::int64_t>(delay.count(), 0)));
    delays.add(delay);
  }));
}

inline void rtmidi_output::sender::catch_up() {
  if (!owes.load(std::memory_order_relaxed) || !line.connected()) return;
  owes.store(false, std::memory_order_relaxed);
  sounding.release_all([&](const ump& packet) {
    (void)messages.feed(packet, [&](bytes_view message) { (void)deliver(message); });
  });
}

inline auto rtmidi_output::sender::deliver(bytes_view message) -> outcome {
  const auto most = line.on_jack() ? longest_part : message.size();
  auto became = outcome::sent;
  while (became == outcome::sent && !message.empty()) {
    const auto part = message.first(std::min(most, message.size()));
    became = deliver_part(part);
    message = message.subspan(part.size());
  }
  return became;
}

// Waits for a period that has room; but not for one that does not come, and only once.
inline auto rtmidi_output::sender::deliver_part(bytes_view part) -> outcome {
  const auto give_up = steady_source{}.now() + nanoseconds{1'000'000'000};
  do {
    auto became = outcome::lost; // without a port, or a server
    line.use([&](detail::rtmidi_object& object, const detail::jack_watch* jack) {
      if (jack != nullptr && (jack->died() || !has_room(*jack, part.size())))
        became = jack->died() ? outcome::lost : outcome::waits;
      else
        became = object.send(part) ? outcome::sent : outcome::refused;
    });
    if (became != outcome::waits) {
      hangs = false;
      return became;
    }
    std::this_thread::sleep_for(line.period() / 4);
  } while (!hangs && steady_source{}.now() < give_up);
  hangs = true;
  return outcome::lost;
}

// RtMidi's ring takes what two periods may leave in it, and so does JACK's buffer of a port.
inline bool rtmidi_output::sender::has_room(const detail::jack_watch& jack,
                                            std::size_t size) noexcept {
  constexpr std::size_t most = 8192, beside = 12; // bytes
  const auto now = steady_source{}.now();
  const auto seen = jack.frame();
  const bool next = seen ? seen != frame : now - period_began > nanoseconds{20'000'000};
  if (next) {
    frame = seen;
    period_began = now;
    of_period = 0;
  }
  if (of_period + size + beside > most) return false;
  of_period += size + beside;
  return true;
}

} // namespace jamnet::inline v0

#endif
