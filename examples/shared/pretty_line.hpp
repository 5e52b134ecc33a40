// A line of JSON for people: where and what first, numbers in columns, and still the same object.
#pragma once

#include <string>
#include <string_view>

namespace shared {

/// Expects an object, such as jsonmidi::encode() writes.
[[nodiscard]] std::string pretty_line(std::string_view line, bool colours);

} // namespace shared
