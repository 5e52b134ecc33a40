// SPDX-License-Identifier: MIT
//
// What stands between a home and the rest of the network: a table of who inside spoke with whom
// outside, by which datagrams are given another sender on their way out, and let in or not. The
// four kinds are those of RFC 3489, section 5; between two of the cones, peers can meet if both
// speak at once, a symmetric one shows everybody another port.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/testing/sim_clock.hpp>
#include <jamnet/toast/address.hpp>

namespace jamnet::inline v0::testing {

/// Whom a mapping lets in.
enum class nat_kind : std::uint8_t {
  full_cone,       ///< everybody
  restricted,      ///< addresses that were sent to from inside
  port_restricted, ///< … and only from the port that was sent to
  symmetric        ///< the same; and each destination is shown another port
};

class sim_nat {
public:
  /// Shown to the outside is `ip`, with ports from 1024 on. A mapping lasts for `timeout` after it
  /// was used from inside.
  sim_nat(nat_kind kind, const toast::address& ip, nanoseconds timeout) noexcept
      : kind_{kind},
        ip_{ip},
        timeout_{timeout} {}

  /// As whom `inside` is seen by `to`. [one-thread] [allocates] O(mappings)
  [[nodiscard]] toast::address send(const toast::address& inside, const toast::address& to,
                                    sim_time now) {
    const auto mine = [&](const mapping& m) {
      return m.inside == inside && alive(m.used, now) &&
             (kind_ != nat_kind::symmetric || m.spoken.front().to == to);
    };
    auto m = std::find_if(mappings_.begin(), mappings_.end(), mine);
    if (m == mappings_.end())
      m = mappings_.insert(m, mapping{inside, next_port_++, now, {}}); // ports are not used again
    m->used = now;
    const auto spoken = std::find_if(m->spoken.begin(), m->spoken.end(),
                                     [&](const partner& p) { return p.to == to; });
    if (spoken == m->spoken.end())
      m->spoken.push_back({to, now});
    else
      spoken->at = now;
    auto seen = ip_;
    seen.port = m->port;
    return seen;
  }
  /// Who inside is behind a port, whether or not he is to hear it. [one-thread] O(mappings)
  [[nodiscard]] std::optional<toast::address> owner(std::uint16_t port) const noexcept {
    for (const mapping& m : mappings_)
      if (m.port == port) return m.inside;
    return std::nullopt;
  }
  /// Whether what comes `from` outside to a port is let in. [one-thread] O(mappings)
  [[nodiscard]] bool lets_in(const toast::address& from, std::uint16_t port,
                             sim_time now) const noexcept {
    for (const mapping& m : mappings_) {
      if (m.port != port || !alive(m.used, now)) continue;
      if (kind_ == nat_kind::full_cone) return true;
      for (const partner& p : m.spoken)
        if (alive(p.at, now) && p.to.ip == from.ip &&
            (kind_ == nat_kind::restricted || p.to.port == from.port))
          return true;
    }
    return false;
  }

  /// It is switched off and on: nobody is let in until he has spoken, and is then shown by another
  /// port. [one-thread] O(mappings)
  void forget() noexcept { mappings_.clear(); }

private:
  struct partner {
    toast::address to;
    sim_time at{};
  };
  struct mapping {
    toast::address inside;
    std::uint16_t port;
    sim_time used{};
    std::vector<partner> spoken; // of a symmetric one, the only one in front
  };

  [[nodiscard]] bool alive(sim_time used, sim_time now) const noexcept {
    return now - used < timeout_;
  }

  nat_kind kind_;
  toast::address ip_;
  nanoseconds timeout_;
  std::vector<mapping> mappings_;
  std::uint16_t next_port_ = 1024;
};

} // namespace jamnet::inline v0::testing
