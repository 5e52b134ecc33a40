#include <jamnet/sync/master_claim.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;

TEST_CASE("epoch comes before priority, priority before quality, quality before id") {
  const master_claim least{peer_id{9}, 1, 5, 10};
  CHECK(prevails({peer_id{1}, 2, 0, 99}, least));
  CHECK(prevails({peer_id{1}, 1, 6, 99}, least));
  CHECK(prevails({peer_id{1}, 1, 5, 9}, least));
  CHECK(prevails({peer_id{10}, 1, 5, 10}, least));
  CHECK_FALSE(prevails({peer_id{9}, 1, 5, 10, 4}, least)); // members say nothing
}

TEST_CASE("of two claims by two peers exactly one prevails, and there are no loops") {
  random_source random{1};
  const auto any = [&] {
    return master_claim{peer_id{1 + random.next() % 4}, random.next() % 3,
                        static_cast<std::int32_t>(random.next() % 3) - 1,
                        static_cast<std::uint32_t>(random.next() % 3)};
  };
  for (int i = 0; i < 5000; ++i) {
    const auto a = any(), b = any(), c = any();
    if (a.master != b.master) CHECK(prevails(a, b) != prevails(b, a));
    if (prevails(a, b) && prevails(b, c)) CHECK(prevails(a, c));
  }
}
