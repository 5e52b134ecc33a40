// What happens, as sentences: what is done to the peers, and what they report. What many report
// of one thing within half a second is one line.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <jamnet/session/peer_status.hpp>
#include <jamnet/time/timeline.hpp>

namespace sync_lab {

struct journal_entry {
  double at_s = 0;
  std::string what;
  std::vector<std::size_t> by; ///< the peers that reported it; none: it was done to them
  std::string mark{};          ///< in few words, for a picture; empty: not worth them
};

class journal {
public:
  /// The names of the peers, by their number.
  explicit journal(std::vector<std::string> names);

  /// Whose id that is.
  void introduce(std::size_t peer, jamnet::peer_id id) { ids_[peer] = id; }
  /// What a peer was told.
  void told(double at_s, std::size_t peer, const jamnet::peer_status& status);
  /// What was done to the peers, and in few words.
  void happened(double at_s, const std::string& what, const std::string& mark);
  /// Closes the entries that nobody adds to any more; all of them at the end.
  void settle(double now_s);
  /// Called for each entry as it is closed.
  std::function<void(const journal_entry&)> on_entry;

  [[nodiscard]] const std::vector<journal_entry>& entries() const { return closed_; }
  /// A line for people.
  [[nodiscard]] std::string line(const journal_entry& e) const;

private:
  [[nodiscard]] std::string name_of(jamnet::peer_id id) const;
  [[nodiscard]] std::string mark_of(std::size_t peer, const jamnet::peer_status& status) const;

  std::vector<std::string> names_;
  std::vector<jamnet::peer_id> ids_;
  std::vector<journal_entry> open_, closed_;
};

} // namespace sync_lab
