// SPDX-License-Identifier: MIT
//
// Sound through RtAudio 5: JACK, ALSA and PulseAudio on Linux, and what else it was built for.
//
//     auto stream = rtaudio_stream<>::open({.device = "usb", .inputs = 2});
//     if (!stream) return say(explain(stream.error(), options, rtaudio_stream<>::devices()));
//
// See platform/audio_stream.hpp, and link jamnet::audio_io. Nothing that a driver or a server does,
// or does not, holds up whoever calls: what takes too long is left to itself. Without RtAudio 5's
// header, or without exceptions, which it throws and which end here, this header is empty.
//
// Tested with JACK alone, on its dummy driver, and on no real sound card.
#pragma once

#include <jamnet/platform/detail/rtaudio_device.hpp>

#if defined(JAMNET_HAS_RTAUDIO)

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <jamnet/platform/detail/audio_watch.hpp>
#include <jamnet/platform/detail/errand_thread.hpp>

namespace jamnet::inline v0 {

/// `Driver` stands in for RtAudio in tests.
template <class Layout = planar<>, class Driver = RtAudio>
class rtaudio_stream {
public:
  using layout = Layout;

  /// What can be opened, by all APIs or the one of that name; those that do not answer within five
  /// seconds are left out. [control-thread] [allocates] [blocks]
  [[nodiscard]] static std::vector<audio_device> devices(const std::string& api = {});

  /// Opens a device, as find_audio_device() finds it, and says in format() what it agreed to. Fails
  /// as find_audio_device() does; with device_taken if the device is there but does not open; with
  /// device_lost if it does not answer within five seconds. [control-thread] [allocates] [blocks]
  [[nodiscard]] static result<std::unique_ptr<rtaudio_stream>>
  open(const audio_stream_options& options);

  /// Stops, and waits until the device is given back, unless that hangs. [control-thread] [blocks]
  ~rtaudio_stream() {
    stop();
    (void)errands_->wait(burial);
  }
  rtaudio_stream(const rtaudio_stream&) = delete;
  rtaudio_stream& operator=(const rtaudio_stream&) = delete;

  /// Has `play` called until stop(); by the time it returns, for the first time. After a stop() the
  /// device is opened anew. Fails as open() does, or with device_lost if the device asks for
  /// nothing for a second. [control-thread] [allocates] [blocks]
  result<audio_stream_format> start(audio_callback<Layout> play);

  /// Waits for a callback that runs, and gives the device back in the background.
  /// [control-thread] [allocates] [blocks]
  void stop();

  /// Tells what happened, and looks for a device again that was lost. [control-thread] [allocates]
  void poll(host_time now);

  /// `tell` is called in poll(), and calls neither that nor start(), stop(). [control-thread]
  void on_event(callback<void(const audio_stream_event&)> tell) { tell_ = std::move(tell); }

