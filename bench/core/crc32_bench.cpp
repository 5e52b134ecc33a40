// What does the checksum of a frame cost, beside zlib's?
//
// `portable` is what processors without carry-less multiplication get. The state of each call is
// the result of the one before, so that calls cannot overlap: it is the time until one knows.
#include <jamnet/core/crc32.hpp>

#include <vector>

#include <benchmark/benchmark.h>
#if __has_include(<zlib.h>)
#include <zlib.h>
#endif

using namespace jamnet;

namespace {

constexpr std::size_t frame_size = 103; // a note, as JSON in a frame
constexpr std::size_t long_size = 65'536;

template <class Checksum>
void measure(benchmark::State& state, std::size_t size, Checksum checksum) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 167 + 13);
  std::uint32_t crc = 0;
  for (auto _ : state) benchmark::DoNotOptimize(crc = checksum(bytes, crc));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

std::uint32_t ours(bytes_view bytes, std::uint32_t before) { return crc32(bytes, before); }
std::uint32_t portable(bytes_view bytes, std::uint32_t before) {
  return ~detail::crc32_portable(bytes.data(), bytes.size(), ~before);
}
BENCHMARK_CAPTURE(measure, ours, frame_size, ours)->Name("crc32/jamnet");
BENCHMARK_CAPTURE(measure, ours_long, long_size, ours)->Name("crc32/jamnet_64k");
BENCHMARK_CAPTURE(measure, portable, frame_size, portable)->Name("crc32/portable");
BENCHMARK_CAPTURE(measure, portable_long, long_size, portable)->Name("crc32/portable_64k");

#if __has_include(<zlib.h>)
std::uint32_t with_zlib(bytes_view bytes, std::uint32_t before) {
  return static_cast<std::uint32_t>(
      ::crc32(before, bytes.data(), static_cast<unsigned>(bytes.size())));
}
BENCHMARK_CAPTURE(measure, zlib, frame_size, with_zlib)->Name("crc32/zlib");
BENCHMARK_CAPTURE(measure, zlib_long, long_size, with_zlib)->Name("crc32/zlib_64k");
#endif

} // namespace
