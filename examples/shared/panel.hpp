// One panel of a plot: curves and areas on a pair of axes.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "axis.hpp"
#include "envelope.hpp"
#include "svg_text.hpp"

namespace picture {

struct style {
  std::string colour;
  double width = 1.2, opacity = 1;
  std::string dashes{}; ///< as in stroke-dasharray
  std::string name{};   ///< shown where a reader points at it
};

class panel {
public:
  panel(const axis& x, const axis& y, double left, double top, double width, double height)
      : x_{x},
        y_{y},
        left_{left},
        top_{top},
        width_{width},
        height_{height} {}

  /// What stands above it.
  void caption(const std::string& text) { caption_ = text; }
  /// A curve through columns; where one is empty the curve is interrupted.
  void line(const std::vector<column>& points, const style& how);
  /// The area between the low and the high of the columns.
  void area(const std::vector<column>& points, const style& how);

private:
  friend class svg_plot;

  [[nodiscard]] double at_x(double x) const { return left_ + width_ * x_.place(x); }
  /// What is beyond the axis stays a little beyond, and is cut off.
  [[nodiscard]] double at_y(double y) const {
    return top_ + height_ * std::clamp(1 - y_.place(y), -0.1, 1.1);
  }

  const axis& x_;
  axis y_;
  double left_, top_, width_, height_;
  std::string caption_, drawing_;
};

inline void panel::line(const std::vector<column>& points, const style& how) {
  pen path;
  bool down = false;
  for (const column& c : points) {
    if (c.empty()) {
      down = false;
      continue;
    }
    const double x = at_x(c.x), low = at_y(c.low), high = at_y(c.high);
    const bool low_first = !down || std::abs(low - path.y()) < std::abs(high - path.y());
    if (down)
      path.draw(x, low_first ? low : high);
    else
      path.move(x, low);
    path.draw(x, low_first ? high : low);
    down = true;
  }
  drawing_ += "<path class='curve' d='" + path.path() + "' stroke='" + how.colour +
              "' stroke-width='" + tenths(how.width) + "'";
  if (how.opacity < 1) drawing_ += " opacity='" + tenths(how.opacity) + "'";
  if (!how.dashes.empty()) drawing_ += " stroke-dasharray='" + how.dashes + "'";
  drawing_ += how.name.empty() ? "/>\n" : "><title>" + escaped(how.name) + "</title></path>\n";
}

inline void panel::area(const std::vector<column>& points, const style& how) {
  pen path;
  for (auto begin = points.begin(); begin != points.end();) {
    begin = std::find_if(begin, points.end(), [](const column& c) { return !c.empty(); });
    const auto end = std::find_if(begin, points.end(), [](const column& c) { return c.empty(); });
    for (auto c = begin; c != end; ++c)
      c == begin ? path.move(at_x(c->x), at_y(c->high)) : path.draw(at_x(c->x), at_y(c->high));
    for (auto c = end; c != begin;) {
      --c;
      path.draw(at_x(c->x), at_y(c->low));
    }
    begin = end;
  }
  char opacity[16];
  std::snprintf(opacity, sizeof opacity, "%.2f", how.opacity);
  drawing_ += "<path class='band' d='" + path.path() + "' fill='" + how.colour +
              "' fill-opacity='" + opacity + "'/>\n";
}

} // namespace picture
