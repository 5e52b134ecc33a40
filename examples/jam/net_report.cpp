#include "net_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include <jamnet/platform/asio_address.hpp>

namespace jam {
namespace {

double to_ms(jamnet::nanoseconds d) { return static_cast<double>(d.count()) * 1e-6; }
double count(std::uint64_t n) { return static_cast<double>(n); }

std::string one_word(std::string_view text) {
  std::string word{text};
  std::replace_if(word.begin(), word.end(), [](char c) { return c <= ' ' && c >= 0; }, '_');
  return word.empty() ? "?" : word;
}

// What goes by a relay's introduction has no address but that peer's id. Of two ways, that which
// events take comes first.
const char* carrier_of(const jamnet::toast::link& l) {
  if (l.where().via == jamnet::toast::carrier::relayed)
    return l.is_relayed() ? "relayed" : "direct";
  if (l.is_stream()) return "tcp";
  if (!l.beside().is_open()) return "udp";
  return l.beside().takes_all() ? "tcp+udp" : "udp+tcp";
}

} // namespace

std::vector<link_report> link_watch::look(const jamnet::peer& machine, jamnet::host_time now) {
  std::vector<link_report> links;
  machine.for_each_link([&](const jamnet::toast::link& l) {
    const auto& counted = l.statistics();
    const auto quality = l.quality();
    const traffic seen = before_.contains(l.peer()) ? before_[l.peer()] : traffic{l.born()};
    const double seconds = std::max(to_ms(now - seen.at) * 1e-3, 1e-3);
    before_[l.peer()] = {now, counted.bytes_in, counted.bytes_out};
    links.push_back(
        {one_word(l.name().view()),
         carrier_of(l),
         jamnet::to_string(l.where()),
         {to_ms(quality.round_trip), quality.loss * 100, count(quality.repeats),
          count(l.sent().repeated()), count(l.window().duplicates()), count(late_[l.peer()]),
          count(l.window().lost()), count(l.report().lead_ns) * 1e-6,
          count(l.report().bound_ns) * 1e-3, count(counted.bytes_in - seen.in) / seconds,
          count(counted.bytes_out - seen.out) / seconds, to_ms(now - l.heard())}});
  });
  return links;
}

std::string to_table(const std::string& mine, const std::vector<link_report>& links) {
  char text[64];
  const auto cell = [&](int width, const std::string& what) {
    std::snprintf(text, sizeof text, "%*s", width, what.c_str());
    return std::string{text};
  };
  std::string table = cell(-18, "links of " + mine) + cell(-28, "carrier, address");
  for (const link_figure& f : link_figures) table += cell(f.width + 1, f.title);
  table += '\n';
  for (const link_report& l : links) {
    table += cell(-18, l.peer) + cell(-28, l.carrier + ' ' + l.address);
    for (std::size_t i = 0; i < link_figures.size(); ++i) {
      std::snprintf(text, sizeof text, " %*.*f", link_figures[i].width, link_figures[i].decimals,
                    l.figures[i]);
      table += text;
    }
    table += '\n';
  }
  return links.empty() ? table + "nobody\n" : table;
}

void write(jamnet::json::writer& out, const std::vector<link_report>& links) {
  out.begin_array();
  for (const link_report& l : links) {
    out.begin_object()
        .member("peer", l.peer.c_str())
        .member("carrier", l.carrier.c_str())
        .member("address", l.address.c_str());
    for (std::size_t i = 0; i < link_figures.size(); ++i)
      out.member(link_figures[i].key, std::round(l.figures[i] * 1000) / 1000);
    out.end_object();
  }
  out.end_array();
}

std::string to_words(const link_report& link) {
  std::ostringstream words;
  words.precision(12);
  words << link.peer << ' ' << link.carrier << ' ' << link.address;
  for (const double figure : link.figures) words << ' ' << figure;
  return words.str();
}

link_report from_words(const std::string& words) {
  link_report link;
  std::istringstream in{words};
  in >> link.peer >> link.carrier >> link.address;
  for (double& figure : link.figures) in >> figure;
  return link;
}

} // namespace jam
