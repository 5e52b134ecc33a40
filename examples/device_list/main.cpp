// device_list: the MIDI ports and audio devices of this machine. See device_list --help.
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include <jamnet/json/writer.hpp>

#include "../shared/interruption.hpp"
#include "../shared/print.hpp"
#include "../shared/printable.hpp"
#include "options.hpp"
#include "survey.hpp"

namespace {

using namespace device_list;
using namespace std::chrono_literals;

const char* word(kind k) {
  constexpr std::array words{"midi in", "midi out", "audio"};
  return words[static_cast<std::size_t>(k)];
}

const char* key(kind k) {
  constexpr std::array keys{"midiIn", "midiOut", "audio"};
  return keys[static_cast<std::size_t>(k)];
}

std::string about_audio(const device& d) {
  std::string text = shared::print("  %u in, %u out,", d.inputs, d.outputs);
  char before = ' ';
  for (const auto rate : d.rates) {
    text += shared::print("%c%u", before, rate);
    before = '/';
  }
  text += " Hz";
  if (d.latency_frames != 0)
    text += shared::print(", latency %u frames (%.1f ms at %g Hz)", d.latency_frames,
                          1e3 * d.latency_frames / d.rate, d.rate);
  if (!d.trouble.empty()) text += "; " + d.trouble;
  if (d.default_input || d.default_output)
    text += !d.default_output  ? "; the default input"
            : !d.default_input ? "; the default output"
                               : "; the default";
  return text;
}

std::string text_of(const device& d) {
  return shared::print("%-8s  %-13s  ", word(d.kind), d.system.c_str()) +
         shared::printable(d.name) + (d.kind == kind::audio ? about_audio(d) : "");
}

std::string json_of(const device& d, const char* change) {
  std::array<char, 16384> room;
  jamnet::json::writer out{room};
  out.begin_object();
  if (*change != 0) out.member("change", change);
  out.member("kind", key(d.kind)).member("system", d.system).member("name", d.name);
  if (d.kind == kind::audio) {
    out.member("inputs", d.inputs).member("outputs", d.outputs).key("rates").begin_array();
    for (const auto rate : d.rates) out.value(rate);
    out.end_array();
    if (d.rate > 0) out.member("rate", d.rate).member("block", d.block);
    if (d.latency_frames != 0) out.member("latencyFrames", d.latency_frames);
    if (!d.trouble.empty()) out.member("trouble", d.trouble);
    out.member("defaultInput", d.default_input).member("defaultOutput", d.default_output);
  }
  return std::string{out.end_object().text()};
}

void tell(const device& d, bool json, const char* change) {
  const std::string before = *change == 0 ? "" : shared::print("%-9s ", change);
  std::puts((json ? json_of(d, change) : before + text_of(d)).c_str());
}

void tell_missing(const survey& all, bool json) {
  if (json) {
    std::array<char, 2048> room;
    jamnet::json::writer out{room};
    out.begin_object().key("missing").begin_array();
    for (const auto& what : all.missing) out.value(what);
    std::puts(std::string{out.end_array().end_object().text()}.c_str());
  } else if (!all.missing.empty()) {
    std::string line;
    for (const auto& what : all.missing) line += (line.empty() ? "missing: " : ", ") + what;
    std::puts(line.c_str());
  }
}

void watch(survey known, const options& o) {
  const shared::interruption enough;
  const auto began = std::chrono::steady_clock::now();
  const std::chrono::duration<double> length{o.seconds};
  const auto over = [&] {
    return enough || (o.seconds > 0 && std::chrono::steady_clock::now() - began >= length);
  };
  while (!over()) {
    for (auto rest = 500ms; rest > 0ms && !over(); rest -= 50ms) std::this_thread::sleep_for(50ms);
    auto now = look(known);
    for (const device& d : known.devices)
      if (!now.has(d)) tell(d, o.json, "vanished");
    for (const device& d : now.devices)
      if (!known.has(d)) tell(d, o.json, "appeared");
    if (now.missing != known.missing) tell_missing(now, o.json);
    std::fflush(stdout);
    known = std::move(now);
  }
}

} // namespace

int main(int argc, char** argv) {
  const auto parsed = parse(argc, argv);
  if (!parsed.value) {
    std::fprintf(stderr, "device_list: %s\n", parsed.error.c_str());
    return 2;
  }
  const options& o = *parsed.value;
  if (o.help) return std::fputs(usage, stdout), 0;
  auto all = look();
  for (const device& d : all.devices) tell(d, o.json, "");
  tell_missing(all, o.json);
  std::fflush(stdout);
  if (o.watch) watch(std::move(all), o);
  return 0;
}
