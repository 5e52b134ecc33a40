// SPDX-License-Identifier: MIT
//
// MIDI through JACK, exact to the frame: each packet comes with the moment of its frame, and goes
// at the frame of its moment. For who needs better than the period by which rtmidi_input and
// rtmidi_output may be late; asked for and used as those are (midi_device.hpp).
//
//     auto out = jack_midi_output::open({.port = "fluidsynth"});
//     if (!out) return fail(to_string(out.error().code));
//     (*out)->try_send(note_on{.note = 60}, now + (*out)->period());
//     (*out)->poll(now);                          // a few times a second
//
// JACK is opened when the program runs; without its headers this header is empty. Where a server
// ends, what sounds is ended, and poll() takes the port up again when there is a server of that
// name. But libjack lets nobody in before all dead clients of the process are closed: each of ours
// needs its poll().
#pragma once

#include <jamnet/platform/detail/jack_midi_port.hpp>

#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include <jamnet/platform/detail/jack_midi_receiver.hpp>
#include <jamnet/platform/detail/jack_midi_sender.hpp>
#include <jamnet/platform/midi_device.hpp>

namespace jamnet::inline v0 {

/// Whether there is a JACK server here that one can be a client of.
/// [control-thread] [allocates] [blocks]
[[nodiscard]] inline bool jack_server_runs() {
  const auto jack = detail::jack_library::load();
  return jack && detail::jack_client{*jack}.open("jamnet-look", nanoseconds{0}) == failure{};
}

/// When a packet was played is when its frame is, less the latency that its port declares.
class jack_midi_input {
public:
  /// Fails with device_absent: no JACK, no server, or no such port; the detail is how many the name
  /// may mean, and midi_port_list::explain() says it in a line. With device_taken if it cannot be
  /// connected to, device_lost if dead clients of this process are not closed within 2 s, and
  /// value_range unless one of `port` and `virtual_port` is given, a client, a group below 16, and
  /// names that JACK takes. [control-thread] [allocates] [blocks]
  static result<std::unique_ptr<jack_midi_input>> open(const midi_input_options& options);
  /// All that one can be connected to; none without a server.
  /// [control-thread] [allocates] [blocks]
  static std::vector<midi_port> ports();

  ~jack_midi_input() { port_.close(); }

  /// The next packet, if one has come. [consumer] [rt-safe] O(1)
  [[nodiscard]] bool try_next(received_packet& out) noexcept {
    return receiver_.packets().try_pop(out);
  }
  /// As signalled_ring has them: the callback wakes who said that it would wait.
  /// [consumer] [rt-safe] O(1)
  void expect_wake() noexcept { receiver_.packets().expect_wake(); }
  [[nodiscard]] device_signal& signal() noexcept { return receiver_.packets().signal(); }

  /// Who came and went, and whether our port is still connected. [control-thread] [allocates]
  /// [blocks]
  void poll(host_time now) {
    port_.poll(now, told_, [&] { receiver_.release(now); });
    if (!port_.has_server()) receiver_.settle(now); // nobody is in the callback
  }
  /// Who is told, from poll(). The first time, all there are appear. [control-thread] [allocates]
  void on_port(callback<void(const midi_port_event&)> told) { told_ = std::move(told); }

  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] midi_input_count count() const noexcept { return receiver_.count(); }
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] bool connected() const noexcept { return port_.connected(); }

  /// For tests: with a JACK of one's own.
  static result<std::unique_ptr<jack_midi_input>> open(const midi_input_options& options,
                                                       const detail::jack_library& jack);

private:
  jack_midi_input(const midi_input_options& options, const detail::jack_library& jack)
      : port_{jack, {options.port, options.virtual_port, options.client, options.returns, true}},
        receiver_{options} {}
  static void on_period(void* self, jack_nframes_t frames) noexcept;

  detail::jack_midi_port port_;
  detail::jack_midi_receiver receiver_;
  callback<void(const midi_port_event&)> told_;
};

/// A packet goes at the frame of its moment, less the latency that the port it goes to declares.
class jack_midi_output {
public:
  /// As an input's. [control-thread] [allocates] [blocks]
  static result<std::unique_ptr<jack_midi_output>> open(const midi_output_options& options);
  /// As an input's. [control-thread] [allocates] [blocks]
  static std::vector<midi_port> ports();

  ~jack_midi_output() { port_.close(); }

