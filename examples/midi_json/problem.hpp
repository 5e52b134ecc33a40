// What is wrong, and at which byte of a line or of a file.
#pragma once

#include <cstddef>
#include <string>

#include <jamnet/core/errc.hpp>

namespace midi_json {

struct problem {
  std::string what;
  std::size_t offset = 0;

  problem(std::string text, std::size_t at) : what{std::move(text)}, offset{at} {}
  explicit problem(jamnet::failure why) : what{to_string(why.code)}, offset{why.detail} {}
};

} // namespace midi_json
