// What is played: MIDI packets, each at its frame.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include <jamnet/midi/ump.hpp>

struct tune_event {
  std::uint64_t frame = 0;
  jamnet::ump packet{};
};
using tune = std::vector<tune_event>; // in order

/// A nocturne of eight bars, over and over; the last notes end a second before `frames`.
[[nodiscard]] tune nocturne(double rate, std::uint64_t frames);
/// A Standard MIDI File, or nothing if it is none.
[[nodiscard]] std::optional<tune> read_tune(const std::filesystem::path& file, double rate);
