#include "file_line.hpp"

#include <jamnet/json/string.hpp>
#include <jamnet/jsonmidi/decode.hpp>

namespace midi_json {
namespace {

// The value at fault, cut to what a terminal can take.
std::string quoted(std::string_view text, std::size_t offset) {
  constexpr std::size_t most = 24;
  text.remove_prefix(std::min(offset, text.size()));
  const auto end = text.find_first_of(text.starts_with('"') ? "\"" : ",]}", 1);
  std::string out{text.substr(0, end == text.npos ? end : end + text.starts_with('"'))};
  if (out.size() > most) out = out.substr(0, most) + "...";
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

} // namespace

bool file_line::prove() {
  std::int64_t timestamp = 0;
  if (!members_.prove()) return refuse(members_.error());
  if (!members_.try_word("type", scratch_, type_)) return refuse(members_.error(), "type");
  return try_integer("timestamp", timestamp, INT64_MIN, INT64_MAX);
}

bool file_line::try_integer(key k, std::int64_t& out, std::int64_t min, std::int64_t max) {
  return members_.try_integer(k, out, min, max) || refuse(members_.error(), k.name());
}

bool file_line::try_flag(key k, bool& out) {
  out = false;
  return !has(k) || members_.try_bool(k, out) || refuse(members_.error());
}

bool file_line::try_choice(key k, std::span<const std::string_view> words,
                           std::optional<std::size_t>& out) {
  std::size_t choice = 0;
  out = {};
  if (!has(k)) return true;
  if (!members_.try_choice(k, words, choice)) return refuse(members_.error());
  out = choice;
  return true;
}

bool file_line::try_bytes(std::vector<std::uint8_t>& out) {
  if (has("text") && has("data")) return refuse("both text and data", "text");
  if (has("text")) return try_text(out);
  if (!members_.try_array("data")) return refuse(members_.error(), "data");
  jamnet::jsonmidi::integer_array data{text_, members_.offset("data")};
  const auto before = out.size();
  for (std::int64_t byte = 0; data.try_next(byte, 0, 255);) {
    if (out.size() - before == jamnet::jsonmidi::max_data_size)
      return refuse(
          {jamnet::errc::data_too_long, static_cast<std::uint32_t>(members_.offset("data"))});
    out.push_back(static_cast<std::uint8_t>(byte));
  }
  return data.ok() || refuse(data.error());
}

bool file_line::try_text(std::vector<std::uint8_t>& out) {
  std::string_view raw;
  if (!members_.try_string("text", raw)) return refuse(members_.error());
  jamnet::json::string_bytes text{raw};
  for (std::uint8_t byte = 0; text.try_next(byte);) out.push_back(byte);
  return true;
}

bool file_line::try_packets(std::vector<jamnet::ump>& out) {
  out.clear();
  const auto taken = jamnet::jsonmidi::decode_packets(
      text_, [&](const jamnet::midi_event& event) { out.push_back(event.packet); });
  return taken.has_value() || refuse(taken.error());
}

bool file_line::refuse(jamnet::failure why, std::string_view missing) {
  using jamnet::errc;
  problem p{why};
  if (why.code == errc::key_missing) {
    if (!missing.empty()) p.what += ": " + std::string{missing};
  } else if (why.code != errc::data_too_long && why.detail < text_.size()) {
    p.what += ": " + quoted(text_, why.detail);
  }
  return refuse(std::move(p.what), p.offset);
}

bool file_line::refuse(std::string what, std::size_t offset) {
  if (!error_) error_.emplace(std::move(what), offset);
  return false;
}

} // namespace midi_json
