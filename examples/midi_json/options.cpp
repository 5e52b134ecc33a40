#include "options.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <jamnet/core/config.hpp>

#include "output.hpp"

namespace midi_json {

const std::string version = "midi_json " + std::to_string(JAMNET_VERSION_MAJOR) + "." +
                            std::to_string(JAMNET_VERSION_MINOR) + "." +
                            std::to_string(JAMNET_VERSION_PATCH);

namespace {

template <class T>
using choices = std::vector<std::pair<std::string_view, T>>;

const choices<format> formats{
    {"mid", format::mid}, {"midi2", format::midi2}, {"json", format::json}};
const choices<format> endings{{".mid", format::mid},     {".midi", format::mid},
                              {".kar", format::mid},     {".smf", format::mid},
                              {".midi2", format::midi2}, {".json", format::json},
                              {".jsonl", format::json},  {".ndjson", format::json}};
const choices<jamnet::smf_running> runnings{{"as-is", jamnet::smf_running::as_marked},
                                            {"on", jamnet::smf_running::always},
                                            {"off", jamnet::smf_running::never}};

template <class T>
bool choose(const choices<T>& from, std::string_view word, auto& out) {
  const auto found = std::ranges::find(from, word, &std::pair<std::string_view, T>::first);
  if (found == from.end()) return false;
  out = found->second;
  return true;
}

struct flag {
  const char* expects; ///< nothing: it takes no value
  std::function<bool(std::string_view)> set;
};

std::map<std::string_view, flag> flags_of(options& o) {
  const auto yes = [](bool& out) { return [&out](std::string_view) { return out = true; }; };
  const auto does = [&](mode what) {
    return [&o, what](std::string_view) { return o.mode = what, true; };
  };
  return {
      {"--to", {"mid, midi2 or json", [&](auto v) { return choose(formats, v, o.to); }}},
      {"--running-status",
       {"as-is, on or off", [&](auto v) { return choose(runnings, v, o.running); }}},
      {"--pretty", {nullptr, yes(o.pretty)}},
      {"--skip-errors", {nullptr, yes(o.skip_errors)}},
      {"--validate", {nullptr, does(mode::validate)}},
      {"--help", {nullptr, does(mode::help)}},
      {"-h", {nullptr, does(mode::help)}},
      {"--version", {nullptr, does(mode::version)}},
  };
}

// Takes one option; what is wrong with it, or nothing.
std::string take(const std::map<std::string_view, flag>& flags, std::string_view word,
                 std::function<const char*()> next) {
  const auto equals = word.find('=');
  const auto name = word.substr(0, equals);
  const auto found = flags.find(name);
  if (found == flags.end())
    return "unknown option '" + std::string{name} + "'; see midi_json --help";
  const auto& [expects, set] = found->second;
  if (!expects) return equals == word.npos ? (set({}), "") : std::string{name} + " takes no value";
  const char* const following = equals == word.npos ? next() : word.data() + equals + 1;
  if (!following) return std::string{name} + " expects " + expects;
  if (!set(following))
    return std::string{name} + " expects " + expects + ", not '" + following + "'";
  return {};
}

// Whether the rest agrees with itself, once the output's name has been looked at.
std::string settle(options& o, std::size_t files) {
  if (files == 0 && is_terminal(0)) return "which file? see midi_json --help";
  if (files > 2) return "one input and one output, please; see midi_json --help";
  if (o.mode == mode::validate)
    return files == 2 ? "--validate writes nothing: an output is one too many" : "";
  const auto dot = o.output.find_last_of("./");
  if (!o.to && dot != o.output.npos) {
    std::string ending = o.output.substr(dot);
    for (char& c : ending)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    choose(endings, ending, o.to);
  }
  if (o.pretty && o.to && *o.to != format::json) return "--pretty is for JSON";
  return {};
}

} // namespace

parsed_options parse(int argc, char** argv) {
  options o;
  const auto flags = flags_of(o);
  const std::array files{&o.input, &o.output};
  std::size_t given = 0;
  bool no_more_options = false;
  for (int at = 1; at < argc; ++at) {
    const std::string_view word = argv[at];
    if (no_more_options || word == "-" || !word.starts_with('-')) {
      if (given < files.size()) *files[given] = word;
      ++given;
    } else if (word == "--") {
      no_more_options = true;
    } else {
      const auto wrong = take(flags, word, [&] { return at + 1 < argc ? argv[++at] : nullptr; });
      if (!wrong.empty()) return {{}, wrong};
    }
    if (o.mode == mode::help || o.mode == mode::version) return {o, {}};
  }
  if (auto wrong = settle(o, given); !wrong.empty()) return {{}, wrong};
  return {o, {}};
}

} // namespace midi_json
