// SPDX-License-Identifier: MIT
//
// A network in virtual time: carries bytes between nodes and does to them what the path between
// the two says. It knows no peers, threads or clocks; the same seed and the same calls give the
// same deliveries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/bytes.hpp>
#include <jamnet/core/callback.hpp>
#include <jamnet/core/crc32.hpp>
#include <jamnet/testing/sim_nat.hpp>
#include <jamnet/testing/sim_paths.hpp>
#include <jamnet/toast/address.hpp>

namespace jamnet::inline v0::testing {

class sim_network {
public:
  sim_network(const path_quality& path, std::uint64_t seed) : paths_{path, seed} {}
  sim_network(path_kind kind, double loss, std::uint64_t seed)
      : paths_{named_path{kind, loss}, seed} {}

  /// Adds a place on the network, which its address then names; 65,535 at most.
  /// [one-thread] [allocates] O(nodes)
  toast::address add_node() {
    paths_.add_node();
    nodes_.emplace_back();
    return address_of(nodes_.size() - 1);
  }
  /// How many places there are. [one-thread] O(1)
  [[nodiscard]] std::size_t nodes() const noexcept { return nodes_.size(); }

  /// Every path from now on; what is on its way arrives as it would have. [one-thread] O(nodes²)
  void set_path(const path_quality& path) noexcept { paths_.set(path); }
  void set_path(path_kind kind, double loss) noexcept { paths_.set(named_path{kind, loss}); }
  /// The path between two different nodes from now on. [one-thread] O(1)
  void set_path(const toast::address& a, const toast::address& b,
                const path_choice& path) noexcept {
    paths_.set(index(a), index(b), path);
  }
  /// Puts a node on an island of its own: only nodes of the same island reach each other.
  /// [one-thread] O(1)
  void partition(const toast::address& node, std::uint32_t island = 1) noexcept {
    nodes_[index(node)].island = island;
  }
  /// Joins all islands. [one-thread] O(nodes)
  void heal() noexcept {
    for (place& n : nodes_) n.island = 0;
  }

  /// Shows every datagram to `f` as it is sent, whatever becomes of it. [one-thread] [allocates]
  void on_send(callback<void(const toast::address& from, const toast::address& to, bytes_view)> f) {
    on_send_ = std::move(f);
  }
  /// Adds a NAT; nodes can be put behind it, which then reach each other, and others by it.
  /// [one-thread] [allocates] O(1)
  std::size_t add_nat(nat_kind kind, nanoseconds timeout = nanoseconds{120'000'000'000}) {
    auto ip = address_of(nats_.size());
    ip.ip[12] = nat_network;
    nats_.emplace_back(kind, ip, timeout);
    return nats_.size() - 1;
  }
  /// [one-thread] O(1)
  void put_behind(const toast::address& node, std::size_t nat) noexcept {
    nodes_[index(node)].nat = nat;
  }
  /// A NAT forgets whom it let in. [one-thread] O(its mappings)
  void restart_nat(std::size_t nat) noexcept { nats_[nat].forget(); }
  /// Whether what is sent to everybody reaches a node, and whether what it sends to everybody
  /// reaches anybody; all else goes on as before. [one-thread] O(1)
  void set_deaf(const toast::address& node, bool deaf) noexcept { nodes_[index(node)].deaf = deaf; }
  void set_mute(const toast::address& node, bool mute) noexcept { nodes_[index(node)].mute = mute; }

  /// Sends a datagram to a node, or to every other one when `to` is everybody(). Expects `now` not
  /// to decrease. [one-thread] [allocates] where never so much was on its way
  /// O(receivers · log(in flight))
  void send(const toast::address& from, const toast::address& to, bytes_view bytes, sim_time now) {
    const auto sender = index(from);
    on_send_(from, to, bytes);
    if (to.via != toast::carrier::multicast) {
      if (const auto found = find_way(sender, to, now)) {
        count(sender, bytes);
        post(sender, *found, bytes, now);
      }
      return;
    }
    count(sender, bytes);
    for (std::size_t node = 0; node < nodes_.size(); ++node)
      if (node != sender && nodes_[node].nat == nodes_[sender].nat && !nodes_[node].deaf &&
          !nodes_[sender].mute)
        post(sender, {node, address_of(sender), 0}, bytes, now);
  }
  /// When the next datagram arrives, if any is on its way. [one-thread] O(1)
  [[nodiscard]] std::optional<sim_time> next_arrival() const noexcept {
    if (in_flight_.empty()) return std::nullopt;
    return in_flight_.front().at;
  }

  struct delivery {
    sim_time at{};
    std::size_t node = 0; ///< to which node, counted from 0; nowhere if a NAT does not let it in
    toast::address from;
    bytes_view bytes; ///< until the next deliver()
  };
  /// Takes the datagram that arrives next; of one moment, that which was sent first. Expects one
  /// to be on its way. [one-thread] O(log(in flight))
  [[nodiscard]] delivery deliver();
  static constexpr std::size_t nowhere = ~std::size_t{0};

  struct traffic {
    std::uint64_t datagrams = 0, bytes = 0;
  };
  /// What a node has sent, whatever became of it; to everybody counts once.
  /// [one-thread] O(1)
  [[nodiscard]] const traffic& sent_by(const toast::address& node) const noexcept {
    return nodes_[index(node)].sent;
  }
  /// How many datagrams are on their way. [one-thread] O(1)
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_.size(); }
  /// A checksum of all deliveries and their moments: runs that agree in it were the same.
  /// [one-thread] O(1)
  [[nodiscard]] std::uint64_t fingerprint() const noexcept { return fingerprint_; }

private:
  struct place {
    std::uint32_t island = 0;
    std::size_t nat = nowhere;
    bool deaf = false, mute = false; // as to everybody()
    traffic sent{};
  };
  struct flight {
    sim_time at{};
    std::uint64_t number = 0; // ties arrive in the order they were sent
    std::uint32_t from = 0, to = 0, buffer = 0;
    toast::address shown{};
    std::uint16_t nat_port = 0;
  };
  struct way {
    std::size_t node = 0;
    toast::address shown{};     // as whom the sender is seen
    std::uint16_t nat_port = 0; // through which it is to be let in; 0: no NAT is asked
  };
  static constexpr std::uint8_t nat_network = 203; // the first byte of what NATs show

