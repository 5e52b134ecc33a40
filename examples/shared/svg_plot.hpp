// Plots as SVG: panels one above the other that share the axis of x, with curves and bands on
// axes with round numbers. It draws numbers, and knows nothing of what they measure.
//
//     picture::svg_plot plot{"Rain", "in a garden", {.title = "day", .least = 0, .most = 31}};
//     auto& panel = plot.add_panel({.title = "mm", .least = 0, .most = 60}, 200);
//     panel.line(points, {.colour = picture::colour(0)});
//     plot.legend("roses", picture::colour(0));
//     file << plot.svg();
//
// One file without scripts, fonts or references. It brings its own paper, white, or dark where
// the reader's screen is and whoever shows it knows that.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <list>
#include <string>
#include <vector>

#include "envelope.hpp"

namespace picture {

/// Text as it stands in XML.
[[nodiscard]] inline std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

/// A number with one decimal, where it needs one.
[[nodiscard]] inline std::string tenths(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  std::string s = text;
  if (s.ends_with(".0")) s.resize(s.size() - 2);
  return s == "-0" ? "0" : s;
}

/// Colours that differ from each other and from both papers, as many as wanted.
[[nodiscard]] inline std::string colour(std::size_t i) {
  constexpr std::array<const char*, 8> best{"#2f7ed8", "#e4572e", "#2e9e6b", "#a45ad0",
                                            "#c98a12", "#12a5b5", "#d8438f", "#7b8794"};
  if (i < best.size()) return best[i];
  const auto part = [&](double third) { // around the wheel by the golden angle
    const double hue = std::fmod(static_cast<double>(i) * 0.381966 + third, 1.0);
    return static_cast<int>(140 + 80 * std::cos(hue * 6.283185307));
  };
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", static_cast<unsigned>(part(0)) & 0xff,
                static_cast<unsigned>(part(1 / 3.0)) & 0xff,
                static_cast<unsigned>(part(2 / 3.0)) & 0xff);
  return text;
}

struct axis {
  std::string title;
  double least = 0, most = 1;
  /// Above 0: a logarithmic scale of either sign, which is linear within so much of zero.
  double linear_within = 0;
  std::string (*label)(double) = nullptr; ///< of a number; by default its shortest form

  /// Where a value lies, from 0 to 1 between the ends.
  [[nodiscard]] double place(double value) const {
    return (bent(value) - bent(least)) / (bent(most) - bent(least));
  }
  /// Round numbers between the ends, at most so many.
  [[nodiscard]] std::vector<double> ticks(int most_ticks) const;
  [[nodiscard]] std::string text(double value) const;

private:
  [[nodiscard]] double bent(double value) const {
    return linear_within > 0 ? std::asinh(value / linear_within) : value;
  }
};

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
  /// The area between the low and the high of the columns. Steps make it a histogram.
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

class svg_plot {
public:
  /// Its width is 1000 units; its height is what the panels take.
  svg_plot(std::string title, std::string subtitle, axis x)
      : title_{std::move(title)},
        subtitle_{std::move(subtitle)},
        x_{std::move(x)} {}
  svg_plot(const svg_plot&) = delete;

  /// A panel below the others. The reference stays good.
  panel& add_panel(const axis& y, double height) {
    panels_.emplace_back(x_, y, left, bottom_ + above, width - left - right, height);
    bottom_ += above + height;
    return panels_.back();
  }
  /// A vertical line through all panels, with its name above them.
  void mark(double x, const std::string& name) { marks_.push_back({x, name}); }
  /// An entry of the legend.
  void legend(const std::string& name, const std::string& colour) {
    legend_.push_back({name, colour});
  }
  [[nodiscard]] std::string svg() const;

private:
  static constexpr double width = 1000, left = 76, right = 24, above = 34, letter = 6.1;
  struct named_mark {
    double x;
    std::string name;
  };
  struct entry {
    std::string name, colour;
  };

