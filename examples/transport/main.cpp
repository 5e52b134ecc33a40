// transport: a metronome that all in a room share. See transport --help.
#include <iostream>

#include "band.hpp"
#include "metronome.hpp"
#include "options.hpp"

int main(int argc, char** argv) {
  std::string error;
  const auto options = metronome::parse(argc, argv, error);
  if (!options) return std::cerr << "transport: " << error << std::endl, 2;
  if (options->help) return std::cout << metronome::usage << shared::transport_words, 0;
  return options->band ? metronome::play_as_band(*options) : metronome::run(*options);
}
