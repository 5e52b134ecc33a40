#include <jamnet/platform/eventfd_signal.hpp>

#if defined(__linux__)

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <jamnet/jsonmidi/reader.hpp>
#include <jamnet/ring/spsc_ring.hpp>

#include "../ring/woken_stress.hpp"

using namespace jamnet;

namespace {

bool readable(const eventfd_signal& signal) {
  ::pollfd watched{.fd = *signal.descriptor(), .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, 0) == 1;
}

template <class T, std::size_t Capacity>
using eventfd_ring = signalled_ring<spsc_ring<T, Capacity>, eventfd_signal>;

} // namespace

TEST_CASE("the descriptor is readable from a notify until it is cleared") {
  eventfd_signal signal;
  REQUIRE(signal.descriptor());
  CHECK_FALSE(readable(signal));
  signal.notify();
  signal.notify();
  CHECK(readable(signal));
  CHECK(signal.clear());
  CHECK_FALSE(readable(signal));
  CHECK_FALSE(signal.clear());
}

TEST_CASE("a notify before the wait is kept, several are one, and a wait ends at its deadline") {
  eventfd_signal signal;
  signal.notify();
  signal.notify();
  CHECK(signal.wait_until(forever));
  CHECK_FALSE(signal.wait_until(wake_time{}));
  CHECK_FALSE(signal.wait_until(wake_time::min()));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{2};
  while (signal.wait_until(deadline)) {
  }
  CHECK(std::chrono::steady_clock::now() >= deadline);
}

TEST_CASE("a million elements reach a consumer that often sleeps on an eventfd") {
  const auto queue = std::make_unique<eventfd_ring<woken::message, 64>>();
  woken::check_million(*queue, 2);
}

TEST_CASE("Asio's event loop is woken by the queue and takes everything, in order") {
  constexpr std::uint64_t count = 50'000;
  const auto queue = std::make_unique<eventfd_ring<std::uint64_t, 64>>();
  asio::io_context io;
  asio::posix::stream_descriptor watched{io, *queue->signal().descriptor()};
  std::uint64_t expected = 0, misplaced = 0, wakes = 0;
  const auto drain = [&] {
    queue->expect_wake();
    for (std::uint64_t got = 0; queue->try_pop(got); ++expected) misplaced += got != expected;
  };
  const auto watch = [&](const auto& again) -> void {
    watched.async_wait(asio::posix::stream_descriptor::wait_read, [&](const asio::error_code&) {
      ++wakes;
      queue->signal().clear();
      drain();
      if (expected < count) again(again);
    });
  };
  drain();
  watch(watch);
  std::thread producer{[&] {
    for (std::uint64_t i = 0; i < count;)
      if (queue->try_push(i))
        ++i;
      else
        std::this_thread::yield();
  }};
  io.run();
  producer.join();
  watched.release();
  CHECK(expected == count);
  CHECK(misplaced == 0);
  CHECK(wakes >= 1);
}

TEST_CASE("lines from a pipe, cut anywhere, reach a player that sleeps until there is a message") {
  constexpr int count = 2'000;
  const auto line = [](int i) {
    return R"({"type":"start","timestamp":)" + std::to_string(i) + "}\n";
  };
  std::string text;
  for (int i = 0; i < count; ++i) text += line(i);
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const auto queue = std::make_unique<eventfd_ring<midi_event, 64>>();

  std::thread writer{[&] {
    random_source random{3};
    for (std::string_view rest{text}; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(random.next() % 300 + 1, rest.size());
      const auto written = ::write(ends[1], rest.data(), size);
      rest.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : rest.size());
    }
    ::close(ends[1]);
  }};
  int refused = 0;
  std::thread receiver{[&] { // the reader has no thread of its own: it goes where chunks come from
    jsonmidi::reader lines;
    std::array<char, 256> chunk;
    for (;;) {
      const auto size = ::read(ends[0], chunk.data(), chunk.size());
      if (size <= 0) return;
      lines.feed({chunk.data(), static_cast<std::size_t>(size)}, [&](result<midi_event> event) {
        if (!event)
          ++refused;
        else
          while (!queue->try_push(*event)) std::this_thread::yield();
      });
    }
  }};
  int wrong = 0;
  for (int i = 0; i < count; ++i) {
    midi_event event;
    if (!queue->wait_pop(event, forever)) break;
    wrong += event != *jsonmidi::decode(line(i));
  }
  writer.join();
  receiver.join();
  ::close(ends[0]);
  CHECK(refused == 0);
  CHECK(wrong == 0);
}

#endif