  /// Of the device there is, or was last. [control-thread] [rt-safe] O(1)
  [[nodiscard]] const audio_stream_format& format() const noexcept { return format_; }
  /// Since open(). [control-thread] [rt-safe] O(1)
  [[nodiscard]] audio_stream_counts count() const noexcept;
  [[nodiscard]] std::uint64_t xruns() const noexcept { return count().xruns; }
  /// Whether it plays, or has been silent for a moment only. [control-thread] [rt-safe] O(1)
  [[nodiscard]] bool plays() const noexcept { return state_ == state::plays; }
  /// As long as the stream is there. [one-thread] [rt-safe] O(1)
  [[nodiscard]] audio_stamps& stamps() noexcept { return pump_->stamps(); }

private:
  using device = detail::rtaudio_device<Layout, Driver>;
  enum class state : std::uint8_t {
    stopped,
    plays,
    lost,   // until retry_ at least
    returns // a device is being opened
  };
  static constexpr nanoseconds patience{5'000'000'000}; // with who does not answer …
  static constexpr nanoseconds burial{3'000'000'000};   // … or does not close
  static constexpr nanoseconds retry_interval{250'000'000}, default_interval{2'000'000'000};

  explicit rtaudio_stream(const audio_stream_options& options) : options_{options} {}

  std::optional<failure> open_device();
  void give_back();
  void play_on(host_time now);
  void look(host_time now);
  void look_for_default(host_time now);
  void leave(audio_change why, audio_stream_options next, host_time now);
  void retry(host_time now);
  void look_whether_back(host_time now);
  audio_stream_options same_again() const;
  void tell(audio_change change, host_time now) { tell_({change, now}); }

  audio_stream_options options_;
  callback<void(const audio_stream_event&)> tell_;
  std::shared_ptr<detail::audio_pump<Layout>> pump_ =
      std::make_shared<detail::audio_pump<Layout>>();
  std::unique_ptr<detail::errand_thread> errands_ = std::make_unique<detail::errand_thread>();
  std::shared_ptr<device> device_; // opened, or being opened
  std::shared_ptr<device> former_; // whose last callback may not have returned
  audio_stream_format format_;
  state state_ = state::stopped;
  detail::audio_watch watch_;
  std::uint64_t stuck_ = 0, losses_ = 0, returns_ = 0;
  host_time left_{}, retry_{}, ask_{};
  audio_stream_options next_;          // what takes the place of a device that was left
  std::string default_;                // the system's default device, when last heard of …
  std::shared_ptr<std::string> asked_; // … and what an errand finds it to be now
};

template <class Layout, class Driver>
std::vector<audio_device> rtaudio_stream<Layout, Driver>::devices(const std::string& api) {
  std::vector<audio_device> all;
  for (const RtAudio::Api one : detail::rtaudio_apis<Driver>(api)) {
    const auto found = std::make_shared<std::vector<audio_device>>();
    detail::errand_thread errand;
    errand.send([one, found] {
      try {
        const detail::rtaudio_driver<Driver> driver{one};
        *found = detail::rtaudio_devices(*driver, Driver::getApiName(one)).devices;
      } catch (...) { // an API that fails has none
      }
    });
    if (errand.wait(patience)) all.insert(all.end(), found->begin(), found->end());
  }
  return all;
}

template <class Layout, class Driver>
auto rtaudio_stream<Layout, Driver>::open(const audio_stream_options& options)
    -> result<std::unique_ptr<rtaudio_stream>> {
  std::unique_ptr<rtaudio_stream> stream{new rtaudio_stream{options}};
  if (const auto why = stream->open_device()) return *why;
  return stream;
}

template <class Layout, class Driver>
std::optional<failure> rtaudio_stream<Layout, Driver>::open_device() {
  device_ = std::make_shared<device>(pump_);
  errands_->send([device = device_, wanted = options_] { device->open(wanted); });
  const bool done = errands_->wait(patience);
  if (done && !device_->trouble()) {
    format_ = device_->format();
    return {};
  }
  const failure why = done ? *device_->trouble() : failure{errc::device_lost};
  give_back();
  return why;
}

// No more blocks; what takes time is done in the background.
template <class Layout, class Driver>
void rtaudio_stream<Layout, Driver>::give_back() {
  device_->gate().shut();
  former_ = std::move(device_);
  errands_->send([device = former_] { device->close(); });
}

template <class Layout, class Driver>
result<audio_stream_format> rtaudio_stream<Layout, Driver>::start(audio_callback<Layout> play) {
  if (state_ != state::stopped) stop();
  if (!device_)
    if (const auto why = open_device()) return *why;
  pump_->set_callback(std::move(play));
  errands_->send([device = device_, priority = options_.priority] { device->start(priority); });
  if (!errands_->wait(patience) || device_->trouble()) {
    stop();
    return errc::device_lost;
  }
  play_on(steady_source{}.now());
  default_ = format_.device;
  return format_;
}

template <class Layout, class Driver>
void rtaudio_stream<Layout, Driver>::play_on(host_time now) {
  format_ = device_->format();
  state_ = state::plays;
  const nanoseconds block{nearest(1e9 * format_.block / format_.rate)};
  watch_.begin(now, pump_->count().blocks, block, format_.api == "jack");
}

template <class Layout, class Driver>
void rtaudio_stream<Layout, Driver>::stop() {
  if (device_) give_back();
  while (former_ && former_->gate().inside())
    std::this_thread::sleep_for(std::chrono::microseconds{100});
  former_.reset();
  pump_->set_callback({}); // what it holds goes now, whatever the device does
  state_ = state::stopped;
}

template <class Layout, class Driver>
void rtaudio_stream<Layout, Driver>::poll(host_time now) {
  pump_->for_new_xruns([this](host_time at) { tell(audio_change::xrun, at); });
  switch (state_) {
  case state::stopped: return;
  case state::plays: return look(now);
  case state::lost: return retry(now);
  case state::returns: return look_whether_back(now);
  }
}

template <class Layout, class Driver>
void rtaudio_stream<Layout, Driver>::look(host_time now) {
  using finding = detail::audio_watch::finding;
  switch (watch_.look(now, pump_->count().blocks, device_->plays())) {
  case finding::gone: ++losses_; return leave(audio_change::lost, same_again(), now);
  case finding::stuck: ++stuck_; return tell(audio_change::stuck, now);
  case finding::resumed: return tell(audio_change::back, now);
  case finding::plays: return look_for_default(now);
  }
}

// Of the APIs whose users choose one. It plays on unless it was to follow the default, and has not
// done so when it lost the one before.
template <class Layout, class Driver>
void rtaudio_stream<Layout, Driver>::look_for_default(host_time now) {
  const std::string& api = format_.api;
  if (!options_.device.empty() || (api != "pulse" && api != "core" && api != "wasapi")) return;
  if (now < ask_ || !errands_->idle()) return;
  if (asked_ && !asked_->empty() && *asked_ != default_) {
    default_ = *asked_;
    if (options_.recovery != device_return::any_default || default_ == format_.device)
      return tell(audio_change::default_changed, now);
    auto next = options_;
    next.api = api;
    return leave(audio_change::default_changed, next, now);
  }
  ask_ = now + default_interval;
  asked_ = std::make_shared<std::string>();
  errands_->send([asked = asked_, api, wanted = options_] {
    *asked = detail::rtaudio_default<Driver>(api, wanted);
  });
}

template <class Layout, class Driver>
void rtaudio_stream<Layout, Driver>::leave(audio_change why, audio_stream_options next,
                                           host_time now) {
  next_ = std::move(next);
  give_back();
  asked_.reset();
  state_ = state::lost;
  left_ = retry_ = now;
  tell(why, now);
}

template <class Layout, class Driver>
audio_stream_options rtaudio_stream<Layout, Driver>::same_again() const {
  auto same = options_;
  same.api = format_.api;
  same.rate = format_.rate;
  const bool may_be_two = options_.device.empty() && options_.inputs != 0 && options_.outputs != 0;
  if (!may_be_two) same.device = format_.device;
  return same;
}

template <class Layout, class Driver>
void rtaudio_stream<Layout, Driver>::retry(host_time now) {
  if (options_.recovery == device_return::none || now < retry_) return;
  if (former_->gate().inside()) return; // one callback at a time
  if (!errands_->idle()) {
    if (now - left_ < burial) return;
    errands_ = std::make_unique<detail::errand_thread>(); // the other has a device that hangs
  }
  device_ = std::make_shared<device>(pump_);
  state_ = state::returns;
  const bool any = options_.recovery == device_return::any_default;
  errands_->send([device = device_, same = next_, any, anything = options_]() mutable {
    device->open(same);
    if (device->trouble() && any) {
      anything.device.clear();
      device->open(anything);
    }
    if (!device->trouble()) device->start(same.priority);
  });
}

template <class Layout, class Driver>
void rtaudio_stream<Layout, Driver>::look_whether_back(host_time now) {
  if (!errands_->idle()) return;
  if (device_->trouble()) {
    give_back();
    state_ = state::lost;
    left_ = now;
    retry_ = now + retry_interval;
    return;
  }
  ++returns_;
  former_.reset();
  play_on(now);
  tell(audio_change::back, now);
}

template <class Layout, class Driver>
audio_stream_counts rtaudio_stream<Layout, Driver>::count() const noexcept {
  auto all = pump_->count();
  all.stuck = stuck_;
  all.losses = losses_;
  all.returns = returns_;
  return all;
}
static_assert(audio_stream<rtaudio_stream<>>);

} // namespace jamnet::inline v0

#endif
