// SPDX-License-Identifier: MIT
//
// What a stranger must bring back to be believed that it receives what is sent to its address.
// A cookie is a keyed checksum of who asked, from where and when, so that whoever gave it out
// needs to remember nothing.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include <jamnet/core/siphash.hpp>
#include <jamnet/core/strong_id.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/address.hpp>

namespace jamnet::inline v0::toast {

using cookie = strong_id<struct cookie_tag>;

/// Gives out cookies and knows them again, for half a minute at least and a minute at most.
class cookie_jar {
public:
  static constexpr nanoseconds term{30'000'000'000};

  /// Nobody else may know the secret.
  explicit constexpr cookie_jar(const siphash_key& secret) noexcept : secret_{secret} {}

  /// For `who` at `where`; never 0. [one-thread] [rt-safe] O(1)
  [[nodiscard]] cookie make(const address& where, peer_id who, host_time now) const noexcept {
    return of(where, who, now.time_since_epoch() / term);
  }
  /// Whether make() gave it for the same, not long ago. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool knows(cookie c, const address& where, peer_id who,
                           host_time now) const noexcept {
    const auto current = now.time_since_epoch() / term;
    return c == of(where, who, current) || c == of(where, who, current - 1);
  }

private:
  [[nodiscard]] cookie of(const address& where, peer_id who, std::int64_t when) const noexcept {
    std::array<std::uint8_t, 34> text;
    store_be(text.data(), when);
    std::memcpy(text.data() + 8, where.ip.data(), where.ip.size());
    store_be(text.data() + 24, where.port);
    store_be(text.data() + 26, who.value);
    const auto sum = siphash(secret_, text);
    return {sum != 0 ? sum : 1};
  }

  siphash_key secret_;
};

} // namespace jamnet::inline v0::toast
