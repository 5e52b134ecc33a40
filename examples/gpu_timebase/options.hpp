// What the command line asks for, checked: every number is in its range.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace gpu_timebase {

struct options {
  bool help = false;
  double seconds = 10, interval_ms = 20;
  std::string device; ///< part of its name; empty: the first that is no CPU
  bool bracketed = false;
  std::optional<double> lose_s;
  std::filesystem::path svg; ///< empty: no picture
};

inline constexpr const char* usage =
    R"(gpu_timebase: a GPU's clock as a timeline of ours, and how well it is known

  gpu_timebase [options]     lists the GPUs, and follows the clock of one

    --seconds S              how long, 0.1 to 86400 (10)
    --device NAME            part of its name; the first that is no CPU
    --interval MS            between looks, 1 to 10000 (20)
    --bracketed              do without calibrated timestamps, as where there are none
    --lose S                 as if it were lost after so long, for two seconds
    --svg FILE               a picture: what the clock's readings are off, its bounds and its drift
    --help                   this

Each line says by how much the counter is ahead, how much faster it runs than it claims, how wrong
its times may be (in 99.7 % of cases, and at most), and how far off was what was read just now, and
not learnt from. Returns 0, on a machine without a GPU as well; 2 if the command line makes no sense
or a file cannot be written.
)";

/// What was asked for, or a line that says what is wrong with it.
struct parsed_options {
  std::optional<options> value;
  std::string error;
};
[[nodiscard]] parsed_options parse(int argc, char** argv);

} // namespace gpu_timebase
