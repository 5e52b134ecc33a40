// SPDX-License-Identifier: MIT
//
// How often an event goes again unasked, before anybody can know whether it is needed, and after
// how long. As often as it takes for two events in ten thousand at most to be lost with all of
// their copies, since those behind such a one wait for it too; once more where losses come in
// bursts; not at all where nothing is lost.
//
// Rises at once and falls by one each 10 s, so that the next burst still meets it.
#pragma once

#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/loss_meter.hpp>

namespace jamnet::inline v0::toast {

/// How many copies at least and at most: equal to have it fixed.
struct redundancy_limits {
  unsigned least = 0, most = 3;
};

class redundancy {
public:
  static constexpr unsigned limit = 3;
  static constexpr nanoseconds interval{5'000'000}, fall_after{10'000'000'000};

  /// Its loss is that of about so many frames.
  explicit redundancy(redundancy_limits limits = {}, double memory = 500) noexcept
      : most_{std::min(limits.most, limit)},
        least_{std::min(limits.least, most_)},
        repeats_{least_},
        memory_{memory} {}

  /// The peer's report of our frames, of which a datagram holds `per_datagram`. Returns whether
  /// something was lost since the last; not `of_path`, it was too much, and says nothing of what a
  /// copy would do. [one-thread] [rt-safe] O(1)
  bool heard(const loss_report& r, double per_datagram, host_time now,
             bool of_path = true) noexcept {
    const bool later = r.frames > last_.frames; // they may overtake each other
    const bool lost = later && r.missed > last_.missed;
    if (later && of_path) learn(r, lost, per_datagram);
    if (later) last_ = r;
    update(lost && of_path, now);
    return lost;
  }
  /// The peer asks for an event: lost, or overtaken. [one-thread] [rt-safe] O(1)
  void asked(host_time now) noexcept { update(true, now); }

  /// How often an event goes again unasked. [one-thread] [rt-safe] O(1)
  [[nodiscard]] unsigned repeats() const noexcept { return repeats_; }
  /// How long after the copy before the given one goes, counted from 1; longer from copy to copy
  /// where bursts would take them all. [one-thread] [rt-safe] O(1)
  [[nodiscard]] nanoseconds after(unsigned copy) const noexcept {
    return bursty() ? interval * (std::int64_t{1} << (copy - 1)) : interval;
  }
  /// The part of the frames that is lost, of late. [one-thread] [rt-safe] O(1)
  [[nodiscard]] double loss() const noexcept { return loss_; }
  /// How many datagrams are lost in a row, on average. [one-thread] [rt-safe] O(1)
  [[nodiscard]] double burst() const noexcept { return burst_; }

private:
  static constexpr double outage = 8; // datagrams: no copy outlasts a longer one

  void learn(const loss_report& r, bool lost, double per_datagram) noexcept {
    auto frames = static_cast<double>(r.frames - last_.frames);
    double missed = 0;
    if (lost) {
      const auto runs = static_cast<double>(r.runs > last_.runs ? r.runs - last_.runs : 1);
      const auto all = static_cast<double>(r.missed - last_.missed);
      missed = std::min(all, runs * per_datagram * outage);
      frames = std::max(frames - (all - missed), missed);
      burst_ += (missed / runs / per_datagram - burst_) * runs / (runs + 8);
    }
    loss_ += (missed / frames - loss_) * frames / (frames + memory_);
  }

  [[nodiscard]] bool bursty() const noexcept { return burst_ > 2; }
  [[nodiscard]] unsigned needed() const noexcept {
    unsigned n = 1;
    for (double all = loss_ * loss_; all > 0.0002 && n < limit; all *= loss_) ++n;
    return std::clamp(n + (bursty() ? 1u : 0u), least_, most_);
  }
  void update(bool lost, host_time now) noexcept {
    const unsigned wanted = lost ? needed() : least_;
    if (wanted < repeats_ && now < falls_at_) return;
    repeats_ = std::max(wanted, repeats_ > least_ ? repeats_ - 1 : least_);
    falls_at_ = now + fall_after;
  }

  unsigned most_, least_, repeats_;
  double memory_;
  loss_report last_;
  double loss_ = 0, burst_ = 1;
  host_time falls_at_ = host_time::min();
};

} // namespace jamnet::inline v0::toast