  /// Sends it at that moment, or with the next period if that is less than period() ahead; packets
  /// of one moment in the order of these calls. A SysEx goes at the time of its last packet, as one
  /// message of at most 64 KiB, in parts of 8 KiB a period. False, and nothing done, if 4,096 wait.
  /// [producer] [rt-safe] O(1)
  [[nodiscard]] bool try_send(const ump& packet, host_time at) noexcept {
    return sender_.try_push(packet, at, steady_source{}.now());
  }
  /// How far ahead a moment must lie to be met to the frame. What is played live keeps its rhythm
  /// if it is sent for that much later. [any-thread] [rt-safe] O(1)
  [[nodiscard]] nanoseconds period() const noexcept {
    return nanoseconds{period_ns_.load(std::memory_order_relaxed)};
  }

  /// As an input's. [control-thread] [allocates] [blocks]
  void poll(host_time now) {
    port_.poll(now, told_, [] {});
    if (!port_.has_server()) sender_.discard(now);
  }
  /// Who is told, from poll(). The first time, all there are appear. [control-thread] [allocates]
  void on_port(callback<void(const midi_port_event&)> told) { told_ = std::move(told); }

  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] midi_output_count count() const noexcept { return sender_.count(); }
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] bool connected() const noexcept { return port_.connected(); }

  /// For tests: with a JACK of one's own.
  static result<std::unique_ptr<jack_midi_output>> open(const midi_output_options& options,
                                                        const detail::jack_library& jack);

private:
  jack_midi_output(const midi_output_options& options, const detail::jack_library& jack)
      : port_{jack, {options.port, options.virtual_port, options.client, options.returns, false}} {}
  static void on_period(void* self, jack_nframes_t frames) noexcept;

  detail::jack_midi_port port_;
  detail::jack_midi_sender sender_;
  std::atomic<std::int64_t> period_ns_{0};
  callback<void(const midi_port_event&)> told_;
};

static_assert(midi_input<jack_midi_input> && midi_output<jack_midi_output>);

inline result<std::unique_ptr<jack_midi_input>>
jack_midi_input::open(const midi_input_options& options, const detail::jack_library& jack) {
  if (options.group > 15) return errc::value_range;
  std::unique_ptr<jack_midi_input> made{new jack_midi_input{options, jack}};
  if (const failure why = made->port_.open(on_period, made.get()); why != failure{}) return why;
  return made;
}

inline result<std::unique_ptr<jack_midi_input>>
jack_midi_input::open(const midi_input_options& options) {
  const auto jack = detail::jack_library::load();
  if (!jack) return jack.error();
  return open(options, *jack);
}

inline std::vector<midi_port> jack_midi_input::ports() {
  const auto jack = detail::jack_library::load();
  if (!jack) return {};
  return detail::jack_midi_port::all(*jack, true);
}

inline void jack_midi_input::on_period(void* self, jack_nframes_t frames) noexcept {
  auto& me = *static_cast<jack_midi_input*>(self);
  auto& client = me.port_.client();
  const auto [latency, uncertain] = me.port_.latency();
  const auto cycle = client.read_cycle().later(-latency, uncertain);
  me.receiver_.take(client.jack(), client.buffer(frames), cycle, me.port_.heard());
}

inline result<std::unique_ptr<jack_midi_output>>
jack_midi_output::open(const midi_output_options& options, const detail::jack_library& jack) {
  std::unique_ptr<jack_midi_output> made{new jack_midi_output{options, jack}};
  if (const failure why = made->port_.open(on_period, made.get()); why != failure{}) return why;
  return made;
}

inline result<std::unique_ptr<jack_midi_output>>
jack_midi_output::open(const midi_output_options& options) {
  const auto jack = detail::jack_library::load();
  if (!jack) return jack.error();
  return open(options, *jack);
}

inline std::vector<midi_port> jack_midi_output::ports() {
  const auto jack = detail::jack_library::load();
  if (!jack) return {};
  return detail::jack_midi_port::all(*jack, false);
}

inline void jack_midi_output::on_period(void* self, jack_nframes_t frames) noexcept {
  auto& me = *static_cast<jack_midi_output*>(self);
  auto& client = me.port_.client();
  const auto cycle = client.read_cycle();
  me.period_ns_.store((cycle.at(frames) - cycle.start).count(), std::memory_order_relaxed);
  const auto [latency, uncertain] = me.port_.latency();
  me.sender_.write(client.jack(), client.buffer(frames), cycle.later(latency, uncertain), frames,
                   me.port_.connected(), me.port_.heard());
}

} // namespace jamnet::inline v0

#endif
