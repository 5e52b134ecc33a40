// The memory orders of shm_ring.hpp and of the claims on its ends (shm_claim.hpp).
#include "modelled_atomic.hpp"

#include <jamnet/ring/shm_ring.hpp>

#include "queue_laws.hpp"

namespace {

using ring = jamnet::shm_ring<int>;
constexpr std::chrono::nanoseconds now{1};
constexpr auto never = [](jamnet::shm_owner) { return false; };

struct alignas(128) memory {
  std::span<std::byte> all() { return bytes; }
  std::array<std::byte, ring::bytes_for(1)> bytes{};
};

struct attached : memory {
  bool try_push(int n) { return producer.try_push(n); }
  bool try_pop(int& n) { return consumer.try_pop(n); }

  ring whole = *ring::create(all(), 1);
  ring::producer producer = *whole.attach_producer(1, now, never);
  ring::consumer consumer = *whole.attach_consumer(2, now, never);
};
struct attached_in_bulk : attached {
  bool try_push(int n) { return producer.push(std::span{&n, 1}) == 1; }
  bool try_pop(int& n) { return consumer.pop(std::span{&n, 1}) == 1; }
};

} // namespace

TEST_CASE("shm_ring: what came before a push is seen after the pop, and the other way round") {
  queue_laws::hands_over_both_ways([] { return std::make_unique<attached>(); }, 1, 4, 3);
  queue_laws::hands_over_both_ways([] { return std::make_unique<attached_in_bulk>(); }, 1, 4, 3);
}

TEST_CASE("shm_ring: who finds the ring finds all of it") {
  bool opened = false, refused = false;
  const auto all = model::explore([&](model::execution& run) {
    memory shared;
    const model::handed_over header;
    run.thread([&] {
      header.touch();
      run.check(ring::create(shared.all(), 1).has_value(), "not made");
    });
    run.thread([&] {
      const auto found = ring::open(shared.all());
      (found ? opened : refused) = true;
      if (found) header.touch();
      run.check(found || found.error().code == jamnet::errc::shm_magic, "half a ring");
    });
    run.join();
  });
  CHECK(all.failure == "");
  CHECK(all.complete);
  CHECK(opened);
  CHECK(refused);
}

// One consumer takes what there is and leaves; the next goes on, and so do those who push.
TEST_CASE("shm_ring: an end that was left is taken over with all that its last owner did") {
  for (const bool consumers : {true, false}) {
    bool taken_over = false;
    const auto all = model::explore([&](model::execution& run) {
      memory shared;
      auto whole = *ring::create(shared.all(), 1);
      const model::handed_over desk;
      int pushed = 0, popped = 0;
      const auto push = [&](std::uint32_t pid, int attempts) {
        auto end = whole.attach_producer(pid, now, never);
        if (!end) return run.check(end.error().code == jamnet::errc::shm_taken, "corrupt");
        if (!consumers) desk.touch();
        while (attempts-- > 0)
          if (end->try_push(pushed)) ++pushed;
        if (!consumers && pid == 2 && pushed > 1) taken_over = true;
      };
      const auto pop = [&](std::uint32_t pid, int attempts) {
        auto end = whole.attach_consumer(pid, now, never);
        if (!end) return run.check(end.error().code == jamnet::errc::shm_taken, "corrupt");
        if (consumers) desk.touch();
        int got = -1;
        while (attempts-- > 0)
          if (end->try_pop(got)) run.check(got == popped++, "lost, repeated or reordered");
        if (consumers && pid == 2 && popped > 1) taken_over = true;
      };
      run.thread([&] { consumers ? push(3, 2) : pop(3, 2); });
      for (const std::uint32_t pid : {1u, 2u})
        run.thread([&, pid] { consumers ? pop(pid, 1) : push(pid, 1); });
      run.join();
    });
    CHECK(all.failure == "");
    CHECK(all.complete);
    CHECK(taken_over);
  }
}
