// An audio thread that does all an audio thread may do, between two marks that a tracer sees:
// audio_thread_syscalls.py shows that it calls the system nowhere between them.
//
//     audio_thread_syscalls [--cheat]      # --cheat: gives up its time once, in between
#include <array>
#include <atomic>
#include <cstdio>
#include <string_view>
#include <thread>

#include <jamnet/latency/buffered_processor.hpp>
#include <jamnet/latency/clock_age.hpp>
#include <jamnet/latency/event_delay.hpp>
#include <jamnet/platform/rtaudio_stream.hpp>
#include <jamnet/ring/event_ring.hpp>
#include <jamnet/ring/latest.hpp>
#include <jamnet/ring/mpmc_queue.hpp>
#include <jamnet/ring/mpsc_queue.hpp>
#include <jamnet/ring/shm_ring.hpp>
#include <jamnet/ring/triple_buffer.hpp>
#include <unistd.h>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t block = 64;
constexpr int blocks = 3000; // of a third of a millisecond

struct plus_one {
  void prepare(const processor_format&) {}
  void process(planar_block<float> audio, std::span<const block_event> events) {
    for (std::size_t f = 0; f < audio.frames(); ++f)
      audio.sample(0, f) += 1.f + static_cast<float>(events.size());
  }
  void reset() {}
};

