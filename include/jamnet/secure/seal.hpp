// SPDX-License-Identifier: MIT
//
// SEAL: frames made unreadable and unforgeable (ChaCha20-Poly1305, RFC 8439), with all that stands
// before them in the datagram bound to them. A key seals each counter once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <sodium.h>

#include <jamnet/secure/datagram_cipher.hpp>
#include <jamnet/secure/secret.hpp>
#include <jamnet/toast/sealed_messages.hpp>

namespace jamnet::inline v0::secure {

/// Seals `frames` behind the first `front` bytes of `out`, which stand already, and returns the
/// size of it all. Expects room for seal_header::overhead more than `frames`; `counter` was never
/// used with `key`. [any-thread] [rt-safe] O(n)
inline std::size_t seal(const secret<32>& key, const toast::seal_header& header,
                        std::span<std::uint8_t> out, std::size_t front, bytes_view frames) noexcept;

/// Opens the SEAL whose frame begins at `front` of `datagram` into `out`, which has as many bytes
/// as were sealed; false, and nothing of use there, if the key or any byte is another.
/// [any-thread] [rt-safe] O(n)
[[nodiscard]] inline bool try_open(const secret<32>& key, const toast::seal_header& header,
                                   bytes_view datagram, std::size_t front,
                                   std::uint8_t* out) noexcept;

/// How many bytes a SEAL with this payload holds. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::size_t sealed_size(bytes_view payload) noexcept {
  return payload.size() - toast::seal_header::size - toast::seal_header::tag_size;
}

// ------------------------------------------------------------------------------------------------

namespace detail {

[[nodiscard]] inline datagram_cipher::nonce nonce_of(const toast::seal_header& header) noexcept {
  datagram_cipher::nonce n{};
  store_be(n.data() + 4, header.counter);
  return n;
}

inline constexpr std::size_t before_text = 20 + toast::seal_header::size; // of the frame

// What a stream carries may not.
[[nodiscard]] inline bool fits_datagram(bytes_view before, bytes_view text) noexcept {
  return before.size() <= datagram_cipher::most_before && text.size() <= datagram_cipher::most_text;
}

} // namespace detail

inline std::size_t seal(const secret<32>& key, const toast::seal_header& header,
                        std::span<std::uint8_t> out, std::size_t front,
                        bytes_view frames) noexcept {
  using toast::seal_header;
  JAMNET_EXPECTS(out.size() >= front + frames.size() + seal_header::overhead);
  std::uint8_t* const start = out.data() + front;
  const std::size_t size = seal_header::overhead + frames.size();
  store_be(start, static_cast<std::uint32_t>(size - 4));
  store_be(start + 4, toast::type::seal.code);
  store_be(start + 8, toast::not_synchronised);
  store_be(start + 16, static_cast<std::uint32_t>(header.counter));
  header.write(start + 20);
  std::uint8_t* const text = start + detail::before_text;
  const auto nonce = detail::nonce_of(header);
  const bytes_view before = out.first(front + detail::before_text);
  if (detail::fits_datagram(before, frames))
    datagram_cipher::encrypt(key, nonce, before, frames, text);
  else
    crypto_aead_chacha20poly1305_ietf_encrypt(text, nullptr, frames.data(), frames.size(),
                                              before.data(), before.size(), nullptr, nonce.data(),
                                              key.data());
  store_be(start + size - 4, crc32({start, size - 4}));
  return front + size;
}

inline bool try_open(const secret<32>& key, const toast::seal_header& header, bytes_view datagram,
                     std::size_t front, std::uint8_t* out) noexcept {
  const bytes_view before = datagram.first(front + detail::before_text);
  const std::size_t frame = 4 + load_be<std::uint32_t>(datagram.data() + front);
  const bytes_view text = datagram.subspan(before.size(), frame - 4 - detail::before_text);
  const auto nonce = detail::nonce_of(header);
  if (detail::fits_datagram(before, text.first(text.size() - toast::seal_header::tag_size)))
    return datagram_cipher::try_decrypt(key, nonce, before, text, out);
  return crypto_aead_chacha20poly1305_ietf_decrypt(out, nullptr, nullptr, text.data(), text.size(),
                                                   before.data(), before.size(), nonce.data(),
                                                   key.data()) == 0;
}

} // namespace jamnet::inline v0::secure
