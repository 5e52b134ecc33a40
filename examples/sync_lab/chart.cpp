#include "chart.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sync_lab {
namespace {

// So many columns that the picture stays below a megabyte.
std::size_t columns_for(const options& o) {
  const double looks = o.seconds * 50;
  const double room = 14'000.0 / static_cast<double>(o.peers);
  return static_cast<std::size_t>(std::clamp(std::min(looks, room), 50.0, 900.0));
}

constexpr std::size_t most_names = 24; // in the legend

std::string time_text(double us) {
  const double size = std::abs(us);
  char text[32];
  if (size >= 1e6)
    std::snprintf(text, sizeof text, "%g s", us * 1e-6);
  else if (size >= 1e3)
    std::snprintf(text, sizeof text, "%g ms", us * 1e-3);
  else
    std::snprintf(text, sizeof text, "%g", us);
  return text;
}

// The next 1, 2 or 5 times a power of ten.
double round_up(double value) {
  const double decade = std::pow(10, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (value <= decade * factor) return decade * factor;
  return decade * 10;
}

// The columns that a bound leaves to either side: to the greatest of a column, or to the least.
std::vector<picture::column> within(const picture::envelope& bound, bool greatest) {
  auto all = bound.columns();
  for (auto& c : all)
    if (!c.empty()) c.low = -(c.high = greatest ? c.high : c.low);
  return all;
}

} // namespace

chart::chart(const options& o)
    : unit_{o.seconds <= 600     ? time_unit{"s", 1}
            : o.seconds <= 10800 ? time_unit{"min", 60}
                                 : time_unit{"h", 3600}},
      length_s_{o.seconds},
      packet_window_s_{std::max(1.0, o.seconds / 450)},
      peers_(o.peers,
             [&] {
               const picture::envelope none{0, o.seconds / unit_.seconds, columns_for(o)};
               return curves{none, none, none};
             }()),
      soft_{peers_.front().error},
      hard_{peers_.front().error} {}

void chart::add(std::size_t peer, double now_s, const observation& o) {
  curves& c = peers_[peer];
  const double x = now_s / unit_.seconds;
  if (now_s - c.since_s > packet_window_s_ - 1e-6) {
    const double rate = static_cast<double>(o.packets - c.sent) / (now_s - c.since_s);
    if (o.is != observation::role::gone || rate > 0)
      c.packets.push_back({(now_s + c.since_s) / 2 / unit_.seconds, rate, rate});
    else
      c.packets.push_back({x});
    c.sent = o.packets;
    c.since_s = now_s;
  }
  if (!o.in_time()) return;
  c.error.add(x, o.error_us);
  c.skew.add(x, o.skew_ppm);
  c.true_skew.add(x, o.true_skew_ppm);
  least_skew_ = std::min(least_skew_, o.true_skew_ppm);
  most_skew_ = std::max(most_skew_, o.true_skew_ppm);
  if (!o.judged) return;
  soft_.add(x, o.soft_us);
  hard_.add(x, o.hard_us);
  errors_.add(o.error_us);
  softs_.add(std::min(o.soft_us, 1e9));
  hards_.add(std::min(o.hard_us, 1e9));
}

// Linear for the errors of every day, logarithmic for bounds and accidents.
picture::axis chart::error_axis() const {
  const double usual = std::max(0.5, errors_.at(0.9));
  const double most =
      std::max({4 * usual, 1.5 * errors_.at(0.999), 1.5 * softs_.at(0.9), 1.5 * hards_.at(0.5)});
  return {.title = "Error, µs",
          .least = -most,
          .most = most,
          .linear_within = round_up(std::max(0.5, errors_.at(0.5))),
          .label = time_text};
}

picture::axis chart::skew_axis() const {
  const double margin = std::max(1.0, 0.12 * (most_skew_ - least_skew_));
  return {.title = "Skew, ppm", .least = least_skew_ - margin, .most = most_skew_ + margin};
}

picture::axis chart::packet_axis() const {
  double most = 1;
  for (const curves& c : peers_)
    for (const auto& p : c.packets)
      if (!p.empty()) most = std::max(most, p.high);
  return {.title = "Packets sent a second", .least = 0, .most = 1.08 * most};
}

void chart::draw_errors(picture::panel& panel, const std::vector<std::string>& names) const {
  panel.caption(
      "against the session's clock; shaded: soft bound, least and greatest of the peers'; "
      "dashed: hard bound");
  const bool crowd = peers_.size() > 6; // that none should hide
  for (const bool greatest : {true, false})
    panel.area(within(soft_, greatest), {.colour = "#7f93b2", .opacity = 0.16});
  for (const double sign : {1.0, -1.0})
    panel.line(picture::upper_edge(hard_, sign), {.colour = "#8a94a3", .dashes = "5 4"});
  for (std::size_t i = 0; i < peers_.size(); ++i)
    panel.line(peers_[i].error.columns(), {.colour = picture::colour(i),
                                           .width = crowd ? 0.8 : 1.2,
                                           .opacity = crowd ? 0.7 : 1,
                                           .name = names[i]});
}

std::string chart::svg(const std::vector<std::string>& names, const std::string& subtitle,
                       const journal& journal) const {
  picture::svg_plot plot{"One time for all",
                         subtitle,
                         {.title = std::string{"simulated time, "} + unit_.name,
                          .least = 0,
                          .most = length_s_ / unit_.seconds}};
  const std::size_t named = names.size() <= most_names ? names.size() : most_names - 1;
  for (std::size_t i = 0; i < named; ++i) plot.legend(names[i], picture::colour(i));
  if (named < names.size())
    plot.legend("and " + std::to_string(names.size() - named) + " more", "none");
  for (const journal_entry& e : journal.entries())
    if (!e.mark.empty()) plot.mark(e.at_s / unit_.seconds, e.mark);

  draw_errors(plot.add_panel(error_axis(), 300), names);
  auto& skews = plot.add_panel(skew_axis(), 170);
  skews.caption("of each clock against the session's: as its peer believes; dashed: the truth");
  auto& packets = plot.add_panel(packet_axis(), 120);
  packets.caption("of all kinds, by each peer");
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    const curves& c = peers_[i];
    const std::string colour = picture::colour(i);
    skews.line(c.skew.columns(), {.colour = colour, .name = names[i]});
    skews.line(c.true_skew.columns(), {.colour = colour, .opacity = 0.6, .dashes = "2 4"});
    packets.line(c.packets, {.colour = colour, .name = names[i]});
  }
  return plot.svg();
}

} // namespace sync_lab
