// SPDX-License-Identifier: MIT
//
// From the events of a JACK port, in its callback, to packets with their moments, for a consumer.
#pragma once

#include <jamnet/platform/detail/jack_client.hpp>

#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)

#include <cstdint>

#include <jamnet/latency/buffer_health.hpp>
#include <jamnet/midi/byte_stream.hpp>
#include <jamnet/platform/detail/received_queue.hpp>

namespace jamnet::inline v0::detail {

class jack_midi_receiver {
public:
  // More than the events of one period hold: 32 KiB of SysEx are 5,461 packets.
  using packet_queue = received_queue<8192>;

  explicit jack_midi_receiver(const midi_input_options& options) noexcept
      : parser_{options.group},
        sysex_{options.sysex},
        clock_{options.clock},
        sensing_{options.sensing} {}

  /// What came in a period; what sounds is ended when who played it has gone. Nothing here waits,
  /// allocates or locks; to wake a consumer that sleeps is the one system call. [producer]
  void take(const jack_library& jack, void* buffer, const jack_cycle& cycle, bool anybody) noexcept;
  /// All who played have gone. [producer]
  void release(host_time at) noexcept;
  /// Ends what has ended without room to say so, if there is room now. [producer]
  void settle(host_time at) noexcept;

  [[nodiscard]] packet_queue::packet_ring& packets() noexcept { return packets_.ring(); }
  [[nodiscard]] midi_input_count count() const noexcept {
    return {packets_.told(), lost_.value(), meaningless_.value()};
  }

private:
  void take(bytes_view event) noexcept;
  void take(const ump& packet) noexcept;
  void push(const ump& packet) noexcept;
  [[nodiscard]] received_packet stamped(const ump& packet = {}) const noexcept {
    return {at_, bound_ns_, packet};
  }
  [[nodiscard]] bool wanted(const ump& packet) const noexcept;

  packet_queue packets_;
  byte_stream_parser parser_;
  bool sysex_, clock_, sensing_;
  bool anybody_ = false;    // was there in the period before
  bool sysex_torn_ = false; // a part of it found no room, so the rest is of no use
  host_time at_{};          // of the event at hand
  std::uint32_t bound_ns_ = 0;
  health_counter lost_, meaningless_;
};

inline void jack_midi_receiver::take(const jack_library& jack, void* buffer,
                                     const jack_cycle& cycle, bool anybody) noexcept {
  at_ = cycle.start;
  bound_ns_ = cycle.bound_ns;
  packets_.settle(stamped());
  const std::uint32_t count = jack.event_count(buffer);
  for (std::uint32_t i = 0; i < count; ++i) {
    ::jack_midi_event_t event{};
    if (jack.event_get(&event, buffer, i) != 0) continue;
    at_ = cycle.at(event.time);
    take(bytes_view{event.buffer, event.size});
  }
  if (const auto unheard = jack.lost_events(buffer); unheard != 0) {
    lost_.add(unheard);
    packets_.silence(); // they may have ended anything
    packets_.settle(stamped());
  }
  if (anybody_ && !anybody) release(cycle.start);
  anybody_ = anybody;
  meaningless_.keep_largest(parser_.dropped());
}

inline void jack_midi_receiver::release(host_time at) noexcept {
  at_ = at;
  bound_ns_ = 0;
  parser_.end([this](const ump& packet) { take(packet); });
  packets_.silence();
  packets_.settle(stamped());
  anybody_ = false;
}

inline void jack_midi_receiver::settle(host_time at) noexcept { packets_.settle({at, 0, {}}); }

// An event is a whole message, or a part of a SysEx: nothing else goes on in the next, which may be
// of another who is connected to the same port.
inline void jack_midi_receiver::take(bytes_view event) noexcept {
  const auto take_packet = [this](const ump& packet) { take(packet); };
  parser_.feed(event, take_packet);
  if (!parser_.in_sysex()) parser_.end(take_packet);
}

inline void jack_midi_receiver::take(const ump& packet) noexcept {
  if (wanted(packet)) push(packet);
}

inline void jack_midi_receiver::push(const ump& packet) noexcept {
  const auto form = static_cast<ump_form>(packet.status() >> 4);
  const bool sysex = packet.type() == ump_type::sysex7;
  if (sysex && (form == ump_form::complete || form == ump_form::start)) sysex_torn_ = false;
  if (!(sysex && sysex_torn_) && packets_.push(stamped(packet))) return;
  lost_.add(1);
  sysex_torn_ = sysex_torn_ || sysex;
}

inline bool jack_midi_receiver::wanted(const ump& packet) const noexcept {
  if (packet.type() == ump_type::sysex7) return sysex_;
  if (packet.type() != ump_type::system) return true;
  switch (packet.status()) {
  case 0xf1:
  case 0xf8: return clock_;
  case 0xfe: return sensing_;
  default: return true;
  }
}

} // namespace jamnet::inline v0::detail

#endif
