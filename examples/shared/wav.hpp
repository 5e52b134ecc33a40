// Sound as a WAV file: 48 kHz, 16 bits, mono.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

namespace shared {

inline constexpr double sample_rate = 48'000;

/// False when the file cannot be written; samples beyond ±1 are clipped.
[[nodiscard]] bool write_wav(const std::filesystem::path& path, std::span<const float> samples);
/// The samples of a file that write_wav() wrote; none when it cannot be read.
[[nodiscard]] std::vector<float> read_wav(const std::filesystem::path& path);

} // namespace shared
