#include "timeline.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace jam {
namespace {

constexpr double width = 1200, left = 90, right = 20, row = 26, top = 50, plot = 220;

template <class... Values>
void append(std::string& svg, const char* format, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, format, values...);
  svg += text;
}

const char* colour(std::size_t peer) {
  constexpr std::array<const char*, 8> colours{"#1b6ca8", "#c8553d", "#3a7d44", "#8d5a97",
                                               "#b8860b", "#2a9d8f", "#6b705c", "#d1495b"};
  return colours[peer % colours.size()];
}

} // namespace

std::string to_svg(const timeline& t) {
  double begin = 0, end = 1, worst = 1;
  for (const auto& samples : t.clocks)
    for (const auto& c : samples) {
      begin = std::min(begin, c.s);
      end = std::max(end, c.s);
      if (c.s > begin + 5) worst = std::max({worst, c.bound_us, std::abs(c.error_us)});
    }
  const auto x = [&](double s) {
    return left + (s - begin) / (end - begin) * (width - left - right);
  };
  const double rows = row * static_cast<double>(t.names.size());
  const double middle = top + rows + 60 + plot / 2;
  const auto y = [&](double us) { return middle - std::clamp(us / worst, -1.0, 1.0) * plot / 2; };

  std::string svg;
  append(svg,
         "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
         "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" "
         "fill=\"white\"/>\n",
         width, middle + plot / 2 + 50);
  append(svg,
         "<text x=\"%.0f\" y=\"22\" font-size=\"15\">Notes on session time: sent (above), heard "
         "(below), late (red)</text>\n",
         left);
  for (double s = 0; s <= end; s += end > 60 ? 10 : 2) {
    append(svg, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\" stroke=\"#ddd\"/>\n", x(s),
           x(s), top - 10, middle + plot / 2);
    append(svg, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%.0f s</text>\n", x(s),
           middle + plot / 2 + 18, s);
  }
  for (std::size_t p = 0; p < t.names.size(); ++p)
    append(svg, "<text x=\"8\" y=\"%.1f\" fill=\"%s\">%.40s</text>\n",
           top + row * static_cast<double>(p) + 14, colour(p), t.names[p].c_str());
  const auto marks = [&](const std::vector<timeline::mark>& all, double offset) {
    for (const auto& m : all)
      append(svg, "<rect x=\"%.1f\" y=\"%.1f\" width=\"1.5\" height=\"9\" fill=\"%s\"/>\n", x(m.s),
             top + row * static_cast<double>(m.peer) + offset, m.late ? "red" : colour(m.peer));
  };
  marks(t.sent, 0);
  marks(t.heard, 11);

  append(svg,
         "<text x=\"%.0f\" y=\"%.0f\" font-size=\"15\">Clock error against the truth, with its "
         "bound (±%.0f us)</text>\n",
         left, middle - plot / 2 - 12, worst);
  append(svg, "<line x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#888\"/>\n", left,
         width - right, middle, middle);
  for (std::size_t p = 0; p < t.clocks.size(); ++p) {
    for (const int side : {1, -1, 0}) {
      svg += "<polyline fill=\"none\" points=\"";
      for (const auto& c : t.clocks[p])
        append(svg, "%.1f,%.1f ", x(c.s), y(side == 0 ? c.error_us : side * c.bound_us));
      append(svg, "\" stroke=\"%s\" stroke-opacity=\"%s\"/>\n", colour(p),
             side == 0 ? "1" : "0.25");
    }
  }
  return svg + "</svg>\n";
}

} // namespace jam
