// What the network, a stranger or a broken clock may send, against all that stands between it and
// the time that applications read: clock_prober, clock_estimator and slewed_clock.
#include <jamnet/sync/clock_estimator.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include <doctest/doctest.h>
#include <jamnet/sync/clock_prober.hpp>
#include <jamnet/sync/slewed_clock.hpp>
#include <jamnet/testing/clock_path.hpp>
#include <jamnet/testing/wandering_clock.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr host_time epoch{1'700'000'000s};
constexpr session_time session_start{876'543'211ns};
constexpr double year = 365.25 * 86'400e9; // ns

// A follower that asks an answerer through a LAN under load, and whoever stands between them.
class encounter {
public:
  using replies = std::multimap<double, clock_exchange>; // by when they arrive, ns of true time

  explicit encounter(std::uint64_t seed)
      : random{seed * 101},
        clock_{{random_source{seed}.uniform(-100, 100), 0.03, seed}, 300},
        path_{path_kind::lan_load, 0, seed},
        prober{{}, epoch, seed} {}

  random_source random;
  /// What the answerer's clock shows too much, in ns, at a time in s; differs from 0 while ill.
  std::function<double(double)> illness = [](double) { return 0.0; };
  /// What becomes of a reply that would arrive at `t` ns.
  std::function<void(replies&, double t, const clock_exchange&)> meddle =
      [](replies& all, double t, const clock_exchange& x) { all.emplace(t, x); };

private:
  wandering_clock clock_;
  clock_path path_;

public:
  clock_prober prober;
  clock_estimator estimator;
  slewed_clock output;

  // What was seen of the output, each 10 ms since it runs or since forget().
  int looks = 0, soft_broken = 0, hard_broken = 0, ran_back = 0;
  double worst = 0, least_rate = 1, greatest_rate = 1;

  void forget() noexcept {
    looks = soft_broken = hard_broken = ran_back = 0;
    worst = 0, least_rate = greatest_rate = 1;
  }

  double now_s() const noexcept { return now_ * 1e-9; }
  static host_time host(double t) noexcept { return epoch + nanoseconds{std::llround(t)}; }
  session_time session(double t) const {
    return session_start + nanoseconds{std::llround(t + clock_.offset(t) + illness(t * 1e-9))};
  }
  /// Output minus truth, ns.
  double error() const {
    return static_cast<double>((output.map()(host(now_)) - session(now_)).count());
  }

  void run(double until_s) {
    while (true) {
      const double due = static_cast<double>((prober.deadline() - epoch).count());
      const double next =
          std::min({due, replies_.empty() ? 1e300 : replies_.begin()->first, look_});
      if (next >= until_s * 1e9) break;
      now_ = std::max(now_, next);
      if (next == look_) {
        look();
        look_ += 10e6;
      } else if (!replies_.empty() && next == replies_.begin()->first) {
        auto reply = replies_.begin()->second;
        replies_.erase(replies_.begin());
        reply.t4 = host(now_);
        prober.answered(reply);
      } else if (prober.poll(host(now_))) {
        ask();
      }
      if (const auto train = prober.take()) {
        estimator.add(*train);
        lead();
      }
    }
    now_ = until_s * 1e9;
  }

private:
  void ask() {
    const double t = now_;
    prober.sent(host(t));
    const double there = *path_.arrival(clock_path::there, t), answered = there + 40e3;
    const double back = *path_.arrival(clock_path::back, answered);
    meddle(replies_, back, {host(t), session(there), session(answered), {}});
  }
  void lead() {
    if (estimator.ready()) output.follow(estimator.map(), host(now_));
  }
  void look() {
    if (!output.running()) return;
    if (++ticks_ % 10 == 0) lead();
    const auto shown = output.map()(host(now_));
    const auto hard = estimator.hard_bound(host(now_));
    const double off = std::abs(error()), gap = std::abs(static_cast<double>(output.gap().count()));
    ++looks;
    soft_broken += off > static_cast<double>(output.map().bound(host(now_)).count());
    hard_broken += off > static_cast<double>(hard.count()) + gap + 1;
    worst = std::max(worst, off);
    if (shown_at_ > 0) {
      ran_back += shown < shown_;
      const double rate = static_cast<double>((shown - shown_).count()) / (now_ - shown_at_);
      least_rate = std::min(least_rate, rate);
      greatest_rate = std::max(greatest_rate, rate);
    }
    shown_ = shown;
    shown_at_ = now_;
  }

