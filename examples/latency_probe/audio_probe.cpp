#include "audio_probe.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include <jamnet/time/steady_source.hpp>

#include "../shared/hush.hpp"
#include "../shared/interruption.hpp"
#include "../shared/print.hpp"
#include "loop_signal.hpp"

#ifdef SHARED_RTAUDIO

#include <jamnet/platform/audio_device_list.hpp>
#include <jamnet/platform/rtaudio_stream.hpp>

namespace latency_probe {
namespace {

using namespace jamnet;
using namespace std::chrono_literals;
using stream = rtaudio_stream<>;

constexpr std::size_t noise_frames = 1023;
constexpr unsigned most_spoilt = 5; // for each that counts

// Plays a signal, and records from its first frame on. Between start() and done() the audio thread
// has it, otherwise the other.
class recorder {
public:
  recorder(std::vector<float> signal, std::size_t frames)
      : signal_{std::move(signal)},
        heard_(frames) {}

  void start() {
    at_ = 0;
    meaningless_ = 0;
    busy_.store(true, std::memory_order_release);
  }
  [[nodiscard]] bool done() const { return !busy_.load(std::memory_order_acquire); }
  [[nodiscard]] std::optional<echo> find() const { return find_echo(signal_, heard_); }
  /// Samples that were no numbers, and count as silence.
  [[nodiscard]] std::size_t meaningless() const { return meaningless_; }

  /// [audio-thread] [rt-safe]
  void play(std::span<const float> in, std::span<float> out) noexcept {
    if (done()) return;
    for (std::size_t i = 0; i < out.size() && at_ < heard_.size(); ++i, ++at_) {
      out[i] = at_ < signal_.size() ? signal_[at_] : 0;
      const bool is_number = std::isfinite(in[i]);
      heard_[at_] = is_number ? in[i] : 0;
      meaningless_ += is_number ? 0u : 1u;
    }
    if (at_ == heard_.size()) busy_.store(false, std::memory_order_release);
  }

private:
  const std::vector<float> signal_;
  std::vector<float> heard_;
  std::size_t at_ = 0, meaningless_ = 0;
  std::atomic<bool> busy_{false};
};

class loop {
public:
  /// The recorder's length is for who waits for it.
  loop(stream& through, recorder& sound, nanoseconds length, findings& found)
      : through_{through},
        sound_{sound},
        length_{length},
        found_{found} {
    through_.on_event([this](const audio_stream_event& event) {
      if (event.change == audio_change::xrun) return; // counted
      if (event.change == audio_change::lost) lose(to_string(event.change));
    });
  }

  /// Whether it came back. Not if frames were lost meanwhile: then it does not count.
  bool probe() {
    ++found_.sent;
    const auto xruns = through_.xruns();
    sound_.start();
    const auto due = host_.now() + length_ + patience;
    while (!sound_.done() && !lost_) {
      if (host_.now() > due) lose("the device asks for nothing");
      through_.poll(host_.now());
      std::this_thread::sleep_for(5ms);
    }
    if (lost_ || through_.xruns() != xruns) {
      ++found_.spoilt;
      --found_.sent;
      return false;
    }
    found_.meaningless += sound_.meaningless();
    const auto back = sound_.find();
    if (!back) return false;
    found_.ms.push_back(1e3 * static_cast<double>(back->delay) / through_.format().rate);
    gain_ = back->gain;
    return true;
  }
  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] std::string gain_text() const {
    return shared::print("it comes back at %.1f dB%s", 20 * std::log10(std::abs(gain_)),
                         gain_ < 0 ? ", turned round" : "");
  }

private:
  static constexpr nanoseconds patience = 2s; // with a device that is late

  void lose(std::string_view why) {
    lost_ = true;
    found_.trouble = why;
  }

  stream& through_;
  recorder& sound_;
  nanoseconds length_;
  findings& found_;
  steady_source host_;
  bool lost_ = false;
  double gain_ = 0; // of the last
};

void probe(stream& through, const options& o, findings& found) {
  const auto& format = through.format();
  const auto level = static_cast<float>(o.level);
  const auto most = static_cast<std::size_t>(format.rate * o.timeout_ms * 1e-3);
  auto signal = o.pulse ? pulse(level) : noise(noise_frames, level, 1);
  const auto frames = most + signal.size();
  recorder sound{std::move(signal), frames};
  const auto started = through.start([&sound, &o](audio_moment, auto in, auto out) {
    sound.play(in.channel(o.input - 1), out.channel(o.output - 1));
  });
  if (!started) {
    found.trouble = to_string(started.error().code);
    return;
  }
  const shared::interruption enough;
  const std::chrono::duration<double> length{static_cast<double>(frames) / format.rate};
  loop around{through, sound, std::chrono::duration_cast<nanoseconds>(length), found};
  const auto begin = std::chrono::steady_clock::now();
  const std::chrono::duration<double> wait{o.wait_s};
  const auto waited = [&] { return std::chrono::steady_clock::now() - begin >= wait; };
  while (!enough && !around.lost() && !waited() && !around.probe()) {
  }
  found.ms.clear();
  found.sent = found.spoilt = found.meaningless = 0;
  while (!enough && !around.lost() && found.sent < o.count && found.spoilt < most_spoilt * o.count)
    (void)around.probe();
  through.stop();
  if (!found.ms.empty()) found.remarks.push_back(around.gain_text());
}

} // namespace

findings probe_audio(const options& o) {
  findings found;
  const audio_stream_options wanted{.device = o.device,
                                    .rate = o.rate,
                                    .block = o.block,
                                    .inputs = o.input,
                                    .outputs = o.output,
                                    .name = "latency_probe",
                                    .recovery = device_return::none,
                                    .priority = 10,
                                    .api = o.api};
  std::unique_ptr<stream> through;
  {
    const shared::hush quiet;
    auto opened = stream::open(wanted);
    if (!opened)
      return found.trouble = explain(opened.error(), wanted, stream::devices(o.api)), found;
    through = std::move(*opened);
  }
  const auto& format = through->format();
  found.through = shared::print("%s (%s)", format.device.c_str(), format.api.c_str());
  found.rate = format.rate;
  found.block = format.block;
  found.claimed_frames = format.latency_frames;
  probe(*through, o, found);
  return found;
}

} // namespace latency_probe

#else

namespace latency_probe {

findings probe_audio(const options&) {
  findings found;
  found.trouble = "built without RtAudio 5 (librtaudio-dev)";
  return found;
}

} // namespace latency_probe

#endif
