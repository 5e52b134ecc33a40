// What one member said of a jam, as the conductor wrote it down, and what follows from all of them
// together with the truth that only the conductor knows: the clocks' injected errors.
#pragma once

#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "../shared/injected_clock.hpp"
#include "music.hpp"
#include "options.hpp"
#include "report.hpp"
#include "timeline.hpp"

namespace jam {

using shared::injected_clock;

struct testimony {
  std::string name;
  injected_clock clock;
  // as it goes
  std::uint16_t port = 0;
  std::string id;
  bool synchronised = false, done = false, ended = false;
  int links = 0;
  std::uint64_t in = 0, out = 0, late = 0, lost = 0;
  std::string failure;
  struct reading {
    host_time truth{};
    session_time session{};
    nanoseconds bound{};
  };
  std::vector<reading> readings;
  host_time session_zero{}; // of the master, by its own clock
  // at the end
  host_time first_sample{};
  struct sending {
    host_time truth{};
    session_time sounds{};
    bool starts = false; ///< a note
  };
  std::map<std::uint64_t, sending> sent; // by sequence number
  struct hearing {
    std::string from;
    std::uint64_t seq = 0;
    host_time truth{};
    bool late = false;
  };
  std::vector<hearing> heard;
  std::uint64_t stuck = 0;
  std::vector<link_report> net; ///< its links, at the end

  /// Writes down a line that the member said (member.hpp lists them).
  void take(const std::string& line);
};

/// The session's true time at a true time: the master's clock, by definition.
[[nodiscard]] session_time true_session_time(const testimony& master, host_time truth);
/// The true time at which the session's time is this.
[[nodiscard]] host_time truth_of(const testimony& master, session_time t);

[[nodiscard]] report judge(const std::vector<testimony>& members, const options& o, const music& m,
                           host_time jam_began);
[[nodiscard]] timeline draw(const std::vector<testimony>& members, session_time begin);

} // namespace jam
