// SPDX-License-Identifier: MIT
//
// A network in virtual time: carries bytes between addresses and does to them what its paths'
// quality says. It knows no peers, threads or clocks; the same seed and the same calls give the
// same deliveries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/bytes.hpp>
#include <jamnet/testing/impairment.hpp>
#include <jamnet/toast/address.hpp>

namespace jamnet::inline v0::testing {

/// The simulation's own timeline, which no clock in it shows exactly.
using sim_time = time_on<struct sim_timeline>;

class sim_network {
public:
  sim_network(const path_quality& path, std::uint64_t seed) : path_{path}, random_{seed} {}

  /// Adds a place on the network, which its address then names. [one-thread] [allocates] O(1)
  toast::address add_node() {
    islands_.push_back(0);
    const auto n = static_cast<std::uint16_t>(islands_.size());
    return toast::address::v4(10, 0, static_cast<std::uint8_t>(n >> 8),
                              static_cast<std::uint8_t>(n & 0xff), 47800);
  }
  /// How many places there are. [one-thread] O(1)
  [[nodiscard]] std::size_t nodes() const noexcept { return islands_.size(); }
  /// Every path's quality from now on. [one-thread] O(1)
  void set_path(const path_quality& path) noexcept { path_ = path; }
  /// Puts a node on an island of its own: only nodes of the same island reach each other.
  /// [one-thread] O(1)
  void partition(const toast::address& node, std::uint32_t island = 1) noexcept {
    islands_[index(node)] = island;
  }
  /// Joins all islands. [one-thread] O(nodes)
  void heal() noexcept { std::fill(islands_.begin(), islands_.end(), 0u); }

  /// Sends a datagram to a node, or to every other one when `to` is everybody().
  /// [one-thread] [allocates] O(nodes · log(in flight))
  void send(const toast::address& from, const toast::address& to, bytes_view bytes, sim_time now) {
    for (std::size_t node = 0; node < islands_.size(); ++node) {
      const bool meant =
          to.via == toast::carrier::multicast ? node != index(from) : node == index(to);
      if (!meant || islands_[node] != islands_[index(from)]) continue;
      const auto fate = impair(path_, random_);
      for (std::size_t i = 0; i < fate.count; ++i) {
        in_flight_.push_back({now + fate.after[i], sent_++, node, from,
                              std::vector<std::uint8_t>(bytes.begin(), bytes.end())});
        std::push_heap(in_flight_.begin(), in_flight_.end(), later);
      }
    }
  }
  /// When the next datagram arrives, if any is on its way. [one-thread] O(1)
  [[nodiscard]] std::optional<sim_time> next_arrival() const noexcept {
    if (in_flight_.empty()) return std::nullopt;
    return in_flight_.front().at;
  }

  struct delivery {
    sim_time at{};
    std::uint64_t number = 0; // ties arrive in the order they were sent
    std::size_t node = 0;     ///< to which node, counted from 0
    toast::address from;
    std::vector<std::uint8_t> bytes;
  };
  /// Takes the datagram that arrives next. Expects one to be on its way.
  /// [one-thread] O(log(in flight))
  [[nodiscard]] delivery deliver() {
    std::pop_heap(in_flight_.begin(), in_flight_.end(), later);
    delivery d = std::move(in_flight_.back());
    in_flight_.pop_back();
    return d;
  }

private:
  static bool later(const delivery& a, const delivery& b) noexcept {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }
  static std::size_t index(const toast::address& a) noexcept {
    return static_cast<std::size_t>(a.ip[14] << 8 | a.ip[15]) - 1;
  }

  path_quality path_;
  random_source random_;
  std::vector<std::uint32_t> islands_;
  std::vector<delivery> in_flight_; // a heap, the next to arrive in front
  std::uint64_t sent_ = 0;
};

} // namespace jamnet::inline v0::testing
