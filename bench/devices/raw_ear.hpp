// An ear of JACK's own, without our input: at which frame a numbered packet came to a port, when
// its period had begun, and when all periods had.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <jamnet/platform/jack_midi.hpp>

#include "numbered_packets.hpp"

namespace jamnet_bench {

class raw_ear {
public:
  struct heard {
    std::atomic<std::uint32_t> frame{0};
    std::atomic<std::int64_t> begun{0}; // ns of host time; 0: not heard
  };
  struct period {
    std::uint32_t frame;
    std::int64_t start; // as we map it
  };

  explicit raw_ear(const std::string& port) : client_{*jamnet::detail::jack_library::load()} {
    const auto process = [](void* self, jack_nframes_t frames) {
      static_cast<raw_ear*>(self)->hear(frames);
    };
    works_ = client_.open("raw-ear", std::chrono::seconds{2}) == jamnet::failure{} &&
             client_.begin("in", JackPortIsInput, process, this) == jamnet::failure{} &&
             client_.connect_from(port);
  }
  ~raw_ear() { client_.close(); }
  [[nodiscard]] bool works() const { return works_; }

  std::array<heard, ids> of{};
  std::vector<period> periods = std::vector<period>(1 << 17);
  std::atomic<std::size_t> count{0};

private:
  void hear(jack_nframes_t frames) {
    const auto cycle = client_.read_cycle();
    const auto start = cycle.start.time_since_epoch().count();
    if (const auto n = count.load(); n < periods.size()) {
      periods[n] = {cycle.first, start};
      count = n + 1;
    }
    void* const buffer = client_.buffer(frames);
    jack_midi_event_t event;
    for (std::uint32_t i = 0; i < client_.jack().event_count(buffer); ++i) {
      if (client_.jack().event_get(&event, buffer, i) != 0 || event.size != 3) continue;
      const unsigned number =
          number_of(jamnet::midi1(event.buffer[0], event.buffer[1], event.buffer[2]));
      if (number == ids) continue;
      of[number].frame = cycle.first + event.time;
      of[number].begun = start;
    }
  }
  jamnet::detail::jack_client client_;
  bool works_ = false;
};

} // namespace jamnet_bench
