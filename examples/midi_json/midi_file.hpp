// A MIDI file of either kind, checked, with the bytes it is made of.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include <jamnet/core/result.hpp>
#include <jamnet/midi/midi_clip_file.hpp>
#include <jamnet/midi/smf_writer.hpp>

#include "options.hpp"
#include "to_json.hpp"

namespace midi_json {

class midi_file {
public:
  using content = std::variant<jamnet::smf_file, jamnet::midi_clip_file>;

  /// What `content` looks at must be `bytes`.
  midi_file(std::unique_ptr<const std::vector<std::uint8_t>> bytes, content c)
      : bytes_{std::move(bytes)},
        content_{std::move(c)} {}

  [[nodiscard]] format kind() const {
    return std::holds_alternative<jamnet::smf_file>(content_) ? format::mid : format::midi2;
  }
  [[nodiscard]] const content& as() const { return content_; }
  [[nodiscard]] jamnet::bytes_view bytes() const { return *bytes_; }

  void put_lines(texts how, const line_sink& sink) const;

  /// The same file, written from its events. It cannot when a clip pauses for too long.
  [[nodiscard]] jamnet::result<std::vector<std::uint8_t>>
  rewritten(jamnet::smf_running running) const;
  /// The first byte that is another one once the file is written from its events; nothing when
  /// all are the same.
  [[nodiscard]] std::optional<std::size_t> first_loss() const;

private:
  std::unique_ptr<const std::vector<std::uint8_t>> bytes_;
  content content_;
};

/// Checks a file; it fails where it is broken, with the offset.
[[nodiscard]] jamnet::result<midi_file> open_midi(std::vector<std::uint8_t> bytes);

} // namespace midi_json
