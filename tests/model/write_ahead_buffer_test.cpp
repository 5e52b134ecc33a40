// The memory orders of write_ahead_buffer.hpp.
#include "modelled_atomic.hpp"

#include <jamnet/latency/write_ahead_buffer.hpp>

// A latency of one frame in a memory of four: frame n has room once n - 1 have been read.
TEST_CASE("write_ahead_buffer: what came before a write is seen after the read, and vice versa") {
  int most_written = 0, most_read = 0;
  const auto scenario = [&](model::execution& run) {
    jamnet::write_ahead_buffer<int> ahead{
        *jamnet::latency_plan::exactly(1, {.rate = 1, .channels = 1})};
    run.check(ahead.capacity() == 4, "not the memory that this expects");
    std::array<model::handed_over, 8> written, read;
    run.thread([&] {
      for (int n = 0, attempt = 0; attempt < 4; ++attempt) {
        written[static_cast<std::size_t>(n)].touch();
        const int frame = n + 1;
        if (ahead.write(std::span{&frame, 1}) != 1) continue;
        if (n >= 3) read[static_cast<std::size_t>(n - 2)].touch();
        most_written = std::max(most_written, ++n);
      }
    });
    run.thread([&] {
      for (std::size_t reads = 1; reads <= 3; ++reads) {
        int frame = 0;
        const bool found = ahead.read(std::span{&frame, 1}) == 1;
        read[reads].touch();
        if (!found || frame == 0) continue;
        run.check(frame == static_cast<int>(reads) - 1, "not in its place");
        written[static_cast<std::size_t>(frame - 1)].touch();
        most_read = std::max(most_read, frame);
      }
    });
    run.join();
  };
  CHECK(model::explore(scenario, 10'000).failure == ""); // the counters of health make it too many
  CHECK(most_written == 4);
  CHECK(most_read == 2);
}

TEST_CASE("write_ahead_buffer: who is told that the latency changed finds the new one") {
  bool told = false, silent = false;
  const auto all = model::explore([&](model::execution& run) {
    jamnet::write_ahead_buffer<int> ahead{*jamnet::latency_plan::exactly(
        1, {.rate = 1, .channels = 1, .largest = jamnet::nanoseconds{2'000'000'000}})};
    run.check(ahead.set_latency(2), "out of range");
    run.thread([&] {
      std::array<int, 2> block{};
      ahead.read(std::span{block});
    });
    run.thread([&] {
      const bool changed = ahead.latency_changed();
      run.check(!changed || ahead.latency_samples() == 2,
                "told of a change, but not of the latency");
      (changed ? told : silent) = true;
    });
    run.join();
  });
  CHECK(all.failure == "");
  CHECK(all.complete);
  CHECK(told);
  CHECK(silent);
}
