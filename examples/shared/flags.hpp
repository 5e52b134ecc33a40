// Options of the command line, as a table: what each expects, and what takes it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace shared {

struct flag {
  const char* expects; ///< null: it takes no value
  std::function<bool(std::string_view)> set;
};
using flags = std::map<std::string_view, flag>;

/// Sets what the arguments from `first` on say; otherwise what is wrong with one of them.
[[nodiscard]] inline std::string read_flags(const flags& known, int argc, char** argv,
                                            const char* program, int first = 1) {
  for (int i = first; i < argc; ++i) {
    const std::string word = argv[i];
    const auto found = known.find(word);
    if (found == known.end()) return "unknown option '" + word + "'; see " + program + " --help";
    const auto& [expects, set] = found->second;
    const std::string value = expects != nullptr && i + 1 < argc ? argv[++i] : "";
    if (!set(value)) return word + " expects " + expects + ", not '" + value + "'";
  }
  return {};
}

} // namespace shared
