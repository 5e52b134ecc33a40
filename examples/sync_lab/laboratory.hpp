// Peers with clocks of their own on a simulated path, and what happens to them; looked at in
// regular intervals, with the truth beside.
//
//     laboratory lab{options, journal};
//     while (lab.advance())
//       for (std::size_t i = 0; i < lab.size(); ++i) use(lab.look(i));
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <jamnet/testing/sim_peers.hpp>

#include "journal.hpp"
#include "observation.hpp"
#include "options.hpp"
#include "truth.hpp"

namespace sync_lab {

class laboratory {
public:
  laboratory(const options& o, journal& journal);
  laboratory(const laboratory&) = delete;

  /// Lets time pass until the next look; false at the end.
  bool advance();
  [[nodiscard]] double now_s() const { return seconds(now()); }
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] observation look(std::size_t peer) const;

private:
  using sim_peer = jamnet::testing::sim_peer;
  struct member {
    std::string name;
    double came_s = 0, died_s = -1;
    jamnet::toast::address where{};
    sim_peer* peer = nullptr; // none before it comes and after it dies
    jamnet::nanoseconds wakes_up{};
  };

  static double seconds(jamnet::nanoseconds t) { return static_cast<double>(t.count()) * 1e-9; }
  [[nodiscard]] jamnet::nanoseconds now() const { return net_.now().time_since_epoch(); }
  [[nodiscard]] bool awake(const member& m) const {
    return m.peer != nullptr && m.wakes_up <= now();
  }
  void foretell(jamnet::nanoseconds at, const char* what, const char* mark);
  void come(std::size_t peer, const jamnet::testing::sim_peer_options& options);
  void happen(const accident& a);
  void split(jamnet::nanoseconds duration);
  void find_truth();
  [[nodiscard]] member* clock();
  [[nodiscard]] member* victim();

  jamnet::testing::sim_peers net_;
  journal& journal_;
  std::vector<member> members_;
  std::multimap<jamnet::nanoseconds, std::function<void()>> agenda_;
  truth truth_;
  jamnet::nanoseconds end_, interval_;
};

/// What the peers are called, by their number.
[[nodiscard]] std::vector<std::string> names_of(std::size_t peers);

} // namespace sync_lab
