#include "options.hpp"

#include "../shared/flags.hpp"

namespace midi_monitor {
namespace {

shared::flag names(std::set<std::string, std::less<>>& out) {
  const auto set = [&out](std::string_view name) {
    out.emplace(name);
    return is_message_name(name);
  };
  return {
      .expects = "names of JSONMIDI messages", .set = set, .words = message_names(), .list = true};
}

shared::flag channels(std::bitset<16>& out) {
  const auto set = [&out](std::string_view number) {
    unsigned channel = 0;
    if (!shared::read_number(number, channel, 1U, 16U)) return false;
    out.set(channel - 1);
    return true;
  };
  return {.expects = "channels, 1 to 16", .set = set, .list = true};
}

shared::flags flags_of(options& o) {
  return {
      {"--port", shared::text(o.port, "(a part of) a port's name")},
      {"--virtual", shared::own_port_flag(o.virtual_port)},
      {"--midi", shared::midi_flag(o.midi)},
      {"--bytes", shared::yes(o.bytes)},
      {"--only", names(o.filter.only)},
      {"--without", names(o.filter.without)},
      {"--channel", channels(o.filter.channels)},
      {"--quiet", shared::yes(o.quiet)},
      {"--stats", shared::yes(o.stats)},
      {"--seconds", shared::number(o.seconds, 0.1, 86'400)},
      {"--help", shared::yes(o.help)},
      {"-h", shared::yes(o.help)},
  };
}

} // namespace

parsed_options parse(int argc, char** argv) {
  options o;
  const auto wrong = shared::read_flags(flags_of(o), argc, argv, "midi_monitor");
  if (!wrong.empty()) return {{}, wrong};
  if (o.help) return {o, {}};
  if (o.port.empty() && o.virtual_port.empty())
    return {{}, "which port? --port NAME, or --virtual NAME for one of its own; see device_list"};
  if (!o.port.empty() && !o.virtual_port.empty()) return {{}, "--port or --virtual, not both"};
  return {o, {}};
}

} // namespace midi_monitor
