// SPDX-License-Identifier: MIT
//
// A message too long for one packet, a SysEx or a text, becomes a run of packets of the same row:
// each but the last is full, and the form of each says where it stands.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0::jsonmidi::detail {

/// How many packets `size` bytes take; a message of none takes one. [rt-safe] O(1)
[[nodiscard]] constexpr std::size_t run_packets(const field& f, std::size_t size) noexcept {
  return size == 0 ? 1 : (size + f.count - 1) / f.count;
}

/// What packet `index` of `count` is when together they are a `form`. [rt-safe] O(1)
[[nodiscard]] constexpr ump_form run_form(ump_form form, std::size_t index,
                                          std::size_t count) noexcept {
  const bool first = index == 0 && (form == ump_form::complete || form == ump_form::start);
  const bool last = index + 1 == count && (form == ump_form::complete || form == ump_form::end);
  if (first && last) return ump_form::complete;
  return first ? ump_form::start : last ? ump_form::end : ump_form::continued;
}

/// A run, one packet after the other. `row` has a field `form`, and one of data or text as its
/// last; `empty` is a packet of the row with all else in it, its form that of the whole run.
class run {
public:
  constexpr run(const message& row, const ump& empty, std::size_t bytes) noexcept
      : packet_{empty},
        at_{row.fields.back().at},
        capacity_{row.fields.back().count},
        counted_{row.fields.back().kind == field_kind::data},
        packets_{run_packets(row.fields.back(), bytes)} {
    for (const field& f : row.fields)
      if (f.kind == field_kind::form) form_shift_ = f.shift;
    whole_ = static_cast<ump_form>(empty.words[0] >> form_shift_ & 3);
    packet_.words[0] &= ~(3u << form_shift_);
  }

  [[nodiscard]] constexpr std::size_t packets() const noexcept { return packets_; }
  /// How many bytes a packet holds.
  [[nodiscard]] constexpr std::size_t capacity() const noexcept { return capacity_; }

  /// Packet `index` with `size` bytes, as many as it holds or, in the last, as are left. Sixteen
  /// can be read. O(1)
  [[nodiscard]] ump packet(std::size_t index, const std::uint8_t* bytes,
                           std::size_t size) const noexcept {
    // The packet as two words of 64 bits, into which the bytes are shifted to their place.
    const auto eight = [&](std::size_t from) {
      std::uint64_t word = 0;
      for (std::size_t i = 0; i < 8; ++i) word = word << 8 | bytes[from + i];
      const std::size_t left = size > from ? size - from : 0;
      return left >= 8 ? word : left == 0 ? 0 : word & ~std::uint64_t{0} << (64 - 8 * left);
    };
    const std::uint64_t first = eight(0), second = eight(8);
    const std::uint64_t high = first >> (8 * at_),
                        low = first << (64 - 8 * at_) | second >> (8 * at_);
    ump p = packet_;
    p.words[0] |= static_cast<std::uint32_t>(run_form(whole_, index, packets_)) << form_shift_;
    if (counted_) p.words[0] |= static_cast<std::uint32_t>(size + at_ - 2) << 16;
    p.words[0] |= static_cast<std::uint32_t>(high >> 32);
    p.words[1] |= static_cast<std::uint32_t>(high);
    p.words[2] |= static_cast<std::uint32_t>(low >> 32);
    p.words[3] |= static_cast<std::uint32_t>(low);
    return p;
  }

private:
  ump packet_; // with all that they have in common
  std::size_t at_, capacity_;
  bool counted_; // how many bytes there are is a field
  std::size_t packets_;
  unsigned form_shift_ = 0;
  ump_form whole_ = ump_form::complete;
};

} // namespace jamnet::inline v0::jsonmidi::detail
