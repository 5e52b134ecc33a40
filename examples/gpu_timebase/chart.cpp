#include "chart.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "../shared/print.hpp"
#include "../shared/svg_plot.hpp"

namespace gpu_timebase {
namespace {

std::size_t columns_for(double seconds) {
  return static_cast<std::size_t>(std::clamp(seconds * 40, 40.0, 800.0));
}

std::string time_text(double ns) {
  const double size = std::abs(ns);
  if (size >= 1e6) return shared::print("%g ms", ns * 1e-6);
  if (size >= 1e3) return shared::print("%g us", ns * 1e-3);
  return shared::print("%g", ns);
}

// As far as a bound reaches, to either side.
std::vector<picture::column> within(const picture::envelope& bound) {
  auto all = bound.columns();
  for (auto& c : all)
    if (!c.empty()) c.low = -c.high;
  return all;
}

} // namespace

chart::chart(double seconds)
    : seconds_{seconds},
      off_{0, seconds, columns_for(seconds)},
      soft_{off_},
      hard_{off_},
      drift_{off_} {}

void chart::add(const sight& s) {
  off_.add(s.at_s, s.off);
  soft_.add(s.at_s, s.soft);
  hard_.add(s.at_s, s.hard);
  usual_ = s.soft; // as it is in the end
  most_ = std::max({most_, std::abs(s.off), s.hard});
  if (s.at_s < 0.2 * seconds_) return; // the rate is still being learnt
  drift_.add(s.at_s, s.drift_ppm);
  least_drift_ = std::min(least_drift_, s.drift_ppm);
  most_drift_ = std::max(most_drift_, s.drift_ppm);
}

std::string chart::svg(const std::string& device) const {
  picture::svg_plot plot{
      "A GPU's clock", device, {.title = "seconds", .least = 0, .most = seconds_}};
  plot.legend("read, against the map", picture::colour(0));
  plot.legend("soft bound", "#c8d0dc");
  plot.legend("hard bound, dashed", "#8a94a3");
  for (const happening& m : marks_) plot.mark(m.at_s, m.what);

  auto& errors = plot.add_panel({.title = "Off by, ns",
                                 .least = -1.2 * most_,
                                 .most = 1.2 * most_,
                                 .linear_within = std::max(1.0, usual_),
                                 .label = time_text},
                                300);
  errors.caption("what was read and not learnt from");
  errors.area(within(soft_), {.colour = "#7f93b2", .opacity = 0.25});
  for (const double sign : {1.0, -1.0})
    errors.line(picture::upper_edge(hard_, sign), {.colour = "#8a94a3", .dashes = "5 4"});
  errors.line(off_.columns(), {.colour = picture::colour(0)});

  const double margin = std::max(0.01, 0.2 * (most_drift_ - least_drift_));
  const bool any = least_drift_ <= most_drift_;
  auto& drifts = plot.add_panel({.title = "Drift, ppm",
                                 .least = any ? least_drift_ - margin : -1,
                                 .most = any ? most_drift_ + margin : 1},
                                140);
  drifts.caption("by how much the counter runs faster than it claims");
  drifts.line(drift_.columns(), {.colour = picture::colour(1)});
  return plot.svg();
}

} // namespace gpu_timebase
