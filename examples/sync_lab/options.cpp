#include "options.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <jamnet/core/math.hpp>

#include "../shared/flags.hpp"

namespace sync_lab {
namespace {

using jamnet::nanoseconds;
using shared::read_number;

constexpr double longest_s = 1000 * 3600.0;

// A number and a unit, seconds where there is none.
bool read_time(std::string_view text, nanoseconds& out) {
  constexpr std::array<std::pair<std::string_view, double>, 6> units{
      {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}, {"m", 60}, {"h", 3600}}};
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c >= 'a'; });
  const auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  const auto unit = text.substr(digits.size());
  double factor = unit.empty() ? 1 : 0;
  for (const auto& [name, seconds] : units)
    if (unit == name) factor = seconds;
  double value = 0;
  if (factor == 0 || !read_number(digits, value, -longest_s / factor, longest_s / factor))
    return false;
  out = nanoseconds{jamnet::nearest(value * factor * 1e9)};
  return true;
}

struct accident_type {
  const char* option;
  const char* expects;
  bool (*read_amount)(std::string_view, accident&);
};

bool no_amount(std::string_view text, accident&) { return text.empty(); }
bool duration(std::string_view text, accident& a) {
  return read_time(text, a.by) && a.by.count() > 0;
}
bool step(std::string_view text, accident& a) { return read_time(text, a.by); }
bool step_of_ppm(std::string_view text, accident& a) {
  return read_number(text, a.ppm, -1000.0, 1000.0);
}
bool lie(std::string_view text, accident& a) {
  a.by = std::chrono::seconds{1};
  return text.empty() || step(text, a);
}

// In the order of accident_kind.
constexpr std::array<accident_type, 7> accident_types{{
    {"--kill-master", "a time such as 30s", no_amount},
    {"--partition", "when and how long, as 30s,10s", duration},
    {"--suspend", "when and how long, as 30s,10s", duration},
    {"--stall", "when and how long, as 30s,10s", duration},
    {"--step-clock", "when and how far, as 30s,-1s", step},
    {"--step-skew", "when and by how many ppm up to 1000, as 30s,20", step_of_ppm},
    {"--liar", "when and perhaps how far, as 30s,1s", lie},
}};

bool add_accident(options& o, accident_kind kind, std::string_view text) {
  accident a{.kind = kind};
  const auto comma = text.find(',');
  const auto amount = comma == text.npos ? "" : text.substr(comma + 1);
  const bool understood = read_time(text.substr(0, comma), a.at) && a.at.count() >= 0 &&
                          accident_types[static_cast<std::size_t>(kind)].read_amount(amount, a);
  if (understood) o.accidents.push_back(a);
  return understood;
}

bool choose_path(options& o, std::string_view text) {
  for (const auto kind : jamnet::testing::all_paths)
    if (text == name(kind)) return o.path = kind, true;
  return false;
}

std::string all_path_names() {
  std::string all;
  for (const auto kind : jamnet::testing::all_paths)
    all += (all.empty() ? "one of " : ", ") + std::string{name(kind)};
  return all;
}

shared::flags flags_of(options& o) {
  std::vector<std::string_view> paths;
  for (const auto kind : jamnet::testing::all_paths) paths.push_back(name(kind));
  shared::flags flags{
      {"--peers", shared::number(o.peers, 2, 100)},
      {"--path", {all_path_names(), [&o](auto v) { return choose_path(o, v); }, paths}},
      {"--loss",
       {"0 to 90 percent",
        [&o](auto v) { return read_number(v, o.loss_percent.emplace(), 0.0, 90.0); }}},
      {"--rate", shared::number(o.trains_per_second, 1, 100, "Hz")},
      {"--seconds", shared::number(o.seconds, 1, longest_s)},
      {"--hours",
       {"0.001 to 1000",
        [&o](auto v) {
          return read_number(v, o.seconds, 0.001, 1000.0) && (o.seconds *= 3600, true);
        }}},
      {"--skew", shared::number(o.skew_ppm, 0, 500, "ppm")},
      {"--wander", shared::number(o.wander_ppm, 0, 10, "ppm")},
      {"--settle", shared::number(o.settling_s, 0, 3'600, "s")},
      {"--seed", shared::seed(o.seed)},
      {"--svg", shared::text(o.svg, "a file")},
      {"--json", shared::yes(o.json)},
      {"--help", shared::yes(o.help)},
  };
  for (std::size_t i = 0; i < accident_types.size(); ++i)
    flags[accident_types[i].option] = {accident_types[i].expects, [&o, i](auto v) {
                                         return add_accident(o, static_cast<accident_kind>(i), v);
                                       }};
  return flags;
}

// What is wrong with the whole, if anything.
std::string settle(options& o) {
  std::stable_sort(o.accidents.begin(), o.accidents.end(),
                   [](const accident& a, const accident& b) { return a.at < b.at; });
  std::size_t killed = 0;
  for (const accident& a : o.accidents) {
    killed += a.kind == accident_kind::kill_master;
    if (static_cast<double>(a.at.count()) * 1e-9 >= o.seconds)
      return std::string{accident_types[static_cast<std::size_t>(a.kind)].option} +
             " comes after the end; see --seconds";
  }
  if (killed >= o.peers) return "--kill-master: as many deaths as peers";
  return {};
}

} // namespace

parsed_options parse(int argc, char** argv) {
  options o;
  if (auto wrong = shared::read_flags(flags_of(o), argc, argv, "sync_lab"); !wrong.empty())
    return {{}, wrong};
  if (o.help) return {o, {}};
  if (auto wrong = settle(o); !wrong.empty()) return {{}, wrong};
  return {std::move(o), {}};
}

} // namespace sync_lab
