// Datagrams as anybody could make them.
#pragma once

#include <string_view>
#include <vector>

#include <jamnet/toast/frame.hpp>
#include <jamnet/toast/handshake.hpp>
#include <jamnet/toast/peer_header.hpp>

namespace jamnet::inline v0::testing {

struct forger {
  peer_id sender, destination;
  session_id session{};
  std::int64_t stamp = toast::not_synchronised;
  toast::cookie cookie{};

  /// A datagram of a PEER frame and one other.
  [[nodiscard]] std::vector<std::uint8_t> operator()(toast::frame_type type,
                                                     bytes_view payload) const {
    std::vector<std::uint8_t> bytes(payload.size() + 2 * toast::frame_overhead +
                                    toast::peer_header::size);
    toast::frame_writer out{bytes};
    toast::peer_header{session, sender, destination}.write(out.open().data());
    out.close(toast::type::peer, stamp, 0, toast::peer_header::size);
    if (!out.try_write(type, stamp, 1, payload)) bytes.clear();
    return bytes;
  }
  [[nodiscard]] std::vector<std::uint8_t> operator()(toast::frame_type type,
                                                     std::string_view payload) const {
    return (*this)(type, as_bytes(payload));
  }
  /// HELO of the sender, padded as it must be.
  [[nodiscard]] std::vector<std::uint8_t> hello(std::string_view room = "jam",
                                                toast::version_range versions = {1, 1}) const {
    toast::hello h;
    h.versions = versions;
    h.peer = sender;
    h.room = room;
    h.attempt = 7;
    h.cookie = cookie;
    std::vector<char> text(toast::hello_padding, ' ');
    (void)encode(h, text); // spaces stay behind it
    return (*this)(toast::type::hello, std::string_view{text.data(), text.size()});
  }
};

} // namespace jamnet::inline v0::testing