  replies replies_;
  double now_ = 0, look_ = 10e6, shown_at_ = 0;
  session_time shown_{};
  int ticks_ = 0;
};

// Nothing that arrived did harm: the bounds held, and time went its way.
void check_unmoved(const encounter& met) {
  CAPTURE(met.worst);
  CHECK(met.looks > 0);
  CHECK(met.soft_broken <= met.looks / 100);
  CHECK(met.hard_broken == 0);
  CHECK(met.ran_back == 0);
  CHECK(met.least_rate > 1 - 700e-6); // the skew, and 500 ppm for the gap
  CHECK(met.greatest_rate < 1 + 700e-6);
}

template <class Each>
void for_seeds(Each each) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    encounter met{seed};
    each(met);
  }
}

} // namespace

TEST_CASE("undisturbed, a follower knows the time to 40 µs") {
  for_seeds([](encounter& met) {
    met.run(30);
    met.forget();
    met.run(60);
    check_unmoved(met);
    CHECK(met.worst < 40e3);
  });
}

TEST_CASE("replies that come twice are counted, and their second coming changes nothing") {
  for_seeds([](encounter& met) {
    met.meddle = [&](auto& all, double t, const clock_exchange& x) {
      all.emplace(t, x);
      all.emplace(t + met.random.uniform(1, 3e8), x);
    };
    met.run(60);
    check_unmoved(met);
    CHECK(met.prober.count().unknown >= met.prober.count().asked - 10);
    CHECK(std::abs(met.error()) < 40e3);
  });
}

TEST_CASE("late and reordered replies are counted, and cost accuracy only while they last") {
  for_seeds([](encounter& met) {
    met.run(20);
    met.forget();
    met.meddle = [&](auto& all, double t, const clock_exchange& x) {
      all.emplace(met.random.uniform() < 0.7 ? t + met.random.uniform(0, 5e8) : t, x);
    };
    met.run(60);
    check_unmoved(met);
    CHECK(met.prober.count().unknown > 50);
    CHECK(met.prober.count().timed_out > 50);
    met.meddle = [](auto& all, double t, const clock_exchange& x) { all.emplace(t, x); };
    met.run(65);
    CHECK(std::abs(met.error()) < 40e3);
  });
}

TEST_CASE("replies to questions that nobody asked are counted, and change nothing") {
  for_seeds([](encounter& met) {
    met.meddle = [&](auto& all, double t, const clock_exchange& x) {
      for (int i = 0; i < 10; ++i) {
        auto forged = x;
        forged.t1 += nanoseconds{1 + static_cast<std::int64_t>(met.random.next() >> 40)};
        forged.t2 = forged.t3 = x.t2 + nanoseconds{static_cast<std::int64_t>(met.random.next())};
        all.emplace(t - met.random.uniform(0, 1e5), forged);
      }
      all.emplace(t, x);
    };
    met.run(60);
    check_unmoved(met);
    CHECK(met.prober.count().unknown == 10 * met.prober.count().asked);
    CHECK(std::abs(met.error()) < 40e3);
  });
}

TEST_CASE(
    "a reply that left before its question arrived is refused, and the true one still taken") {
  for_seeds([](encounter& met) {
    met.meddle = [](auto& all, double t, const clock_exchange& x) {
      auto impossible = x;
      impossible.t2 = x.t3 + 1ns;
      all.emplace(t - 1e3, impossible);
      all.emplace(t, x);
    };
    met.run(60);
    check_unmoved(met);
    CHECK(met.prober.count().refused == met.prober.count().asked);
    CHECK(met.prober.count().unknown == 0);
    CHECK(std::abs(met.error()) < 40e3);
  });
}

TEST_CASE("replies with times years in the past or the future, now and then, move nothing") {
  for_seeds([](encounter& met) {
    met.run(5);
    met.meddle = [&](auto& all, double t, const clock_exchange& x) {
      auto forged = x;
      if (met.random.uniform() < 0.1) {
        const nanoseconds by{std::llround(met.random.uniform(-50, 50) * year)};
        forged.t2 += by;
        forged.t3 += by;
      }
      all.emplace(t, forged);
    };
    met.run(60);
    check_unmoved(met);
    CHECK(met.estimator.count().refused > 20); // trains that contradict themselves
    CHECK(met.estimator.count().clock_steps == 0);
    CHECK(std::abs(met.error()) < 40e3);
  });
}

