#include "speaker.hpp"

#include <cstdint>
#include <utility>

#include <jamnet/platform/file_stream.hpp>
#include <jamnet/platform/thread_setup.hpp>

#ifdef BUFFERED_SYNTH_RTAUDIO
#include <jamnet/platform/rtaudio_stream.hpp>
#endif

namespace {

constexpr int priority = 10;

// Through any stream. Once it plays it is left alone: who plays for ten seconds need not recover.
template <jamnet::audio_stream Stream>
class through : public speaker {
public:
  through(std::unique_ptr<Stream> stream, std::string name)
      : stream_{std::move(stream)},
        name_{std::move(name)} {}
  std::string name() const override { return name_; }
  std::size_t block() const override { return stream_->format().block; }
  bool start(render ask) override {
    const auto play = [ask = std::move(ask)](auto, auto, auto out) { ask(out); };
    return stream_->start(play).has_value();
  }
  void stop() override { stream_->stop(); }

private:
  std::unique_ptr<Stream> stream_;
  std::string name_;
};

} // namespace

void hurry() { (void)jamnet::thread_setup{.priority = priority}.apply(); }

std::unique_ptr<speaker> open_clock(double rate, std::size_t block) {
  auto stream = jamnet::file_stream<>::open(
      {.rate = rate, .block = static_cast<std::uint32_t>(block), .priority = priority});
  if (!stream) return nullptr;
  return std::make_unique<through<jamnet::file_stream<>>>(
      std::move(*stream), "no sound card: the clock asks for the sound");
}

std::unique_ptr<speaker> open_card([[maybe_unused]] double rate,
                                   [[maybe_unused]] std::size_t block) {
#ifdef BUFFERED_SYNTH_RTAUDIO
  auto stream = jamnet::rtaudio_stream<>::open({.rate = rate,
                                                .block = static_cast<std::uint32_t>(block),
                                                .name = "buffered_synth",
                                                .priority = priority});
  if (!stream) return nullptr;
  auto name = (*stream)->format().device;
  return std::make_unique<through<jamnet::rtaudio_stream<>>>(std::move(*stream), std::move(name));
#else
  return nullptr;
#endif
}
