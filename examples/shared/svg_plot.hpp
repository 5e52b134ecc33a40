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
#include <cstddef>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "axis.hpp"
#include "panel.hpp"
#include "svg_text.hpp"

namespace picture {

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
  /// A vertical line through all panels, with its name above them where there is room.
  void mark(double x, const std::string& name) { marks_.push_back({x, name}); }
  /// An entry of the legend.
  void legend(const std::string& name, const std::string& colour) {
    legend_.push_back({name, colour});
  }
  [[nodiscard]] std::string svg() const;

private:
  static constexpr double width = 1000, left = 76, right = 24, above = 34, letter = 6.1;
  static constexpr std::size_t most_rows = 8; // of names of marks
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

inline void svg_plot::write_axes(std::string& out, const panel& p, bool is_last) const {
  const auto text = [&](const char* attributes, double x, double y, const std::string& what) {
    out += "<text " + std::string{attributes} + " x='" + tenths(x) + "' y='" + tenths(y) + "'>" +
           escaped(what) + "</text>\n";
  };
  const auto rule = [&](const char* kind, double x1, double y1, double x2, double y2) {
    out += "<path class='" + std::string{kind} + "' d='M" + tenths(x1) + ' ' + tenths(y1) + 'L' +
           tenths(x2) + ' ' + tenths(y2) + "'/>\n";
  };
  const double end = p.left_ + p.width_, floor = p.top_ + p.height_;
  for (const double value : p.y_.ticks(static_cast<int>(p.height_ / 22))) {
    rule(value == 0 ? "zero" : "grid", p.left_, p.at_y(value), end, p.at_y(value));
    text("class='small' text-anchor='end'", p.left_ - 8, p.at_y(value) + 4, p.y_.text(value));
  }
  for (const double value : x_.ticks(12)) {
    rule("grid", p.at_x(value), p.top_, p.at_x(value), floor);
    if (is_last)
      text("class='small' text-anchor='middle'", p.at_x(value), floor + 18, x_.text(value));
  }
  text("class='axis'", p.left_, p.top_ - 9, p.y_.title);
  text("class='small' text-anchor='end'", end, p.top_ - 9, p.caption_);
  if (is_last) text("class='small' text-anchor='end'", end, floor + 36, x_.title);
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
    out += "<rect x='" + tenths(x) + "' y='" + tenths(y - 7) +
           "' width='18' height='4' rx='2' fill='" + e.colour + "'/>\n<text x='" + tenths(x + 24) +
           "' y='" + tenths(y) + "'>" + escaped(e.name) + "</text>\n";
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
    if (row == most_rows) { // no room for its name
      all.push_back({x, start, 0, nullptr});
      continue;
    }
    if (row == rows.size()) rows.push_back(0);
    rows[row] = start + size + 10;
    all.push_back({x, start, row, &m.name});
  }
  const double step = 15, low = y + step * static_cast<double>(rows.size());
  const auto at = [&](const placed& p) { return low - step * static_cast<double>(p.row); };
  for (const placed& p : all)
    out += "<path class='mark' d='M" + tenths(p.x) + ' ' + tenths(at(p) - 10) + 'V' +
           tenths(low + bottom_ + 8) + "'/>\n";
  for (const placed& p : all) {
    if (p.name == nullptr) continue;
    out += "<text class='small' x='" + tenths(p.start) + "' y='" + tenths(at(p)) + "'>" +
           escaped(*p.name) + "</text>\n";
  }
  y = low;
  return out;
}

inline std::string svg_plot::svg() const {
  double y = 78;
  const std::string legend = legend_lines(y);
  y += 8;
  const std::string marks = mark_lines(y);
  const double top = y + 8, height = top + bottom_ + 52;

  std::string out = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " + tenths(width) + ' ' +
                    tenths(height) + "' width='" + tenths(width) + "' height='" + tenths(height) +
                    "' font-family='system-ui, Helvetica, Arial, sans-serif' "
                    "font-size='12'>\n"
                    "<title>" +
                    escaped(title_) +
                    "</title>\n"
                    "<style>\n"
                    ".paper{fill:#fff}\n"
                    "text{fill:#333;stroke:#fff;stroke-width:4px;paint-order:stroke}\n"
                    ".small{fill:#667;font-size:11px}\n"
                    ".axis{font-weight:600}\n"
                    ".head{font-size:19px;font-weight:600}\n"
                    ".grid{stroke:#e8eaee}.zero{stroke:#b6bcc6}\n"
                    ".mark{stroke:#667;stroke-dasharray:3 3;opacity:.6}\n"
                    ".curve{fill:none;stroke-linejoin:round}\n"
                    "@media (prefers-color-scheme:dark){\n"
                    ".paper{fill:#15181d}text{fill:#dde1e7;stroke:#15181d}.small{fill:#98a1ae}\n"
                    ".grid{stroke:#272c34}.zero{stroke:#525b68}.mark{stroke:#98a1ae}}\n"
                    "</style>\n"
                    "<rect class='paper' width='100%' height='100%'/>\n";
  out += "<text class='head' x='" + tenths(left) + "' y='34'>" + escaped(title_) +
         "</text>\n<text class='small' x='" + tenths(left) + "' y='54'>" + escaped(subtitle_) +
         "</text>\n" + legend;
  out += marks;
  out += "<g transform='translate(0 " + tenths(top) + ")'>\n";
  std::size_t number = 0;
  for (const panel& p : panels_) {
    const std::string clip = "panel" + std::to_string(++number);
    write_axes(out, p, number == panels_.size());
    out += "<clipPath id='" + clip + "'><rect x='" + tenths(p.left_) + "' y='" + tenths(p.top_) +
           "' width='" + tenths(p.width_) + "' height='" + tenths(p.height_) +
           "'/></clipPath>\n<g class='panel' clip-path='url(#" + clip + ")'>\n" + p.drawing_ +
           "</g>\n";
  }
  return out + "</g>\n</svg>\n";
}

} // namespace picture
