// What the command line asks for.
#pragma once

#include <optional>
#include <string>

#include <jamnet/midi/smf_writer.hpp>

namespace midi_json {

enum class mode { convert, validate, help, version };

/// What a file is.
enum class format { mid, midi2, json };

struct options {
  midi_json::mode mode = mode::convert;
  std::string input = "-", output = "-";
  std::optional<format> to; ///< nothing: what the input is not, or as the output's name says
  jamnet::smf_running running = jamnet::smf_running::as_marked;
  bool pretty = false;
  bool skip_errors = false;
};

extern const std::string version;

inline constexpr const char* usage =
    R"(midi_json: MIDI files as lines of JSON, and back to the same bytes

  midi_json [options] INPUT [OUTPUT]

What the input is, its first bytes tell: a Standard MIDI File (.mid), a MIDI Clip File (.midi2) or
lines of JSON. MIDI becomes JSON, JSON the MIDI file it was, unless OUTPUT's name or --to says
otherwise; of one kind into the same it is written anew. `-` is standard input or output.

  --to mid|midi2|json           what to write
  --running-status as-is|on|off
                                whether a .mid leaves out a status that is the one before: where
                                the original did (default), wherever it may, nowhere
  --pretty                      JSON for people: aligned, texts as text, in colours on a terminal.
                                Still one object a line, so it reads back like any other
  --validate                    write nothing; say what is in the input and what is wrong with it
  --skip-errors                 leave out broken lines of JSON, instead of stopping at the first
  --help, --version

  midi_json song.mid                         # look at it
  midi_json song.mid song.jsonl              # to JSON
  midi_json song.jsonl song.mid              # and back: the same file
  midi_json clip.midi2 | grep noteOn         # which notes?
  midi_json song.mid - | jq -c 'if .note then .note += 12 else . end' | midi_json - higher.mid
  midi_json --to json edited.jsonl new.jsonl # sort the lines, compute their timestamps anew

Exit status: 0, 1 when something is wrong with the input or could not be written (with
--skip-errors also when a line was left out), 2 when the command line is not understood.
)";

/// What was asked for, or a line that says what is wrong with it.
struct parsed_options {
  std::optional<options> value;
  std::string error;
};
[[nodiscard]] parsed_options parse(int argc, char** argv);

} // namespace midi_json
