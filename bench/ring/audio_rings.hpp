// Rings of audio, ours and those people use today, with the same write and read: from and to a
// block, beginning at what is done of it, in whatever the ring counts. Who is not installed is
// `void`, and does not take part.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include <jamnet/ring/audio_ring.hpp>
#if __has_include(<boost/lockfree/spsc_queue.hpp>)
#include <boost/lockfree/spsc_queue.hpp>
#endif
#if defined(JAMNET_BENCH_JACK) // its library was found, too
#include <jack/ringbuffer.h>
#endif

namespace jamnet_bench {

struct alignas(64) block : std::array<float, 128> {};
inline constexpr std::size_t block_size = 128, audio_capacity = 32 * block_size;

struct our_audio {
  static constexpr const char* who = "jamnet";
  static constexpr std::size_t whole = block_size;
  jamnet::audio_ring<float, jamnet::interleaved<1>> ring{1, audio_capacity};
  std::size_t write(const block& from, std::size_t at) {
    return ring.write(std::span<const float>{from}.subspan(at));
  }
  std::size_t read(block& to, std::size_t at) {
    return ring.read(std::span<float>{to}.subspan(at));
  }
};
#if defined(JAMNET_BENCH_JACK)
struct jack_audio {
  static constexpr const char* who = "jack";
  static constexpr std::size_t whole = sizeof(block);
  std::unique_ptr<jack_ringbuffer_t, decltype(&jack_ringbuffer_free)> ring{
      jack_ringbuffer_create(audio_capacity * sizeof(float)), &jack_ringbuffer_free};
  std::size_t write(const block& from, std::size_t at) {
    const auto* bytes = reinterpret_cast<const char*>(from.data());
    return jack_ringbuffer_write(ring.get(), bytes + at, whole - at);
  }
  std::size_t read(block& to, std::size_t at) {
    return jack_ringbuffer_read(ring.get(), reinterpret_cast<char*>(to.data()) + at, whole - at);
  }
};
#else
using jack_audio = void;
#endif
#if __has_include(<boost/lockfree/spsc_queue.hpp>)
struct boost_audio {
  static constexpr const char* who = "boost";
  static constexpr std::size_t whole = block_size;
  boost::lockfree::spsc_queue<float, boost::lockfree::capacity<audio_capacity>> queue;
  std::size_t write(const block& from, std::size_t at) {
    return queue.push(from.data() + at, whole - at);
  }
  std::size_t read(block& to, std::size_t at) { return queue.pop(to.data() + at, whole - at); }
};
#else
using boost_audio = void;
#endif

} // namespace jamnet_bench
