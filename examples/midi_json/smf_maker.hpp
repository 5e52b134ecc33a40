// A Standard MIDI File of its lines.
//
// What a message becomes, its bytes tell: a channel message is itself; a SysEx that begins is an
// F0 event, one that goes on an F7 event; any other message can only be an F7 escape.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <jamnet/midi/smf_writer.hpp>

#include "file_maker.hpp"

namespace midi_json {

class smf_maker : public file_maker {
public:
  /// Begins with a line `smfHeader`; nothing when it refuses it.
  static std::unique_ptr<file_maker> begin(file_line& header, jamnet::smf_running running);

  bool take(file_line& line) override;
  void abandon() override { open_.reset(); }
  std::string missing() const override {
    return open_ ? "an event that was split is not complete" : "";
  }
  std::vector<std::uint8_t> finish() override;
  format makes() const override { return format::mid; }

private:
  struct track_state {
    std::uint64_t tick = 0;
    bool ended = false;
  };
  // An event that takes several lines, so far without its data.
  struct open_event {
    jamnet::smf_event event;
    std::string type;
  };

  smf_maker(const jamnet::smf_header& header, jamnet::smf_write_options options)
      : writer_{header, options},
        tracks_(header.tracks) {}

  bool try_place(file_line& line, jamnet::smf_event& event);
  bool try_event(file_line& line, jamnet::smf_event& event);
  bool try_message(file_line& line, jamnet::smf_event& event);
  bool try_add(file_line& line, jamnet::smf_event event);
  bool goes_on(const file_line& line, const jamnet::smf_event& event) const;

  jamnet::smf_writer writer_;
  std::vector<track_state> tracks_;
  std::optional<open_event> open_;
  std::vector<std::uint8_t> data_; // of the event, from all its lines
  std::vector<jamnet::ump> packets_;
};

} // namespace midi_json
