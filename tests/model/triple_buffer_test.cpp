// The memory orders of triple_buffer.hpp: each value belongs to one side at a time.
#include "modelled_atomic.hpp"

#include <jamnet/ring/triple_buffer.hpp>

namespace {

struct page {
  model::handed_over paper;
  int n = 0;
};

} // namespace

TEST_CASE("triple_buffer: values pass from hand to hand, never older than before") {
  std::array<bool, 4> read{};
  const auto all = model::explore([&](model::execution& run) {
    jamnet::triple_buffer<page> buffer;
    std::atomic<int> published{0};
    run.thread([&] {
      for (int n = 1; n <= 3; ++n) {
        buffer.back().paper.touch();
        buffer.back().n = n;
        buffer.publish();
        published.store(n, std::memory_order_release);
      }
    });
    run.thread([&] {
      for (int i = 0; i < 3; ++i) {
        const int last = std::max(buffer.front().n, published.load(std::memory_order_acquire));
        (void)buffer.update();
        buffer.front().paper.touch();
        run.check(buffer.front().n >= last, "older than what is known of");
        read[static_cast<std::size_t>(buffer.front().n)] = true;
      }
    });
    run.join();
  });
  CHECK(all.failure == "");
  CHECK(all.complete);
  CHECK(read == std::array{true, true, true, true});
}
