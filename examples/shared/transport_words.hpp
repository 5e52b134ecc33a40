// What is asked of a transport, in words: "play", "seek 9 bar", "tempo 96.5 beat", "meter 3/4",
// "loop 5 9", and when: "4.5 tempo 96".
#pragma once

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jamnet/jsonmidi/transport_command.hpp>
#include <jamnet/session/transport_control.hpp>

#include "read_number.hpp"

namespace shared {

inline constexpr const char* transport_words = R"(
  play [BAR]    stop [BAR]    pause    seek BAR    where BAR is 9, 9.2 (its second beat) or 9.2.480
  tempo BPM     meter 3/4     loop BAR BAR         from a bar to before another
  loop off      a word more, beat or bar: at the next one
)";

struct transport_wish {
  jamnet::jsonmidi::transport_action action{};
  std::optional<jamnet::musical_position> from, to; ///< where to; a loop's ends
  double bpm = 0;
  jamnet::time_signature signature{};
  jamnet::jsonmidi::transport_boundary boundary{};
};

/// "9", "9.2" and "9.2.480".
[[nodiscard]] inline std::optional<jamnet::musical_position> read_bar(std::string_view text) {
  std::string whole{text};
  for (auto dots = std::count(text.begin(), text.end(), '.'); dots < 2; ++dots)
    whole += dots == 0 ? ".1" : ".0";
  const auto position = jamnet::parse_position(whole);
  return position ? std::optional{*position} : std::nullopt;
}

[[nodiscard]] inline bool read_signature(std::string_view text, jamnet::time_signature& out) {
  const auto slash = text.find('/');
  unsigned beats = 0, part = 0;
  if (slash == text.npos || !read_number(text.substr(0, slash), beats, 1u, 255u) ||
      !read_number(text.substr(slash + 1), part, 1u, 64u))
    return false;
  out = {static_cast<std::uint8_t>(beats), static_cast<std::uint8_t>(part)};
  return out.valid();
}

/// What the words ask for; none if they make no sense.
[[nodiscard]] inline std::optional<transport_wish> read_wish(const std::string& text) {
  using enum jamnet::jsonmidi::transport_action;
  using jamnet::jsonmidi::transport_boundary;
  std::istringstream in{text};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  transport_wish wish;
  if (!words.empty() && (words.back() == "beat" || words.back() == "bar")) {
    wish.boundary = words.back() == "bar" ? transport_boundary::bar : transport_boundary::beat;
    words.pop_back();
  }
  if (words.empty()) return std::nullopt;
  const auto verb = words.front();
  const auto count = words.size() - 1;
  const auto bar = [&](std::size_t i) { return read_bar(words[i]); };
  const auto is = [&](const char* word, auto action) { return wish.action = action, verb == word; };

  if (is("play", play) || is("record", record) || is("stop", stop)) {
    if (count == 1) wish.from = bar(1);
    if (count == 0 || (count == 1 && wish.from)) return wish;
  } else if (is("pause", pause)) {
    if (count == 0) return wish;
  } else if (is("seek", seek)) {
    if (count == 1 && (wish.from = bar(1))) return wish;
  } else if (is("tempo", tempo)) {
    if (count == 1 && read_number(words[1], wish.bpm, 1.0, 999.0)) return wish;
  } else if (is("meter", time_signature)) {
    if (count == 1 && read_signature(words[1], wish.signature)) return wish;
  } else if (is("loop", loop)) {
    if (count == 1 && words[1] == "off") return wish;
    if (count == 2 && (wish.from = bar(1)) && (wish.to = bar(2)) && *wish.from < *wish.to)
      return wish;
  }
  return std::nullopt;
}

/// Asks for it, from `time` on. [net-thread]
template <class Peer>
[[nodiscard]] jamnet::errc ask(jamnet::transport_control<Peer> transport,
                               const transport_wish& wish, jamnet::session_time time) {
  using enum jamnet::jsonmidi::transport_action;
  const jamnet::transport_when when{time, wish.boundary};
  const auto state = transport.at(time);
  const auto quarters = [&](const auto& bar) { return bar ? state.quarters_at(*bar) : 0; };
  const double from = quarters(wish.from);
  switch (wish.action) {
  case play: return wish.from ? transport.play(from, when) : transport.play(when);
  case record: return wish.from ? transport.record(from, when) : transport.record(when);
  case stop: return wish.from ? transport.stop(from, when) : transport.stop(when);
  case pause: return transport.pause(when);
  case seek: return transport.seek(from, when);
  case tempo: return transport.tempo(wish.bpm, when);
  case time_signature: return transport.signature(wish.signature, when);
  case loop:
    return wish.to ? transport.loop(from, quarters(wish.to), when) : transport.no_loop(when);
  }
  return jamnet::errc::refused;
}

/// Wishes, each with its time in seconds, from the one that is due first.
class agenda {
public:
  /// "4.5 seek 9"; false, and nothing is added, for anything else.
  [[nodiscard]] bool add(const std::string& line) {
    std::istringstream in{line};
    std::string seconds, words;
    in >> seconds;
    std::getline(in, words);
    double at = 0;
    const auto wish = read_wish(words);
    if (!wish || !read_number(seconds, at, 0.0, 1e6)) return false;
    const auto later = std::find_if(todo_.begin() + static_cast<std::ptrdiff_t>(done_), todo_.end(),
                                    [&](const auto& other) { return other.first > at; });
    todo_.insert(later, {at, *wish});
    return true;
  }
  /// A file of such lines, some of which may be empty or begin with #; false at the first other.
  [[nodiscard]] bool add_file(const std::string& path) {
    std::ifstream file{path};
    bool good = file.good();
    for (std::string line; good && std::getline(file, line);)
      good = line.empty() || line[0] == '#' || add(line);
    return good;
  }
  /// What is due by then, once each.
  [[nodiscard]] std::optional<transport_wish> next(double seconds) {
    if (done_ == todo_.size() || todo_[done_].first > seconds) return std::nullopt;
    return todo_[done_++].second;
  }

private:
  std::vector<std::pair<double, transport_wish>> todo_;
  std::size_t done_ = 0;
};

} // namespace shared
