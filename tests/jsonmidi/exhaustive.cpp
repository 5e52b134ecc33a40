// Every MIDI 1.0 channel message there is, and packets at random, to their lines and back, by every
// road this machine has. Exits with 1 at the first that comes back as another.
//
//     jsonmidi_exhaustive                         # all, and 10^8 packets: a few minutes
//     jsonmidi_exhaustive --quick                 # all once, and 10^5 packets, as ctest does
//     jsonmidi_exhaustive --packets N --seed X
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <vector>

#include "packets.hpp"
#include "roads.hpp"
#include <jamnet/jsonmidi/encode.hpp>

using namespace jamnet_test;

namespace {

[[noreturn]] void differ(const char* road, const midi_event& event, std::string_view line) {
  std::printf("%s: words %08x %08x %08x %08x, time %lld, seq %llu, line %.*s\n", road,
              event.packet.words[0], event.packet.words[1], event.packet.words[2],
              event.packet.words[3], static_cast<long long>(event.time.time_since_epoch().count()),
              static_cast<unsigned long long>(event.seq), static_cast<int>(line.size()),
              line.data());
  std::fflush(stdout);
  std::_Exit(1);
}

struct counts {
  std::uint64_t events = 0, strict = 0, named = 0;
  // Read in order, then by each compact road of this machine.
  std::vector<std::uint64_t> fast = std::vector<std::uint64_t>(1 + compact_roads.size());
  jsonmidi::encoder remembering;
};

// One event there and back; `strict` also by the strict decoder. If it is `compact`, every compact
// road takes it, but for the shortest lines: what is behind the time must fill three words.
void round_trip(const midi_event& event, bool strict, bool compact, counts& n) {
  std::array<char, jsonmidi::max_encoded_size> buffer;
  const std::string_view line = jsonmidi::encode(event, buffer);
  std::array<char, jsonmidi::max_encoded_size> other;
  if (n.remembering.encode(event, other) != line) differ("encoder", event, line);
  const auto back = jsonmidi::decode(line);
  if (!back || *back != event) differ("decode", event, line);
  jsonmidi::detail::canonical_line read;
  if (jsonmidi::detail::read_in_order(line, read) && !read.row) {
    ++n.fast[0];
    if (read.event != event) differ("in order", event, line);
  } else if (compact) {
    differ("in order: not taken", event, line);
  }
  compact = compact && line.size() >= 64 && line.size() - line.find(",\"channel") >= 24;
  for (std::size_t i = 0; i < compact_roads.size() && line.size() >= 64; ++i) {
    midi_event fast;
    const bool taken = compact_roads[i].read(line, fast);
    n.fast[i + 1] += taken;
    if (taken ? fast != event : compact) differ(compact_roads[i].name, event, line);
  }
  if (strict) {
    ++n.strict;
    if (strictly(line).events != std::vector{event}) differ("strict", event, line);
  }
  n.named += !line.starts_with(R"({"type":"ump")");
  ++n.events;
}

// Each channel message four times: as it comes in music, which every compact road takes, and with
// any time, seq and group.
void all_channel_messages(std::uint32_t status, random_source& random, counts& n) {
  const bool two = (status & 0xe0) != 0xc0;
  for (std::uint32_t data = 0; data < (two ? 0x4000u : 0x80u); ++data) {
    const std::uint32_t word =
        0x20000000 | status << 16 | (two ? (data & 0x7f) << 8 | data >> 7 : data << 8);
    midi_event event = at(static_cast<std::int64_t>(random.next() % 1'000'000'000'000), {{word}});
    event.time += nanoseconds{1'000'000};
    const bool strict = data % 8 == status % 8;
    round_trip(event, strict, true, n);
    event.seq = random.next() % 100'000'000;
    round_trip(event, strict, true, n);
    event = random_event(random, {{word}});
    round_trip(event, strict, false, n);
    event.packet.words[0] |= static_cast<std::uint32_t>(random.next() % 16) << 24;
    round_trip(event, strict, false, n);
  }
}

ump any_packet(random_source& random) {
  if (random.next() % 2 == 0) return random_named(random);
  ump packet;
  packet.words[0] = static_cast<std::uint32_t>(random.next());
  for (std::size_t i = 1; i < packet.size(); ++i)
    packet.words[i] = static_cast<std::uint32_t>(random.next());
  return packet;
}

// Calls work(begin, end, counts) for parts of a range on all cores, and prints what they counted.
template <class Work>
void on_all_cores(const char* what, std::uint64_t end, std::uint64_t part, const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> next{0};
  std::vector<counts> each(std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::thread> threads;
  for (counts& own : each)
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; (i = next.fetch_add(part)) < end;)
        work(i, std::min(i + part, end), own);
    });
  for (std::thread& thread : threads) thread.join();
  counts all;
  for (const counts& own : each) {
    all.events += own.events;
    all.strict += own.strict;
    all.named += own.named;
    for (std::size_t i = 0; i < all.fast.size(); ++i) all.fast[i] += own.fast[i];
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("%s: %llu exact in %.1f s on %zu threads, %.2f million/s; %llu with a name of their "
              "own\n  by the strict decoder %llu, in order %llu",
              what, number(all.events), time.count(), each.size(),
              static_cast<double>(all.events) / time.count() / 1e6, number(all.named),
              number(all.strict), number(all.fast[0]));
  for (std::size_t i = 0; i < compact_roads.size(); ++i)
    std::printf(", %s %llu", compact_roads[i].name, number(all.fast[i + 1]));
  std::printf("\n");
  std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
  std::uint64_t packets = 100'000'000, seed = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 0) : 0; };
    if (option == "--quick")
      packets = 100'000;
    else if (option == "--packets")
      packets = number();
    else if (option == "--seed")
      seed = number();
  }
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  on_all_cores("channel messages", 0xf0 - 0x80, 1,
               [&](std::uint64_t begin, std::uint64_t end, counts& n) {
                 random_source random{seed + begin};
                 for (; begin < end; ++begin)
                   all_channel_messages(static_cast<std::uint32_t>(0x80 + begin), random, n);
               });
  on_all_cores("random packets", packets, 10'000,
               [&](std::uint64_t begin, std::uint64_t end, counts& n) {
                 random_source random{seed ^ (begin + 1) << 32};
                 for (; begin < end; ++begin)
                   round_trip(random_event(random, any_packet(random)), begin % 16 == 0, false, n);
               });
}
