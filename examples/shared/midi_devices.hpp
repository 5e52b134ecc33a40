// MIDI ports through the interface that the user names: RtMidi, which is everywhere, or JACK, to
// the frame. A program that has these is linked with jamnet::midi_io where that is, and compiled
// with SHARED_RTMIDI then.
//
//     auto keys = shared::open_source(shared::midi_interface::rtmidi, {.port = "launchkey"});
//     if (!keys) return say(shared::explain(keys.error(), "launchkey", shared::source_ports(…)));
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <jamnet/platform/midi_device.hpp>

namespace shared {

enum class midi_interface { rtmidi, jack };
[[nodiscard]] constexpr std::string_view to_string(midi_interface i) noexcept {
  return i == midi_interface::rtmidi ? "rtmidi" : "jack";
}
/// Whether this program was built with it.
[[nodiscard]] bool is_built(midi_interface i) noexcept;

/// What jamnet::midi_input promises, whichever it is.
class midi_source {
public:
  virtual ~midi_source() = default;
  [[nodiscard]] virtual bool try_next(jamnet::received_packet& out) noexcept = 0;
  virtual void expect_wake() noexcept = 0;
  [[nodiscard]] virtual jamnet::device_signal& signal() noexcept = 0;
  virtual void poll(jamnet::host_time now) = 0;
  virtual void on_port(jamnet::callback<void(const jamnet::midi_port_event&)> told) = 0;
  [[nodiscard]] virtual jamnet::midi_input_count count() const noexcept = 0;
};

/// What jamnet::midi_output promises.
class midi_sink {
public:
  virtual ~midi_sink() = default;
  [[nodiscard]] virtual bool try_send(const jamnet::ump& packet, jamnet::host_time at) noexcept = 0;
  virtual void poll(jamnet::host_time now) = 0;
  virtual void on_port(jamnet::callback<void(const jamnet::midi_port_event&)> told) = 0;
  [[nodiscard]] virtual jamnet::midi_output_count count() const noexcept = 0;
  /// How long before its time it has to be given a packet, to be exact.
  [[nodiscard]] virtual jamnet::nanoseconds ahead() const noexcept = 0;
};

[[nodiscard]] jamnet::result<std::unique_ptr<midi_source>>
open_source(midi_interface through, const jamnet::midi_input_options& options);
[[nodiscard]] jamnet::result<std::unique_ptr<midi_sink>>
open_sink(midi_interface through, const jamnet::midi_output_options& options);

/// All that a source, or a sink, can be connected to.
[[nodiscard]] std::vector<jamnet::midi_port> source_ports(midi_interface through);
[[nodiscard]] std::vector<jamnet::midi_port> sink_ports(midi_interface through);

/// Why a port was not opened, in one line: of `typed`, as the user named it, or nothing for one of
/// our own, where `there` is what there is.
[[nodiscard]] std::string explain(jamnet::failure why, midi_interface through,
                                  std::string_view typed, std::span<const jamnet::midi_port> there);

} // namespace shared
