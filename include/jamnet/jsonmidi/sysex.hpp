// SPDX-License-Identifier: MIT
//
// SysEx as JSONMIDI has it: one object for a message of any length, or for a piece of one.
#pragma once

#include <cstdint>

#include <jamnet/core/bytes.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi {

enum class sysex_type : std::uint8_t { sysex7, sysex8 };

/// What lies between F0 and F7, or a part of it.
struct system_exclusive {
  session_time time{};
  std::uint64_t seq = midi_event::no_seq;
  unsigned group = 0;
  ump_form form = ump_form::complete; ///< complete: `data` is the whole message
  bytes_view data{};                  ///< each below 128 in a sysex7
  sysex_type type = sysex_type::sysex7;
  std::uint8_t stream_id = 0; ///< of a sysex8
};

} // namespace jamnet::inline v0::jsonmidi
