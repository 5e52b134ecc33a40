#include "tune.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include <jamnet/midi/message.hpp>
#include <jamnet/midi/song.hpp>

namespace {

constexpr double beats_a_minute = 92;

struct tone {
  unsigned note; // 0: a rest
  unsigned eighths;
};
constexpr std::array<tone, 35> melody{
    {{0, 1},  {74, 1}, {77, 1}, {81, 3}, {79, 1}, {77, 1}, {76, 3}, {74, 1}, {72, 2},
     {74, 2}, {77, 3}, {76, 1}, {74, 2}, {72, 2}, {67, 4}, {0, 2},  {70, 1}, {72, 1},
     {74, 3}, {77, 1}, {82, 2}, {81, 2}, {79, 3}, {77, 1}, {76, 2}, {73, 2}, {74, 3},
     {76, 1}, {77, 1}, {76, 1}, {74, 1}, {73, 1}, {74, 4}, {69, 2}, {0, 2}}};
// D minor, B flat, F, C; G minor, E flat, A, D minor: a bass and what is broken above it.
constexpr std::array<std::array<unsigned, 5>, 8> chords{{{38, 57, 62, 65, 69},
                                                         {34, 58, 62, 65, 69},
                                                         {41, 57, 60, 65, 69},
                                                         {36, 55, 60, 64, 67},
                                                         {43, 55, 58, 62, 67},
                                                         {39, 55, 58, 63, 67},
                                                         {33, 55, 57, 61, 64},
                                                         {38, 53, 57, 62, 65}}};
constexpr std::array<std::size_t, 8> broken{1, 2, 3, 4, 3, 2, 4, 3}; // eighth by eighth

} // namespace

tune nocturne(double rate, std::uint64_t frames) {
  const double eighth = 30 / beats_a_minute * rate;
  const double end = static_cast<double>(frames) - rate;
  tune out;
  const auto play = [&](unsigned channel, unsigned note, unsigned velocity, double begin,
                        double length) {
    const auto from = static_cast<std::uint64_t>(begin);
    const auto until = static_cast<std::uint64_t>(std::min(begin + 0.95 * length, end));
    if (from >= until) return;
    out.push_back({from, jamnet::midi1(0x90 | channel, note, velocity)});
    out.push_back({until, jamnet::midi1(0x80 | channel, note)});
  };
  for (double start = 0; start < end; start += 64 * eighth) {
    double at = start;
    for (const auto [note, eighths] : melody) {
      if (note != 0) play(0, note, 110, at, eighths * eighth);
      at += eighths * eighth;
    }
    for (std::size_t i = 0; i < 64; ++i) {
      const auto& chord = chords[i / 8];
      const double begin = start + static_cast<double>(i) * eighth;
      if (i % 8 == 0) play(1, chord[0], 90, begin, 8 * eighth);
      play(2, chord[broken[i % 8]], i % 4 == 0 ? 70 : 52, begin, 2 * eighth);
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.frame < b.frame; });
  return out;
}

std::optional<tune> read_tune(const std::filesystem::path& file, double rate) {
  std::ifstream in{file, std::ios::binary};
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>{in}, {}};
  const auto song = jamnet::read_song(bytes);
  if (!song) return {};
  tune out;
  for (const auto& e : song->events)
    out.push_back(
        {static_cast<std::uint64_t>(static_cast<double>(e.time.count()) * 1e-9 * rate), e.packet});
  return out;
}
