// What the run came to, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "journal.hpp"
#include "options.hpp"
#include "statistics.hpp"

namespace sync_lab {

/// A row for each peer.
[[nodiscard]] std::string to_table(const options& o, const std::vector<std::string>& names,
                                   const std::vector<statistics>& peers);
/// One object, with what happened.
[[nodiscard]] std::string to_json(const options& o, const std::vector<std::string>& names,
                                  const std::vector<statistics>& peers, const journal& journal);
/// What was simulated, in a line.
[[nodiscard]] std::string title_of(const options& o);

} // namespace sync_lab
