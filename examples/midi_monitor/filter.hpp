// Which messages are shown, by their JSONMIDI name and channel.
#pragma once

#include <bitset>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/midi/ump.hpp>

namespace midi_monitor {

/// What a packet that no name describes is called.
inline constexpr std::string_view nameless = "ump";

[[nodiscard]] inline std::string_view name_of(const jamnet::ump& packet) {
  const auto* const found = jamnet::jsonmidi::find_message(packet);
  return found == nullptr ? nameless : found->name;
}

[[nodiscard]] inline bool is_message_name(std::string_view name) {
  return name == nameless || jamnet::jsonmidi::find_message(name) != nullptr;
}

[[nodiscard]] inline std::vector<std::string_view> message_names() {
  std::vector<std::string_view> all{nameless};
  for (const auto& message : jamnet::jsonmidi::messages) all.push_back(message.name);
  return all;
}

struct filter {
  std::set<std::string, std::less<>> only, without; ///< names; `only` empty: all
  std::bitset<16> channels;                         ///< none: all, and what has no channel

  [[nodiscard]] bool shows(const jamnet::ump& packet) const {
    const auto name = name_of(packet);
    if (!only.empty() && !only.contains(name)) return false;
    if (without.contains(name)) return false;
    if (channels.none()) return true;
    using enum jamnet::ump_type;
    const bool has_channel = packet.type() == midi1_voice || packet.type() == midi2_voice;
    return has_channel && channels[packet.status() & 15U];
  }
};

} // namespace midi_monitor
