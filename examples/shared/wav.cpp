#include "wav.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string_view>

namespace shared {
namespace {

constexpr std::size_t header_size = 44;

void put_text(std::vector<char>& out, std::string_view text) {
  for (const char c : text) out.push_back(c);
}
template <class Integer>
void put(std::vector<char>& out, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i)
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> 8 * i & 0xff));
}

} // namespace

bool write_wav(const std::filesystem::path& path, std::span<const float> samples) {
  constexpr auto rate = static_cast<std::uint32_t>(sample_rate);
  const auto size = static_cast<std::uint32_t>(2 * samples.size());
  std::vector<char> out;
  out.reserve(header_size + size);
  put_text(out, "RIFF");
  put(out, static_cast<std::uint32_t>(header_size - 8 + size));
  put_text(out, "WAVEfmt ");
  put(out, std::uint32_t{16});
  put(out, std::uint16_t{1}); // PCM
  put(out, std::uint16_t{1}); // mono
  put(out, rate);
  put(out, 2 * rate);
  put(out, std::uint16_t{2});
  put(out, std::uint16_t{16});
  put_text(out, "data");
  put(out, size);
  for (const float s : samples)
    put(out, static_cast<std::int16_t>(std::lround(std::clamp(s, -1.0f, 1.0f) * 32767.0f)));
  std::ofstream file{path, std::ios::binary};
  file.write(out.data(), static_cast<std::streamsize>(out.size()));
  return file.good();
}

std::vector<float> read_wav(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  const std::vector<char> in{std::istreambuf_iterator<char>{file}, {}};
  if (in.size() < header_size) return {};
  std::vector<float> samples((in.size() - header_size) / 2);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto low = static_cast<unsigned char>(in[header_size + 2 * i]);
    const auto high = static_cast<unsigned char>(in[header_size + 2 * i + 1]);
    samples[i] = static_cast<float>(static_cast<std::int16_t>(low | high << 8)) / 32767.0f;
  }
  return samples;
}

} // namespace shared
