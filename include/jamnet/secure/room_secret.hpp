// SPDX-License-Identifier: MIT
//
// What the members of a sealed room share, made from a pass-phrase or a key: the secret that they
// prove to each other, and the two names of the room, for the exchange and for strangers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <sodium.h>

#include <jamnet/secure/secret.hpp>
#include <jamnet/toast/sealed_messages.hpp>

namespace jamnet::inline v0::secure {

/// What one guess at a pass-phrase costs, whoever makes it: a tenth of a second and 64 MiB
/// unless it is lowered, which only tests should do. All members need the same.
struct stretching {
  unsigned long long operations = crypto_pwhash_OPSLIMIT_INTERACTIVE;
  std::size_t memory = crypto_pwhash_MEMLIMIT_INTERACTIVE;
};

class room_secret {
public:
  /// Argon2id over the pass-phrase, salted with the room's name. Where there is no memory for it,
  /// the secret is random, and nobody gets in. [control-thread] [blocks] 0.1 s
  [[nodiscard]] static room_secret of_passphrase(std::string_view room, std::string_view phrase,
                                                 const stretching& cost = {}) noexcept {
    room_secret s{room};
    std::array<std::uint8_t, crypto_pwhash_SALTBYTES> salt;
    const auto name = as_bytes(room);
    const std::string_view label = "TOAST 1 room salt";
    crypto_generichash(salt.data(), salt.size(), name.data(), name.size(), as_bytes(label).data(),
                       label.size());
    if (crypto_pwhash(s.proven_.data(), 32, phrase.data(), phrase.size(), salt.data(),
                      cost.operations, cost.memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
      randombytes_buf(s.proven_.data(), 32);
    return s;
  }
  /// A key of 256 random bits. [control-thread] [rt-safe]
  [[nodiscard]] static room_secret of_key(std::string_view room,
                                          const toast::key_bytes& key) noexcept {
    room_secret s{room};
    std::memcpy(s.proven_.data(), key.data(), key.size());
    return s;
  }

  /// CPace's PRS.
  [[nodiscard]] bytes_view proven() const noexcept { return proven_.view(); }
  /// CPace's CI: "TOAST 1" and a hash of the room's name.
  [[nodiscard]] bytes_view channel() const noexcept { return channel_; }
  /// What strangers are told for the room's name: who guesses the name can tell, no more.
  [[nodiscard]] toast::name_tag tag() const noexcept {
    return {load_be<std::uint64_t>(channel_.data() + 7)};
  }

  [[nodiscard]] static toast::name_tag tag_of(std::string_view room) noexcept {
    return room_secret{room}.tag();
  }

private:
  explicit room_secret(std::string_view room) noexcept {
    [[maybe_unused]] const int ready = sodium_init(); // what it cannot fails later by itself
    std::memcpy(channel_.data(), "TOAST 1", 7);
    const auto name = as_bytes(room);
    crypto_generichash(channel_.data() + 7, 32, name.data(), name.size(), nullptr, 0);
  }

  secret<32> proven_;
  std::array<std::uint8_t, 39> channel_{};
};

} // namespace jamnet::inline v0::secure