  void write_axes(std::string& out, const panel& p, bool is_last) const;
  [[nodiscard]] std::string legend_lines(double& y) const;
  [[nodiscard]] std::string mark_lines(double& y) const;

  std::string title_, subtitle_;
  axis x_;
  std::list<panel> panels_;
  double bottom_ = 0; // of the panels, from their own top
  std::vector<named_mark> marks_;
  std::vector<entry> legend_;
};

// ------------------------------------------------------------------------------------------------

inline std::string axis::text(double value) const {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.10g", value);
  std::string text = label != nullptr ? label(value) : digits;
  if (text.starts_with('-')) text.replace(0, 1, "\u2212"); // as long as a plus
  return text;
}

// On a straight scale the step is 1, 2 or 5 times a power of ten. On a bent one powers of ten,
// then their halves and fifths where there is room, are round.
inline std::vector<double> axis::ticks(int most_ticks) const {
  std::vector<double> all;
  const double span = most - least, slack = 1e-9 * span;
  if (linear_within <= 0) {
    double step = std::pow(10, std::floor(std::log10(span / most_ticks)));
    for (const double factor : {2.0, 2.5, 2.0}) // 1, 2, 5, 10
      if (span / step > most_ticks) step *= factor;
    for (double i = std::ceil((least - slack) / step); i * step <= most + slack; ++i)
      all.push_back(i * step + 0.0); // not -0
    return all;
  }
  const auto room = [&](double value) {
    return std::all_of(all.begin(), all.end(), [&](double other) {
      return std::abs(place(value) - place(other)) >= 0.99 / most_ticks;
    });
  };
  const double greatest = std::max(std::abs(least), std::abs(most));
  const double decade = std::pow(10, std::floor(std::log10(linear_within)) - 1);
  if (least <= 0 && most >= 0) all.push_back(0);
  for (const double factor : {1.0, 5.0, 2.0})
    for (double value = decade * factor; value <= greatest * (1 + 1e-9); value *= 10)
      for (const double signed_value : {value, -value})
        if (signed_value >= least - slack && signed_value <= most + slack && room(signed_value))
          all.push_back(signed_value);
  std::sort(all.begin(), all.end());
  return all;
}

namespace detail {
// Moves along a path in tenths of a unit, relative to where it is: half the size of absolute ones.
class pen {
public:
  void move(double x, double y) { go(x, y, empty_ ? 'M' : 'm'); }
  void draw(double x, double y) { go(x, y, 'l'); }
  [[nodiscard]] double y() const { return static_cast<double>(y_) * 0.1; }
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  void go(double x, double y, char how) {
    const auto to_x = static_cast<long>(std::lround(x * 10)),
               to_y = static_cast<long>(std::lround(y * 10));
    if (how == 'l' && to_x == x_) {
      if (to_y == y_) return;
      path_ += 'v' + tenths(static_cast<double>(to_y - y_) * 0.1);
    } else if (how == 'l' && to_y == y_) {
      path_ += 'h' + tenths(static_cast<double>(to_x - x_) * 0.1);
    } else {
      const auto second = tenths(static_cast<double>(to_y - y_) * 0.1);
      path_ += how + tenths(static_cast<double>(to_x - x_) * 0.1);
      path_ += (second.front() == '-' ? "" : " ") + second;
    }
    x_ = to_x;
    y_ = to_y;
    empty_ = false;
  }
  std::string path_;
  long x_ = 0, y_ = 0;
  bool empty_ = true;
};
} // namespace detail