// What the audio thread shares with others, and what others do with it meanwhile.
struct shared {
  latency_plan plan =
      *latency_plan::of({.rate = 192'000, .channels = 1, .largest = 100ms, .block = block});
  buffered_processor<plus_one> processor{plan};
  write_ahead_buffer<float, interleaved<>, write_ahead_policies<clock_age<steady_source>>> ahead{
      plan};
  spsc_ring<int, 64> stream;
  event_ring<int, 64> events;
  mpsc_queue<int, 64> commands;
  mpmc_queue<int, 64> pool;
  latest<int> newest{0};
  triple_buffer<std::array<float, block>> meter;
  alignas(128) std::array<std::byte, shm_ring<int>::bytes_for(64)> memory{};
  shm_ring<int> between = *shm_ring<int>::create(memory, 64);
  std::atomic<bool> done{false};

  void other_thread() {
    const std::array<float, block> samples{1};
    const steady_source clock;
    auto to_audio = between.attach_producer(1, clock.now().time_since_epoch());
    if (!to_audio) std::abort();
    while (!done) {
      (void)to_audio->try_push(1);
      if (ahead.fill() < plan.latency()) (void)ahead.write(std::span{samples});
      (void)stream.try_push(1);
      (void)events.try_push(1);
      (void)commands.try_push(1);
      int number = 0;
      if (pool.try_pop(number)) newest.store(number);
      (void)meter.update();
      std::this_thread::sleep_for(100us);
    }
  }
};

#if defined(JAMNET_HAS_RTAUDIO)

// A sound card whose thread is that of this program.
class card {
public:
  static card*& open() {
    static card* one = nullptr;
    return one;
  }
  explicit card(RtAudio::Api) {}
  static void getCompiledApi(std::vector<RtAudio::Api>& apis) { apis = {RtAudio::LINUX_ALSA}; }
  static std::string getApiName(RtAudio::Api) { return "alsa"; }
  void showWarnings(bool) {}
  unsigned getDeviceCount() { return 1; }
  RtAudio::DeviceInfo getDeviceInfo(unsigned) {
    RtAudio::DeviceInfo info;
    info.probed = true;
    info.name = "card";
    info.outputChannels = info.inputChannels = 2;
    info.sampleRates = {48'000};
    return info;
  }
  void openStream(RtAudio::StreamParameters*, RtAudio::StreamParameters*, RtAudioFormat, unsigned,
                  unsigned*, RtAudioCallback callback, void* user, RtAudio::StreamOptions*) {
    callback_ = callback;
    user_ = user;
    open() = this;
  }
  void startStream() { ask(); }
  bool isStreamOpen() const { return true; }
  bool isStreamRunning() const { return true; }
  long getStreamLatency() { return 0; }
  unsigned getStreamSampleRate() { return 48'000; }

  void ask() { callback_(out_.data(), in_.data(), block, 0, RTAUDIO_OUTPUT_UNDERFLOW, user_); }

private:
  RtAudioCallback callback_ = nullptr;
  void* user_ = nullptr;
  std::array<float, 2 * block> out_{}, in_{};
};

struct played {
  std::unique_ptr<rtaudio_stream<planar<>, card>> stream =
      std::move(*rtaudio_stream<planar<>, card>::open({.block = block, .inputs = 2}));
  played() {
    const auto plus_half = [](audio_moment, auto in, auto out) {
      copy(in, out);
      out.sample(0, 0) += 0.5F;
    };
    if (!stream->start(plus_half)) std::abort();
  }
  void ask() noexcept { card::open()->ask(); }
  std::uint64_t blocks() const { return stream->count().blocks; }
};

#else

struct played {
  void ask() noexcept {}
  std::uint64_t blocks() const { return 1; }
};

#endif

struct audio_thread {
  shared& with;
  played& stream;
  audio_ring<float, planar<>> ring{1, 4 * block};
  event_delay<int, 64> delay{};
  shm_ring<int>::consumer from_others =
      *with.between.attach_consumer(2, steady_source{}.now().time_since_epoch());
  std::array<float, block> samples{}, other{};
  float heard = 0;
  std::uint64_t received = 0;

  void callback(int number, host_time now) noexcept {
    float* row = samples.data();
    const planar_block<float> audio{&row, 1, block};
    silence(audio);
    const block_event note{block / 2, ump{{0x20903c40}}};
    with.processor.process(audio, std::span{&note, number % 8 == 0 ? 1u : 0u});
    for (const float x : samples) heard += x;
    if (number % 500 == 0)
      (void)with.processor.set_latency(number % 1000 == 0 ? with.plan.latency()
                                                          : with.plan.largest());
    (void)with.processor.latency_changed();
    received += with.processor.health().latency_changes;

    (void)ring.write(audio);
    (void)ring.read(audio);
    (void)with.ahead.read(std::span{other});
    int value = 0;
    for (; with.stream.try_pop(value);) ++received;
    for (; with.events.try_pop(value);) ++received;
    for (; with.commands.try_pop(value);) ++received;
    for (; from_others.try_pop(value);) ++received;
    (void)from_others.beat(now.time_since_epoch());
    (void)with.pool.try_push(number);
    if (with.newest.try_read(value)) ++received;
    with.meter.back() = samples;
    with.meter.publish();
    stream.ask();
    (void)delay.try_push(now + 1ms, number);
    delay.for_due(now, block, with.plan.rate(), [&](const auto&) { ++received; });
  }

  void run(bool cheat) {
    const steady_source clock;
    mark("audio begins");
    const auto began = clock.now();
    for (int i = 0; i < blocks; ++i) {
      const auto due = began + with.plan.duration(i * static_cast<std::int64_t>(block));
      auto now = clock.now();
      for (; now < due; now = clock.now()) {
      }
      callback(i, now);
      if (cheat && i == blocks / 2) std::this_thread::yield();
    }
    mark("audio ends");
  }

  // A call that changes nothing.
  static void mark(std::string_view name) {
    if (::write(-1, name.data(), name.size()) != -1) std::abort();
  }
};

} // namespace

int main(int argc, char** argv) {
#if defined(__SANITIZE_THREAD__)
  return 77; // it waits for its own threads, wherever it likes
#endif
  const bool cheat = argc > 1 && std::string_view{argv[1]} == "--cheat";
  shared everything;
  if (!everything.processor.start()) return 1;
  std::thread others{[&] { everything.other_thread(); }};
  played stream;
  audio_thread audio{everything, stream};
  std::thread{[&] { audio.run(cheat); }}.join();
  everything.done = true;
  others.join();
  std::printf("%d blocks, %llu received, %.0f heard\n", blocks,
              static_cast<unsigned long long>(audio.received), static_cast<double>(audio.heard));
  return everything.processor.stop() && audio.heard > 0 && audio.received > 0 && stream.blocks() > 0
             ? 0
             : 1;
}
