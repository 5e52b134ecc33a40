// The keys of sealed rooms, as a member of one writes them down (jam --key-log): a line each,
//
//   SEAL SENDER RECEIVER KEY
//
// in hexadecimal digits, RECEIVER 0 for what goes to all. Nothing else opens what was captured: who
// knows the pass-phrase alone cannot, which is the point of how keys are agreed on.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <jamnet/core/bytes.hpp>
#include <jamnet/toast/frame.hpp>

namespace toast_dump {

class key_log {
public:
  static constexpr std::size_t most = 4096; ///< keys; later ones are not read

  /// Whether this program was built with what opens seals.
  [[nodiscard]] static bool can_open();
  /// Reads the file, and again whatever is added to it. False when there is none.
  bool open(const std::string& path);
  /// The frames in a SEAL, which begins at `front` of `datagram`; nothing if no key opens it. They
  /// last until the next call.
  [[nodiscard]] std::optional<jamnet::bytes_view>
  unseal(jamnet::bytes_view datagram, std::size_t front, const jamnet::toast::frame& seal);

private:
  bool read_more();

  std::string path_;
  std::uint64_t read_ = 0; // bytes of it
  std::vector<std::array<std::uint8_t, 32>> keys_;
  std::vector<std::uint8_t> frames_;
};

} // namespace toast_dump
