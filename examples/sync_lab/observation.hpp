// What is seen of one peer at one moment by who knows the truth.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sync_lab {

/// One peer at one moment.
struct observation {
  enum class role : std::uint8_t { gone, lost, follows, clock };
  role is = role::gone;  ///< gone: not there, or asleep; lost: without the session's time
  bool is_truth = false; ///< its time is the true one, its error none
  bool judged = false;   ///< what it promises is of the true time: it is not of another half
  double error_us = 0;   ///< its session time less the true one
  double soft_us = 0;    ///< what it says that error is below in 99 % of cases …
  double hard_us = 0;    ///< … and always; infinite where it says nothing
  double skew_ppm = 0;   ///< how much faster than the session its clock runs, as it thinks
  double true_skew_ppm = 0;
  std::uint8_t hops = 0;                ///< from the session's clock
  double age_s = 0;                     ///< since it came, until it died
  std::uint64_t packets = 0, bytes = 0; ///< that it sent in this time

  /// Whether it knows the session's time, and the numbers above mean something.
  [[nodiscard]] bool in_time() const { return is == role::follows || is == role::clock; }
};

/// A word. O(1)
[[nodiscard]] constexpr const char* to_string(observation::role is) {
  constexpr std::array words{"gone", "lost", "follows", "clock"};
  return words[static_cast<std::size_t>(is)];
}

} // namespace sync_lab
