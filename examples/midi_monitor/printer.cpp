#include "printer.hpp"

#include <array>

#include "../shared/pretty_line.hpp"
#include "../shared/print.hpp"

namespace midi_monitor {

using namespace jamnet;

const std::string& printer::lines(const received_packet& got) {
  lines_.clear();
  const session_time at{got.at - began_};
  sysex_.feed(got.packet, [&](const sysex_message& message) { add(message, at); });
  if (got.packet.type() != ump_type::sysex7) add(got.packet, at);
  return lines_;
}

void printer::add(const ump& packet, session_time at) {
  if (!bytes_) return add_json(jsonmidi::encode({.time = at, .packet = packet}, json_));
  std::array<std::uint8_t, 8> bytes{};
  add_bytes(bytes_view{bytes}.first(to_bytes(packet, bytes)), at);
}

void printer::add(const sysex_message& message, session_time at) {
  const bool whole = message.outcome == sysex_outcome::complete;
  if (!whole) ++broken_;
  if (bytes_) {
    std::vector<std::uint8_t> all{0xf0};
    all.insert(all.end(), message.data.begin(), message.data.end());
    if (whole) all.push_back(0xf7);
    return add_bytes(all, at);
  }
  add_json(jsonmidi::encode({.time = at,
                             .group = message.group,
                             .form = whole ? ump_form::complete : ump_form::start,
                             .data = message.data},
                            json_));
}

void printer::add_json(std::string_view line) {
  lines_ += colours_ ? shared::pretty_line(line, true) : std::string{line};
  lines_ += '\n';
}

void printer::add_bytes(bytes_view bytes, session_time at) {
  const char* const dim = colours_ ? "\x1b[2m" : "";
  const char* const bold = colours_ ? "\x1b[1;36m" : "";
  const char* const plain = colours_ ? "\x1b[0m" : "";
  const double seconds = static_cast<double>(at.time_since_epoch().count()) * 1e-9;
  lines_ += shared::print("%s%12.6f%s ", dim, seconds, plain);
  for (const auto byte : bytes)
    lines_ +=
        byte < 0x80 ? shared::print(" %02x", byte) : shared::print(" %s%02x%s", bold, byte, plain);
  lines_ += '\n';
}

} // namespace midi_monitor
