// SPDX-License-Identifier: MIT
//
// Sound in and out, block by block, on a thread that the device owns: what all streams share.
// rtaudio_stream plays through a sound card or an audio server, file_stream through files, or
// through nothing but the clock; neither is included here.
//
//     auto opened = rtaudio_stream<>::open({.inputs = 2});
//     if (!opened) return say(explain(opened.error(), ...)); // platform/audio_device_list.hpp
//     auto& stream = **opened;
//     stream.on_event([](const audio_stream_event& e) { say(to_string(e.change)); });
//     stream.start([](audio_moment, planar_block<const float> in, planar_block<float> out) {
//       copy(in, out);
//     });
//     for (; playing; rest(100ms)) stream.poll(steady_source{}.now());
//
// A stream is used by one thread, the control thread, which alone hears of events, in poll(); only
// the callback runs elsewhere.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jamnet/core/callback.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/ring/audio_block.hpp>
#include <jamnet/sync/audio_device_timebase.hpp>

namespace jamnet::inline v0 {

/// Which device takes the place of one that was lost.
enum class device_return : std::uint8_t {
  none,       ///< none: silence, until start()
  same,       ///< the one of that name, when it is there again
  any_default ///< that one, or the system's default as long as it is not there
};

struct audio_stream_options {
  std::string device{};      ///< (part of) a name; empty: the system's default
  double rate = 48'000;      ///< frames a second, exactly this; 0: what the device prefers
  std::uint32_t block = 128; ///< frames of a block; the device may choose another
  std::uint32_t inputs = 0, outputs = 2; ///< channels
  std::string name = "jamnet";           ///< what others see of us, where they see us
  bool connect = true;                   ///< to the hardware at once, where others could do that
  device_return recovery = device_return::same;
  int priority = 0;  ///< of the callback's thread, real-time, 1 to 99; 0: what the device gives it
  std::string api{}; ///< "jack", "alsa", "pulse" …; empty: the first with a device
};

/// What was agreed with the device. Another one, after `back`, may have another block and latency.
struct audio_stream_format {
  std::string device{}, api{};
  double rate = 0;
  std::uint32_t block = 0, inputs = 0, outputs = 0;
  std::uint32_t latency_frames = 0; ///< in and out again, as the device says; 0: it does not
  int priority_refused = 0;         ///< the errno with which the priority was, or 0
};

/// A device that could be opened.
struct audio_device {
  std::string name{}, api{};
  std::uint32_t inputs = 0, outputs = 0; ///< channels, at most
  std::vector<std::uint32_t> rates{};    ///< frames a second …
  std::uint32_t preferred_rate = 0;      ///< … and which it runs at if nobody cares; 0: any
  bool default_input = false, default_output = false;
};

/// When a block is played, or was recorded.
struct audio_moment {
  std::uint64_t frame = 0; ///< how many came before it since start(); none are counted while lost
  host_time at{};          ///< when the callback began, by steady_source
  bool xrun = false;       ///< the device says that frames were lost before it
};

/// What happened to a stream.
enum class audio_change : std::uint8_t {
  xrun,            ///< frames were lost
  stuck,           ///< the device has asked for nothing for a while, but is still there
  lost,            ///< it is gone, or has been stuck for too long
  back,            ///< it plays again: see format()
  default_changed, ///< the system's default device is another one
  ended            ///< there is no more to play
};

/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::string_view to_string(audio_change change) noexcept {
  switch (change) {
  case audio_change::xrun: return "frames were lost";
  case audio_change::stuck: return "the device is stuck";
  case audio_change::lost: return "the device is lost";
  case audio_change::back: return "the device is back";
  case audio_change::default_changed: return "the default device is another one";
  case audio_change::ended: return "ended";
  }
  return "?";
}

struct audio_stream_event {
  audio_change change{};
  host_time at{}; ///< of an xrun, the callback that heard of it; of the rest, when it was noticed
};

/// How often what happened, since open().
struct audio_stream_counts {
  std::uint64_t blocks = 0; ///< callbacks
  std::uint64_t xruns = 0;  ///< frames were lost, whoever is to blame
  std::uint64_t slow = 0;   ///< our callback took longer than its block lasts: we are
  std::uint64_t stuck = 0, losses = 0, returns = 0;
};

/// Plays a block: `out` is silent at first, `in` empty where there are no inputs. Both are gone
/// when it returns. [audio-thread], and so nothing in it may wait.
template <class Layout>
using audio_callback = callback<void(audio_moment, typename Layout::template block<const float>,
                                     typename Layout::template block<float>)>;

/// A type that plays through some device. All but the callback is the control thread's:
/// - start() has the callback called until stop(), and fails with what open() could fail with;
/// - stop() waits for a callback that runs, and for nothing else;
/// - poll(now), twice to ten times a second, notices what happened, tells it, and recovers;
/// - stamps() is read by an audio_device_timebase, on one thread of your choice.
template <class T>
concept audio_stream = requires(T& stream, const T& same, audio_callback<typename T::layout> play,
                                callback<void(const audio_stream_event&)> tell, host_time now) {
  { stream.start(std::move(play)) } -> std::same_as<result<audio_stream_format>>;
  stream.stop();
  stream.poll(now);
  stream.on_event(std::move(tell));
  { same.format() } -> std::convertible_to<audio_stream_format>;
  { same.count() } -> std::same_as<audio_stream_counts>;
  { same.xruns() } -> std::same_as<std::uint64_t>;
  { stream.stamps() } noexcept -> std::same_as<audio_stamps&>;
};

} // namespace jamnet::inline v0
