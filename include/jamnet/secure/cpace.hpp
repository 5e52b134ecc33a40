// SPDX-License-Identifier: MIT
//
// CPace (draft-irtf-cfrg-cpace-21), suite CPACE-RISTR255-SHA512, with the roles of an opener and an
// acceptor: two who know the same pass-phrase agree on a key. Who does not know it can try one
// guess for each exchange it takes part in, and learns nothing from those of others.
//
//     opener: cpace a{prs, ci, sid, random}   → a.share(), ad_a →   acceptor: cpace b{…}
//     a.try_finish(opener, …)                 ← b.share(), ad_b ←   b.try_finish(acceptor, …)
//
// Both have the same key only if they agree on all of it. That they do must still be proven.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sodium.h>

#include <jamnet/core/bytes.hpp>
#include <jamnet/secure/secret.hpp>

namespace jamnet::inline v0::secure {

class cpace {
public:
  using point = std::array<std::uint8_t, 32>;
  using key = secret<64>;
  enum class role : std::uint8_t { opener, acceptor };

  /// `prs` is the secret that both know, `ci` names the channel and `sid` the exchange; `random`
  /// is used for nothing else. [any-thread] [rt-safe] about 100 µs
  cpace(bytes_view prs, bytes_view ci, bytes_view sid, const secret<64>& random) noexcept
      : cpace{generator(prs, ci, sid), reduced(random)} {}
  /// With a scalar that is given, for test vectors.
  cpace(const point& generator, const secret<32>& scalar) noexcept : scalar_{scalar} {
    if (crypto_scalarmult_ristretto255(share_.data(), scalar_.data(), generator.data()) != 0)
      share_ = {};
  }

  /// What the other side is told.
  [[nodiscard]] const point& share() const noexcept { return share_; }
  /// The key, from what the other side told; false for a share that is no point of the group, or
  /// the one that gives away the key. `ad` is what else each side said, and is bound to it.
  /// [any-thread] [rt-safe] about 50 µs
  [[nodiscard]] bool try_finish(role ours, bytes_view sid, bytes_view ad, const point& theirs,
                                bytes_view their_ad, key& out) const noexcept {
    secret<32> product;
    if (crypto_scalarmult_ristretto255(product.data(), scalar_.data(), theirs.data()) != 0)
      return false;
    text isk;
    isk.add(as_bytes("CPaceRistretto255_ISK"));
    isk.add(sid);
    isk.add(product.view());
    const bool opens = ours == role::opener;
    isk.add(opens ? share_ : theirs);
    isk.add(opens ? ad : their_ad);
    isk.add(opens ? theirs : share_);
    isk.add(opens ? their_ad : ad);
    isk.finish(out);
    return true;
  }

  /// The point that stands for all that both must agree on. [any-thread] [rt-safe] O(n)
  [[nodiscard]] static point generator(bytes_view prs, bytes_view ci, bytes_view sid) noexcept {
    constexpr std::string_view name = "CPaceRistretto255";
    constexpr std::size_t block = 128; // of SHA-512: name and secret fill the first at least
    constexpr std::array<std::uint8_t, block> zeros{};
    const std::size_t used = length_size(prs.size()) + prs.size() + 1 + name.size() + 1;
    text all;
    all.add(as_bytes(name));
    all.add(prs);
    all.add(bytes_view{zeros}.first(used < block ? block - used : 0));
    all.add(ci);
    all.add(sid);
    key hash;
    all.finish(hash);
    point out{};
    crypto_core_ristretto255_from_hash(out.data(), hash.data());
    return out;
  }

private:
  // Of an unsigned number in LEB128, which stands before each part that is hashed.
  [[nodiscard]] static constexpr std::size_t length_size(std::size_t number) noexcept {
    std::size_t size = 1;
    for (; number >= 128; number >>= 7) ++size;
    return size;
  }
  [[nodiscard]] static secret<32> reduced(const secret<64>& random) noexcept {
    secret<32> scalar;
    crypto_core_ristretto255_scalar_reduce(scalar.data(), random.data());
    return scalar;
  }

  // Parts with their lengths, hashed as they come.
  class text {
  public:
    text() noexcept { crypto_hash_sha512_init(&state_); }
    ~text() { sodium_memzero(&state_, sizeof state_); }
    void add(bytes_view part) noexcept {
      std::size_t left = part.size();
      for (bool more = true; more; left >>= 7) {
        more = left >= 128;
        const auto digit = static_cast<std::uint8_t>((left & 127) | (more ? 128u : 0u));
        crypto_hash_sha512_update(&state_, &digit, 1);
      }
      crypto_hash_sha512_update(&state_, part.data(), part.size());
    }
    void finish(key& out) noexcept { crypto_hash_sha512_final(&state_, out.data()); }

  private:
    crypto_hash_sha512_state state_;
  };

  secret<32> scalar_;
  point share_{};
};

} // namespace jamnet::inline v0::secure
