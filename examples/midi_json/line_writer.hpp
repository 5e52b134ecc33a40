// Where the lines of a file are made. A message that the encoder wrote is opened again, for the
// keys that say where in the file it is.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <jamnet/json/writer.hpp>
#include <jamnet/jsonmidi/encode.hpp>

#include "to_json.hpp"

namespace midi_json {

class line_writer {
public:
  explicit line_writer(const line_sink& sink) : sink_{sink} {}

  /// Room for any one object.
  [[nodiscard]] std::span<char> room() { return text_; }
  /// Begins an object in it.
  [[nodiscard]] jamnet::json::writer object() {
    jamnet::json::writer out{text_};
    out.begin_object();
    return out;
  }

  /// Hands on an object that lies at the front of the room, with what `place(json::writer&)` adds.
  template <class Place>
  void put(std::string_view object, Place&& place) {
    const auto brace = object.size() - 1;
    jamnet::json::writer out{std::span{text_}.subspan(brace)};
    out.begin_object();
    place(out);
    out.end_object();
    text_[brace] = ',';
    sink_({text_.data(), brace + out.text().size()});
  }
  void put(std::string_view object) { sink_(object); }

private:
  // Six characters, \u00xx, for each byte of a text.
  static constexpr std::size_t size = 6 * jamnet::jsonmidi::max_data_size + 1024;

  const line_sink& sink_;
  std::vector<char> text_ = std::vector<char>(size);
};

} // namespace midi_json
