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

/// A line that must be refused. `@` in it, which is taken out, marks the byte at fault. Written in
/// hexadecimal when it is not UTF-8 or has a NUL. `limits`, when not empty, are a JSON object.
std::string refused_vector(std::string marked, const std::string& code,
                           const std::string& limits = {});

/// The files refused.jsonl and transport.jsonl.
std::string refused();
std::string transport();

} // namespace vectors
