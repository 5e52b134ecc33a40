// One line of a file, read by key: a message of JSONMIDI, or what files add to it.
//
// The keys that place a line in its file are read here. A message's own are the decoder's matter,
// which knows nothing of the others and skips them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <jamnet/jsonmidi/members.hpp>
#include <jamnet/midi/ump.hpp>

#include "problem.hpp"

namespace midi_json {

inline constexpr std::array<std::string_view, 17> file_key_names{
    "type",      "timestamp", "format",  "tracks", "division",
    "endTracks", "track",     "tick",    "meta",   "status",
    "data",      "text",      "running", "split",  "ticksPerQuarterNote",
    "shared",    "profile"};
inline constexpr jamnet::jsonmidi::name_index file_keys{file_key_names};

class file_line {
public:
  using key = jamnet::jsonmidi::indexed_name<file_keys>;

  /// The text must outlive this.
  explicit file_line(std::string_view text) : text_{text}, members_{text} {}

  // Each of these is false when the line is refused; error() then says why.

  /// Proves that it is one JSON object with a type; first of all.
  [[nodiscard]] bool prove();
  [[nodiscard]] bool try_integer(key k, std::int64_t& out, std::int64_t min, std::int64_t max);
  /// A flag that may be left out.
  [[nodiscard]] bool try_flag(key k, bool& out);
  /// One of these words; the place of it, and nothing when it is left out.
  [[nodiscard]] bool try_choice(key k, std::span<const std::string_view> words,
                                std::optional<std::size_t>& out);
  /// Adds the array `data`, or the bytes of the string `text`.
  [[nodiscard]] bool try_bytes(std::vector<std::uint8_t>& out);
  /// The packets of a message of JSONMIDI.
  [[nodiscard]] bool try_packets(std::vector<jamnet::ump>& out);

  [[nodiscard]] std::string_view type() const { return type_; }
  [[nodiscard]] bool has(key k) const { return members_.has(k); }

  /// Refuses the line, at the value of a key or at its front. Always false.
  bool refuse(std::string what, key at) { return refuse(std::move(what), members_.offset(at)); }
  bool refuse(std::string what, std::size_t offset = 0);
  /// Expects that the line was refused.
  [[nodiscard]] const problem& error() const { return *error_; }

private:
  bool refuse(jamnet::failure why, std::string_view missing = {});
  bool try_text(std::vector<std::uint8_t>& out);

  std::string_view text_;
  jamnet::jsonmidi::members<file_keys> members_;
  std::array<char, 64> scratch_{};
  std::string_view type_;
  std::optional<problem> error_;
};

} // namespace midi_json
