// SPDX-License-Identifier: MIT
//
// CLKQ and CLKR, the ping-pong that measures a clock, and CLKM, the master's claim to be it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/sync/master_claim.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/detail/fields.hpp>
#include <jamnet/toast/known_peer.hpp>

namespace jamnet::inline v0::toast {

/// CLKQ: the asker's own clock when it asked.
struct clock_question {
  static constexpr std::size_t size = 8;

  host_time asked{};

  /// [any-thread] [rt-safe] O(1)
  void write(std::uint8_t* out) const noexcept {
    store_be(out, static_cast<std::int64_t>(asked.time_since_epoch().count()));
  }
};

/// CLKR: when the question came and when this answer left, by the answerer's best estimate of the
/// session's time, and how good that is.
struct clock_answer {
  static constexpr std::size_t size = 32;

  host_time asked{}; ///< as in the question: the asker's clock
  session_time received{}, answered{};
  std::uint32_t bound_ns = 0; ///< the answerer's own soft bound, saturating
  std::uint8_t hops = 0;      ///< how far the answerer is from the master, which is 0

  /// [any-thread] [rt-safe] O(1)
  void write(std::uint8_t* out) const noexcept {
    store_be(out, static_cast<std::int64_t>(asked.time_since_epoch().count()));
    store_be(out + 8, static_cast<std::int64_t>(received.time_since_epoch().count()));
    store_be(out + 16, static_cast<std::int64_t>(answered.time_since_epoch().count()));
    store_be(out + 24, bound_ns);
    store_be(out + 28, std::uint32_t{hops} << 24);
  }
};

// Both give frame_payload for another size and are [any-thread] [rt-safe] O(1).

[[nodiscard]] inline result<clock_question> decode_clock_question(bytes_view payload) noexcept {
  if (payload.size() != clock_question::size) return errc::frame_payload;
  return clock_question{host_time{nanoseconds{load_be<std::int64_t>(payload.data())}}};
}

[[nodiscard]] inline result<clock_answer> decode_clock_answer(bytes_view payload) noexcept {
  if (payload.size() != clock_answer::size) return errc::frame_payload;
  const auto ns = [&](std::size_t at) {
    return nanoseconds{load_be<std::int64_t>(payload.data() + at)};
  };
  return clock_answer{host_time{ns(0)}, session_time{ns(8)}, session_time{ns(16)},
                      load_be<std::uint32_t>(payload.data() + 24), payload[28]};
}

/// CLKM: who is the session's clock. The session is named too, because TCP has no PEER frame.
/// Each repetition introduces two of the session's members to the others, in turn: who joined
/// while others did too is met that way.
struct clock_claim {
  session_id session;
  master_claim claim;
  std::uint64_t delay_ns = 0; ///< from when something is played to when it sounds, for all
  std::array<known_peer, 2> peers{};
  std::size_t peer_count = 0;
};

/// [any-thread] [rt-safe] O(1)
[[nodiscard]] inline std::string_view encode(const clock_claim& c,
                                             std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object();
  detail::write_id(out, "session", c.session);
  detail::write_id(out, "master", c.claim.master);
  out.member("epoch", c.claim.epoch)
      .member("priority", c.claim.priority)
      .member("quality_ns", c.claim.quality_ns)
      .member("members", c.claim.members);
  if (c.delay_ns > 0) out.member("delay_ns", c.delay_ns);
  if (c.claim.yields) out.member("yields", true);
  detail::write_known_peers(out, {c.peers.data(), c.peer_count});
  return out.end_object().text();
}

/// json_* and value_range failures with their offset; key_missing without session or master.
/// [any-thread] [rt-safe] O(n)
[[nodiscard]] inline result<clock_claim> decode_clock_claim(std::string_view text) noexcept {
  clock_claim c;
  json::reader in{text};
  const auto member = [&](std::string_view key, json::reader& value) {
    if (key == "session") return detail::try_id(value, c.session);
    if (key == "master") return detail::try_id(value, c.claim.master);
    if (key == "epoch") return detail::try_number(value, c.claim.epoch);
    if (key == "priority") return detail::try_number(value, c.claim.priority);
    if (key == "quality_ns") return detail::try_number(value, c.claim.quality_ns);
    if (key == "members") return detail::try_number(value, c.claim.members);
    if (key == "delay_ns") return detail::try_number(value, c.delay_ns, detail::seq_limit);
    if (key == "yields") return value.try_bool(c.claim.yields);
    if (key == "peers") return detail::try_known_peers(value, c.peers, c.peer_count);
    return value.skip();
  };
  if (!in.try_object(member) || !in.finish()) return in.error();
  if (!c.session || !c.claim.master)
    return failure{errc::key_missing, static_cast<std::uint32_t>(text.size())};
  return c;
}

} // namespace jamnet::inline v0::toast
