#include "pretty_line.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include <jamnet/json/reader.hpp>

namespace shared {
namespace {

struct member {
  std::string_view key, value;
};

// How wide the value of a member is; text is on the left of it, numbers on the right.
struct column {
  std::string_view key;
  std::size_t width;
};
constexpr std::array<column, 13> columns{{
    {"track", 2},
    {"tick", 7},
    {"timestamp", 12},
    {"type", 18},
    {"channel", 2},
    {"note", 3},
    {"velocity", 5},
    {"controller", 3},
    {"value", 5},
    {"program", 3},
    {"meta", 3},
    {"index", 3},
    {"bank", 3},
}};
constexpr std::size_t leading = 4; // of these come first

constexpr std::string_view dim = "\x1b[2m", bold = "\x1b[1;36m", plain = "\x1b[0m";

std::size_t place(std::string_view key) {
  return static_cast<std::size_t>(std::ranges::find(columns, key, &column::key) - columns.begin());
}

void put(std::string& out, const member& m, bool colours) {
  const auto at = place(m.key);
  const auto width = at < columns.size() ? columns[at].width : 0;
  const std::string padding(width > m.value.size() ? width - m.value.size() : 0, ' ');
  const bool text = m.value.starts_with('"');
  const auto coloured = [&](std::string_view colour, std::string_view what) {
    if (colours) out += colour;
    out += what;
    if (colours) out += plain;
  };
  coloured(dim, '"' + std::string{m.key} + "\":");
  out += ' ';
  if (!text) out += padding;
  if (m.key == "type")
    coloured(bold, m.value);
  else
    out += m.value;
}

// What follows a member, so that the next one stands below that of the line before.
std::string separator(const member& m) {
  const auto at = place(m.key);
  std::string out = ", ";
  if (m.value.starts_with('"') && at < columns.size() && columns[at].width > m.value.size())
    out.append(columns[at].width - m.value.size(), ' ');
  return out;
}

} // namespace

std::string pretty_line(std::string_view line, bool colours) {
  std::vector<member> members;
  jamnet::json::reader in{line};
  static_cast<void>(in.try_object([&](std::string_view key, jamnet::json::reader& value) {
    members.push_back({key, {}});
    return value.try_raw(members.back().value);
  }));
  const bool is_header = !members.empty() && members[0].value.ends_with("Header\"");
  if (!is_header)
    std::ranges::stable_sort(members, {},
                             [](const member& m) { return std::min(place(m.key), leading); });

  std::string out = "{";
  for (const auto& m : members) {
    put(out, m, colours);
    out += &m == &members.back() ? "}" : separator(m);
  }
  return out;
}

} // namespace shared
