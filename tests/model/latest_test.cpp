// The memory orders of latest.hpp: every way in which a reader can meet the writer.
#include "modelled_atomic.hpp"

#include <jamnet/ring/latest.hpp>

namespace {

struct pair { // two words that must agree
  std::uint64_t a = 0, b = 0;
};

} // namespace

TEST_CASE("latest: never torn, never older than before, never older than what is known of") {
  std::array<bool, 4> read{};
  bool gave_up = false;
  const auto all = model::explore([&](model::execution& run) {
    jamnet::latest<pair> cell;
    std::atomic<std::uint64_t> stored{0};
    run.thread([&] {
      for (std::uint64_t n = 1; n <= 3; ++n) {
        cell.store({n, n});
        stored.store(n, std::memory_order_release);
      }
    });
    run.thread([&] {
      std::uint64_t last = stored.load(std::memory_order_acquire);
      for (int i = 0; i < 3; ++i) {
        pair now;
        if (!cell.try_read(now, 1)) {
          gave_up = true;
          continue;
        }
        run.check(now.a == now.b, "torn");
        run.check(now.a >= last, "older than before");
        last = now.a;
        read[last] = true;
      }
    });
    run.join();
  });
  CHECK(all.failure == "");
  CHECK(all.complete);
  CHECK(read == std::array{true, true, true, true});
  CHECK(gave_up);
}
