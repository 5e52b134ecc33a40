// A line for people: where and what first, numbers in columns, and still the same object.
#pragma once

#include <string>
#include <string_view>

namespace midi_json {

/// Expects an object as to_json() writes it.
[[nodiscard]] std::string pretty(std::string_view line, bool colours);

} // namespace midi_json
