// midi_json: MIDI files as lines of JSON, and back to the same bytes. See midi_json --help.
#include <iostream>

#include "convert.hpp"
#include "options.hpp"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const auto parsed = midi_json::parse(argc, argv);
  if (!parsed.value) {
    std::cerr << "midi_json: " << parsed.error << std::endl;
    return 2;
  }
  switch (parsed.value->mode) {
  case midi_json::mode::convert: return midi_json::convert(*parsed.value);
  case midi_json::mode::validate: return midi_json::validate(*parsed.value);
  case midi_json::mode::help: std::cout << midi_json::usage; return 0;
  case midi_json::mode::version: std::cout << midi_json::version << '\n'; return 0;
  }
}
