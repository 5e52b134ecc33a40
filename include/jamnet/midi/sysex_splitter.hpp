// SPDX-License-Identifier: MIT
//
// SysEx of any length, all at once or byte by byte, into packets:
//
//     split_sysex(bytes, sysex7{.group = 2}, [&](const ump& p) { peer.send(p, when); });
//
// Nothing is allocated: the splitter holds at most one packet's bytes. They are what lies between
// F0 and F7. The way back is sysex_assembler.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/core/bytes.hpp>
#include <jamnet/midi/data_message.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

/// Makes packets of bytes that come one by one. `Packet` is sysex7 or sysex8.
template <class Packet>
class sysex_splitter {
public:
  /// Makes packets of the group and stream id of `like`. Its form says what all of them together
  /// are: a whole message, or the start, the middle or the end of one. Expects it without data.
  /// [rt-safe] O(1)
  constexpr explicit sysex_splitter(const Packet& like = {}) noexcept : next_{like} {
    JAMNET_EXPECTS(like.data.size() == 0);
  }

  /// Takes one byte and hands the sink, as `const ump&`, the packet before it, if that is full:
  /// only then is it known not to be the last. Expects a byte below 128 for sysex7. [one-thread]
  /// [rt-safe] if the sink is; O(1)
  template <class Sink>
  constexpr void push(std::uint8_t byte, Sink&& sink);

  /// Hands the sink the last packet, which may be without data; then the next message begins, of
  /// the same form. [one-thread] [rt-safe] if the sink is; O(1)
  template <class Sink>
  constexpr void finish(Sink&& sink);

private:
  template <class Sink>
  constexpr void emit(bool last, Sink& sink);

  Packet next_; // its form stays that of the whole
  bool first_ = true;
};

/// Hands the sink, as `const ump&`, the packets of these bytes, in order: at least one. `like` as
/// for sysex_splitter. [any-thread] [rt-safe] if the sink is; O(bytes)
template <class Packet, class Sink>
constexpr void split_sysex(bytes_view bytes, const Packet& like, Sink&& sink) {
  sysex_splitter<Packet> splitter{like};
  for (const auto byte : bytes) splitter.push(byte, sink);
  splitter.finish(sink);
}

/// How many packets `size` bytes make. [any-thread] [rt-safe] O(1)
template <class Packet>
[[nodiscard]] constexpr std::size_t sysex_packets(std::size_t size) noexcept {
  constexpr std::size_t most = decltype(Packet::data)::capacity;
  return size == 0 ? 1 : (size - 1) / most + 1;
}

template <class Packet>
template <class Sink>
constexpr void sysex_splitter<Packet>::push(std::uint8_t byte, Sink&& sink) {
  if (next_.data.full()) emit(false, sink);
  next_.data.push_back(byte);
}

template <class Packet>
template <class Sink>
constexpr void sysex_splitter<Packet>::finish(Sink&& sink) {
  emit(true, sink);
  first_ = true;
}

template <class Packet>
template <class Sink>
constexpr void sysex_splitter<Packet>::emit(bool last, Sink& sink) {
  const ump_form whole = next_.form;
  const bool starts = first_ && (whole == ump_form::complete || whole == ump_form::start);
  const bool ends = last && (whole == ump_form::complete || whole == ump_form::end);
  Packet packet = next_;
  packet.form = starts ? ends ? ump_form::complete : ump_form::start
                : ends ? ump_form::end
                       : ump_form::continued;
  next_.data.clear();
  first_ = false;
  sink(ump(packet));
}

} // namespace jamnet::inline v0