inline void panel::line(const std::vector<column>& points, const style& how) {
  detail::pen pen;
  bool down = false;
  for (const column& c : points) {
    if (c.empty()) {
      down = false;
      continue;
    }
    const double x = at_x(c.x), low = at_y(c.low), high = at_y(c.high);
    const bool low_first = !down || std::abs(low - pen.y()) < std::abs(high - pen.y());
    if (down)
      pen.draw(x, low_first ? low : high);
    else
      pen.move(x, low);
    pen.draw(x, low_first ? high : low);
    down = true;
  }
  drawing_ += "<path class=\"curve\" d=\"" + pen.path() + "\" stroke=\"" + how.colour +
              "\" stroke-width=\"" + tenths(how.width) + '"';
  if (how.opacity < 1) drawing_ += " opacity=\"" + tenths(how.opacity) + '"';
  if (!how.dashes.empty()) drawing_ += " stroke-dasharray=\"" + how.dashes + '"';
  drawing_ += how.name.empty() ? "/>\n" : "><title>" + escaped(how.name) + "</title></path>\n";
}

inline void panel::area(const std::vector<column>& points, const style& how) {
  detail::pen pen;
  for (auto begin = points.begin(); begin != points.end();) {
    begin = std::find_if(begin, points.end(), [](const column& c) { return !c.empty(); });
    const auto end = std::find_if(begin, points.end(), [](const column& c) { return c.empty(); });
    for (auto c = begin; c != end; ++c)
      c == begin ? pen.move(at_x(c->x), at_y(c->high)) : pen.draw(at_x(c->x), at_y(c->high));
    for (auto c = end; c != begin;) {
      --c;
      pen.draw(at_x(c->x), at_y(c->low));
    }
    begin = end;
  }
  char opacity[16];
  std::snprintf(opacity, sizeof opacity, "%.2f", how.opacity);
  drawing_ += "<path class=\"band\" d=\"" + pen.path() + "\" fill=\"" + how.colour +
              "\" fill-opacity=\"" + opacity + "\"/>\n";
}

inline void svg_plot::write_axes(std::string& out, const panel& p, bool is_last) const {
  const auto text = [&](const char* attributes, double x, double y, const std::string& what) {
    out += "<text " + std::string{attributes} + " x=\"" + tenths(x) + "\" y=\"" + tenths(y) +
           "\">" + escaped(what) + "</text>\n";
  };
  const auto rule = [&](const char* kind, double x1, double y1, double x2, double y2) {
    out += "<path class=\"" + std::string{kind} + "\" d=\"M" + tenths(x1) + ' ' + tenths(y1) + 'L' +
           tenths(x2) + ' ' + tenths(y2) + "\"/>\n";
  };
  const double end = p.left_ + p.width_, floor = p.top_ + p.height_;
  for (const double value : p.y_.ticks(static_cast<int>(p.height_ / 22))) {
    rule(value == 0 ? "zero" : "grid", p.left_, p.at_y(value), end, p.at_y(value));
    text("class=\"small\" text-anchor=\"end\"", p.left_ - 8, p.at_y(value) + 4, p.y_.text(value));
  }
  for (const double value : x_.ticks(12)) {
    rule("grid", p.at_x(value), p.top_, p.at_x(value), floor);
    if (is_last)
      text("class=\"small\" text-anchor=\"middle\"", p.at_x(value), floor + 18, x_.text(value));
  }
  text("class=\"axis\"", p.left_, p.top_ - 9, p.y_.title);
  text("class=\"small\" text-anchor=\"end\"", end, p.top_ - 9, p.caption_);
  if (is_last) text("class=\"small\" text-anchor=\"end\"", end, floor + 36, x_.title);
}

// Names and colours, in as many lines as they need.
inline std::string svg_plot::legend_lines(double& y) const {
  std::string out;
  double x = left;
  for (const entry& e : legend_) {
    const double size = 26 + letter * static_cast<double>(e.name.size()) + 14;
    if (x + size > width - right) {
      x = left;
      y += 18;
    }
    out += "<rect x=\"" + tenths(x) + "\" y=\"" + tenths(y - 7) +
           "\" width=\"18\" height=\"4\" rx=\"2\" fill=\"" + e.colour + "\"/>\n<text x=\"" +
           tenths(x + 24) + "\" y=\"" + tenths(y) + "\">" + escaped(e.name) + "</text>\n";
    x += size;
  }
  return out;
}

