// SPDX-License-Identifier: MIT
//
// How often each of any number of strangers may have something, in a table that never grows.
//
// A place of the table belongs to the address that came last, which finds its bucket full. So a
// flood of forged addresses starves nobody; and since nobody can tell which addresses share a
// place, who floods in another's name gains a bucket or so for each 256 addresses it invents.
#pragma once

#include <array>
#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/siphash.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/address.hpp>

namespace jamnet::inline v0::toast {

class rate_limit {
public:
  static constexpr std::size_t places = 256;

  /// `burst` at once and `per_second` in the long run, from 1 to 1,000 each, for each address
  /// whatever its port; of IPv6, for each network of 64 bits. Nobody else may know the secret.
  constexpr rate_limit(std::uint32_t burst, std::uint32_t per_second,
                       const siphash_key& secret) noexcept
      : full_{burst * token},
        refill_{per_second},
        secret_{secret} {}

  /// Whether `who` may have one now, which then is taken. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool try_take(const address& who, host_time now) noexcept {
    const auto name = name_of(who);
    bucket& b = buckets_[name % places];
    if (b.owner != name) b = {name, full_, now};
    constexpr nanoseconds unit{1'000'000}, most{10'000'000'000}; // every bucket is full by then
    const auto passed = now - b.since < most ? (now - b.since) / unit : most / unit;
    if (passed > 0) {
      b.tokens = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(full_, b.tokens + static_cast<std::uint64_t>(passed) * refill_));
      b.since = passed < most / unit ? b.since + passed * unit : now;
    }
    if (b.tokens < token) return false;
    b.tokens -= token;
    return true;
  }

  /// Gives one back that `who` took and that turned out not to count. [one-thread] [rt-safe] O(1)
  void give_back(const address& who) noexcept {
    const auto name = name_of(who);
    bucket& b = buckets_[name % places];
    if (b.owner == name) b.tokens = std::min(full_, b.tokens + token);
  }

private:
  static constexpr std::uint32_t token = 1000; // of which `refill_` come each millisecond

  struct bucket {
    std::uint64_t owner = 0;
    std::uint32_t tokens = 0;
    host_time since{};
  };
  [[nodiscard]] std::uint64_t name_of(const address& who) const noexcept {
    return siphash(secret_, bytes_view{who.ip}.first(who.is_v4() ? 16 : 8));
  }

  std::uint32_t full_, refill_;
  siphash_key secret_;
  std::array<bucket, places> buckets_{};
};

} // namespace jamnet::inline v0::toast
