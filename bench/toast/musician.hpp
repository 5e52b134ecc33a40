// Somebody who plays densely: chords of one to three notes, each let go after 50 to 400 ms, as
// many controllers and bends as notes begin and end, all at random moments.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet_bench {

class musician {
public:
  struct gesture {
    jamnet::nanoseconds at{}; // from the beginning of the performance
    jamnet::ump packet{};
  };

  // So many events a second, on average.
  musician(double rate, std::uint64_t seed) : random_{seed}, rate_{rate} {
    chord_at_ = wait(rate_ / 8);
    turn_at_ = wait(rate_ / 2);
  }

  // What comes next, in the order of time; after `end` notes are only let go, and then `at` is the
  // end of time.
  gesture next(jamnet::nanoseconds end) {
    if (chord_.empty() && chord_at_ < end && chord_at_ <= turn_at_ && chord_at_ <= release_at())
      strike();
    if (!chord_.empty()) {
      const gesture g = chord_.back();
      chord_.pop_back();
      return g;
    }
    if (turn_at_ < end && turn_at_ <= release_at()) return turn();
    if (held_.empty()) return {jamnet::nanoseconds::max(), {}};
    std::pop_heap(held_.begin(), held_.end(), later);
    const gesture g = held_.back();
    held_.pop_back();
    return g;
  }

private:
  static bool later(const gesture& a, const gesture& b) { return a.at > b.at; }

  jamnet::nanoseconds wait(double rate) {
    return jamnet::nanoseconds{std::llround(-std::log(1 - random_.uniform()) / rate * 1e9)};
  }
  unsigned any(unsigned below) { return static_cast<unsigned>(random_.next() % below); }
  jamnet::nanoseconds release_at() const {
    return held_.empty() ? jamnet::nanoseconds::max() : held_.front().at;
  }
  void strike() {
    for (unsigned n = 1 + any(3); n > 0; --n) {
      const unsigned note = 36 + any(60);
      chord_.push_back({chord_at_, jamnet::note_on{.note = note, .velocity = 1 + any(127)}});
      const jamnet::nanoseconds held{std::llround(random_.uniform(50e6, 400e6))};
      held_.push_back({chord_at_ + held, jamnet::note_off{.note = note}});
      std::push_heap(held_.begin(), held_.end(), later);
    }
    chord_at_ += wait(rate_ / 8);
  }
  gesture turn() {
    const auto at = turn_at_;
    turn_at_ += wait(rate_ / 2);
    if (any(2) == 0) return {at, jamnet::pitch_bend{.value = any(16384)}};
    return {at, jamnet::control_change{.controller = 1, .value = any(128)}};
  }

  jamnet::random_source random_;
  double rate_;
  jamnet::nanoseconds chord_at_, turn_at_;
  std::vector<gesture> chord_, held_; // still to be struck; to be let go, a heap
};

} // namespace jamnet_bench