// Names of marks, each in the first row where it does not run into the one before.
inline std::string svg_plot::mark_lines(double& y) const {
  if (marks_.empty() || panels_.empty()) return {};
  const panel& first = panels_.front();
  std::string out;
  std::vector<double> rows; // where their last name ends
  struct placed {
    double x, start;
    std::size_t row;
    const std::string* name;
  };
  std::vector<placed> all;
  auto sorted = marks_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const named_mark& a, const named_mark& b) { return a.x < b.x; });
  for (const named_mark& m : sorted) {
    const double x = first.at_x(m.x), size = letter * static_cast<double>(m.name.size());
    const double start = std::min(x, width - right - size) + 3;
    std::size_t row = 0;
    while (row < rows.size() && rows[row] > start) ++row;
    if (row == rows.size()) rows.push_back(0);
    rows[row] = start + size + 10;
    all.push_back({x, start, row, &m.name});
  }
  const double step = 15, low = y + step * static_cast<double>(rows.size());
  const auto at = [&](const placed& p) { return low - step * static_cast<double>(p.row); };
  for (const placed& p : all)
    out += "<path class=\"mark\" d=\"M" + tenths(p.x) + ' ' + tenths(at(p) - 10) + 'V' +
           tenths(low + bottom_ + 8) + "\"/>\n";
  for (const placed& p : all)
    out += "<text class=\"small\" x=\"" + tenths(p.start) + "\" y=\"" + tenths(at(p)) + "\">" +
           escaped(*p.name) + "</text>\n";
  y = low;
  return out;
}

inline std::string svg_plot::svg() const {
  double y = 78;
  const std::string legend = legend_lines(y);
  y += 8;
  const std::string marks = mark_lines(y);
  const double top = y + 8, height = top + bottom_ + 52;

  std::string out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + tenths(width) + ' ' +
      tenths(height) + "\" width=\"" + tenths(width) + "\" height=\"" + tenths(height) +
      "\" font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\" "
      "font-size=\"12\">\n"
      "<title>" +
      escaped(title_) +
      "</title>\n"
      "<style>\n"
      ".paper{fill:#fff}text{fill:#333;stroke:#fff;stroke-width:4px;paint-order:stroke}.small{fill:"
      "#667;font-size:11px}"
      ".axis{font-weight:600}.head{font-size:19px;font-weight:600}\n"
      ".grid{stroke:#e8eaee;fill:none}.zero{stroke:#b6bcc6;fill:none}"
      ".mark{stroke:#667;stroke-dasharray:3 3;fill:none;opacity:.6}\n"
      ".curve{fill:none;stroke-linejoin:round}\n"
      "@media (prefers-color-scheme:dark){.paper{fill:#15181d}text{fill:#dde1e7;stroke:#15181d}"
      ".small{fill:#98a1ae}.grid{stroke:#272c34}.zero{stroke:#525b68}.mark{stroke:#98a1ae}}\n"
      "</style>\n"
      "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
  out += "<text class=\"head\" x=\"" + tenths(left) + "\" y=\"34\">" + escaped(title_) +
         "</text>\n<text class=\"small\" x=\"" + tenths(left) + "\" y=\"54\">" +
         escaped(subtitle_) + "</text>\n" + legend;
  out += marks;
  out += "<g transform=\"translate(0 " + tenths(top) + ")\">\n";
  std::size_t number = 0;
  for (const panel& p : panels_) {
    const std::string clip = "panel" + std::to_string(++number);
    write_axes(out, p, number == panels_.size());
    out += "<clipPath id=\"" + clip + "\"><rect x=\"" + tenths(p.left_) + "\" y=\"" +
           tenths(p.top_) + "\" width=\"" + tenths(p.width_) + "\" height=\"" + tenths(p.height_) +
           "\"/></clipPath>\n<g class=\"panel\" clip-path=\"url(#" + clip + ")\">\n" + p.drawing_ +
           "</g>\n";
  }
  return out + "</g>\n</svg>\n";
}

} // namespace picture
