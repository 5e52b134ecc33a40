// What MIDI ports and audio devices there are, and which of all systems are missing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace device_list {

enum class kind { midi_in, midi_out, audio };

struct device {
  device_list::kind kind{};
  std::string system; ///< "rtmidi alsa", "jack", "rtaudio pulse" …
  std::string name;

  // of audio
  std::uint32_t inputs = 0, outputs = 0; ///< channels
  std::vector<std::uint32_t> rates{};    ///< frames a second
  bool default_input = false, default_output = false;
  double rate = 0;                             ///< at which it would run …
  std::uint32_t block = 0, latency_frames = 0; ///< … and then in- and output together; 0: unknown
  std::string trouble{};                       ///< why that is not known

  [[nodiscard]] bool is(const device& other) const {
    return kind == other.kind && system == other.system && name == other.name;
  }
};

struct survey {
  std::vector<device> devices;
  std::vector<std::string> missing; ///< in a few words each

  /// Null: there is none such.
  [[nodiscard]] const device* find(const device& d) const {
    for (const device& mine : devices)
      if (mine.is(d)) return &mine;
    return nullptr;
  }
  [[nodiscard]] bool has(const device& d) const { return find(d) != nullptr; }
};

/// Looks at them all. Those that are in `known` are not opened again. [allocates] [blocks]
[[nodiscard]] survey look(const survey& known = {});

} // namespace device_list
