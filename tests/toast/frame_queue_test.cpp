#include <jamnet/toast/frame_queue.hpp>

#include <doctest/doctest.h>

#include <jamnet/core/random.hpp>
#include <jamnet/toast/frame_splitter.hpp>

using namespace jamnet;

namespace {

std::vector<std::uint8_t> frame_of(std::size_t size, std::uint32_t number) {
  std::vector<std::uint8_t> bytes(size + toast::frame_overhead);
  toast::frame_writer out{bytes};
  REQUIRE(out.try_write(toast::type::midi, 0, number, std::vector<std::uint8_t>(size)));
  return bytes;
}

} // namespace

TEST_CASE("frames leave in order however the stream takes them, and none is torn by forgetting") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    toast::frame_queue queue;
    toast::frame_splitter stream;
    std::uint32_t next = 0, last = 0;
    std::uint64_t frames = 0;
    for (int step = 0; step < 300; ++step) {
      for (auto n = random.next() % 4; n > 0; --n)
        queue.append(frame_of(random.next() % 5000, next++));
      if (random.next() % 16 == 0) queue.forget_unsent();
      const auto count = random.next() % (queue.size() + 1);
      const auto fed =
          stream.feed(queue.front().first(count), [&](const toast::frame& f, bytes_view) {
            CHECK((frames == 0 || f.sequence > last));
            last = f.sequence;
            ++frames;
          });
      REQUIRE(fed);
      queue.sent(count);
    }
    queue.forget_unsent();
    REQUIRE(stream.feed(queue.front(), [](const toast::frame&, bytes_view) {}));
    queue.sent(queue.size());
    CHECK(queue.empty());
    CHECK(frames > 100);
    queue.append(frame_of(10, next));
    CHECK(*stream.feed(queue.front(), [](const toast::frame&, bytes_view) {}) == 1);
  }
}

TEST_CASE("what was not begun is forgotten, what was is finished") {
  toast::frame_queue queue;
  queue.append(frame_of(100, 0));
  queue.append(frame_of(100, 1));
  queue.forget_unsent();
  CHECK(queue.empty());
  queue.append(frame_of(100, 0));
  queue.append(frame_of(100, 1));
  queue.sent(125);
  queue.append(frame_of(100, 2));
  queue.forget_unsent();
  CHECK(queue.size() == 2 * 124 - 125);
}
