// What was seen of a GPU's clock, as a picture.
#pragma once

#include <string>
#include <vector>

#include "../shared/envelope.hpp"

namespace gpu_timebase {

/// Times in nanoseconds.
struct sight {
  double at_s = 0;
  double off = 0; ///< what was read, and not learnt from, against the bridge's map
  double soft = 0, hard = 0;
  double drift_ppm = 0;
};

class chart {
public:
  explicit chart(double seconds);

  void add(const sight& s);
  /// Something happened.
  void mark(double at_s, const std::string& what) { marks_.push_back({at_s, what}); }
  [[nodiscard]] std::string svg(const std::string& device) const;

private:
  struct happening {
    double at_s;
    std::string what;
  };

  double seconds_;
  picture::envelope off_, soft_, hard_, drift_;
  double usual_ = 1, most_ = 1, least_drift_ = 1e9, most_drift_ = -1e9;
  std::vector<happening> marks_;
};

} // namespace gpu_timebase
