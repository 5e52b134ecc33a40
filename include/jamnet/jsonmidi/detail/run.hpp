// SPDX-License-Identifier: MIT
//
// A message too long for one packet, a SysEx or a text, becomes a run of packets of the same row:
// each but the last is full, and the form of each says where it stands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <jamnet/core/bytes.hpp>
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
      : data_{row.fields.back()},
        packet_{empty},
        packets_{run_packets(data_, bytes)} {
    for (const field& f : row.fields)
      if (f.kind == field_kind::form) form_ = &f;
    whole_ = static_cast<ump_form>(form_->from_bits(empty.words[0]));
  }

  [[nodiscard]] constexpr std::size_t packets() const noexcept { return packets_; }

  /// How many bytes a packet holds.
  [[nodiscard]] constexpr std::size_t capacity() const noexcept { return data_.count; }

  /// Packet `index` with these bytes, as many as it holds or, in the last, as are left. O(1)
  [[nodiscard]] constexpr ump packet(std::size_t index, bytes_view bytes) const noexcept {
    ump p = packet_;
    p.words[0] &= ~form_->mask(0);
    p.words[0] |= form_->to_bits(static_cast<int>(run_form(whole_, index, packets_)));
    if (data_.kind == field_kind::data)
      p.words[0] |= static_cast<std::uint32_t>(bytes.size() + data_.at - 2u) << 16;
    std::array<std::uint8_t, 16> raw{};
    for (std::size_t i = 0; i < bytes.size(); ++i) raw[data_.at + i] = bytes[i];
    for (std::size_t i = 0; i < p.words.size(); ++i)
      p.words[i] |= std::uint32_t{raw[4 * i]} << 24 | std::uint32_t{raw[4 * i + 1]} << 16 |
                    std::uint32_t{raw[4 * i + 2]} << 8 | raw[4 * i + 3];
    return p;
  }

private:
  const field& data_;
  const field* form_ = nullptr;
  ump packet_;
  ump_form whole_ = ump_form::complete;
  std::size_t packets_;
};

} // namespace jamnet::inline v0::jsonmidi::detail
