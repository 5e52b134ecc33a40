#include <jamnet/sync/clock_exchange.hpp>

#include <algorithm>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

clock_exchange at(std::int64_t t1, std::int64_t t2, std::int64_t t3, std::int64_t t4) {
  return {host_time{nanoseconds{t1}}, session_time{nanoseconds{t2}}, session_time{nanoseconds{t3}},
          host_time{nanoseconds{t4}}};
}

} // namespace

TEST_CASE("an exchange knows the way there, the way back and the round trip") {
  const auto x = at(100, 1150, 1180, 200); // offset 1000, 50 there, 20 back
  CHECK(x.forward() == 1050ns);
  CHECK(x.backward() == 980ns);
  CHECK(x.round_trip() == 70ns);
  CHECK(x.possible());
}

TEST_CASE("stamps that contradict each other are not possible") {
  CHECK_FALSE(at(200, 1150, 1180, 100).possible()); // the answer came before the question
  CHECK_FALSE(at(100, 1180, 1150, 200).possible()); // answered before it was asked
  CHECK_FALSE(at(100, 1000, 1200, 200).possible()); // kept longer than the round trip took
}

TEST_CASE("stamps at the ends of the range are refused without overflow") {
  constexpr std::int64_t ends[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
  for (const auto a : ends)
    for (const auto b : ends)
      for (const auto c : ends)
        for (const auto d : ends) {
          const auto x = at(a, b, c, d);
          const bool huge = !x.in_range();
          CHECK_FALSE((huge && x.possible()));
          CHECK(x.round_trip() == x.round_trip());
        }
}

TEST_CASE("a train keeps the quickest way there and the quickest way back, each on its own") {
  exchange_train train;
  CHECK_FALSE(train.merged());
  train.add(at(100, 1190, 1200, 225)); // 90 there, 25 back
  CHECK(*train.merged() == at(100, 1190, 1200, 225));
  train.add(at(300, 1350, 1360, 460)); // 50 there, 100 back
  train.add(at(500, 1560, 1570, 600)); // 60 there, 30 back
  CHECK(*train.merged() == at(300, 1350, 1200, 225));
  CHECK(train.merged()->round_trip() == 75ns);
  train.clear();
  CHECK_FALSE(train.merged());
}

TEST_CASE("no exchange of a train has a shorter round trip than what the train yields") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    exchange_train train;
    nanoseconds best = nanoseconds::max();
    for (std::int64_t i = 0; i < 3; ++i) {
      const auto there = static_cast<std::int64_t>(random.uniform(0, 1000));
      const auto back = static_cast<std::int64_t>(random.uniform(0, 1000));
      const auto x =
          at(i * 5000, i * 5000 + there + 77, i * 5000 + there + 99, i * 5000 + there + back + 22);
      best = std::min(best, x.round_trip());
      train.add(x);
    }
    CHECK(train.merged()->round_trip() <= best);
    CHECK(train.merged()->round_trip() >= 0ns);
  }
}