TEST_CASE(
    "a whole train from another century contradicts what causality proved, and moves nothing") {
  for_seeds([](encounter& met) {
    met.run(20);
    met.forget();
    const auto before = met.estimator.count().contradictions;
    met.illness = [](double s) { return s > 20 && s < 20.25 ? 80 * year : 0; };
    met.run(40);
    CHECK(met.ran_back == 0);
    CHECK(met.estimator.count().contradictions + met.estimator.count().refused > before);
    CHECK(std::abs(met.error()) < 40e3);
    CHECK(met.least_rate > 1 - 700e-6);
    CHECK(met.greatest_rate < 1 + 700e-6);
  });
}

TEST_CASE("who begins with a lie finds the true time within 5 s of its end") {
  for_seeds([](encounter& met) {
    met.illness = [](double s) { return s < 1 ? 30 * year : 0; };
    met.run(6);
    const auto map = met.estimator.map();
    const double off = static_cast<double>((map(met.host(6e9)) - met.session(6e9)).count());
    CHECK(std::abs(off) < 200e3);
    CHECK(met.estimator.count().clock_steps + met.estimator.count().contradictions > 0);
  });
}

namespace {

// A clock that is ill from 20 s on: the output never runs back and never faster or slower than its
// 5 %, the estimate is right `estimate_s` after `healed` and the output when it has had the time.
void check_heals(encounter& met, double healed, double estimate_s, double output_s) {
  const auto estimate_error = [&] {
    const auto t = met.now_s() * 1e9;
    const auto error = met.estimator.map()(met.host(t)) - met.session(t);
    return std::abs(static_cast<double>(error.count()));
  };
  met.run(healed + estimate_s);
  CHECK(estimate_error() < 100e3);
  CHECK(std::abs(met.error()) <= met.output.map().bound_ns + 10e3); // which knows its gap
  met.run(healed + output_s);
  CHECK(std::abs(met.error()) < 100e3);
  CHECK(met.output.steps() == 0);
  CHECK(met.ran_back == 0);
  CHECK(met.least_rate > 1 - 0.052);
  CHECK(met.greatest_rate < 1 + 0.052);
  met.forget();
  met.run(healed + output_s + 20);
  check_unmoved(met);
}

} // namespace

TEST_CASE("a clock that jumps by hours and back is found within 2 s, and time never jumps") {
  for (const double hours : {3.0, -3.0}) {
    for_seeds([&](encounter& met) {
      met.illness = [&](double s) { return s > 20 && s < 40 ? hours * 3600e9 : 0; };
      met.run(20);
      check_unmoved(met);
      met.run(22);
      CHECK(met.estimator.count().clock_steps == 1);
      CHECK(met.estimator.count().contradictions >= 1);
      CHECK(met.output.large_gaps() == 1);
      CHECK(std::abs(met.error()) <= met.output.map().bound(met.host(22e9)).count());
      check_heals(met, 40, 2, 30); // it went 1 s astray, at 5 %
      CHECK(met.estimator.count().clock_steps == 2);
    });
  }
}

TEST_CASE("a clock that stops for 2 s is found again within 2 s, and time goes on") {
  for_seeds([](encounter& met) {
    met.illness = [](double s) { return -1e9 * std::clamp(s - 20, 0.0, 2.0); };
    check_heals(met, 22, 2, 50);
    CHECK(met.estimator.count().contradictions >= 1);
    CHECK(met.estimator.count().clock_steps + met.estimator.count().drifts >= 1);
  });
}

TEST_CASE("a clock whose rate changes by 1000 ppm is followed within 10 s") {
  for (const double rate : {1e-3, -1e-3}) {
    for_seeds([&](encounter& met) {
      met.illness = [&](double s) { return rate * 1e9 * std::max(s - 20, 0.0); };
      met.run(30);
      CHECK(met.estimator.count().drifts >= 1);
      CHECK(std::abs(met.error()) < 100e3);
      CHECK(met.ran_back == 0);
      met.forget();
      met.run(50);
      CHECK(met.soft_broken <= met.looks / 100);
      CHECK(met.worst < 100e3);
    });
  }
}

TEST_CASE("a clock that runs a tenth too fast or too slow is found again within 3 s") {
  for (const double rate : {0.1, -0.1}) {
    for_seeds([&](encounter& met) {
      met.illness = [&](double s) { return rate * 1e9 * std::clamp(s - 20, 0.0, 10.0); };
      check_heals(met, 30, 3, 30);
      CHECK(met.estimator.count().contradictions >= 10);
    });
  }
}
