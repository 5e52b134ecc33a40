// SPDX-License-Identifier: MIT
//
// Bytes that nobody else may know: wiped when they are no longer needed, compared in constant
// time. And where new ones come from, which is passed in like time, so that a simulation replays.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sodium.h>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/strong_id.hpp>

namespace jamnet::inline v0::secure {

template <std::size_t Size>
class secret {
public:
  secret() = default;
  explicit secret(const std::array<std::uint8_t, Size>& bytes) noexcept : bytes_{bytes} {}
  secret(const secret&) = default;
  secret& operator=(const secret&) = default;
  ~secret() { wipe(); }

  /// Overwrites it, whatever the compiler thinks of that. [any-thread] [rt-safe] O(1)
  void wipe() noexcept { sodium_memzero(bytes_.data(), Size); }
  [[nodiscard]] std::uint8_t* data() noexcept { return bytes_.data(); }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return bytes_.data(); }
  [[nodiscard]] static constexpr std::size_t size() noexcept { return Size; }
  [[nodiscard]] bytes_view view() const noexcept { return bytes_; }
  /// For what is told to a peer. [any-thread] [rt-safe] O(1)
  [[nodiscard]] const std::array<std::uint8_t, Size>& bytes() const noexcept { return bytes_; }
  /// In a time that says nothing of where they differ. [any-thread] [rt-safe] O(1)
  [[nodiscard]] bool equals(const std::array<std::uint8_t, Size>& other) const noexcept {
    return sodium_memcmp(bytes_.data(), other.data(), Size) == 0;
  }

private:
  std::array<std::uint8_t, Size> bytes_{};
};

/// A key or proof of 32 bytes that `from` determines and `label` sets apart: BLAKE2b-256 keyed with
/// `from`, of the label, a 0 and `more`. Expects 16 to 64 bytes. [any-thread] [rt-safe] O(n)
[[nodiscard]] inline secret<32> derive(bytes_view from, std::string_view label,
                                       bytes_view more = {}) noexcept {
  secret<32> out;
  crypto_generichash_state state;
  crypto_generichash_init(&state, from.data(), from.size(), 32);
  const auto text = as_bytes(label);
  const std::uint8_t end = 0;
  crypto_generichash_update(&state, text.data(), text.size());
  crypto_generichash_update(&state, &end, 1);
  crypto_generichash_update(&state, more.data(), more.size());
  crypto_generichash_final(&state, out.data(), 32);
  sodium_memzero(&state, sizeof state);
  return out;
}

/// Where randomness comes from: the system, unless something else is given, as simulations do.
struct entropy {
  void (*fill)(void* self, std::uint8_t* out, std::size_t size) =
      [](void*, std::uint8_t* out, std::size_t size) { randombytes_buf(out, size); };
  void* self = nullptr;

  /// [one-thread] [rt-safe] but for the source
  template <class Bytes>
  void operator()(Bytes& out) const {
    fill(self, out.data(), out.size());
  }
};

/// Who is told the keys that seal, as soon as they are known, so that a member can have captures of
/// its own traffic opened: nobody, unless something is given. Who has a key reads all that was
/// sealed with it, and can forge it. `receiver` is 0 for what goes to all.
struct key_listener {
  void (*tell)(void* self, peer_id sender, peer_id receiver,
               const secret<32>& key) = [](void*, peer_id, peer_id, const secret<32>&) {};
  void* self = nullptr;

  /// [one-thread] [rt-safe] but for the listener
  void operator()(peer_id sender, peer_id receiver, const secret<32>& key) const {
    tell(self, sender, receiver, key);
  }
};

} // namespace jamnet::inline v0::secure
