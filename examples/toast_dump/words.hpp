// A frame's payload in words, for people. Whatever a stranger sent, it is one line of printable
// characters.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <jamnet/core/strong_id.hpp>
#include <jamnet/toast/frame.hpp>

namespace toast_dump {

/// What the peers call themselves, as far as they said so.
class names {
public:
  static constexpr std::size_t most = 4096;

  /// Learns from HELO, WELC and ANNO; whose it is, or 0.
  jamnet::peer_id learn(const jamnet::toast::frame& f);
  /// The name, or the id where there is none; for 0 "all".
  [[nodiscard]] std::string of(jamnet::peer_id id) const;

private:
  std::map<jamnet::peer_id, std::string> known_;
};

[[nodiscard]] std::string in_words(const jamnet::toast::frame& f, const names& n);
/// Of session time, as "+12.345678 s"; "no time yet" for a peer that does not know it.
[[nodiscard]] std::string session_time_in_words(std::int64_t ns);
/// UTF-8 without control characters.
[[nodiscard]] std::string printable(std::string_view text);

} // namespace toast_dump
