#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <jamnet/json/utf8.hpp>
#include <jamnet/midi/byte_stream.hpp>
#include <jamnet/midi/message.hpp>

#include "line_writer.hpp"
#include "to_json.hpp"

namespace midi_json {
namespace {

using jamnet::bytes_view;
using jamnet::midi_event;
using jamnet::smf_event;
using jamnet::smf_kind;
using jamnet::ump_form;
namespace json = jamnet::json;
namespace jsonmidi = jamnet::jsonmidi;

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto size = json::utf8_length(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

// The one system message that these bytes are; nothing when they are not.
std::optional<jamnet::ump> system_message(bytes_view bytes) {
  if (bytes.empty() || bytes.size() > 3 || bytes[0] < 0xf1) return {};
  const auto data = [&](std::size_t i) { return bytes.size() > i ? bytes[i] : std::uint8_t{0}; };
  if (data(1) >= 0x80 || data(2) >= 0x80) return {};
  const auto packet = jamnet::midi1(bytes[0], data(1), data(2));
  std::array<std::uint8_t, 8> same;
  if (to_bytes(packet, same) != bytes.size()) return {};
  return packet;
}

class smf_lines {
public:
  smf_lines(const jamnet::smf_file& file, texts how, const line_sink& sink)
      : file_{file},
        how_{how},
        line_{sink},
        in_sysex_(file.tracks().size()) {}

  void put_all() {
    put_header();
    if (file_.header().format != 2) return put(file_.events(), file_.tempo_map());
    for (unsigned i = 0; i < file_.header().tracks; ++i) put(file_.events(i), file_.tempo_map(i));
  }

private:
  struct part {
    bytes_view data;
    bool first, last;
  };

  void put_header();
  bool every_track_ends() const;
  void put(jamnet::smf_cursor events, const jamnet::smf_tempo_map& tempo);
  void put(const smf_event& event);
  void put_message(const smf_event& event, const jamnet::ump& packet);
  void put_sysex(const smf_event& event, bool begins);
  void put_bytes(const smf_event& event);
  void put_placed(const smf_event& event, std::string_view object, const part& p);
  template <class Put>
  void split(bytes_view data, Put&& put_part);

  const jamnet::smf_file& file_;
  texts how_;
  line_writer line_;
  std::vector<bool> in_sysex_; // by track
  jamnet::nanoseconds time_{}; // of the event
};

void smf_lines::put_header() {
  const auto& header = file_.header();
  const auto [ticks, frames] = header.division;
  auto out = line_.object();
  out.member("type", "smfHeader").member("timestamp", 0).member("format", header.format);
  out.member("tracks", header.tracks);
  out.member("division", frames == 0 ? ticks : (0x100 - frames) << 8 | ticks);
  if (!every_track_ends()) out.member("endTracks", false);
  out.end_object();
  line_.put(out.text());
}

bool smf_lines::every_track_ends() const {
  for (const auto& track : file_.tracks()) {
    smf_event last{};
    for (jamnet::smf_track_reader in{track.data}; in.try_next(last);) {
    }
    if (last.status != 0xff || last.meta != 0x2f) return false;
  }
  return true;
}

void smf_lines::put(jamnet::smf_cursor events, const jamnet::smf_tempo_map& tempo) {
  for (smf_event e; events.try_next(e);) {
    time_ = tempo.time_at(e.tick);
    put(e);
  }
}

void smf_lines::put(const smf_event& e) {
  if (e.kind() == smf_kind::meta) return put_bytes(e);
  if (e.kind() == smf_kind::channel)
    return put_message(e, jamnet::midi1(e.status, e.data[0], e.data.size() > 1 ? e.data[1] : 0u));

  // What looks like a part of a SysEx is one if it begins it, or if one has begun.
  const bool begins = e.kind() == smf_kind::sysex;
  const bool ends = !e.data.empty() && e.data.back() == 0xf7;
  const auto body = e.data.first(e.data.size() - ends);
  const bool clean = std::ranges::all_of(body, [](auto byte) { return byte < 0x80; });
  const bool was_open = in_sysex_[e.track];
  if (begins) in_sysex_[e.track] = false;
  if (clean && (begins || was_open)) {
    in_sysex_[e.track] = !ends;
    return put_sysex(e, begins);
  }
  if (const auto system = system_message(e.data); system && !begins) return put_message(e, *system);
  put_bytes(e);
}

void smf_lines::put_message(const smf_event& e, const jamnet::ump& packet) {
  const auto text = jsonmidi::encode(
      midi_event{.time = jamnet::session_time{time_}, .packet = packet}, line_.room());
  put_placed(e, text, {{}, true, true});
}

void smf_lines::put_sysex(const smf_event& e, bool begins) {
  const bool ends = !e.data.empty() && e.data.back() == 0xf7;
  split(e.data.first(e.data.size() - ends), [&](const part& p) {
    const bool first = begins && p.first, last = ends && p.last;
    const jsonmidi::system_exclusive piece{.time = jamnet::session_time{time_},
                                           .form = first && last ? ump_form::complete
                                                   : first       ? ump_form::start
                                                   : last        ? ump_form::end
                                                                 : ump_form::continued,
                                           .data = p.data};
    put_placed(e, jsonmidi::encode(piece, line_.room()), p);
  });
}

// What no message of JSONMIDI is: a meta event, or bytes without a meaning.
void smf_lines::put_bytes(const smf_event& e) {
  const bool meta = e.kind() == smf_kind::meta;
  const bool is_text = meta && how_ == texts::as_text && e.meta >= 1 && e.meta <= 9 &&
                       e.data.size() <= jsonmidi::max_data_size && is_utf8(jamnet::as_text(e.data));
  split(e.data, [&](const part& p) {
    auto out = line_.object();
    out.member("type", meta ? "meta" : "escape").member("timestamp", time_.count());
    if (meta) out.member("meta", e.meta);
    if (e.kind() == smf_kind::sysex) out.member("status", e.status);
    if (is_text) {
      out.member("text", jamnet::as_text(p.data));
    } else {
      out.key("data").begin_array();
      for (const auto byte : p.data) out.value(byte);
      out.end_array();
    }
    out.end_object();
    put_placed(e, out.text(), p);
  });
}

void smf_lines::put_placed(const smf_event& e, std::string_view object, const part& p) {
  line_.put(object, [&](json::writer& out) {
    out.member("track", e.track).member("tick", e.tick);
    if (e.running) out.member("running", true);
    if (!p.first || !p.last) out.member("split", p.first ? "start" : p.last ? "end" : "continue");
  });
}

// A line takes only so much data.
template <class Put>
void smf_lines::split(bytes_view data, Put&& put_part) {
  for (bool first = true, last = false; !last; first = false) {
    const auto piece = data.first(std::min(data.size(), jsonmidi::max_data_size));
    data = data.subspan(piece.size());
    last = data.empty();
    put_part(part{piece, first, last});
  }
}

} // namespace

void to_json(const jamnet::smf_file& file, texts how, const line_sink& sink) {
  smf_lines{file, how, sink}.put_all();
}

} // namespace midi_json
