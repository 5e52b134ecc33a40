#include "report.hpp"

#include <cmath>

#include <jamnet/json/writer.hpp>

#include "../shared/print.hpp"

namespace jam {
namespace {

using shared::print;

void write(jamnet::json::writer& out, const char* key, const distribution& d) {
  const auto rounded = [](double v) { return std::round(v * 1000) / 1000; };
  out.key(key).begin_object().member("p50", rounded(d.p50)).member("p99", rounded(d.p99));
  out.member("max", rounded(d.max)).end_object();
}

} // namespace

std::string to_table(const report& r) {
  std::string t =
      "\npeer        clock: injected      error p50/p99/max us   bound us  held     sent  "
      "heard  lost twice  late stuck\n";
  for (const auto& p : r.peers)
    t += print(
        "%-10s %+7.3f s %+6.1f ppm  %6.2f %6.2f %6.2f  %7.2f  %5.1f%% %7llu %6llu %5llu %5llu "
        "%5llu %5llu\n",
        p.name.c_str(), p.offset_s, p.skew_ppm, p.clock_error_us.p50, p.clock_error_us.p99,
        p.clock_error_us.max, p.bound_mean_us, 100 * p.bound_held,
        static_cast<unsigned long long>(p.sent), static_cast<unsigned long long>(p.received),
        static_cast<unsigned long long>(p.lost), static_cast<unsigned long long>(p.duplicated),
        static_cast<unsigned long long>(p.late), static_cast<unsigned long long>(p.stuck));
  t += print(
      "\nevents     %llu sent, %llu heard, %llu lost, %llu twice, %llu late, %llu notes stuck\n",
      static_cast<unsigned long long>(r.events_sent),
      static_cast<unsigned long long>(r.events_received),
      static_cast<unsigned long long>(r.events_lost),
      static_cast<unsigned long long>(r.events_duplicated),
      static_cast<unsigned long long>(r.events_late),
      static_cast<unsigned long long>(r.notes_stuck));
  t += print("latency    p50 %.0f us, p99 %.0f us, max %.0f us from send to callback\n",
             r.latency_us.p50, r.latency_us.p99, r.latency_us.max);
  t += print(
      "clocks     error p50 %.2f us, p99 %.2f us, max %.2f us; within the bound (mean %.1f us) "
      "%.2f %% of the time\n",
      r.clock_error_us.p50, r.clock_error_us.p99, r.clock_error_us.max, r.bound_mean_us,
      100 * r.bound_held);
  t += print("onsets     apart p50 %.3f, p99 %.3f, max %.3f samples at 48 kHz, in the sound (%llu "
             "pairs)\n",
             r.onset_error_samples.p50, r.onset_error_samples.p99, r.onset_error_samples.max,
             static_cast<unsigned long long>(r.onsets));
  for (const auto& p : r.peers)
    if (!p.links.empty()) t += '\n' + to_table(p.name, p.links);
  return t;
}

std::string to_json(const report& r) {
  std::vector<char> buffer(4096 + 1024 * r.peers.size() * (1 + r.peers.size()));
  jamnet::json::writer out{buffer};
  out.begin_object()
      .member("events_sent", r.events_sent)
      .member("events_received", r.events_received)
      .member("events_lost", r.events_lost)
      .member("events_duplicated", r.events_duplicated)
      .member("events_late", r.events_late)
      .member("notes_stuck", r.notes_stuck);
  write(out, "latency_us", r.latency_us);
  write(out, "clock_error_us", r.clock_error_us);
  out.member("bound_held", r.bound_held)
      .member("bound_mean_us", r.bound_mean_us)
      .member("asymmetry_allowance_us", r.asymmetry_allowance_us)
      .member("clock_samples", r.clock_samples);
  write(out, "onset_error_samples", r.onset_error_samples);
  out.member("onset_pairs", r.onsets).member("music_s", r.music_s).key("peers").begin_array();
  for (const auto& p : r.peers) {
    out.begin_object()
        .member("name", p.name.c_str())
        .member("clock_offset_s", p.offset_s)
        .member("clock_skew_ppm", p.skew_ppm)
        .member("events_sent", p.sent)
        .member("events_received", p.received)
        .member("events_lost", p.lost)
        .member("events_duplicated", p.duplicated)
        .member("events_late", p.late)
        .member("notes_stuck", p.stuck);
    write(out, "clock_error_us", p.clock_error_us);
    out.member("bound_mean_us", p.bound_mean_us).member("bound_held", p.bound_held);
    if (!p.links.empty()) write(out.key("links"), p.links);
    out.end_object();
  }
  out.end_array().end_object();
  return std::string{out.text()} + '\n';
}

} // namespace jam
