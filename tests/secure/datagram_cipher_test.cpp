#include <jamnet/secure/datagram_cipher.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::secure;

namespace {

using cipher = datagram_cipher;

std::vector<std::uint8_t> bytes_of(std::string_view hex) {
  std::vector<std::uint8_t> out(hex.size() / 2);
  sodium_hex2bin(out.data(), out.size(), hex.data(), hex.size(), nullptr, nullptr, nullptr);
  return out;
}

std::vector<std::uint8_t> encrypted(const secret<32>& key, const cipher::nonce& once,
                                    bytes_view before, bytes_view text) {
  std::vector<std::uint8_t> out(text.size() + cipher::tag_size);
  cipher::encrypt(key, once, before, text, out.data());
  return out;
}

} // namespace

TEST_CASE("the datagram cipher says what RFC 8439 says in 2.8.2") {
  std::array<std::uint8_t, 32> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(0x80 + i);
  const cipher::nonce once{7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
  const auto before = bytes_of("50515253c0c1c2c3c4c5c6c7");
  const auto text = as_bytes("Ladies and Gentlemen of the class of '99: If I could offer you only "
                             "one tip for the future, sunscreen would be it.");
  CHECK(encrypted(secret<32>{key}, once, before, text) ==
        bytes_of("d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
                 "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
                 "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                 "3ff4def08e4b7a9de576d26586cec64b6116"
                 "1ae10b594f09e26a7e902ecbd0600691"));
}

TEST_CASE(
    "it writes what libsodium's own does and reads it, of all sizes; nothing may be changed") {
  random_source random{8439};
  std::vector<std::uint8_t> text(cipher::most_text), before(cipher::most_before);
  for (auto* bytes : {&text, &before})
    for (auto& b : *bytes) b = static_cast<std::uint8_t>(random.next());
  for (std::size_t size = 0; size <= cipher::most_text; ++size) {
    CAPTURE(size);
    std::array<std::uint8_t, 32> key{};
    cipher::nonce once{};
    for (auto& b : key) b = static_cast<std::uint8_t>(random.next());
    for (auto& b : once) b = static_cast<std::uint8_t>(random.next());
    const auto said = bytes_view{text}.first(size);
    const auto front = bytes_view{before}.first(size * 7 % (cipher::most_before + 1));
    auto sealed = encrypted(secret<32>{key}, once, front, said);
    std::vector<std::uint8_t> theirs(sealed.size()), read(size);
    crypto_aead_chacha20poly1305_ietf_encrypt(theirs.data(), nullptr, said.data(), said.size(),
                                              front.data(), front.size(), nullptr, once.data(),
                                              key.data());
    CHECK(sealed == theirs);
    CHECK(cipher::try_decrypt(secret<32>{key}, once, front, sealed, read.data()));
    CHECK(std::equal(read.begin(), read.end(), said.begin()));
    const std::size_t bit = random.next() % (sealed.size() * 8);
    sealed[bit / 8] = static_cast<std::uint8_t>(sealed[bit / 8] ^ 1u << bit % 8);
    std::vector<std::uint8_t> untouched(size, 99);
    CHECK_FALSE(cipher::try_decrypt(secret<32>{key}, once, front, sealed, untouched.data()));
    CHECK(untouched == std::vector<std::uint8_t>(size, 99));
  }
  CHECK_FALSE(cipher::try_decrypt({}, {}, {}, bytes_view{text}.first(15), text.data()));
}

TEST_CASE("neither direction of the datagram cipher allocates") {
  const secret<32> key{{1, 2, 3}};
  const cipher::nonce once{4};
  std::array<std::uint8_t, 40> text{5, 6, 7}, read{};
  std::array<std::uint8_t, 40 + cipher::tag_size> sealed;
  const testing::rt_guard guard;
  cipher::encrypt(key, once, {}, text, sealed.data());
  CHECK(cipher::try_decrypt(key, once, {}, sealed, read.data()));
  CHECK(read == text);
}
