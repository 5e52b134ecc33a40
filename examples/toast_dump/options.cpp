#include "options.hpp"

#include <string_view>

#include "../shared/read_number.hpp"

namespace toast_dump {

parsed_options parse(int argc, char** argv) {
  options o;
  for (int at = 1; at < argc; ++at) {
    const std::string word = argv[at];
    const auto value = [&](std::string_view& out) {
      if (at + 1 >= argc) return false;
      out = argv[++at];
      return !out.empty();
    };
    std::string_view text;
    const auto expects = [&](const char* what) {
      return parsed_options{{}, word + " expects " + what};
    };
    if (word == "--help" || word == "-h") {
      o.help = true;
      return {o, {}};
    }
    if (word == "--live") {
      o.live = true;
    } else if (word == "--json") {
      o.json = true;
    } else if (word == "--all") {
      o.all = true;
    } else if (word == "--interface") {
      if (!value(text)) return expects("an interface");
      o.interface = text;
    } else if (word == "--key-log") {
      if (!value(text)) return expects("a file");
      o.key_log = text;
    } else if (word == "-w") {
      if (!value(text)) return expects("a file");
      o.out = text;
    } else if (word == "--port") {
      if (!value(text) || !shared::read_number<std::uint16_t>(text, o.port, 1, 65535))
        return expects("a port from 1 to 65535");
    } else if (word == "--seconds") {
      if (!value(text) || !shared::read_number(text, o.seconds, 0.1, 86400.0))
        return expects("seconds, 0.1 to 86400");
    } else if (word != "-" && word.starts_with('-')) {
      return {{}, "unknown option '" + word + "'; see toast_dump --help"};
    } else if (!o.file.empty()) {
      return {{}, "one file at a time: '" + o.file + "' or '" + word + "'"};
    } else {
      o.file = word;
    }
  }
  if (o.live == !o.file.empty())
    return {{}, o.live ? "--live or a file, not both" : "what to read? See toast_dump --help"};
  if (!o.live && (!o.interface.empty() || o.seconds > 0))
    return {{}, "--interface and --seconds are for --live"};
  return {o, {}};
}

} // namespace toast_dump
