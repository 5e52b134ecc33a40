// SPDX-License-Identifier: MIT
//
// What every MIDI input and output of this folder has in common: how a port is asked for, what
// comes from it, what is told of it, and the two concepts. No system's header is in here.
//
//     auto keys = rtmidi_input::open({.port = "launchkey"});  // or jack_midi_input
//     if (!keys) return fail(to_string(keys.error().code));
//     while ((*keys)->try_next(packet)) me.send(packet.packet, packet.at);
//     (*keys)->poll(now);                  // a few times a second: was it unplugged, is it back?
//
// Ports have no lasting number. A port is known by its name and, where several have the same, by
// which of them it is; see midi_port_list.hpp.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <jamnet/core/callback.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/midi/ump.hpp>
#include <jamnet/time/timeline.hpp>

#if defined(__linux__)
#include <jamnet/platform/eventfd_signal.hpp>
#else
#include <jamnet/ring/condition_signal.hpp>
#endif

namespace jamnet::inline v0 {

/// What an input's consumer can wait for: a descriptor where an event loop can watch one.
#if defined(__linux__)
using device_signal = eventfd_signal;
#else
using device_signal = condition_signal;
#endif

/// A packet and when it was played.
struct received_packet {
  host_time at{};
  std::uint32_t bound_ns = 0; ///< how wrong that may be, by what the system allows to know
  ump packet{};
};
static_assert(sizeof(received_packet) == 32);

/// The system's name of a port, without what changes daily ("20:0"), and which of several of that
/// name it is, from 0.
struct midi_port {
  std::string name{};
  unsigned which = 0;

  friend bool operator==(const midi_port&, const midi_port&) = default;
};

/// As a user reads and types it: the name, and " (2)" behind the second of that name.
/// [any-thread] [allocates] O(1)
[[nodiscard]] inline std::string to_string(const midi_port& port) {
  if (port.which == 0) return port.name;
  return port.name + " (" + std::to_string(port.which + 1) + ")";
}

enum class port_change : std::uint8_t {
  appeared,  ///< a port is there that was not
  vanished,  ///< one is there no more
  connected, ///< what we asked for is ours, or ours again
  lost,      ///< what was ours is not: unplugged, or its server died
};

/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::string_view to_string(port_change change) noexcept {
  switch (change) {
  case port_change::appeared: return "appeared";
  case port_change::vanished: return "vanished";
  case port_change::connected: return "connected";
  case port_change::lost: return "lost";
  }
  return "unknown change";
}

struct midi_port_event {
  port_change change{};
  midi_port port{};
};

/// What is taken up again after it was unplugged, or its server restarted.
enum class port_return : std::uint8_t {
  same,    ///< the port of that name and number
  by_name, ///< that one, or any other of that name
  never,   ///< none: once lost, it stays so
};

struct midi_input_options {
  std::string port{};            ///< its name, or a part that only one has, in any case
  std::string virtual_port{};    ///< instead: one of our own of this name, for others to connect to
  std::string client = "jamnet"; ///< what others see as our name
  unsigned group = 0;            ///< of the packets, below 16
  port_return returns = port_return::same;
  bool sysex = true, clock = true, sensing = true; ///< which are to come, besides all others
};

struct midi_output_options {
  std::string port{};            ///< as for an input
  std::string virtual_port{};    ///< …
  std::string client = "jamnet"; ///< …
  port_return returns = port_return::same;
};

/// Since it was opened.
struct midi_input_count {
  std::uint64_t packets = 0;     ///< that came, and were there to be taken
  std::uint64_t lost = 0;        ///< that found no room, because nobody took those before
  std::uint64_t meaningless = 0; ///< bytes and messages that are no MIDI
};

/// Since it was opened, of messages: a SysEx is one, of however many packets.
struct midi_output_count {
  std::uint64_t sent = 0;    ///< handed to the system
  std::uint64_t late = 0;    ///< … of those, more than a millisecond after their time
  std::uint64_t refused = 0; ///< that MIDI 1.0, or the system, cannot take
  std::uint64_t lost = 0;    ///< due while there was no port
  nanoseconds worst_late{};  ///< of all sent
  nanoseconds p99_late{};    ///< what 99 of 100 lately did not exceed, in steps of 6 % from 17 µs
};

/// MIDI that comes in. A note whose end finds no room is ended as soon as there is some: none hangs
/// because a consumer paused. One thread takes packets, one (maybe the same) calls poll() two to
/// ten times a second, from which on_port's callback is called. `open` fails with device_absent (no
/// server, no such port: midi_port_list says which there are), device_taken, value_range (options
/// that contradict themselves) or system.
template <class T>
concept midi_input =
    requires(T in, const T& seen, received_packet& out, host_time now,
             callback<void(const midi_port_event&)> told, const midi_input_options& options) {
      { in.try_next(out) } noexcept -> std::same_as<bool>; // [consumer] [rt-safe]
      in.expect_wake(); // [consumer] [rt-safe], see signalled_ring
      { in.signal() } -> std::same_as<device_signal&>;
      in.poll(now); // [control-thread] [allocates] [blocks]
      in.on_port(std::move(told));
      { seen.count() } noexcept -> std::same_as<midi_input_count>;
      { seen.connected() } noexcept -> std::same_as<bool>;
      { T::open(options) } -> std::same_as<result<std::unique_ptr<T>>>;
      { T::ports() } -> std::same_as<std::vector<midi_port>>;
    };

/// MIDI that goes out, each packet at its time; one whose time has come, or is past, at once. Those
/// of one time keep their order. A packet is refused at once (false) only when too many wait.
template <class T>
concept midi_output =
    requires(T out, const T& seen, const ump& packet, host_time at,
             callback<void(const midi_port_event&)> told, const midi_output_options& options) {
      { out.try_send(packet, at) } noexcept -> std::same_as<bool>; // [producer] [rt-safe]
      out.poll(at);                                                // as an input's
      out.on_port(std::move(told));
      { seen.count() } noexcept -> std::same_as<midi_output_count>;
      { seen.connected() } noexcept -> std::same_as<bool>;
      { T::open(options) } -> std::same_as<result<std::unique_ptr<T>>>;
      { T::ports() } -> std::same_as<std::vector<midi_port>>;
    };

} // namespace jamnet::inline v0
