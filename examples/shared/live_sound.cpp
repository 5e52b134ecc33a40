#include "live_sound.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#ifdef SHARED_RTAUDIO
#include <jamnet/platform/audio_device_list.hpp>
#include <jamnet/platform/rtaudio_stream.hpp>
#include <jamnet/ring/latest.hpp>
#include <jamnet/sync/audio_device_timebase.hpp>
#include <jamnet/sync/clock_bridge.hpp>
#include <jamnet/time/steady_source.hpp>
#endif

#include "hush.hpp"
#include "print.hpp"

namespace shared {

host_time live_sound::time_of(std::uint64_t sample) const noexcept {
  const auto samples = static_cast<double>(static_cast<std::int64_t>(sample - first_));
  return heard_ + nanoseconds{std::llround(samples / rate_ * 1e9)};
}

#ifdef SHARED_RTAUDIO

using namespace jamnet;

// What the audio thread is told.
struct live_sound::timing {
  tick_map<host_timeline> map;
  bool known = false;
  unsigned number = 0;   // of the map: how often the clock was learnt
  nanoseconds latency{}; // from a block's callback to its sound, as the device says
};

struct live_sound::device {
  using bridge_type = clock_bridge<audio_device_timebase, steady_source>;

  explicit device(std::unique_ptr<rtaudio_stream<>> opened)
      : stream{std::move(opened)},
        ns_per_frame{1e9 / stream->format().rate} {}

  // Learns the clock anew.
  void begin() {
    for (audio_stamp old; stream->stamps().try_pop(old);) {
    }
    bridge.emplace(audio_device_timebase{stream->stamps(), stream->format().rate}, steady_source{});
    newest.store({{}, false, ++number, latency()});
  }
  void follow() {
    bridge->poll();
    if (const auto clock = bridge->clock(); clock.usable())
      newest.store({clock.map, true, number, latency()});
  }
  [[nodiscard]] nanoseconds in_time(double frames) const {
    return nanoseconds{std::llround(frames * ns_per_frame)};
  }
  [[nodiscard]] nanoseconds latency() const { return in_time(stream->format().latency_frames); }

  // When the callback of that block would have come, were it never late.
  [[nodiscard]] host_time began(const audio_moment& block, std::size_t frames) noexcept {
    constexpr nanoseconds far = std::chrono::milliseconds{20};
    (void)newest.try_read(seen);
    if (block.xrun) distrusted = seen.number; // frames were lost: they do not count as they did
    if (!seen.known || seen.number == distrusted) return block.at;
    const auto mapped = seen.map(block.frame * audio_device_timebase::ticks_per_frame);
    const auto late = block.at - mapped;
    const auto limit =
        far + nanoseconds{std::llround(2 * ns_per_frame * static_cast<double>(frames))};
    return late > -limit && late < limit ? mapped : block.at;
  }

  std::unique_ptr<rtaudio_stream<>> stream;
  const double ns_per_frame;
  std::optional<bridge_type> bridge;
  unsigned number = 0;
  latest<timing> newest;
  // the audio thread's alone while it runs
  timing seen;
  unsigned distrusted = 0;
};

live_sound::live_sound() = default;
live_sound::~live_sound() { stop(); }

std::string live_sound::open(const std::string& name, const std::string& our_name) {
  const audio_stream_options wanted{.device = name, .rate = 0, .name = our_name};
  const hush quiet;
  auto opened = rtaudio_stream<>::open(wanted);
  if (!opened) return explain(opened.error(), wanted, rtaudio_stream<>::devices());
  device_ = std::make_unique<device>(std::move(*opened));
  rate_ = device_->stream->format().rate;
  device_->stream->on_event([this](const audio_stream_event& e) {
    if (e.change == audio_change::back || e.change == audio_change::xrun) device_->begin();
    if (e.change != audio_change::xrun) told_(std::string{to_string(e.change)});
  });
  return {};
}

std::string live_sound::start(renderer render) {
  hush_jack();
  device_->begin();
  const auto started =
      device_->stream->start([this, render = std::move(render)](audio_moment now, auto, auto out) {
        first_ = now.frame;
        heard_ = device_->began(now, out.frames()) + device_->seen.latency;
        render(out.channel(0), now.frame);
        for (std::size_t c = 1; c < out.channels(); ++c)
          std::copy_n(out.channel(0).data(), out.frames(), out.channel(c).data());
      });
  return started ? std::string{} : std::string{to_string(started.error().code)};
}

void live_sound::stop() {
  if (device_) device_->stream->stop();
}

void live_sound::poll(host_time now) {
  device_->stream->poll(now);
  xruns_ = device_->stream->xruns();
  device_->follow();
}

std::string live_sound::description() const {
  const auto& f = device_->stream->format();
  return '"' + f.device + '"' +
         print(" (%s), %g Hz, %u frames, heard %.1f ms later", f.api.c_str(), f.rate, f.block,
               static_cast<double>(device_->latency().count()) * 1e-6);
}

nanoseconds live_sound::ahead() const {
  return device_->in_time(device_->stream->format().block) + device_->latency();
}

std::vector<std::string> live_sound::devices() {
  const hush quiet;
  std::vector<std::string> names;
  for (const audio_device& d : rtaudio_stream<>::devices()) {
    if (d.outputs == 0) continue;
    const auto text = '"' + d.name + '"' +
                      print(" (%s), %u channels%s", d.api.c_str(), d.outputs,
                            d.default_output ? ", by default" : "");
    names.insert(d.default_output ? names.begin() : names.end(), text);
  }
  return names;
}

#else

struct live_sound::device {};
live_sound::live_sound() = default;
live_sound::~live_sound() = default;
std::string live_sound::open(const std::string&, const std::string&) {
  return "built without RtAudio";
}
std::string live_sound::start(renderer) { return {}; }
void live_sound::stop() {}
void live_sound::poll(host_time) {}
std::string live_sound::description() const { return {}; }
nanoseconds live_sound::ahead() const { return {}; }
std::vector<std::string> live_sound::devices() { return {}; }

#endif

} // namespace shared
