// SPDX-License-Identifier: MIT
//
// The paths between each two nodes of a simulated network, numbered from 0.
//
// A path is either a quality, which decides over each datagram by itself (testing/impairment.hpp),
// or one of the named paths with queues of its own (testing/clock_path.hpp). Those that differ by
// direction lead `there` from the node that was added first, and `back` to it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/testing/clock_path.hpp>
#include <jamnet/testing/impairment.hpp>
#include <jamnet/testing/sim_clock.hpp>

namespace jamnet::inline v0::testing {

/// A path by its name, and the part of datagrams it loses.
struct named_path {
  path_kind kind{};
  double loss = 0; ///< see usual_loss()
};
using path_choice = std::variant<path_quality, named_path>;

class sim_paths {
public:
  sim_paths(const path_choice& all, std::uint64_t seed) : all_{all}, random_{seed} {}

  /// Adds a node, with paths to all others. [one-thread] [allocates] O(nodes)
  void add_node() {
    for (std::size_t other = 0; other < nodes_; ++other) paths_.push_back(make(all_));
    ++nodes_;
  }
  /// Every path from now on, of nodes to come too. [one-thread] O(nodes²)
  void set(const path_choice& path) noexcept {
    all_ = path;
    for (auto& p : paths_) p = make(all_);
  }
  /// The path between two nodes from now on. Expects different ones. [one-thread] O(1)
  void set(std::size_t a, std::size_t b, const path_choice& path) noexcept {
    between(a, b) = make(path);
  }
  /// Decides the fate of a datagram that leaves at `now`: to its own node it comes at once.
  /// Expects `now` not to decrease. [one-thread] [rt-safe] O(1)
  [[nodiscard]] arrivals send(std::size_t from, std::size_t to, sim_time now) noexcept {
    if (from == to) return {{}, 1};
    auto& path = between(from, to);
    auto* const queues = std::get_if<clock_path>(&path);
    if (queues == nullptr) {
      auto& ways = *std::get_if<two_ways>(&path);
      return impair(ways.quality, random_, ways.losing[from < to]);
    }
    const auto t = static_cast<double>(now.time_since_epoch().count());
    const auto at = queues->arrival(from < to ? clock_path::there : clock_path::back, t);
    if (!at) return {};
    return {{nanoseconds{static_cast<std::int64_t>(*at - t)}}, 1};
  }

private:
  struct two_ways {
    path_quality quality;
    std::array<std::uint32_t, 2> losing{};
  };
  using state = std::variant<two_ways, clock_path>;

  state make(const path_choice& choice) noexcept {
    if (const auto* n = std::get_if<named_path>(&choice))
      return clock_path{n->kind, n->loss, random_.next()};
    return two_ways{*std::get_if<path_quality>(&choice)};
  }
  // The lower triangle of a matrix, row by row.
  state& between(std::size_t a, std::size_t b) noexcept {
    JAMNET_EXPECTS(a != b && std::max(a, b) < nodes_);
    return paths_[std::max(a, b) * (std::max(a, b) - 1) / 2 + std::min(a, b)];
  }

  path_choice all_;
  random_source random_;
  std::size_t nodes_ = 0;
  std::vector<state> paths_;
};

} // namespace jamnet::inline v0::testing
