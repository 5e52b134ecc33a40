// Options of the command line, as a table: what each expects, and what takes it.
//
//     options o;
//     const auto wrong = shared::read_flags({{"--peers", shared::number(o.peers, 1, 32)},
//                                            {"--out", shared::text(o.out, "a folder")},
//                                            {"--json", shared::yes(o.json)}},
//                                           argc, argv, "jam");
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <jamnet/core/nearest_word.hpp>
#include <jamnet/time/timeline.hpp>

#include "print.hpp"
#include "read_number.hpp"

namespace shared {

struct flag {
  std::string expects; ///< empty: it takes no value
  std::function<bool(std::string_view)> set;
  std::vector<std::string_view> words{}; ///< that it knows, if these are few
  bool may_lack = false;                 ///< the value: set("") if none follows
  bool list = false;                     ///< of values, commas between: set() is told each
};
using flags = std::map<std::string_view, flag>;

/// "; did you mean X?", or nothing.
template <class Words>
[[nodiscard]] std::string suggestion(std::string_view typed, const Words& words) {
  const auto meant = jamnet::nearest_word(typed, words);
  return meant.empty() ? std::string{} : "; did you mean " + std::string{meant} + "?";
}

/// Hands the value to set(), part by part if it is a list; what of it is refused, if anything is.
[[nodiscard]] inline std::optional<std::string> refused(const flag& flag, std::string_view value) {
  for (;;) {
    const auto comma = flag.list ? value.find(',') : value.npos;
    const auto part = value.substr(0, comma);
    if (!flag.set(part)) return std::string{part};
    if (comma == value.npos) return {};
    value.remove_prefix(comma + 1);
  }
}

/// Sets what the arguments from `first` on say; otherwise what is wrong with one of them.
[[nodiscard]] inline std::string read_flags(const flags& known, int argc, char** argv,
                                            const char* program, int first = 1) {
  for (int i = first; i < argc; ++i) {
    const std::string word = argv[i];
    const auto found = known.find(word);
    if (found == known.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, flag] : known) names.push_back(name);
      const auto meant = suggestion(word, names);
      return "unknown option '" + word + "'" +
             (meant.empty() ? "; see " + std::string{program} + " --help" : meant);
    }
    const auto& flag = found->second;
    const bool ends = i + 1 == argc || argv[i + 1][0] == '-';
    const bool alone = flag.expects.empty() || (flag.may_lack && ends);
    if (!alone && i + 1 == argc) return word + " expects " + flag.expects;
    if (const auto wrong = refused(flag, alone ? "" : argv[++i]))
      return word + " expects " + flag.expects + ", not '" + *wrong + "'" +
             suggestion(*wrong, flag.words);
  }
  return {};
}

[[nodiscard]] inline flag yes(bool& out) {
  return {{}, [&out](std::string_view) { return out = true; }};
}

/// With both ends; `unit` is for whom it may concern.
template <class Number>
[[nodiscard]] flag number(Number& out, std::type_identity_t<Number> least,
                          std::type_identity_t<Number> most, std::string_view unit = {}) {
  std::string expects =
      print("%.10g to %.10g", static_cast<double>(least), static_cast<double>(most));
  if (!unit.empty()) expects.append(" ").append(unit);
  return {expects,
          [&out, least, most](std::string_view v) { return read_number(v, out, least, most); }};
}
/// … in milliseconds, from 0 on.
[[nodiscard]] inline flag milliseconds(jamnet::nanoseconds& out, double most) {
  return {print("0 to %g ms", most), [&out, most](std::string_view v) {
            double ms = 0;
            const bool ok = read_number(v, ms, 0.0, most);
            if (ok) out = jamnet::nanoseconds{static_cast<std::int64_t>(ms * 1e6)};
            return ok;
          }};
}
/// Any number at all: what seeds a generator.
[[nodiscard]] inline flag seed(std::uint64_t& out) {
  return {"a number",
          [&out](std::string_view v) { return read_number(v, out, std::uint64_t{0}, UINT64_MAX); }};
}
/// A time as programs tell it each other, a duration or a point.
template <class Time>
[[nodiscard]] flag clock_time(Time& out) {
  return {"ns", [&out](std::string_view v) {
            std::int64_t ns = 0;
            const bool ok = read_number<std::int64_t>(v, ns, INT64_MIN, INT64_MAX);
            if (ok) out = Time{jamnet::nanoseconds{ns}};
            return ok;
          }};
}
/// Anything but nothing, such as a path.
template <class Text>
[[nodiscard]] flag text(Text& out, const char* what) {
  return {what, [&out](std::string_view v) { return out = v, !v.empty(); }};
}
/// What a peer can be called.
[[nodiscard]] inline flag name(std::string& out) {
  constexpr std::size_t most = 63;
  return {"a name of at most 63 bytes",
          [&out](std::string_view v) { return out = v, !v.empty() && v.size() <= most; }};
}

} // namespace shared
