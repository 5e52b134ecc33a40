#include "smf_maker.hpp"

#include <jamnet/midi/byte_stream.hpp>

namespace midi_json {
namespace {

constexpr std::array<std::string_view, 3> split_words{"start", "continue", "end"};
constexpr std::size_t longest = 0x0fffffff; // that a length in the file can say

} // namespace

std::unique_ptr<file_maker> smf_maker::begin(file_line& line, jamnet::smf_running running) {
  std::int64_t time = 0, form = 0, tracks = 0, division = 0;
  bool end_tracks = true;
  if (!line.try_integer("timestamp", time, 0, 0) || !line.try_integer("format", form, 0, 2) ||
      !line.try_integer("tracks", tracks, 0, 65535) ||
      !line.try_integer("division", division, 1, 65535))
    return nullptr;
  if (line.has("endTracks") && !line.try_flag("endTracks", end_tracks)) return nullptr;

  jamnet::smf_header header{.format = static_cast<std::uint16_t>(form),
                            .tracks = static_cast<std::uint16_t>(tracks),
                            .division = {.ticks = static_cast<std::uint16_t>(division)}};
  if (division >= 0x8000)
    header.division = {.ticks = static_cast<std::uint16_t>(division & 0xff),
                       .frames = static_cast<std::uint8_t>(0x100 - (division >> 8))};
  std::unique_ptr<smf_maker> maker{
      new smf_maker{header, {.running = running, .end_tracks = end_tracks}}};
  if (!maker->writer_.failed()) return maker;
  if (maker->writer_.error().code == jamnet::errc::midi_division)
    line.refuse("no division that a file may have", "division");
  else
    line.refuse("format 0 has one track", "tracks");
  return nullptr;
}

bool smf_maker::take(file_line& line) {
  jamnet::smf_event event;
  std::optional<std::size_t> split;
  if (!try_place(line, event) || !line.try_choice("split", split_words, split)) return false;
  const bool begins = !split || *split == 0;
  if (begins && open_)
    return line.refuse("the event that was split before is not complete", "type");
  if (!begins && !goes_on(line, event))
    return line.refuse("the rest of an event that did not come right before", "split");

  if (begins) data_.clear();
  if (!try_event(line, event)) return false;
  if (split && line.type() != "meta" && line.type() != "escape" && line.type() != "systemExclusive")
    return line.refuse("only SysEx, meta events and escapes may be split", "split");
  if (!begins && event.status == 0xf0)
    return line.refuse("a SysEx that begins within another", "split");
  if (data_.size() > longest) return line.refuse("too long for a Standard MIDI File", "type");

  if (begins && split) open_ = open_event{event, std::string{line.type()}};
  if (split && *split != 2) return true;
  if (!begins) event = open_->event;
  open_.reset();
  return try_add(line, event);
}

bool smf_maker::try_place(file_line& line, jamnet::smf_event& event) {
  std::int64_t track = 0, tick = 0;
  if (!line.try_integer("track", track, 0, 65535) || !line.try_integer("tick", tick, 0, max_tick) ||
      !line.try_flag("running", event.running))
    return false;
  event.track = static_cast<unsigned>(track);
  event.tick = static_cast<std::uint64_t>(tick);
  if (event.track >= tracks_.size())
    return line.refuse("no such track; the header says " + std::to_string(tracks_.size()), "track");
  const auto& to = tracks_[event.track];
  if (to.ended) return line.refuse("behind the end of its track", "track");
  if (event.tick < to.tick)
    return line.refuse("the tick goes back; its track is at " + std::to_string(to.tick), "tick");
  if (event.tick - to.tick > longest)
    return line.refuse("more ticks after the last event than a file can say", "tick");
  return true;
}

bool smf_maker::goes_on(const file_line& line, const jamnet::smf_event& event) const {
  return open_ && open_->type == line.type() && open_->event.track == event.track &&
         open_->event.tick == event.tick;
}

// Adds what the line says to data_, and the rest to the event.
bool smf_maker::try_event(file_line& line, jamnet::smf_event& event) {
  std::int64_t number = 0;
  if (line.type() == "meta") {
    if (!line.try_integer("meta", number, 0, 127)) return false;
    event.status = 0xff;
    event.meta = static_cast<std::uint8_t>(number);
    return line.try_bytes(data_);
  }
  if (line.type() == "escape") {
    number = 0xf7;
    if (line.has("status") && !line.try_integer("status", number, 0xf0, 0xf7)) return false;
    if (number != 0xf0 && number != 0xf7)
      return line.refuse("the status of an escape is 240 or 247", "status");
    event.status = static_cast<std::uint8_t>(number);
    return line.try_bytes(data_);
  }
  return try_message(line, event);
}

bool smf_maker::try_message(file_line& line, jamnet::smf_event& event) {
  if (!line.try_packets(packets_)) return false;
  const auto before = data_.size();
  for (const auto& packet : packets_) {
    std::array<std::uint8_t, 8> bytes;
    const auto size = to_bytes(packet, bytes);
    if (size == 0 && packet.type() != jamnet::ump_type::sysex7)
      return line.refuse("no message of MIDI 1.0, so it has no place in a Standard MIDI File",
                         "type");
    if (packet.group() != 0) return line.refuse("a Standard MIDI File has no groups", "type");
    data_.insert(data_.end(), bytes.begin(), bytes.begin() + size);
  }
  const bool sysex = packets_.front().type() == jamnet::ump_type::sysex7;
  const auto first = data_.size() > before ? data_[before] : std::uint8_t{0};
  const bool own_status = sysex ? first == 0xf0 : first < 0xf0;
  event.status = own_status ? first : std::uint8_t{0xf7};
  if (own_status) data_.erase(data_.begin() + static_cast<std::ptrdiff_t>(before));
  return true;
}

bool smf_maker::try_add(file_line& line, jamnet::smf_event event) {
  event.data = data_;
  if (!writer_.try_add(event)) return line.refuse(problem{writer_.error()}.what);
  auto& to = tracks_[event.track];
  to.tick = event.tick;
  to.ended = event.status == 0xff && event.meta == 0x2f;
  return true;
}

std::vector<std::uint8_t> smf_maker::finish() {
  auto file = writer_.finish();
  return file ? std::move(*file) : std::vector<std::uint8_t>{};
}

} // namespace midi_json
