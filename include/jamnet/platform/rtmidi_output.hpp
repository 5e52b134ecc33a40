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

#include <jamnet/platform/detail/rtmidi_sender.hpp>

namespace jamnet::inline v0 {

class rtmidi_output {
public:
  /// How many packets may wait for their time, and how many bytes a SysEx may have.
  static constexpr std::size_t room = detail::rtmidi_sender::room;
  static constexpr std::size_t longest_sysex = detail::midi1_messages::longest_sysex;

  /// As rtmidi_input::open, of the ports that one can send to; also fails with system (detail:
  /// errno) where no more files can be open. [control-thread] [allocates] [blocks]
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
    return sender_->try_push(packet, at);
  }

  /// As rtmidi_input's. What is due while there is no port is lost, and counted; what still sounds
  /// there when it is back, because the end of it was lost, is ended. [control-thread] [allocates]
  void poll(host_time now) {
    keeper_.poll(now, on_port_);
    if (connected()) sender_->wake_if_owing();
  }
  /// [control-thread] O(1)
  void on_port(callback<void(const midi_port_event&)> told) { on_port_ = std::move(told); }
  /// [control-thread] [rt-safe] O(1)
  [[nodiscard]] bool connected() const noexcept { return keeper_.connected(); }
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] midi_output_count count() const noexcept { return sender_->count(); }

private:
  explicit rtmidi_output(std::shared_ptr<detail::rtmidi_sender> shared)
      : sender_{std::move(shared)},
        keeper_{std::shared_ptr<detail::rtmidi_line>{sender_, &sender_->line()}} {}

  std::shared_ptr<detail::rtmidi_sender> sender_;
  callback<void(const midi_port_event&)> on_port_;
  detail::rtmidi_keeper keeper_;
  std::optional<detail::patient_thread> thread_;
};
static_assert(midi_output<rtmidi_output>);

inline result<std::unique_ptr<rtmidi_output>>
rtmidi_output::open(const midi_output_options& options, std::string_view api) {
  if (options.port.empty() == options.virtual_port.empty() || options.client.empty())
    return errc::value_range;
  std::unique_ptr<rtmidi_output> output{
      new rtmidi_output{std::make_shared<detail::rtmidi_sender>(options, api)}};
  if (const auto why = output->sender_->trouble(); why != failure{}) return why;
  if (const auto why = output->keeper_.open(); why != failure{}) return why;
  output->thread_.emplace([sender = output->sender_] { sender->run(); });
  return output;
}

inline rtmidi_output::~rtmidi_output() { sender_->stop(); }

} // namespace jamnet::inline v0

#endif
