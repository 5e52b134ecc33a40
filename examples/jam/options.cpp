#include "options.hpp"

#include <string_view>

#include "../shared/flags.hpp"

namespace jam {
namespace {

shared::flags flags_of(options& o) {
  shared::flag latency = shared::milliseconds(o.latency, 1'000);
  latency.set = [&o, set = latency.set](auto v) { return o.own_latency = set(v); };
  const shared::flag help{{}, [&o](auto) { return o.mode = mode::help, true; }};
  return {
      {"--peers", shared::number(o.peers, 1, 32)},
      {"--file", shared::text(o.file, "a file")},
      {"--seconds", shared::number(o.seconds, 0.1, 86'400)},
      {"--ensemble", shared::yes(o.ensemble)},
      {"--latency", latency},
      {"--loss",
       {"0 to 90 percent",
        [&o](auto v) {
          const bool ok = shared::read_number(v, o.loss, 0.0, 90.0);
          o.loss /= 100;
          return ok;
        }}},
      {"--jitter", shared::milliseconds(o.jitter, 1'000)},
      {"--tcp", shared::yes(o.tcp)},
      {"--both", shared::yes(o.both)},
      {"--out", shared::text(o.out, "a folder")},
      {"--seed", shared::seed(o.seed)},
      {"--json", shared::yes(o.json)},
      {"--do",
       {"\"SECONDS COMMAND\"",
        [&o](auto v) {
          o.todo.emplace_back(v);
          return o.agenda.add(o.todo.back());
        }}},
      {"--passphrase",
       {"at least 8 bytes", [&o](auto v) { return o.passphrase = v, v.size() >= 8; }}},
      {"--key-log", shared::text(o.key_log, "a file")},
      {"--net-report", shared::yes(o.net_report)},
      {"--midi-in", shared::text(o.devices.midi_in, "a port; jam --list says which there are")},
      {"--midi-out", shared::text(o.devices.midi_out, "a port; jam --list says which there are")},
      {"--virtual", shared::own_port_flag(o.devices.own_ports)},
      {"--midi", shared::midi_flag(o.devices.midi)},
      {"--audio-out",
       {"a device", [&o](auto v) { return o.devices.audio_out = v, true; }, {}, true}},
      {"--thru", shared::yes(o.devices.thru)},
      {"--list", {{}, [&o](auto) { return o.mode = mode::list, true; }}},
      {"--room", shared::name(o.room)},
      {"--name", shared::name(o.name)},
      {"--port", shared::number(o.port, 1, 65'535)},
      {"--connect", shared::text(o.connect, "HOST:PORT")},
      {"--relay", shared::text(o.relay, "HOST:PORT")},
      {"--index", shared::number(o.index, 1, 32)},
      {"--clock-offset", shared::clock_time(o.clock_offset)},
      {"--clock-origin", shared::clock_time(o.clock_origin)},
      {"--clock-skew", shared::number(o.clock_skew, -0.01, 0.01)},
      {"--help", help},
      {"-h", help},
  };
}

std::string contradiction(const options& o) {
  if (o.tcp && (o.loss > 0 || o.jitter.count() > 0))
    return "--loss and --jitter impair datagrams: they cannot be had with --tcp";
  if (o.tcp && o.both) return "--both needs datagrams: it cannot be had with --tcp";
  if (o.mode == mode::conduct && !o.passphrase.empty()) return "--passphrase is for host and join";
  if (o.mode == mode::conduct && o.devices.any())
    return "--midi-in, --midi-out, --virtual, --audio-out and --thru are for host and join";
  if (o.devices.thru && !o.devices.has_output())
    return "--thru needs --midi-out, --virtual or --audio-out: where to?";
  if (!o.key_log.empty() && o.passphrase.empty())
    return "--key-log needs --passphrase: an open room has no keys";
  if (o.mode == mode::join && o.tcp && o.connect.empty() && o.relay.empty())
    return "--tcp needs --connect HOST:PORT: announcements are datagrams";
  return {};
}

} // namespace

parsed_options parse(int argc, char** argv) {
  options o;
  int at = 1;
  if (at < argc && argv[at][0] != '-') {
    const std::string_view word = argv[at++];
    if (word == "host")
      o.mode = mode::host;
    else if (word == "join")
      o.mode = mode::join;
    else if (word == "member")
      o.mode = mode::member;
    else
      return {{}, "unknown command '" + std::string{word} + "'; see jam --help"};
  }
  if (auto wrong = shared::read_flags(flags_of(o), argc, argv, "jam", at); !wrong.empty())
    return {{}, wrong};
  if (o.mode == mode::help || o.mode == mode::list) return {o, {}};
  if (auto wrong = contradiction(o); !wrong.empty()) return {{}, wrong};
  return {o, {}};
}

} // namespace jam
