#include "speaker.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>
#include <sched.h>

#ifdef BUFFERED_SYNTH_RTAUDIO
#include <RtAudio.h>
#include <fcntl.h>
#include <unistd.h>
#endif

namespace {

class paced : public speaker {
public:
  paced(double rate, std::size_t block) : rate_{rate}, block_{block} {}
  ~paced() override { stop(); }
  std::string name() const override { return "no sound card: the clock asks for the sound"; }
  std::size_t block() const override { return block_; }

  bool start(render ask) override {
    thread_ = std::thread{[this, ask = std::move(ask)] {
      hurry();
      std::vector<float> left(block_), right(block_);
      const std::array rows{left.data(), right.data()};
      using std::chrono::steady_clock;
      const auto after = [this](std::uint64_t frames) { // in whole frames, so that no error adds up
        return std::chrono::duration_cast<steady_clock::duration>(
            std::chrono::duration<double>{static_cast<double>(frames) / rate_});
      };
      auto began = steady_clock::now();
      for (std::uint64_t frame = 0; !stopping_; frame += block_) {
        const auto due = began + after(frame);
        std::this_thread::sleep_until(due);
        // Too late for what a card holds in store: it would have run dry, and gone on from there.
        const auto late = steady_clock::now() - due;
        if (late > after(2 * block_)) began += late;
        ask({rows.data(), rows.size(), block_});
      }
    }};
    return true;
  }
  void stop() override {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

private:
  double rate_;
  std::size_t block_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

#ifdef BUFFERED_SYNTH_RTAUDIO

// ALSA, JACK and PulseAudio tell stderr at length what they did not find.
class hush {
public:
  hush() {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    ::close(nowhere);
  }
  ~hush() {
    ::dup2(stderr_, STDERR_FILENO);
    ::close(stderr_);
  }
  hush(const hush&) = delete;
  hush& operator=(const hush&) = delete;

private:
  int stderr_ = ::dup(STDERR_FILENO);
};

class card : public speaker {
public:
  // Throws RtAudioError.
  card(double rate, std::size_t block) : block_{static_cast<unsigned>(block)} {
    rt_.showWarnings(false);
    RtAudio::StreamParameters out;
    out.deviceId = rt_.getDefaultOutputDevice();
    out.nChannels = 2;
    RtAudio::StreamOptions options;
    options.flags = RTAUDIO_NONINTERLEAVED | RTAUDIO_SCHEDULE_REALTIME;
    options.streamName = "buffered_synth";
    rt_.openStream(&out, nullptr, RTAUDIO_FLOAT32, static_cast<unsigned>(rate), &block_, &asked,
                   this, &options); // may choose another block
    name_ = rt_.getDeviceInfo(out.deviceId).name;
  }
  std::string name() const override { return name_; }
  std::size_t block() const override { return block_; }

  bool start(render ask) override {
    ask_ = std::move(ask);
    try {
      rt_.startStream();
    } catch (const RtAudioError&) {
    }
    return rt_.isStreamRunning();
  }
  void stop() override {
    if (rt_.isStreamRunning()) rt_.abortStream();
  }

private:
  static int asked(void* out, void*, unsigned frames, double, RtAudioStreamStatus, void* self) {
    auto* const samples = static_cast<float*>(out);
    const std::array rows{samples, samples + frames};
    static_cast<card*>(self)->ask_({rows.data(), rows.size(), frames});
    return 0;
  }

  RtAudio rt_;
  unsigned block_;
  std::string name_;
  render ask_;
};

#endif

} // namespace

void hurry() {
  sched_param priority{};
  priority.sched_priority = 10;
  (void)::pthread_setschedparam(::pthread_self(), SCHED_RR, &priority);
}

std::unique_ptr<speaker> open_clock(double rate, std::size_t block) {
  return std::make_unique<paced>(rate, block);
}

std::unique_ptr<speaker> open_card([[maybe_unused]] double rate,
                                   [[maybe_unused]] std::size_t block) {
#ifdef BUFFERED_SYNTH_RTAUDIO
  const hush quiet;
  try {
    return std::make_unique<card>(rate, block);
  } catch (const RtAudioError&) {
  }
#endif
  return nullptr;
}
