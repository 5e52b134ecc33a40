// How evenly jack_midi sends what is even, and how well it stamps it. `jitter_us`: how far the
// frames at which packets come are from where their even moments put them, on the line through all;
// `stamp_error_p99_us`: how far the moment of what came is from the moment for which it was sent.
//
// It is looked at in tenths of a second, those in which the server itself was held up and lost time
// left out: `undisturbed` is how many remain. What was lost is of all of them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <jamnet/platform/jack_midi.hpp>

#include "../rows.hpp"
#include "../sync/quantile.hpp"
#include "numbered_packets.hpp"
#include "raw_ear.hpp"

namespace jamnet_bench {

// How far points are from the line through all of them.
inline std::vector<float> off_the_line(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double mx = 0, my = 0, xx = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) mx += x[i] / n, my += y[i] / n;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mx) * (x[i] - mx);
    xy += (x[i] - mx) * (y[i] - my);
  }
  std::vector<float> off;
  for (std::size_t i = 0; i < x.size(); ++i)
    off.push_back(static_cast<float>(std::abs(y[i] - my - (x[i] - mx) * xy / xx)));
  return off;
}

struct even_run {
  static constexpr jamnet::nanoseconds step{1'234'567};
  jamnet::host_time start{};
  std::vector<float> errors_us; // of stamps; below 0: not received
  unsigned beyond = 0;          // their bounds

  [[nodiscard]] jamnet::host_time due(unsigned i) const { return start + i * step; }
  [[nodiscard]] unsigned count() const { return static_cast<unsigned>(errors_us.size()); }
};

// Sends packets at even moments, and keeps what their stamps say.
inline bool send_evenly(even_run& run, jamnet::jack_midi_output& out, jamnet::jack_midi_input& in) {
  using namespace std::chrono_literals;
  const auto collect = [&] {
    for (jamnet::received_packet p; in.try_next(p);) {
      const unsigned number = number_of(p.packet);
      if (number >= run.count()) continue;
      const auto error = std::chrono::abs(p.at - run.due(number));
      run.errors_us[number] = static_cast<float>(in_us(error));
      run.beyond += error > jamnet::nanoseconds{p.bound_ns} ? 1u : 0u;
    }
  };
  run.start = host_now() + 20ms;
  for (unsigned i = 0; i < run.count(); ++i) {
    sleep_until(run.due(i) - 15ms);
    if (!out.try_send(numbered(i), run.due(i))) return false;
    collect();
  }
  std::this_thread::sleep_for(200ms);
  collect();
  return true;
}

// When the server was held up, and lost time: its periods are not as long as their frames.
inline std::vector<std::int64_t> held_up(const raw_ear& ear) {
  std::vector<std::int64_t> at;
  for (std::size_t i = 1; i < ear.count; ++i) {
    const auto &before = ear.periods[i - 1], &period = ear.periods[i];
    const double frames = period.frame - before.frame;
    const auto lost = static_cast<double>(period.start - before.start) - frames / 48'000e-9;
    if (std::abs(lost) > 100e3) at.push_back(period.start);
  }
  return at;
}

inline void judge_evenness(std::vector<row>& rows, const even_run& run, const raw_ear& ear) {
  using namespace std::chrono_literals;
  constexpr unsigned part = 100;
  const auto disturbances = held_up(ear);
  std::vector<float> jitter_us, errors_us;
  unsigned undisturbed = 0, lost = 0;
  for (unsigned first = 0; first + part <= run.count(); first += part) {
    const auto from = (run.due(first) - 20ms).time_since_epoch().count();
    const auto to = (run.due(first + part) + 60ms).time_since_epoch().count();
    bool whole = std::none_of(disturbances.begin(), disturbances.end(),
                              [&](std::int64_t at) { return at > from && at < to; });
    std::vector<double> due_us, frame_us;
    for (unsigned i = first; i < first + part; ++i) {
      const bool received = ear.of[i].begun != 0 && run.errors_us[i] >= 0;
      lost += received ? 0u : 1u;
      whole = whole && received;
      due_us.push_back(in_us(i * run.step));
      frame_us.push_back((ear.of[i].frame - ear.of[first].frame) / 48'000e-6);
    }
    if (!whole) continue;
    ++undisturbed;
    const auto off = off_the_line(due_us, frame_us);
    jitter_us.insert(jitter_us.end(), off.begin(), off.end());
    const auto of_part = run.errors_us.begin() + first;
    errors_us.insert(errors_us.end(), of_part, of_part + part);
  }
  const double count = run.count();
  const std::string name = "devices/jack_midi/";
  rows.push_back({name + "jitter_us", quantile(jitter_us, 1), "us"});
  rows.push_back({name + "jitter_p99_us", quantile(jitter_us, 0.99), "us"});
  rows.push_back({name + "stamp_error_p99_us", quantile(errors_us, 0.99), "us"});
  rows.push_back({name + "stamp_error_max_us", quantile(errors_us, 1), "us"});
  rows.push_back({name + "bound_held", 100.0 - 100.0 * run.beyond / count, "%"});
  rows.push_back({name + "undisturbed", 100.0 * undisturbed * part / count, "%"});
  rows.push_back({name + "even_lost", static_cast<double>(lost), "packets"});
}

inline bool measure_evenness(std::vector<row>& rows, unsigned count) {
  auto out = jamnet::jack_midi_output::open({.virtual_port = "out", .client = "even"});
  if (!out) return false;
  auto in = jamnet::jack_midi_input::open({.port = "even:out", .client = "stamps"});
  raw_ear ear{"even:out"};
  if (!in || !ear.works()) return false;
  std::this_thread::sleep_for(std::chrono::seconds{1});
  even_run run;
  run.errors_us.resize(count, -1);
  if (!send_evenly(run, **out, **in)) return false;
  judge_evenness(rows, run, ear);
  return true;
}

} // namespace jamnet_bench
