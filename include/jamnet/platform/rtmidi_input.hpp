// SPDX-License-Identifier: MIT
//
// MIDI in through RtMidi: ALSA, JACK, CoreMIDI, Windows. Link jamnet::midi_io. Without RtMidi's
// headers this header is empty.
//
//     auto keys = rtmidi_input::open({.port = "launchkey"});
//     received_packet got;
//     while ((*keys)->try_next(got)) me.send(got.packet, clock.to_session(got.at) + me.latency());
//     (*keys)->poll(now);                                  // a few times a second
//
// The driver's thread only parses and pushes. What asks the system runs on a thread of its own:
// neither poll() nor the end of an input waits for a driver that hangs, or a server that died.
//
// What RtMidi keeps from us: where in JACK's period an event was (jack_midi.hpp knows), and a SysEx
// that never ends, behind which it collects all that follows until one does.
#pragma once

#include <jamnet/platform/detail/rtmidi_keeper.hpp>

#if __has_include(<rtmidi/rtmidi_c.h>)

#include <jamnet/midi/byte_stream.hpp>
#include <jamnet/platform/detail/received_queue.hpp>
#include <jamnet/platform/detail/uncancelled.hpp>
#include <jamnet/sync/delivery_clock.hpp>

namespace jamnet::inline v0 {

class rtmidi_input {
public:
  /// So many packets may wait, a SysEx of 196,000 bytes; one that does not fit is lost as a whole.
  static constexpr std::size_t room = 32'768;

  /// Of the system with that name ("alsa", "jack", "core", "winmm"), or the first of them that has
  /// the port. Fails with device_absent: no such system, no server, or no such port; the detail is
  /// how many the name may mean, and midi_port_list{ports()}.explain() says it in a line. With
  /// device_taken if the port cannot be had, device_lost if the system does not answer within 3 s,
  /// and value_range unless one of `port` and `virtual_port` is given, a client and a group below
  /// 16. [control-thread] [allocates] [blocks]
  [[nodiscard]] static result<std::unique_ptr<rtmidi_input>> open(const midi_input_options& options,
                                                                  std::string_view api = {});
  /// All there are. [control-thread] [allocates] [blocks]
  [[nodiscard]] static std::vector<midi_port> ports(std::string_view api = {}) {
    return detail::rtmidi_ports(detail::rtmidi_way::in, api);
  }
  /// The systems that RtMidi was built for and that are on this machine, by their names; a JACK
  /// server need not run. [control-thread] [allocates]
  [[nodiscard]] static std::vector<std::string> systems() {
    std::vector<std::string> names;
    for (const RtMidiApi api : detail::rtmidi_apis()) names.emplace_back(::rtmidi_api_name(api));
    return names;
  }

  /// Takes the next, if there is one. [consumer] [rt-safe] O(1)
  [[nodiscard]] bool try_next(received_packet& out) noexcept {
    return heard_->queue.ring().try_pop(out);
  }
  /// For who waits elsewhere for the next; as signalled_ring's. [consumer] [rt-safe] O(1)
  void expect_wake() noexcept { heard_->queue.ring().expect_wake(); }
  [[nodiscard]] device_signal& signal() noexcept { return heard_->queue.ring().signal(); }

  /// Tells what changed, and looks whether anything has. A port that was unplugged, or whose server
  /// died, is lost within a second, and what it held is ended by note-offs; by the policy of the
  /// options it is connected again soon after its return. [control-thread] [allocates]
  void poll(host_time now) { keeper_.poll(now, on_port_); }
  /// Who is told, from poll(). The first time, all there are appear. [control-thread] O(1)
  void on_port(callback<void(const midi_port_event&)> told) { on_port_ = std::move(told); }
  /// Also false while the driver hangs. [control-thread] [rt-safe] O(1)
  [[nodiscard]] bool connected() const noexcept { return keeper_.connected(); }
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] midi_input_count count() const noexcept {
    return {heard_->queue.told(), heard_->lost.load(std::memory_order_relaxed),
            heard_->meaningless.value()};
  }

private:
  struct ear { // shared with the driver's thread, and the keeper's
    ear(const midi_input_options& options, std::string_view api);

    static void on_message(double delta, const unsigned char* data, std::size_t size, void* self) {
      detail::uncancelled([&] { static_cast<ear*>(self)->hear(delta, {data, size}); });
    }
    static void on_silence(void* self) { static_cast<ear*>(self)->release(); }
    static void on_look(void* self) { static_cast<ear*>(self)->make_up(); }
    void hear(double delta, bytes_view message) noexcept;
    void release() noexcept;
    void make_up() noexcept;
    void lose(std::size_t count) noexcept { lost.fetch_add(count, std::memory_order_relaxed); }
    void settle(const received_packet& next) noexcept;
    void rest() noexcept;
    placed_delivery place(double delta, host_time now) noexcept;