  static bool later(const flight& a, const flight& b) noexcept {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }
  static toast::address address_of(std::size_t node) noexcept {
    const auto n = static_cast<std::uint16_t>(node + 1);
    return toast::address::v4(10, 0, static_cast<std::uint8_t>(n >> 8),
                              static_cast<std::uint8_t>(n & 0xff), 47800);
  }
  static std::size_t index(const toast::address& a) noexcept {
    return static_cast<std::size_t>(a.ip[14] << 8 | a.ip[15]) - 1;
  }
  [[nodiscard]] std::optional<way> find_way(std::size_t from, const toast::address& to,
                                            sim_time now);
  void count(std::size_t from, bytes_view bytes) noexcept {
    ++nodes_[from].sent.datagrams;
    nodes_[from].sent.bytes += bytes.size();
  }
  void post(std::size_t from, const way& by, bytes_view bytes, sim_time now);

  sim_paths paths_;
  std::vector<place> nodes_;
  std::vector<sim_nat> nats_;
  std::vector<flight> in_flight_; // a heap, the next to arrive in front
  std::vector<std::vector<std::uint8_t>> buffers_;
  std::vector<std::uint32_t> free_;    // of the buffers
  std::optional<std::uint32_t> taken_; // the one last delivered
  std::uint64_t posted_ = 0, fingerprint_ = 0;
  callback<void(const toast::address&, const toast::address&, bytes_view)> on_send_;
};

// ------------------------------------------------------------------------------------------------

// What is for a NAT is for whom it has there; its own people it does not let in that way.
inline std::optional<sim_network::way>
sim_network::find_way(std::size_t from, const toast::address& to, sim_time now) {
  const std::size_t here = nodes_[from].nat;
  way w{index(to), address_of(from), 0};
  const bool to_nat = to.ip[12] == nat_network;
  const bool inside = !to_nat && w.node < nodes_.size() && nodes_[w.node].nat == here;
  if (here != nowhere && !inside) w.shown = nats_[here].send(w.shown, to, now);
  if (to_nat) {
    const auto owner = w.node < nats_.size() ? nats_[w.node].owner(to.port) : std::nullopt;
    if (!owner || w.node == here) return std::nullopt;
    w.node = index(*owner);
    w.nat_port = to.port;
    return w;
  }
  const bool reached = w.node < nodes_.size() && (inside || nodes_[w.node].nat == nowhere);
  return reached ? std::optional{w} : std::nullopt;
}

inline void sim_network::post(std::size_t from, const way& by, bytes_view bytes, sim_time now) {
  const std::size_t to = by.node;
  if (nodes_[from].island != nodes_[to].island) return;
  const auto fate = paths_.send(from, to, now);
  for (std::size_t i = 0; i < fate.count; ++i) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(buffers_.size()));
      buffers_.emplace_back();
    }
    const auto buffer = free_.back();
    free_.pop_back();
    buffers_[buffer].assign(bytes.begin(), bytes.end());
    in_flight_.push_back({now + fate.after[i], posted_++, static_cast<std::uint32_t>(from),
                          static_cast<std::uint32_t>(to), buffer, by.shown, by.nat_port});
    std::push_heap(in_flight_.begin(), in_flight_.end(), later);
  }
}

inline sim_network::delivery sim_network::deliver() {
  JAMNET_EXPECTS(!in_flight_.empty());
  if (taken_) free_.push_back(*taken_);
  std::pop_heap(in_flight_.begin(), in_flight_.end(), later);
  const flight f = in_flight_.back();
  in_flight_.pop_back();
  taken_ = f.buffer;
  const bytes_view bytes = buffers_[f.buffer];
  const auto mix = [&](std::uint64_t value) {
    fingerprint_ = random_source{fingerprint_ ^ value}.next();
  };
  mix(static_cast<std::uint64_t>(f.at.time_since_epoch().count()));
  mix(std::uint64_t{f.from} << 32 | f.to);
  mix(crc32(bytes));
  const bool out = f.nat_port != 0 && !nats_[nodes_[f.to].nat].lets_in(f.shown, f.nat_port, f.at);
  return {f.at, out ? nowhere : f.to, f.shown, bytes};
}

} // namespace jamnet::inline v0::testing
