#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <jamnet/json/writer.hpp>

#include "../shared/distribution.hpp"
#include "../shared/print.hpp"
#include "../shared/svg_plot.hpp"
#include "histogram.hpp"

namespace latency_probe {
namespace {

unsigned long long number(std::uint64_t n) { return n; }

// In frames they are whole.
double frames(const findings& found, double ms) { return std::round(ms * 1e-3 * found.rate); }

std::string spread(const findings& found) {
  const auto d = shared::distribution_of(found.ms);
  const double least = *std::ranges::min_element(found.ms);
  auto line = shared::print("round trip %.3f ms (median), from %.3f to %.3f, 1 %% %.3f or more",
                            d.p50, least, d.max, d.p99);
  if (found.rate > 0)
    line += shared::print("; %.0f frames, from %.0f to %.0f", frames(found, d.p50),
                          frames(found, least), frames(found, d.max));
  return line;
}

const char* unit(const findings& found) { return found.rate > 0 ? "frames" : "ms"; }

histogram histogram_of(const findings& found) {
  if (!(found.rate > 0)) return {found.ms, 0.001};
  std::vector<double> whole;
  for (const double ms : found.ms) whole.push_back(frames(found, ms));
  return {whole, 1};
}

std::string tally(const findings& found) {
  auto line = shared::print("%llu of %llu came back", number(found.ms.size()), number(found.sent));
  if (found.lost() != 0)
    line += shared::print("; %llu not in %g ms", number(found.lost()), found.timeout_ms);
  if (found.spoilt != 0)
    line += shared::print("; %llu more spoilt by lost frames", number(found.spoilt));
  if (found.meaningless != 0)
    line += shared::print("; %llu %s", number(found.meaningless),
                          found.rate > 0 ? "samples are no numbers" : "messages are no MIDI");
  if (found.overrun != 0)
    line += shared::print("; %llu came too fast to be taken", number(found.overrun));
  if (found.strays != 0) line += shared::print("; %llu others came in", number(found.strays));
  return line;
}

} // namespace

std::string text_of(const findings& found) {
  std::string lines;
  const auto add = [&](const std::string& line) { lines += line + '\n'; };
  add("through " + found.through + ": " + tally(found));
  for (const auto& remark : found.remarks) add(remark);
  if (found.ms.empty()) return lines;
  add(spread(found));
  if (found.lost() != 0 && found.rate == 0)
    add("of those that came back; a JACK server without -S loses what a late program misses");
  if (!found.stamped_ms.empty()) {
    const auto stamped = shared::distribution_of(found.stamped_ms);
    add(shared::print("by its time stamps %.3f ms (median), 1 %% %.3f or more; they may be off by "
                      "%.3f",
                      stamped.p50, stamped.p99, found.bound_ms));
  }
  if (found.rate > 0)
    add(shared::print("blocks of %u frames at %g Hz", found.block, found.rate) +
        (found.claimed_frames == 0
             ? ""
             : shared::print("; the device itself speaks of %u frames", found.claimed_frames)));
  return lines + histogram_of(found).text(unit(found));
}

std::string json_of(const findings& found) {
  std::vector<char> room(4096 + 80 * found.ms.size());
  jamnet::json::writer out{room};
  out.begin_object()
      .member("kind", found.rate > 0 ? "audio" : "midi")
      .member("through", found.through)
      .member("sent", found.sent)
      .member("back", found.ms.size())
      .member("lost", found.lost())
      .member("spoilt", found.spoilt)
      .member("strays", found.strays)
      .member("overrun", found.overrun)
      .member("meaningless", found.meaningless);
  if (!found.ms.empty()) {
    const auto d = shared::distribution_of(found.ms);
    out.member("minMs", *std::ranges::min_element(found.ms))
        .member("p50Ms", d.p50)
        .member("p99Ms", d.p99)
        .member("maxMs", d.max);
  }
  if (found.rate > 0) {
    out.member("rate", found.rate).member("block", found.block);
    if (found.claimed_frames != 0) out.member("claimedFrames", found.claimed_frames);
    out.key("frames").begin_array();
    for (const double ms : found.ms) out.value(static_cast<long long>(frames(found, ms)));
    out.end_array();
  } else {
    const auto add = [&](const char* key, const std::vector<double>& values) {
      out.key(key).begin_array();
      for (const double value : values) out.value(value);
      out.end_array();
    };
    out.member("boundMs", found.bound_ms);
    add("ms", found.ms);
    add("stampedMs", found.stamped_ms);
  }
  return std::string{out.end_object().text()};
}

std::string svg_of(const findings& found) {
  const auto steps = histogram_of(found);
  const auto &first = steps.steps().front(), &last = steps.steps().back();
  const auto d = shared::distribution_of(found.ms);
  picture::svg_plot plot{"Round trip, " + std::string{found.rate > 0 ? "audio" : "MIDI"},
                         "through " + found.through + ": " + tally(found),
                         {.title = unit(found),
                          .least = first.from - (first.to - first.from),
                          .most = last.to + (last.to - last.from)}};
  const auto mark = [&](double ms, const char* what) {
    plot.mark(found.rate > 0 ? frames(found, ms) : ms, shared::print("%s %.3f ms", what, ms));
  };
  mark(d.p50, "median");
  if (d.p99 > d.p50) mark(d.p99, "99 of 100 within");
  auto& panel = plot.add_panel(
      {.title = "how often", .least = 0, .most = 1.05 * static_cast<double>(steps.highest())}, 300);
  std::vector<picture::column> outline;
  for (const auto& step : steps.steps())
    for (const double x : {step.from, step.to})
      outline.push_back({x, 0, static_cast<double>(step.count)});
  panel.area(outline, {.colour = picture::colour(0), .opacity = 0.7});
  return plot.svg();
}

} // namespace latency_probe
