// SPDX-License-Identifier: MIT
//
// Where the fields of a message lie in its packet, said once for both directions.
//
// A message lists its fields in `layout(packet_fields&)`; packet_fields either puts their values
// into a packet or takes them out of one. Taking checks nothing but whether the values could be put
// back: from_packet puts them back and compares, so that reserved bits, other messages and data
// bytes above 127 need no rule of their own, and ump(*from_packet<X>(p)) == p cannot fail.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <jamnet/midi/packet_data.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0::detail {

class packet_fields {
public:
  /// Puts values into a packet, and expects them in range.
  constexpr packet_fields() = default;
  /// Takes values out of this packet.
  constexpr explicit packet_fields(const ump& packet) noexcept : packet_{packet}, taking_{true} {}

  [[nodiscard]] constexpr const ump& packet() const noexcept { return packet_; }
  /// False when values were taken that no message has.
  [[nodiscard]] constexpr bool valid() const noexcept { return valid_; }

  /// Bits of the first word that every such message has.
  constexpr packet_fields& fixed(std::uint32_t bits) noexcept {
    if (!taking_) packet_.words[0] |= bits;
    return *this;
  }
  /// What the values must be, beyond that they fit.
  constexpr packet_fields& require(bool holds) noexcept {
    if (taking_)
      valid_ = valid_ && holds;
    else
      JAMNET_EXPECTS(holds);
    return *this;
  }

  template <std::unsigned_integral T>
  constexpr packet_fields& bits(T& value, unsigned word, unsigned shift, unsigned width) noexcept {
    const std::uint32_t most = ~std::uint32_t{0} >> (32 - width);
    if (taking_) {
      value = static_cast<T>(packet_.words[word] >> shift & most);
    } else {
      JAMNET_EXPECTS(static_cast<std::uint32_t>(value) <= most);
      packet_.words[word] |= static_cast<std::uint32_t>(value) << shift;
    }
    return *this;
  }
  /// The same in two's complement.
  constexpr packet_fields& signed_bits(std::int32_t& value, unsigned word, unsigned shift,
                                       unsigned width) noexcept {
    const std::uint32_t sign = std::uint32_t{1} << (width - 1);
    std::uint32_t raw = (static_cast<std::uint32_t>(value) + sign) ^ sign;
    bits(raw, word, shift, width);
    value = static_cast<std::int32_t>((raw ^ sign) - sign);
    return *this;
  }
  /// 14 bits as MIDI 1.0 has them: the low seven in the third byte, the high in the fourth.
  constexpr packet_fields& split14(unsigned& value) noexcept {
    unsigned low = value & 0x7f, high = value >> 7;
    data1(low).data2(high);
    value = high << 7 | low;
    return *this;
  }
  constexpr packet_fields& group(unsigned& value) noexcept { return bits(value, 0, 24, 4); }
  /// Counted from 1.
  constexpr packet_fields& channel(unsigned& value) noexcept {
    unsigned from_zero = value - 1;
    bits(from_zero, 0, 16, 4);
    value = from_zero + 1;
    return *this;
  }
  /// What all channel voice messages begin with, and the two bytes of seven bits that follow.
  constexpr packet_fields& voice(std::uint32_t bits, unsigned& of_group, unsigned& to) noexcept {
    return fixed(bits).group(of_group).channel(to);
  }
  constexpr packet_fields& data1(unsigned& value) noexcept { return bits(value, 0, 8, 7); }
  constexpr packet_fields& data2(unsigned& value) noexcept { return bits(value, 0, 0, 7); }
  /// Of flex data: one channel, or none for the whole group.
  constexpr packet_fields& address(std::optional<unsigned>& to) noexcept {
    unsigned whole_group = to ? 0 : 1, one = to.value_or(1);
    bits(whole_group, 0, 20, 2).channel(one);
    to = whole_group ? std::nullopt : std::optional{one};
    return *this;
  }
  constexpr packet_fields& form(ump_form& value, unsigned shift, unsigned width) noexcept {
    auto bits_of = static_cast<unsigned>(value);
    bits(bits_of, 0, shift, width).require(bits_of <= 3);
    value = static_cast<ump_form>(bits_of);
    return *this;
  }

  /// Bytes from byte `at` of the packet on; of each, the lowest `width` bits count.
  template <std::size_t Size>
  constexpr packet_fields& bytes(std::array<std::uint8_t, Size>& values, std::size_t at,
                                 unsigned width = 8) noexcept {
    for (auto& value : values) {
      bits(value, static_cast<unsigned>(at / 4), static_cast<unsigned>(24 - 8 * (at % 4)), width);
      ++at;
    }
    return *this;
  }
  /// Bytes as many as four bits of the second byte say, which also count those before `at`.
  template <std::size_t Size>
  constexpr packet_fields& counted(packet_data<Size>& data, std::size_t at,
                                   unsigned width = 8) noexcept {
    auto count = static_cast<unsigned>(data.size() + at - 2);
    bits(count, 0, 16, 4).require(count >= at - 2 && count <= Size + at - 2);
    auto padded = data.padded();
    bytes(padded, at, width);
    if (valid_) data = bytes_view{padded}.first(count + 2 - at);
    return *this;
  }
  /// Bytes that zeros fill up.
  template <std::size_t Size>
  constexpr packet_fields& text(packet_data<Size>& data, std::size_t at) noexcept {
    auto padded = data.padded();
    bytes(padded, at);
    std::size_t size = Size;
    while (size > 0 && padded[size - 1] == 0) --size;
    if (taking_) data = bytes_view{padded}.first(size);
    return *this;
  }

private:
  ump packet_{};
  bool taking_ = false;
  bool valid_ = true;
};

template <class Message>
[[nodiscard]] constexpr ump to_packet(Message message) noexcept {
  packet_fields fields;
  message.layout(fields);
  return fields.packet();
}

template <class Message>
[[nodiscard]] constexpr std::optional<Message> from_packet(const ump& packet) noexcept {
  std::optional<Message> message{std::in_place};
  packet_fields fields{packet};
  message->layout(fields);
  if (!fields.valid() || to_packet(*message) != packet) message.reset();
  return message;
}

} // namespace jamnet::inline v0::detail
