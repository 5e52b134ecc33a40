#include "options.hpp"

#include <functional>
#include <map>
#include <string_view>

#include "../shared/read_number.hpp"

namespace jam {
namespace {

using shared::read_number;

bool read_milliseconds(std::string_view text, jamnet::nanoseconds& out, double max) {
  double ms = 0;
  if (!read_number(text, ms, 0.0, max)) return false;
  out = jamnet::nanoseconds{static_cast<std::int64_t>(ms * 1e6)};
  return true;
}

bool read_nanoseconds(std::string_view text, jamnet::nanoseconds& out) {
  std::int64_t ns = 0;
  if (!read_number(text, ns, std::int64_t{INT64_MIN}, std::int64_t{INT64_MAX})) return false;
  out = jamnet::nanoseconds{ns};
  return true;
}

struct flag {
  bool takes_value;
  std::function<bool(std::string_view)> set;
  const char* expects;
};

std::map<std::string_view, flag> flags_of(options& o) {
  const auto text = [](std::string& out) {
    return [&out](std::string_view v) { return out = v, !v.empty() && v.size() <= 63; };
  };
  const auto path = [](std::filesystem::path& out) {
    return [&out](std::string_view v) { return out = v, !v.empty(); };
  };
  const auto yes = [](bool& out) { return [&out](std::string_view) { return out = true; }; };
  return {
      {"--peers",
       {true, [&](auto v) { return read_number(v, o.peers, 1, 32); }, "a number from 1 to 32"}},
      {"--file", {true, path(o.file), "a file"}},
      {"--seconds",
       {true, [&](auto v) { return read_number(v, o.seconds, 0.1, 86400.0); },
        "seconds, at least 0.1"}},
      {"--ensemble", {false, yes(o.ensemble), ""}},
      {"--latency",
       {true, [&](auto v) { return o.own_latency = read_milliseconds(v, o.latency, 1000); },
        "0 to 1000 ms"}},
      {"--loss",
       {true,
        [&](auto v) {
          const bool ok = read_number(v, o.loss, 0.0, 90.0);
          o.loss /= 100;
          return ok;
        },
        "0 to 90 percent"}},
      {"--jitter",
       {true, [&](auto v) { return read_milliseconds(v, o.jitter, 1000); }, "0 to 1000 ms"}},
      {"--tcp", {false, yes(o.tcp), ""}},
      {"--both", {false, yes(o.both), ""}},
      {"--out", {true, path(o.out), "a folder"}},
      {"--seed",
       {true, [&](auto v) { return read_number(v, o.seed, std::uint64_t{0}, UINT64_MAX); },
        "a number"}},
      {"--json", {false, yes(o.json), ""}},
      {"--do",
       {true,
        [&](auto v) {
          o.todo.emplace_back(v);
          return o.agenda.add(o.todo.back());
        },
        "\"SECONDS COMMAND\""}},
      {"--passphrase",
       {true, [&](auto v) { return o.passphrase = v, v.size() >= 8; }, "at least 8 bytes"}},
      {"--key-log", {true, [&](auto v) { return o.key_log = v, !v.empty(); }, "a file"}},
      {"--net-report", {false, yes(o.net_report), ""}},
      {"--room", {true, text(o.room), "a name of at most 63 bytes"}},
      {"--name", {true, text(o.name), "a name of at most 63 bytes"}},
      {"--port",
       {true, [&](auto v) { return read_number<std::uint16_t>(v, o.port, 1, 65535); },
        "a port from 1 to 65535"}},
      {"--connect", {true, [&](auto v) { return o.connect = v, !v.empty(); }, "host:port"}},
      {"--relay", {true, [&](auto v) { return o.relay = v, !v.empty(); }, "host:port"}},
      {"--index", {true, [&](auto v) { return read_number(v, o.index, 1, 32); }, "a number"}},
      {"--clock-offset", {true, [&](auto v) { return read_nanoseconds(v, o.clock_offset); }, "ns"}},
      {"--clock-origin", {true, [&](auto v) { return read_nanoseconds(v, o.clock_origin); }, "ns"}},
      {"--clock-skew",
       {true, [&](auto v) { return read_number(v, o.clock_skew, -0.01, 0.01); }, "skew"}},
  };
}

std::string contradiction(const options& o) {
  if (o.tcp && (o.loss > 0 || o.jitter.count() > 0))
    return "--loss and --jitter impair datagrams: they cannot be had with --tcp";
  if (o.tcp && o.both) return "--both needs datagrams: it cannot be had with --tcp";
  if (o.mode == mode::conduct && !o.passphrase.empty()) return "--passphrase is for host and join";
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
  const auto flags = flags_of(o);
  for (; at < argc; ++at) {
    const std::string_view word = argv[at];
    if (word == "--help" || word == "-h") {
      o.mode = mode::help;
      return {o, {}};
    }
    const auto found = flags.find(word);
    if (found == flags.end())
      return {{}, "unknown option '" + std::string{word} + "'; see jam --help"};
    const bool has_value = at + 1 < argc;
    if (found->second.takes_value && !has_value)
      return {{}, std::string{word} + " expects " + found->second.expects};
    const std::string_view value = found->second.takes_value ? argv[++at] : "";
    if (!found->second.set(value))
      return {{},
              std::string{word} + " expects " + found->second.expects + ", not '" +
                  std::string{value} + "'"};
  }
  if (auto wrong = contradiction(o); !wrong.empty()) return {{}, wrong};
  return {o, {}};
}

} // namespace jam
