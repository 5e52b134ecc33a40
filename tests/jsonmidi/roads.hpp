// The ways into a line, each alone; decode() takes the first that leads through.
#pragma once

#include <string_view>
#include <vector>

#include <jamnet/jsonmidi/decode.hpp>

namespace jamnet_test {

using namespace jamnet;

// What becomes of a line: its events, or why there are none.
struct verdict {
  std::vector<midi_event> events;
  failure why{};
  bool sysex = false; // and no `ump`
  friend bool operator==(const verdict&, const verdict&) = default;
};

// What the strict decoder says, which all others must agree with.
inline verdict strictly(std::string_view line, const jsonmidi::limits& most = {}) {
  jsonmidi::detail::line_decoder decoder{line, most};
  if (!decoder.prove()) return {.events = {}, .why = decoder.error()};
  verdict all{.events = {}, .sysex = decoder.is_sysex()};
  decoder.deliver([&](const midi_event& e) {
    all.events.push_back(e);
    return true;
  });
  return all;
}

// The events of a line that is read piece by piece; none if it cannot be.
inline std::vector<midi_event> in_order(std::string_view line) {
  using namespace jsonmidi::detail;
  std::vector<midi_event> events;
  canonical_line read;
  if (!read_in_order(line, read)) return events;
  if (!read.row) return {read.event};
  canonical_run run{*read.row, read.event, read.data};
  if (!run.prove(jsonmidi::max_data_size) || run.rest() != "}") return events;
  run.deliver([&](const midi_event& e) {
    events.push_back(e);
    return true;
  });
  return events;
}

// The roads for lines of channel voice, 64 bytes or more, that this machine has.
struct compact_road {
  const char* name;
  bool (*read)(std::string_view line, midi_event& out) noexcept;
};
inline const std::vector<compact_road> compact_roads = [] {
  using namespace jsonmidi::detail;
  std::vector<compact_road> roads{{"portable", read_compact<portable_digit_map>}};
#if defined(JAMNET_X86_VECTORS)
  roads.push_back({"SSE2", read_compact<sse2_digit_map>});
  if (this_cpu.avx2) roads.push_back({"AVX2", read_compact_avx2});
  if (this_cpu.avx512) roads.push_back({"AVX-512", read_compact_avx512});
#elif defined(JAMNET_NEON_VECTORS)
  roads.push_back({"NEON", read_compact<neon_digit_map>});
#endif
  return roads;
}();

} // namespace jamnet_test
