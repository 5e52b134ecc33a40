#include "journal.hpp"

#include <algorithm>
#include <cstdio>

namespace sync_lab {
namespace {

using jamnet::peer_change;

constexpr double patience_s = 0.5;

// Whether it is about the peer that reports it, whatever it names besides.
bool of_itself(peer_change change) {
  return change == peer_change::founded || change == peer_change::synchronised ||
         change == peer_change::merged || change == peer_change::rejoined;
}

std::string reason(jamnet::master_change why) {
  using enum jamnet::master_change;
  switch (why) {
  case founded: return "it founded the session";
  case heard: return "its claim was heard";
  case took_over: return "it took over";
  case yielded: return "its claim was greater";
  case lost: return "the one before is gone";
  case resigned: return "the one before resigned";
  case outvoted: return "the one before was outvoted";
  }
  return "";
}

} // namespace

journal::journal(std::vector<std::string> names) : names_{std::move(names)}, ids_(names_.size()) {}

std::string journal::name_of(jamnet::peer_id id) const {
  const auto found = std::find(ids_.begin(), ids_.end(), id);
  return id && found != ids_.end() ? names_[static_cast<std::size_t>(found - ids_.begin())]
                                   : "somebody";
}

void journal::told(double at_s, std::size_t peer, const jamnet::peer_status& status) {
  journal_entry e{at_s, {}, {peer}};
  const std::string words{to_string(status.change)};
  if (status.change == peer_change::latency_changed) {
    char text[64];
    std::snprintf(text, sizeof text, "the latency is %.1f ms",
                  static_cast<double>(status.count) * 1e-6);
    e.what = text;
  } else {
    e.what = (of_itself(status.change) ? names_[peer] : name_of(status.peer)) + " " + words;
  }
  if (status.change == peer_change::master_changed) e.what += ": " + reason(status.reason);
  e.mark = mark_of(peer, status);
  const auto same = std::find_if(open_.begin(), open_.end(),
                                 [&](const journal_entry& o) { return o.what == e.what; });
  if (same == open_.end())
    open_.push_back(std::move(e));
  else if (std::find(same->by.begin(), same->by.end(), peer) == same->by.end())
    same->by.push_back(peer);
}

// Of what all report the one whom it concerns counts.
std::string journal::mark_of(std::size_t peer, const jamnet::peer_status& status) const {
  switch (status.change) {
  case peer_change::master_changed:
    return status.peer == ids_[peer] ? names_[peer] + " is the clock" : "";
  case peer_change::outvoted: return name_of(status.peer) + " is outvoted";
  case peer_change::rejoined: return names_[peer] + " begins anew";
  case peer_change::merged: return names_[peer] + " merges";
  default: return {};
  }
}

void journal::happened(double at_s, const std::string& what, const std::string& mark) {
  open_.push_back({at_s, what, {}, mark});
}

void journal::settle(double now_s) {
  auto it = open_.begin();
  for (; it != open_.end() && it->at_s < now_s - patience_s; ++it) {
    std::sort(it->by.begin(), it->by.end());
    if (on_entry) on_entry(*it);
    closed_.push_back(std::move(*it));
  }
  open_.erase(open_.begin(), it);
}

std::string journal::line(const journal_entry& e) const {
  char time[32];
  std::snprintf(time, sizeof time, "%10.3f s  ", e.at_s);
  if (e.by.empty()) return time + ("* " + e.what);
  std::string who;
  constexpr std::size_t most = 6;
  for (std::size_t i = 0; i < std::min(e.by.size(), most); ++i)
    who += (i > 0 ? ", " : "") + names_[e.by[i]];
  if (e.by.size() > most) who += " and " + std::to_string(e.by.size() - most) + " more";
  if (e.what.starts_with(who + " ")) return time + e.what;
  return time + e.what + " (" + who + ")";
}

} // namespace sync_lab
