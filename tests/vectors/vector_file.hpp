// SPDX-License-Identifier: MIT
//
// How a text stands in a vector, and the files whose vectors are written by hand (refused.cpp).
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace vectors {

/// UTF-8 as a JSON string of nothing but ASCII.
inline std::string ascii(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true);
}

/// The files refused.jsonl and transport.jsonl.
std::string refused();
std::string transport();

} // namespace vectors