    detail::received_queue<room> queue; // of who is busy
    health_counter meaningless;
    std::atomic<std::uint64_t> lost{0};
    std::atomic<bool> busy{false};    // one of the two threads pushes
    std::atomic<bool> unheard{false}; // something came meanwhile
    std::atomic<bool> owing{false};   // as the queue says, for who is not busy
    unsigned group;
    delivery_clock stamps;
    nanoseconds stamp{}; // all deltas together
    detail::rtmidi_line line;
  };

  explicit rtmidi_input(std::shared_ptr<ear> heard)
      : heard_{std::move(heard)},
        keeper_{std::shared_ptr<detail::rtmidi_line>{heard_, &heard_->line}} {}

  std::shared_ptr<ear> heard_;
  callback<void(const midi_port_event&)> on_port_;
  detail::rtmidi_keeper keeper_;
};
static_assert(midi_input<rtmidi_input>);

inline result<std::unique_ptr<rtmidi_input>> rtmidi_input::open(const midi_input_options& options,
                                                                std::string_view api) {
  if (options.port.empty() == options.virtual_port.empty() || options.client.empty() ||
      options.group > 15)
    return errc::value_range;
  std::unique_ptr<rtmidi_input> input{new rtmidi_input{std::make_shared<ear>(options, api)}};
  if (const auto why = input->keeper_.open(); why != failure{}) return why;
  return input;
}

inline rtmidi_input::ear::ear(const midi_input_options& options, std::string_view api)
    : group{options.group},
      line{{.way = detail::rtmidi_way::in,
            .api = std::string{api},
            .port = options.port,
            .virtual_port = options.virtual_port,
            .client = options.client,
            .returns = options.returns,
            .sysex = options.sysex,
            .clock = options.clock,
            .sensing = options.sensing,
            .heard = on_message,
            .silenced = on_silence,
            .looked = on_look,
            .owner = this}} {}

// Each message by itself: a running status would be that of another port, where several are
// connected to ours. Of a SysEx all or nothing, so that none is without its end.
inline void rtmidi_input::ear::hear(double delta, bytes_view message) noexcept {
  const auto placed = place(delta, steady_source{}.now());
  const bool sysex = message.size() > 3;
  const auto size = sysex ? sysex_packets<sysex7>(message.size() - 2) : 1;
  if (busy.exchange(true, std::memory_order_acquire)) {
    unheard.store(true, std::memory_order_release);
    return lose(size);
  }
  received_packet next{placed.at, static_cast<std::uint32_t>(placed.bound.count()), {}};
  settle(next);
  const bool fits = !sysex || queue.takes(size + 1);
  byte_stream_parser parser{group};
  const auto take = [&](const ump& packet) {
    next.packet = packet;
    if (fits && queue.push(next)) return;
    if (!fits) queue.miss(packet);
    lose(1);
  };
  parser.feed(message, take);
  parser.end(take);
  meaningless.add(parser.dropped());
  rest();
}

inline void rtmidi_input::ear::rest() noexcept {
  owing.store(queue.owing(), std::memory_order_relaxed);
  busy.store(false, std::memory_order_release);
}

// What came while the other was busy may have ended anything.
inline void rtmidi_input::ear::settle(const received_packet& next) noexcept {
  if (unheard.exchange(false, std::memory_order_acquire)) queue.silence();
  queue.settle(next);
}

// Who played has gone, so nobody else will end what sounds. From the keeper's thread.
inline void rtmidi_input::ear::release() noexcept {
  while (busy.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  queue.silence();
  settle({steady_source{}.now(), 0, {}});
  rest();
}

// At each look, from the keeper's thread: who was lost in a flood may be silent now.
inline void rtmidi_input::ear::make_up() noexcept {
  if (!owing.load(std::memory_order_relaxed) && !unheard.load(std::memory_order_relaxed)) return;
  if (busy.exchange(true, std::memory_order_acquire)) return; // who is will do it
  settle({steady_source{}.now(), 0, {}});
  rest();
}

// RtMidi stamps what comes from JACK where we are called, and by a clock that is no better than
// ours, so there the stamp says nothing more, and the period is what nobody knows.
inline placed_delivery rtmidi_input::ear::place(double delta, host_time now) noexcept {
  if (line.on_jack()) return {now, line.period()};
  const double ns = delta * 1e9;
  if (ns > 0 && ns < 0x1p61) stamp = detail::wrapping_sum(stamp, nanoseconds{nearest(ns)});
  return stamps.place(stamp, now);
}

} // namespace jamnet::inline v0

#endif
