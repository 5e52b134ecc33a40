// SPDX-License-Identifier: MIT
//
// A line below points that may lie above it, and never below.
//
// Its slope is that by which the means of all half seconds agree best (least squares), and then it
// is lowered until no point lies below. It may break: from there on it is another line, but as
// steep as all before, of which many short pieces say together what one long one would.
#pragma once

#include <array>
#include <cstddef>

#include <jamnet/core/algorithm.hpp>

namespace jamnet::inline v0::detail {

// All of these are [one-thread] [rt-safe].
class late_line {
public:
  /// How high it is. O(1)
  [[nodiscard]] double at(double x) const noexcept { return height_ + slope_ * x; }

  /// A point, not left of those before. O(most)
  void add(double x, double y) noexcept {
    if (count_ == 0 || x - stretches_[count_ - 1].begin >= stretch) begin_stretch(x, y);
    part& last = stretches_[count_ - 1];
    last.points += 1;
    last.x += (x - last.x) / last.points;
    last.y += (y - last.y) / last.points;
    if (y - at(x) < last.low_y - at(last.low_x)) {
      last.low_x = x;
      last.low_y = y;
    }
    draw();
  }

  /// The points from here on lie above another line. O(most)
  void break_off() noexcept {
    const double kept = 1 - static_cast<double>(count_) / remembered;
    const steepness piece = of_piece();
    before_ = {kept * before_.xx + piece.xx, kept * before_.xy + piece.xy};
    count_ = 0;
  }

private:
  static constexpr double stretch = 0.5e9;  // ns
  static constexpr std::size_t most = 120;  // stretches of this piece that count, the newest …
  static constexpr double remembered = 600; // … and of those before, about

  struct part {
    double begin, low_x, low_y;      // where it begins, and its lowest point
    double x = 0, y = 0, points = 0; // the middle of them
  };
  struct steepness { // what points say of the slope: xy / xx, the surer the greater xx is
    double xx = 0, xy = 0;
  };

  void begin_stretch(double x, double y) noexcept {
    if (count_ == most) {
      std::copy(stretches_.begin() + 1, stretches_.end(), stretches_.begin());
      --count_;
    }
    stretches_[count_++] = {x, x, y};
  }
  steepness of_piece() const noexcept;
  void draw() noexcept;

  std::array<part, most> stretches_{};
  std::size_t count_ = 0;
  steepness before_{stretch * stretch / 16, 0}; // as long as there is little to go by: none
  double height_ = 0, slope_ = 0;               // at 0
};

// Each stretch about the middle of all.
inline late_line::steepness late_line::of_piece() const noexcept {
  steepness sum;
  double x = 0, y = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    x += stretches_[i].x / static_cast<double>(count_);
    y += stretches_[i].y / static_cast<double>(count_);
  }
  for (std::size_t i = 0; i < count_; ++i) {
    sum.xx += (stretches_[i].x - x) * (stretches_[i].x - x);
    sum.xy += (stretches_[i].x - x) * (stretches_[i].y - y);
  }
  return sum;
}

inline void late_line::draw() noexcept {
  const steepness piece = of_piece();
  slope_ = (before_.xy + piece.xy) / (before_.xx + piece.xx);
  height_ = stretches_[0].low_y - slope_ * stretches_[0].low_x;
  for (std::size_t i = 1; i < count_; ++i)
    height_ = std::min(height_, stretches_[i].low_y - slope_ * stretches_[i].low_x);
}

} // namespace jamnet::inline v0::detail
