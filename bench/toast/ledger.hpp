// What was sent, and what of it was heard by whom: judges each delivery by itself, without
// believing any number of the protocol. Events of one sender differ by the time they carry.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <jamnet/midi/midi_event.hpp>
#include <jamnet/midi/note_tracker.hpp>
#include <jamnet/testing/sim_clock.hpp>

namespace jamnet_bench {

// How long things took, to 10 µs; what took longer than 10 s counts as that.
class histogram {
public:
  void add(jamnet::nanoseconds t) {
    ++cells_[std::clamp<std::size_t>(static_cast<std::size_t>(t.count() / 10'000), 0, last)];
    ++count_;
  }
  void add(const histogram& other) {
    for (std::size_t i = 0; i <= last; ++i) cells_[i] += other.cells_[i];
    count_ += other.count_;
  }
  [[nodiscard]] double quantile_ms(double q) const {
    auto left = static_cast<std::uint64_t>(q * static_cast<double>(count_));
    for (std::size_t i = 0; i <= last; ++i) {
      if (cells_[i] > left) return static_cast<double>(i) * 1e-2;
      left -= cells_[i];
    }
    return static_cast<double>(last) * 1e-2;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

private:
  static constexpr std::size_t last = 1'000'000;
  std::vector<std::uint32_t> cells_ = std::vector<std::uint32_t>(last + 1);
  std::uint64_t count_ = 0;
};

struct verdicts {
  std::uint64_t sent = 0; // once for each who should hear it
  std::uint64_t lost = 0, duplicated = 0, reordered = 0, altered = 0, late = 0;
  std::uint64_t released = 0; // notes ended and controllers reset: their sender seemed gone
  std::uint64_t stuck = 0;    // notes that sound when all is over
  histogram delays;

  void add(const verdicts& v) {
    sent += v.sent;
    lost += v.lost;
    duplicated += v.duplicated;
    reordered += v.reordered;
    altered += v.altered;
    late += v.late;
    released += v.released;
    stuck += v.stuck;
    delays.add(v.delays);
  }
};

class ledger {
public:
  explicit ledger(std::size_t peers)
      : sent_(peers),
        ways_(peers, std::vector<way>(peers)),
        peers_{peers} {}

  // A time that no other event of the sender has: `wish`, or just behind the last.
  [[nodiscard]] jamnet::session_time time_for(std::size_t sender, jamnet::session_time wish) const {
    const auto& list = sent_[sender];
    return list.empty() ? wish : std::max(wish, list.back().event.time + jamnet::nanoseconds{1});
  }
  void sent(std::size_t sender, const jamnet::midi_event& event, jamnet::testing::sim_time now) {
    sent_[sender].push_back({event, now});
  }
  void heard(std::size_t receiver, std::size_t sender, const jamnet::midi_event& event, bool late,
             bool released, jamnet::testing::sim_time now) {
    way& w = ways_[receiver][sender];
    w.notes.observe(event.packet);
    if (released) return static_cast<void>(++found_.released);
    const auto& list = sent_[sender];
    const auto at = std::lower_bound(list.begin(), list.end(), event.time,
                                     [](const entry& e, auto t) { return e.event.time < t; });
    if (at == list.end() || at->event.time != event.time || at->event.packet != event.packet)
      return static_cast<void>(++found_.altered);
    const auto number = static_cast<std::size_t>(at - list.begin());
    w.seen.resize(list.size());
    if (w.seen[number]) return static_cast<void>(++found_.duplicated);
    w.seen[number] = true;
    ++w.count;
    if (number < w.next) ++found_.reordered;
    w.next = std::max(w.next, number + 1);
    found_.late += late;
    found_.delays.add(now - at->at);
  }
  [[nodiscard]] verdicts judge() {
    for (std::size_t sender = 0; sender < peers_; ++sender)
      for (std::size_t receiver = 0; receiver < peers_; ++receiver) {
        if (receiver == sender) continue;
        const way& w = ways_[receiver][sender];
        found_.sent += sent_[sender].size();
        found_.lost += sent_[sender].size() - w.count;
        found_.stuck += w.notes.sounding();
      }
    return std::move(found_);
  }

private:
  struct entry {
    jamnet::midi_event event;
    jamnet::testing::sim_time at;
  };
  struct way {
    std::size_t next = 0, count = 0;
    std::vector<bool> seen;
    jamnet::note_tracker notes;
  };

  std::vector<std::vector<entry>> sent_;
  std::vector<std::vector<way>> ways_; // of a receiver, from a sender
  std::size_t peers_;
  verdicts found_;
};

} // namespace jamnet_bench
