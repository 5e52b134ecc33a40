#include "clip_maker.hpp"

namespace midi_json {

std::unique_ptr<file_maker> clip_maker::begin(file_line& line) {
  std::int64_t time = 0, ticks = 0;
  if (!line.try_integer("timestamp", time, 0, 0) ||
      !line.try_integer("ticksPerQuarterNote", ticks, 1, 65535))
    return nullptr;
  return std::unique_ptr<file_maker>{new clip_maker{static_cast<std::uint16_t>(ticks)}};
}

bool clip_maker::take(file_line& line) {
  std::int64_t tick = 0;
  bool shared = false, profile = false;
  if (!line.try_integer("tick", tick, 0, max_tick) || !line.try_flag("shared", shared) ||
      !line.try_flag("profile", profile) || !line.try_packets(packets_))
    return false;

  // The writer does not go on after an event that it refuses, so a copy waits to take its place.
  const auto before = writer_;
  const auto size = file_.size();
  for (const auto& packet : packets_) {
    if (!try_add(line, {static_cast<std::uint64_t>(tick), packet, shared}, profile)) {
      const auto why = writer_.error().code;
      if (why == jamnet::errc::midi_time)
        line.refuse(std::string{to_string(why)}, "tick");
      else
        line.refuse(std::string{to_string(why)}, "type");
      writer_ = before;
      file_.resize(size);
      return false;
    }
    shared = true; // the packets of one message are due together
  }
  return true;
}

bool clip_maker::try_add(const file_line& line, jamnet::midi_clip_event event, bool profile) {
  if (profile) return writer_.try_add_profile(event.packet);
  if (line.type() == "startOfClip") return writer_.try_start(event.tick);
  if (line.type() == "endOfClip") return writer_.try_end(event.tick);
  return writer_.try_add(event);
}

} // namespace midi_json
