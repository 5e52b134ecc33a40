// Packets as lines for people and programs: JSONMIDI, or the bytes that a cable would carry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <jamnet/jsonmidi/encode.hpp>
#include <jamnet/midi/sysex_assembler.hpp>
#include <jamnet/platform/midi_device.hpp>

namespace midi_monitor {

class printer {
public:
  printer(bool bytes, bool colours, jamnet::host_time began)
      : bytes_{bytes},
        colours_{colours},
        began_{began} {}

  /// The line of what the packet completes, with its end; "" for one in the midst of a SysEx. Two
  /// where it breaks one. Meaningful until the next call.
  [[nodiscard]] const std::string& lines(const jamnet::received_packet& got);

  /// How many SysEx came without their end, or were longer than a line may be.
  [[nodiscard]] std::uint64_t broken() const { return broken_; }

private:
  void add(const jamnet::ump& packet, jamnet::session_time at);
  void add(const jamnet::sysex_message& message, jamnet::session_time at);
  void add_json(std::string_view line);
  void add_bytes(jamnet::bytes_view bytes, jamnet::session_time at);

  static constexpr std::size_t longest = jamnet::jsonmidi::max_data_size;

  bool bytes_, colours_;
  jamnet::host_time began_;
  std::string lines_;
  std::vector<std::uint8_t> room_ = std::vector<std::uint8_t>(longest);
  jamnet::sysex_assembler<1> sysex_{room_};
  std::vector<char> json_ = std::vector<char>(4 * longest + 1024); // "127," is the longest byte
  std::uint64_t broken_ = 0;
};

} // namespace midi_monitor
