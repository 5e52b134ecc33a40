// Any bytes as shared memory: they are refused, or a ring that stays within them, whatever is
// written into its indices between two calls. The sanitizers see one byte too far.
//
// The last 16 bytes are not the segment's, but what is done with it.
#include <jamnet/ring/shm_ring.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <jamnet/core/bytes.hpp>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

struct delete_aligned {
  void operator()(std::byte* bytes) const {
    ::operator delete[](bytes, std::align_val_t{alignof(shm_ring_header)});
  }
};

struct odd {
  std::array<std::uint8_t, 12> bytes{};
};

constexpr std::chrono::nanoseconds now{5'000'000'000};
constexpr std::size_t pushed_at = offsetof(shm_ring_header, producer) + 8;
constexpr std::size_t popped_at = offsetof(shm_ring_header, consumer) + 8;

template <class T>
void operate(std::span<std::byte> memory, bytes_view script) {
  const auto ring = shm_ring<T>::open(memory);
  if (!ring) {
    const auto code = ring.error().code;
    require(code >= errc::shm_truncated && code <= errc::shm_capacity);
    return;
  }
  require(shm_ring<T>::bytes_for(ring->capacity()) <= memory.size());
  const auto dead = [](shm_owner) { return true; };
  auto in = ring->attach_producer(1, now, dead);
  auto out = ring->attach_consumer(2, now, dead);
  if (!in || !out) {
    require((in ? out.error() : in.error()).code == errc::shm_corrupt);
    return;
  }
  std::array<T, 40> block{};
  for (const auto step : script) {
    const auto some = std::span{block}.first(step % 40u);
    require(in->push(some) <= ring->capacity());
    if (step & 64) require(out->pop(some) <= ring->capacity());
    std::uint64_t count = 0;
    const auto at = step & 1 ? pushed_at : popped_at;
    std::memcpy(&count, memory.data() + at, sizeof count);
    count += step & 2 ? std::uint64_t{step} - 128 : std::uint64_t{step} << step % 64u;
    if (step & 128) std::memcpy(memory.data() + at, &count, sizeof count);
    if (step & 4) std::memset(memory.data() + 16, step, 8); // the capacity
    require(in->beat(now) && out->beat(now));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::size_t script = std::min<std::size_t>(size, 16);
  const std::size_t length = size - script;
  const std::unique_ptr<std::byte, delete_aligned> bytes{
      new (std::align_val_t{alignof(shm_ring_header)}) std::byte[length]};
  const auto with = [&](auto operation) {
    std::copy_n(reinterpret_cast<const std::byte*>(data), length, bytes.get());
    operation(std::span{bytes.get(), length}, bytes_view{data + length, script});
  };
  with(operate<std::uint8_t>);
  with(operate<std::uint64_t>);
  with(operate<odd>);
  return 0;
}
