// The session's true time: that of its prevailing master, as the master's clock would show it had
// nobody set it. It goes on where the master dies, until somebody else is the clock.
#pragma once

#include <optional>

#include <jamnet/testing/sim_peers.hpp>

namespace sync_lab {

class truth {
public:
  /// The peer to which the time belongs from now on.
  void follow(const jamnet::testing::sim_peer& master) {
    const auto& machine = master.machine();
    const auto& claim = machine.timing().claim();
    if (claim.master != reign_.master || claim.epoch != reign_.epoch) set_by_ = {};
    reign_ = claim;
    session_ = machine.session();
    clock_ = master.platform().clock();
    map_ = machine.timing().best();
  }
  /// Its clock was set: what it shows from now on is a lie.
  void clock_set(jamnet::nanoseconds by) { set_by_ += by; }

  [[nodiscard]] bool known() const { return clock_.has_value(); }
  [[nodiscard]] jamnet::peer_id master() const { return reign_.master; }
  [[nodiscard]] jamnet::session_id session() const { return session_; }
  /// The session time now.
  [[nodiscard]] jamnet::session_time now() const { return map_(clock_->now() - set_by_); }
  /// How much faster than true time it runs, as a factor.
  [[nodiscard]] double rate() const { return (1 + clock_->skew_ppm() * 1e-6) * (1 + map_.skew); }

private:
  jamnet::master_claim reign_;
  jamnet::session_id session_;
  std::optional<jamnet::testing::sim_clock> clock_; // shares the time of the master's
  jamnet::clock_drift_arbiter::map_type map_;
  jamnet::nanoseconds set_by_{};
};

} // namespace sync_lab
