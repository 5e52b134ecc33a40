#include <jamnet/ring/shm_claim.hpp>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {
constexpr auto always = [](shm_owner) { return true; };
constexpr auto never = [](shm_owner) { return false; };
} // namespace

TEST_CASE("a claim is nobody's, then its owner's, then shows who left") {
  shm_claim claim;
  CHECK(claim.owner(5s) == shm_owner{});
  auto hold = claim.take(7, 5s, never);
  REQUIRE(hold);
  CHECK(claim.owner(5'300ms) == shm_owner{7, 300ms});
  CHECK(hold->beat(6s));
  CHECK(claim.owner(6s) == shm_owner{7, 0ms});
  CHECK(hold->holds());
  hold->leave();
  CHECK_FALSE(hold->holds());
  CHECK_FALSE(hold->beat(7s));
  CHECK(claim.owner(7s) == shm_owner{0, 1s});
}

TEST_CASE("who lives is not replaced, and the refusal names him") {
  shm_claim claim;
  const auto hold = claim.take(7, 5s, silent_for{});
  CHECK(claim.take(8, 5'500ms, silent_for{}).error() == failure{errc::shm_taken, 7});
  CHECK(claim.take(8, 4s, silent_for{}).error() == failure{errc::shm_taken, 7}); // an older clock
  CHECK(claim.owner(4s) == shm_owner{7, 0ms});
  CHECK(hold->holds());
}

TEST_CASE("who is silent is replaced, and cannot beat, leave or come back as if nothing were") {
  shm_claim claim;
  auto old = claim.take(7, 5s, never);
  auto successor = claim.take(8, 5'501ms, silent_for{});
  REQUIRE(successor);
  CHECK_FALSE(old->holds());
  CHECK_FALSE(old->beat(5'501ms));
  old->leave();
  CHECK(successor->holds());
  CHECK(claim.owner(5'501ms) == shm_owner{8, 0ms});
}

TEST_CASE("a successor of the same process in the same millisecond is another owner") {
  shm_claim claim;
  auto old = claim.take(7, 5s, never);
  auto successor = claim.take(7, 5s, always);
  REQUIRE(successor);
  CHECK_FALSE(old->holds());
  CHECK_FALSE(old->beat(5s));
  CHECK(successor->holds());
}

TEST_CASE("a hold moves, and leaves once: when the last it moved to is destroyed") {
  shm_claim claim;
  {
    auto first = *claim.take(7, 5s, never);
    {
      auto second = std::move(first);
      CHECK_FALSE(first.holds()); // NOLINT(bugprone-use-after-move)
      first = std::move(second);
    }
    CHECK(first.holds());
  }
  CHECK(claim.owner(5s).pid == 0);
  CHECK(claim.take(8, 5s, never));
}

TEST_CASE("silence is told over the 49 days after which the milliseconds come round") {
  shm_claim claim;
  const auto late = std::chrono::milliseconds{0xffff'ff00};
  const auto hold = claim.take(7, late, never);
  CHECK(claim.owner(late + 1s) == shm_owner{7, 1s});
  CHECK(claim.owner(late + 30 * 24h) == shm_owner{7, 30 * 24h});
}

TEST_CASE("taking, beating and leaving are rt-safe") {
  shm_claim claim;
  bool beaten = false;
  {
    const testing::rt_guard guard;
    auto hold = claim.take(7, 5s, silent_for{});
    beaten = hold->beat(6s) && hold->holds() && claim.owner(6s).pid == 7;
    hold->leave();
  }
  CHECK(beaten);
}

TEST_CASE("of many that replace one, one has it") {
  shm_claim claim;
  for (int round = 0; round < 200; ++round) {
    const auto dead = claim.take(1, 5s, always);
    REQUIRE(dead);
    std::atomic<int> got{0};
    std::vector<std::thread> threads;
    std::vector<result<shm_hold>> holds; // none leaves before all have tried
    for (int i = 0; i < 3; ++i) holds.emplace_back(errc::refused);
    std::atomic<bool> start{false};
    for (std::uint32_t i = 0; i < 3; ++i)
      threads.emplace_back([&, i] {
        while (!start.load()) std::this_thread::yield();
        holds[i] = claim.take(2 + i, 5s, [](shm_owner owner) { return owner.pid == 1; });
        if (holds[i]) ++got;
      });
    start = true;
    for (auto& thread : threads) thread.join();
    REQUIRE(got == 1);
  }
}
