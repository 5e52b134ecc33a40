// A frame as one line of JSON, for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <jamnet/toast/address.hpp>
#include <jamnet/toast/frame.hpp>
#include <jamnet/toast/peer_header.hpp>

namespace toast_dump {

/// A frame as it was seen.
struct sighting {
  std::int64_t time_ns = 0; ///< since 1970
  jamnet::toast::address from, to;
  std::optional<jamnet::toast::peer_header> header; ///< the PEER frame before it
  jamnet::peer_id sender;                           ///< by that, or what was said before
  jamnet::toast::frame frame;
  bool sealed = false; ///< it was within a SEAL
};

class json_line {
public:
  /// The line, without its end. What the frame holds is under "payload": its JSON as it stands,
  /// the lines of MIDI and TRAN as an array, what is binary by the names of its fields, else as
  /// "hex". The view lasts until the next call.
  [[nodiscard]] std::string_view operator()(const sighting& s);

private:
  std::vector<char> buffer_;
};

} // namespace toast_dump
