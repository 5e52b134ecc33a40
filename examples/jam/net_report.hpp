// The links of a peer as its network sees them: jam --net-report.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <jamnet/json/writer.hpp>
#include <jamnet/session/peer.hpp>

namespace jam {

/// The figures of a link: how a table and JSON call them, and how a table shows them.
struct link_figure {
  const char *key, *title;
  int width, decimals;
};
inline constexpr std::array<link_figure, 12> link_figures{{
    {"rtt_ms", "rtt ms", 8, 3},
    {"loss_percent", "loss %", 7, 2},      // of our datagrams, of late
    {"redundancy", "again", 6, 0},         // how often an event is sent again unasked
    {"events_repeated", "repeated", 9, 0}, // events of ours that went again
    {"events_duplicated", "twice", 6, 0},  // events of theirs that came again
    {"events_late", "late", 5, 0},         // events of theirs that came after their time
    {"events_lost", "lost", 5, 0},         // events of theirs that never came
    {"latency_ms", "ahead ms", 9, 3},      // by which they play ahead; 0: it varies
    {"clock_bound_us", "clock us", 9, 2},  // their bound on their error, as they tell it
    {"bytes_in_per_s", "in B/s", 8, 0},    // since the look before
    {"bytes_out_per_s", "out B/s", 8, 0},  //
    {"silent_ms", "silent ms", 10, 0},     // since they were heard
}};

struct link_report {
  std::string peer, carrier, address;
  std::array<double, link_figures.size()> figures{};
};

/// Looks at the links of one peer, again and again.
class link_watch {
public:
  /// Has to be told each event that comes.
  void heard(const jamnet::received_event& e) { late_[e.from] += e.late ? 1u : 0u; }
  [[nodiscard]] std::vector<link_report> look(const jamnet::peer& machine, jamnet::host_time now);

private:
  struct traffic {
    jamnet::host_time at{};
    std::uint64_t in = 0, out = 0;
  };
  std::map<jamnet::peer_id, std::uint64_t> late_;
  std::map<jamnet::peer_id, traffic> before_;
};

/// A line for each link of `mine`, below one that names the columns.
[[nodiscard]] std::string to_table(const std::string& mine, const std::vector<link_report>& links);
/// The links as an array.
void write(jamnet::json::writer& out, const std::vector<link_report>& links);
/// A link as one word behind the other, as members tell it the conductor, and back.
[[nodiscard]] std::string to_words(const link_report& link);
[[nodiscard]] link_report from_words(const std::string& words);

} // namespace jam
