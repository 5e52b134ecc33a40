#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <jamnet/json/writer.hpp>

#include "../shared/print.hpp"

namespace sync_lab {
namespace {

using shared::print;

// To four digits: what is beyond is the machine's arithmetic.
double rounded(double value) {
  if (value == 0) return 0;
  const double digits = std::pow(10, 3 - std::floor(std::log10(std::abs(value))));
  return std::round(value * digits) / digits;
}

// Microseconds in six places, however many there are.
std::string places(double us) {
  if (us >= 999.95e3) return print("%5.3gs", us * 1e-6);
  if (us >= 9999.5) return print("%4.0fms", us * 1e-3);
  return print(us < 999.5 ? "%6.1f" : "%6.0f", us);
}

struct rates {
  double packets, bytes;
};
rates rates_of(const statistics& s) {
  const double span = std::max(s.last().age_s, 1e-9);
  return {static_cast<double>(s.last().packets) / span, static_cast<double>(s.last().bytes) / span};
}

} // namespace

std::string title_of(const options& o) {
  const double loss = o.loss_percent.value_or(100 * usual_loss(o.path));
  const std::string length =
      o.seconds < 3600 ? print("%g s", o.seconds) : print("%g h", o.seconds / 3600);
  return print("%zu peers, %s, %g %% lost, %g trains a second, clocks ±%g ppm, %s, seed %llu",
               o.peers, name(o.path), loss, o.trains_per_second, o.skew_ppm, length.c_str(),
               static_cast<unsigned long long>(o.seed));
}

std::string to_table(const options& o, const std::vector<std::string>& names,
                     const std::vector<statistics>& peers) {
  std::string t =
      "\n"
      "                      skew, ppm      in time      error, us        soft bound, us"
      "   hard bound, us      sent per s\n"
      "peer    role    hops  true  believed  after s   p50    p99    max   held %   mean"
      "    held %   mean   packets   bytes\n";
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const statistics& s = peers[i];
    const observation& last = s.last();
    const auto [packets, bytes] = rates_of(s);
    t += print("%-7s %-7s", names[i].c_str(), to_string(last.is));
    if (last.in_time())
      t += print(" %4u %+6.2f  %+8.2f", unsigned{last.hops}, last.true_skew_ppm, last.skew_ppm);
    else
      t += print(" %4s %6s  %8s", "-", "-", "-");
    t += s.in_time_s() >= 0 ? print(" %8.2f", s.in_time_s()) : print(" %8s", "-");
    if (s.error().total() > 0)
      t += print(" %s %s %s  %7.3f %s   %7.3f %s", places(s.error().at(0.5)).c_str(),
                 places(s.error().at(0.99)).c_str(), places(s.error().max()).c_str(),
                 s.soft().held_percent(), places(s.soft().mean()).c_str(), s.hard().held_percent(),
                 places(s.hard().mean()).c_str());
    else
      t += print(" %6s %6s %6s  %7s %6s   %7s %6s", "-", "-", "-", "-", "-", "-", "-");
    t += print("   %7.1f %7.0f\n", packets, bytes);
  }
  t += print("Errors are against the time of the session's clock, from %g s after a peer came in "
             "time.\n",
             o.settling_s);
  if (const double hidden = hidden_offset(o.path); hidden > 0)
    t += print("Of them %g us are half of what one way takes longer, which nobody can measure.\n",
               hidden * 1e-3);
  return t;
}

std::string to_json(const options& o, const std::vector<std::string>& names,
                    const std::vector<statistics>& peers, const journal& journal) {
  std::size_t room = 4096 + 1024 * peers.size();
  for (const auto& e : journal.entries()) room += 128 + e.what.size() + 16 * e.by.size();
  std::vector<char> buffer(room);
  jamnet::json::writer out{buffer};
  const auto number = [&](const char* key, double value) { out.member(key, rounded(value)); };
  out.begin_object().member("path", name(o.path)).member("seconds", o.seconds);
  out.member("loss_percent", o.loss_percent.value_or(100 * usual_loss(o.path)));
  out.member("trains_per_second", o.trains_per_second).member("seed", o.seed);
  out.key("peers").begin_array();
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const statistics& s = peers[i];
    const observation& last = s.last();
    const auto [packets, bytes] = rates_of(s);
    out.begin_object().member("name", names[i]).member("role", to_string(last.is));
    if (last.in_time()) {
      out.member("hops", unsigned{last.hops});
      number("true_skew_ppm", last.true_skew_ppm);
      number("skew_ppm", last.skew_ppm);
    }
    if (s.in_time_s() >= 0) number("in_time_after_s", s.in_time_s());
    if (s.error().total() > 0) {
      out.key("error_us").begin_object();
      number("p50", s.error().at(0.5));
      number("p99", s.error().at(0.99));
      number("max", s.error().max());
      out.end_object();
      for (const auto& [key, bound] :
           {std::pair{"soft_bound", &s.soft()}, {"hard_bound", &s.hard()}}) {
        out.key(key).begin_object();
        number("held_percent", bound->held_percent());
        number("mean_us", bound->mean());
        out.end_object();
      }
    }
    number("packets_per_s", packets);
    number("bytes_per_s", bytes);
    out.end_object();
  }
  out.end_array().key("events").begin_array();
  for (const auto& e : journal.entries()) {
    out.begin_object()
        .member("at_s", std::round(e.at_s * 1e3) / 1e3)
        .member("what", e.what)
        .key("by")
        .begin_array();
    for (const std::size_t peer : e.by) out.value(names[peer]);
    out.end_array().end_object();
  }
  out.end_array().end_object();
  return std::string{out.text()} + "\n";
}

} // namespace sync_lab
