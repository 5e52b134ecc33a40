// The lines of a MIDI file, in the order in which they sound.
#pragma once

#include <functional>
#include <string_view>

#include <jamnet/midi/midi_clip_file.hpp>
#include <jamnet/midi/standard_midi_file.hpp>

namespace midi_json {

using line_sink = std::function<void(std::string_view line)>;

/// How the text of a meta event is written, where it is UTF-8: as `data` like any other, or `text`.
enum class texts { as_data, as_text };

/// Hands the sink each line, without its end. The tracks of a format 2 file come one by one.
void to_json(const jamnet::smf_file& file, texts how, const line_sink& sink);
void to_json(const jamnet::midi_clip_file& clip, const line_sink& sink);

} // namespace midi_json
