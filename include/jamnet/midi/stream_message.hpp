// SPDX-License-Identifier: MIT
//
// UMP stream messages by name: how two endpoints tell each other what they are. They have no group.
// What `from` promises is said in message.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <jamnet/midi/detail/packet_fields.hpp>
#include <jamnet/midi/packet_data.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0::stream_message {

// All of these are [any-thread] [rt-safe] O(1).

struct endpoint_discovery {
  unsigned ump_major = 1, ump_minor = 1;
  unsigned filter =
      0; ///< what to answer with: 1 info, 2 identity, 4 name, 8 product, 16 configuration

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<endpoint_discovery> from(const ump& p) noexcept {
    return detail::from_packet<endpoint_discovery>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xf0000000).bits(ump_major, 0, 8, 8).bits(ump_minor, 0, 0, 8).bits(filter, 1, 0, 8);
  }
};

struct endpoint_info {
  unsigned ump_major = 1, ump_minor = 1;
  bool static_function_blocks = false;
  unsigned function_blocks = 0; ///< 0 to 127
  bool midi2 = false, midi1 = false, rx_jr = false, tx_jr = false;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<endpoint_info> from(const ump& p) noexcept {
    return detail::from_packet<endpoint_info>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xf0010000)
        .bits(ump_major, 0, 8, 8)
        .bits(ump_minor, 0, 0, 8)
        .bits(static_function_blocks, 1, 31, 1)
        .bits(function_blocks, 1, 24, 7)
        .bits(midi2, 1, 9, 1)
        .bits(midi1, 1, 8, 1)
        .bits(rx_jr, 1, 1, 1)
        .bits(tx_jr, 1, 0, 1);
  }
};

/// Every byte below 128; family and model with the low byte first.
struct device_identity {
  std::array<std::uint8_t, 3> manufacturer{};
  std::array<std::uint8_t, 2> family{}, model{};
  std::array<std::uint8_t, 4> revision{};

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<device_identity> from(const ump& p) noexcept {
    return detail::from_packet<device_identity>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xf0020000)
        .bytes(manufacturer, 5, 7)
        .bytes(family, 8, 7)
        .bytes(model, 10, 7)
        .bytes(revision, 12, 7);
  }
};

/// One packet of a name: of a longer one each packet has a part, in order. The bytes are UTF-8;
/// zeros at the end do not count.
struct endpoint_name {
  ump_form form = ump_form::complete;
  packet_data<14> text{};

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<endpoint_name> from(const ump& p) noexcept {
    return detail::from_packet<endpoint_name>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xf0030000).form(form, 26, 2).text(text, 2);
  }
};

struct product_instance_id {
  ump_form form = ump_form::complete;
  packet_data<14> text{};

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<product_instance_id> from(const ump& p) noexcept {
    return detail::from_packet<product_instance_id>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xf0040000).form(form, 26, 2).text(text, 2);
  }
};

struct stream_configuration_request {
  unsigned stream_protocol = 1; ///< 1: MIDI 1.0, 2: MIDI 2.0
  bool rx_jr = false, tx_jr = false;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<stream_configuration_request> from(const ump& p) noexcept {
    return detail::from_packet<stream_configuration_request>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xf0050000).bits(stream_protocol, 0, 8, 8).bits(rx_jr, 0, 1, 1).bits(tx_jr, 0, 0, 1);
  }
};

struct stream_configuration_notification {
  unsigned stream_protocol = 1; ///< 1: MIDI 1.0, 2: MIDI 2.0
  bool rx_jr = false, tx_jr = false;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<stream_configuration_notification> from(const ump& p) noexcept {
    return detail::from_packet<stream_configuration_notification>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xf0060000).bits(stream_protocol, 0, 8, 8).bits(rx_jr, 0, 1, 1).bits(tx_jr, 0, 0, 1);
  }
};

struct function_block_discovery {
  unsigned function_block = 255; ///< 255: all
  unsigned filter = 0;           ///< what to answer with: 1 info, 2 name

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<function_block_discovery> from(const ump& p) noexcept {
    return detail::from_packet<function_block_discovery>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xf0100000).bits(function_block, 0, 8, 8).bits(filter, 0, 0, 8);
  }
};

struct function_block_info {
  bool active = false;
  unsigned function_block = 0; ///< 0 to 127
  unsigned ui_hint = 0;        ///< 1: receiver, 2: sender, 3: both
  unsigned midi1 = 0;          ///< 1: MIDI 1.0, 2: MIDI 1.0 at 31.25 kb/s
  unsigned direction = 0;      ///< 1: input, 2: output, 3: both
  unsigned first_group = 0, groups = 1;
  unsigned ci_version = 0, sysex8_streams = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<function_block_info> from(const ump& p) noexcept {
    return detail::from_packet<function_block_info>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xf0110000)
        .bits(active, 0, 15, 1)
        .bits(function_block, 0, 8, 7)
        .bits(ui_hint, 0, 4, 2)
        .bits(midi1, 0, 2, 2)
        .bits(direction, 0, 0, 2)
        .bits(first_group, 1, 24, 8)
        .bits(groups, 1, 16, 8)
        .bits(ci_version, 1, 8, 8)
        .bits(sysex8_streams, 1, 0, 8);
  }
};

/// One packet of a name, as endpoint_name.
struct function_block_name {
  ump_form form = ump_form::complete;
  unsigned function_block = 0; ///< 0 to 255
  packet_data<13> text{};

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<function_block_name> from(const ump& p) noexcept {
    return detail::from_packet<function_block_name>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xf0120000).form(form, 26, 2).bits(function_block, 0, 8, 8).text(text, 3);
  }
};

struct start_of_clip {
  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<start_of_clip> from(const ump& p) noexcept {
    return detail::from_packet<start_of_clip>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept { in.fixed(0xf0200000); }
};

struct end_of_clip {
  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<end_of_clip> from(const ump& p) noexcept {
    return detail::from_packet<end_of_clip>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept { in.fixed(0xf0210000); }
};

} // namespace jamnet::inline v0::stream_message
