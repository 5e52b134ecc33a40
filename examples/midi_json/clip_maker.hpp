// A MIDI Clip File of its lines: each is a packet, or several in a row.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <jamnet/midi/midi_clip_writer.hpp>

#include "file_maker.hpp"

namespace midi_json {

class clip_maker : public file_maker {
public:
  /// Begins with a line `clipHeader`; nothing when it refuses it.
  static std::unique_ptr<file_maker> begin(file_line& header);

  bool take(file_line& line) override;
  std::string missing() const override { return writer_.finished() ? "" : "the clip has no end"; }
  std::vector<std::uint8_t> finish() override { return std::move(file_); }
  format makes() const override { return format::midi2; }

private:
  struct appender {
    std::vector<std::uint8_t>* to;
    void operator()(jamnet::bytes_view bytes) const {
      for (const auto byte : bytes) to->push_back(byte);
    }
  };

  explicit clip_maker(std::uint16_t ticks) : writer_{ticks, appender{&file_}} {}
  bool try_add(const file_line& line, jamnet::midi_clip_event event, bool profile);

  std::vector<std::uint8_t> file_;
  jamnet::midi_clip_writer<appender> writer_;
  std::vector<jamnet::ump> packets_;
};

} // namespace midi_json
