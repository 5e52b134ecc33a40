// What a row of probes found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace latency_probe {

struct findings {
  std::string through;              ///< what they went through, for people; empty: it did not open
  std::vector<double> ms;           ///< of each that came back
  std::uint64_t sent = 0;           ///< probes that count
  std::uint64_t spoilt = 0;         ///< others: frames were lost meanwhile, which tells nothing
  std::uint64_t strays = 0;         ///< what came in and was not, or no longer, waited for
  std::uint64_t overrun = 0;        ///< what came faster than it could be taken
  std::uint64_t meaningless = 0;    ///< what is no MIDI, or samples that are no numbers
  std::vector<std::string> remarks; ///< for people

  // of audio
  double rate = 0;                             ///< frames a second; 0: MIDI
  std::uint32_t block = 0, claimed_frames = 0; ///< what the device says of its latency; 0: nothing

  // of MIDI
  std::vector<double> stamped_ms; ///< until when it came by its time stamp …
  double bound_ms = 0;            ///< … and how wrong that may be

  double timeout_ms = 0;
  std::string trouble; ///< why it ended early, or did not begin; empty: it did not

  [[nodiscard]] std::uint64_t lost() const { return sent - ms.size(); }
};

} // namespace latency_probe
