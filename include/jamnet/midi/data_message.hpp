// SPDX-License-Identifier: MIT
//
// The packets that carry data: system exclusive of 7 and of 8 bits, and mixed data sets. A SysEx of
// any length is cut into them by sysex_splitter.hpp and put together again by sysex_assembler.hpp.
// What `from` promises is said in message.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <jamnet/midi/detail/packet_fields.hpp>
#include <jamnet/midi/packet_data.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

// All of these are [any-thread] [rt-safe] O(1).

/// Up to six bytes of what lies between F0 and F7, each below 128.
struct sysex7 {
  ump_form form = ump_form::complete;
  packet_data<6> data{};
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<sysex7> from(const ump& p) noexcept {
    return detail::from_packet<sysex7>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0x30000000).group(group).form(form, 20, 4).counted(data, 2, 7);
  }
};

/// Up to thirteen bytes. Messages of different stream ids may come interleaved. The packet that the
/// standard has for a message given up, an end of "15 bytes", is none of these.
struct sysex8 {
  ump_form form = ump_form::complete;
  unsigned stream_id = 0; ///< 0 to 255
  packet_data<13> data{};
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<sysex8> from(const ump& p) noexcept {
    return detail::from_packet<sysex8>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0x50000000).group(group).form(form, 20, 4).bits(stream_id, 0, 8, 8).counted(data, 3);
  }
};

/// Says what the payloads that follow are; the standard divides it into seven 16-bit numbers: bytes
/// in this chunk, chunks, number of this chunk, manufacturer, device, and two sub-ids.
struct mixed_data_set_header {
  unsigned mds_id = 0; ///< 0 to 15
  std::array<std::uint8_t, 14> data{};
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<mixed_data_set_header> from(const ump& p) noexcept {
    return detail::from_packet<mixed_data_set_header>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0x50800000).group(group).bits(mds_id, 0, 16, 4).bytes(data, 2);
  }
};

struct mixed_data_set_payload {
  unsigned mds_id = 0; ///< 0 to 15
  std::array<std::uint8_t, 14> data{};
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<mixed_data_set_payload> from(const ump& p) noexcept {
    return detail::from_packet<mixed_data_set_payload>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0x50900000).group(group).bits(mds_id, 0, 16, 4).bytes(data, 2);
  }
};

} // namespace jamnet::inline v0
