// What does a block cost that goes through a write-ahead buffer, beside the plain copies?
//
// Each contestant writes a block of 128 frames and reads one that is a latency older. `copy` does
// with two memcpy what any buffer must: into memory as large as the buffer's, at the same
// distance. Its sizes are not known to the compiler, as those of a host are not; g++ 12 would make
// of a known one a slower `rep movs`.
//
// In pairs: in each round every contestant takes its turn, in random order; a figure is the median
// over the rounds, and `times_copy` the median of the ratios within the rounds.
//
//   write_ahead_measure [--json] [--smoke | --full]
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../median.hpp"
#include "../rows.hpp"
#include <jamnet/core/random.hpp>
#include <jamnet/latency/write_ahead_buffer.hpp>

using namespace jamnet;
using jamnet_bench::median;
using jamnet_bench::row;

namespace {

constexpr std::size_t frames = 128, latency = 19 * frames; // 50.7 ms at 48 kHz

latency_plan plan(std::size_t channels) {
  return *latency_plan::exactly(latency, {.channels = channels, .block = frames});
}

// Not known to the compiler.
std::size_t unknown(std::size_t size) {
  __asm__ volatile("" : "+r"(size));
  return size;
}
void may_have_changed(void* memory) { __asm__ volatile("" : : "r"(memory) : "memory"); }

// Where a host's audio lies: a row for each channel.
template <std::size_t Channels>
struct host_audio {
  alignas(64) std::array<std::array<float, frames>, Channels> samples{};
  std::array<float*, Channels> rows{};

  host_audio() {
    for (std::size_t c = 0; c < Channels; ++c) rows[c] = samples[c].data();
  }
  auto as(interleaved<Channels>, std::size_t count) {
    return interleaved_block<float>{samples[0].data(), Channels, count};
  }
  auto as(planar<Channels>, std::size_t count) {
    return planar_block<float>{rows.data(), Channels, count};
  }
};

// The sizes are known to the compiler, or not.
enum class size : bool { unknown, known };

template <std::size_t Channels, class Layout, size Size>
struct ours {
  write_ahead_buffer<float, Layout> ahead{plan(Channels)};

  bool in_and_out(host_audio<Channels>& audio) {
    const std::size_t count = Size == size::known ? frames : unknown(frames);
    const auto block = audio.as(Layout{}, count);
    return ahead.write(block) == count && ahead.read(block) == count;
  }
};

// A row for each run of memory: all channels together, or each by itself.
template <std::size_t Channels, std::size_t Rows>
struct plain_copy {
  static constexpr std::size_t samples = frames * Channels / Rows;
  std::size_t capacity = plan(Channels).shape().capacity() * Channels / Rows;
  std::vector<float> memory = std::vector<float>(Rows * (capacity + 16));
  std::size_t next_write = latency / frames * samples, next_read = 0;

  bool in_and_out(host_audio<Channels>& audio) {
    const std::size_t bytes = unknown(samples * sizeof(float));
    for (std::size_t r = 0; r < Rows; ++r)
      std::memcpy(row(r) + next_write, audio.samples[r].data(), bytes);
    next_write = (next_write + samples) & (capacity - 1);
    for (std::size_t r = 0; r < Rows; ++r)
      std::memcpy(audio.samples[r].data(), row(r) + next_read, bytes);
    next_read = (next_read + samples) & (capacity - 1);
    return true;
  }
  float* row(std::size_t r) { return memory.data() + r * (capacity + 16); }
};

// Nanoseconds a block. What is read is checked: it was written a latency before.
template <class Contestant, std::size_t Channels>
double blocks(std::size_t count) {
  const auto made = std::make_unique<Contestant>();
  const auto audio = std::make_unique<host_audio<Channels>>();
  const auto run = [&](std::size_t first, std::size_t last) {
    bool right = true;
    for (std::size_t n = first; n < last; ++n) {
      auto& mark = audio->samples.back().back();
      mark = static_cast<float>(n);
      may_have_changed(audio.get());
      right &= made->in_and_out(*audio);
      may_have_changed(audio.get());
      right &= n < 100 || mark == static_cast<float>(n - latency / frames);
    }
    return right;
  };
  bool right = run(0, count / 2); // finds the caches, and the pages of new memory
  const auto start = std::chrono::steady_clock::now();
  right &= run(count / 2, count + count / 2);
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  if (right) return took.count() / static_cast<double>(count);
  std::fputs("what came out is not what went in\n", stderr);
  std::exit(EXIT_FAILURE);
}

struct contest {
  const char* what;
  double (*ours)(std::size_t);
  double (*copy)(std::size_t);
  std::vector<double> ours_ns{}, copy_ns{}, ratios{};

  void play_round(std::size_t count, random_source& random) {
    const bool we_begin = random.next() % 2 == 0;
    if (we_begin) ours_ns.push_back(ours(count));
    copy_ns.push_back(copy(count));
    if (!we_begin) ours_ns.push_back(ours(count));
    ratios.push_back(ours_ns.back() / copy_ns.back());
  }
};

template <std::size_t Channels, class Layout, std::size_t Rows, size Size = size::unknown>
contest compare(const char* what) {
  return {what, blocks<ours<Channels, Layout, Size>, Channels>,
          blocks<plain_copy<Channels, Rows>, Channels>};
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::size_t rounds = 1501, count = 2'000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") json = true;
    if (option == "--smoke") rounds = 5;
    if (option == "--full") rounds = 10'001;
  }
  std::vector<contest> contests{
      compare<1, interleaved<1>, 1>("write_ahead"),
      compare<2, interleaved<2>, 1>("write_ahead_stereo"),
      compare<2, planar<2>, 2>("write_ahead_planar"),
      compare<1, interleaved<1>, 1, size::known>("write_ahead_known_size"),
  };
  random_source random{1};
  for (std::size_t round = 0; round < rounds; ++round)
    for (auto& c : contests) c.play_round(count, random);

  std::vector<row> rows;
  for (const auto& c : contests) {
    const std::string name = c.what;
    rows.push_back({name + "/jamnet", median(c.ours_ns), "ns"});
    rows.push_back({name + "/copy", median(c.copy_ns), "ns"});
    rows.push_back({name + "/jamnet/times_copy", median(c.ratios), "x"});
  }
  jamnet_bench::print(rows, json);
}
