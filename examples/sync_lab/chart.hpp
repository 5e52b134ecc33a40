// The picture of a run: errors and bounds, skews, and packets over time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../shared/svg_plot.hpp"
#include "journal.hpp"
#include "observation.hpp"
#include "options.hpp"
#include "quantiles.hpp"

namespace sync_lab {

class chart {
public:
  explicit chart(const options& o);

  /// Takes in what was seen of a peer. O(1), and no more memory however many looks
  void add(std::size_t peer, double now_s, const observation& o);
  /// The picture. Everything seen is in it: of many looks in one column the extremes.
  [[nodiscard]] std::string svg(const std::vector<std::string>& names, const std::string& subtitle,
                                const journal& journal) const;

private:
  using columns = std::vector<picture::column>;
  struct time_unit {
    const char* name;
    double seconds;
  };
  struct curves {
    picture::envelope error, skew, true_skew;
    columns packets{};
    std::uint64_t sent = 0; // when the last of these began …
    double since_s = 0;     // … and when that was
  };

  void draw_errors(picture::panel& panel, const std::vector<std::string>& names) const;
  [[nodiscard]] picture::axis error_axis() const;
  [[nodiscard]] picture::axis skew_axis() const;
  [[nodiscard]] picture::axis packet_axis() const;

  time_unit unit_;
  double length_s_, packet_window_s_;
  std::vector<curves> peers_;
  picture::envelope soft_, hard_; // of all peers
  quantiles errors_, softs_, hards_;
  double least_skew_ = 0, most_skew_ = 0;
};

} // namespace sync_lab
