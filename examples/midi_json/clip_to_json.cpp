#include <cstdint>

#include <jamnet/midi/stream_message.hpp>

#include "clip_clock.hpp"
#include "line_writer.hpp"
#include "to_json.hpp"

namespace midi_json {
namespace {

// The configuration comes before the clip, so before time 0.
class clip_lines {
public:
  clip_lines(const jamnet::midi_clip_file& clip, const line_sink& sink)
      : clip_{clip},
        clock_{clip.ticks_per_quarter_note()},
        line_{sink} {}

  void put_all();

private:
  enum class section { profiles, other };

  void put_header();
  void put(jamnet::midi_clip_cursor events, section where);
  void put(const jamnet::midi_clip_event& e, section where);
  std::int64_t configuration_time() const;

  const jamnet::midi_clip_file& clip_;
  clip_clock clock_;
  line_writer line_;
};

void clip_lines::put_all() {
  put_header();
  clock_.begin_at(-configuration_time());
  put(clip_.profiles(), section::profiles);
  put(clip_.configuration(), section::other);
  put({clip_.configuration_ticks(), jamnet::stream_message::start_of_clip{}}, section::other);
  clock_.begin_at(0);
  put(clip_.events(), section::other);
  put({clip_.end_tick(), jamnet::stream_message::end_of_clip{}}, section::other);
}

void clip_lines::put_header() {
  auto out = line_.object();
  out.member("type", "clipHeader").member("timestamp", 0);
  out.member("ticksPerQuarterNote", clip_.ticks_per_quarter_note()).end_object();
  line_.put(out.text());
}

std::int64_t clip_lines::configuration_time() const {
  auto clock = clock_;
  auto events = clip_.configuration();
  for (jamnet::midi_clip_event e; events.try_next(e);) clock.take(e);
  return clock.time_at(clip_.configuration_ticks());
}

void clip_lines::put(jamnet::midi_clip_cursor events, section where) {
  for (jamnet::midi_clip_event e; events.try_next(e);) put(e, where);
}

void clip_lines::put(const jamnet::midi_clip_event& e, section where) {
  const auto time = jamnet::session_time{jamnet::nanoseconds{clock_.time_at(e.tick)}};
  clock_.take(e);
  const auto text =
      jamnet::jsonmidi::encode(jamnet::midi_event{.time = time, .packet = e.packet}, line_.room());
  line_.put(text, [&](jamnet::json::writer& out) {
    out.member("tick", e.tick);
    if (where == section::profiles)
      out.member("profile", true);
    else if (e.shared)
      out.member("shared", true);
  });
}

} // namespace

void to_json(const jamnet::midi_clip_file& clip, const line_sink& sink) {
  clip_lines{clip, sink}.put_all();
}

} // namespace midi_json
