// latency_probe: how long MIDI, or sound, takes out and in again. See latency_probe --help.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "../shared/printable.hpp"
#include "audio_probe.hpp"
#include "midi_probe.hpp"
#include "options.hpp"
#include "report.hpp"

namespace {

using namespace latency_probe;

int fail(const std::string& why, int status) {
  std::fprintf(stderr, "latency_probe: %s\n", shared::printable(why).c_str());
  return status;
}

// Leaves no file where there was none.
bool can_be_written(const std::filesystem::path& file) {
  std::error_code none;
  const bool there = std::filesystem::exists(std::filesystem::symlink_status(file, none));
  if (!std::ofstream{file, std::ios::app}) return false;
  if (!there) std::filesystem::remove(file, none);
  return true;
}

int run(const options& o) {
  const bool draws = !o.svg.empty();
  if (draws && !can_be_written(o.svg)) // before the time is spent
    return fail(o.svg.string() + " cannot be written", 2);
  if (o.wait_s > 0)
    std::fprintf(stderr, "waiting until something comes back, for %g s at most\n", o.wait_s);
  auto found = o.audio ? probe_audio(o) : probe_midi(o);
  found.timeout_ms = o.timeout_ms;
  if (found.through.empty()) return fail(found.trouble, 2);
  if (!found.trouble.empty() && found.ms.empty()) return fail(found.trouble, 1);
  std::fputs((o.json ? json_of(found) + '\n' : text_of(found)).c_str(), stdout);
  if (!found.trouble.empty()) return fail(found.trouble, 1);
  if (found.ms.empty()) return fail("nothing came back: are the two joined?", 1);
  if (draws && !(std::ofstream{o.svg, std::ios::binary} << svg_of(found) << std::flush))
    return fail(o.svg.string() + " cannot be written", 2);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const auto parsed = parse(argc, argv);
  if (!parsed.value) return fail(parsed.error, 2);
  if (!parsed.value->help) return run(*parsed.value);
  std::fputs(usage, stdout);
  return 0;
}
