// How late MIDI comes, from try_send() to the consumer's thread, of packets at random times, and
// what is lost of them and of a burst. Where a server passes packets on once a period, that wait is
// in it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/platform/jack_midi.hpp>

#include "../rows.hpp"
#include "../sync/quantile.hpp"
#include "../toast/processes.hpp"
#include "numbered_packets.hpp"
#include "usual.hpp"

namespace jamnet_bench {

// What a consumer that waits hears: when, and whether in the order of the numbers.
template <class Input>
class midi_listener {
public:
  explicit midi_listener(Input& in) : in_{in}, thread_{[this] { run(); }} {}
  ~midi_listener() {
    stopping_ = true;
    in_.signal().notify();
    thread_.join();
  }
  [[nodiscard]] unsigned heard() const { return heard_; }
  [[nodiscard]] unsigned misplaced() const { return misplaced_; }
  // Waits until so many were heard, or none for a second.
  void wait_for(unsigned count) const {
    for (unsigned quiet = 0, before = 0; heard_ < count && quiet < 100; ++quiet) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
      if (const unsigned now = heard_; now != before) quiet = 0, before = now;
    }
  }
  std::array<std::atomic<std::int64_t>, ids> at{}; // of the number that was heard last, ns

private:
  void run() {
    unsigned expected = 0;
    while (!stopping_) {
      in_.expect_wake();
      for (jamnet::received_packet p; in_.try_next(p);) {
        const unsigned number = number_of(p.packet);
        if (number == ids) continue;
        at[number] = now_ns();
        if (number != expected) misplaced_ = misplaced_ + 1;
        expected = (number + 1) % ids;
        heard_ = heard_ + 1;
      }
      (void)in_.signal().wait_until(jamnet::forever);
      in_.signal().clear();
    }
  }
  Input& in_;
  std::atomic<unsigned> heard_{0}, misplaced_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// `count` packets at random times, for now, and a burst of a thousand.
template <class Input, class Output>
void measure_lateness(std::vector<row>& rows, const std::string& name, Input& in, Output& out,
                      unsigned count) {
  midi_listener<Input> ear{in};
  jamnet::random_source random{1};
  std::vector<float> late_us;
  std::vector<std::int64_t> sent(ids);
  unsigned refused = 0;
  for (unsigned first = 0; first < count; first += ids) {
    const unsigned last = std::min(count, first + ids);
    auto due = host_now();
    for (unsigned i = first; i < last; ++i) {
      due += jamnet::nanoseconds{static_cast<std::int64_t>(random.uniform(50e3, 350e3))};
      sleep_until(due);
      sent[i % ids] = now_ns();
      refused += out.try_send(numbered(i % ids), host_now()) ? 0u : 1u;
    }
    ear.wait_for(last - refused);
    for (unsigned i = first; i < last; ++i)
      if (const auto at = ear.at[i % ids].exchange(0); at != 0)
        late_us.push_back(us_between(sent[i % ids], at));
  }
  const unsigned before = ear.heard();
  for (unsigned i = 0; i < 1'000; ++i)
    refused += out.try_send(numbered((count + i) % ids), host_now()) ? 0u : 1u;
  ear.wait_for(before + 1'000);
  rows.push_back({name + "/p50_us", usual(late_us, 0.5), "us"});
  rows.push_back({name + "/p99_us", usual(late_us, 0.99), "us"});
  rows.push_back({name + "/max_us", quantile(late_us, 1), "us"});
  rows.push_back({name + "/lost", static_cast<double>(count - before), "packets"});
  rows.push_back({name + "/burst_lost", before + 1'000.0 - ear.heard(), "packets"});
  rows.push_back({name + "/misplaced", static_cast<double>(ear.misplaced()), "packets"});
}

} // namespace jamnet_bench
