// SPDX-License-Identifier: MIT
//
// A stream that plays through files where there is no device, or through nothing but the clock: a
// file's sound comes in, what goes out becomes a WAV file.
//
//     auto stream = file_stream<>::open({.in = "take.wav", .out = "out/take.wav", .paced = false});
//
// See platform/audio_stream.hpp, and link jamnet::audio_file. A thread of its own asks for blocks
// when a device would, or one after the other as fast as it goes, and does the reading and writing
// in between: what a disk holds up is an xrun. Without libsndfile's header this header is empty.
#pragma once

#include <jamnet/platform/audio_stream.hpp>

#if __has_include(<sndfile.h>)

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <jamnet/platform/audio_device_list.hpp>
#include <jamnet/platform/detail/audio_pump.hpp>
#include <jamnet/platform/detail/audio_watch.hpp>
#include <jamnet/platform/detail/sound_file.hpp>
#include <jamnet/platform/thread_setup.hpp>
#include <jamnet/ring/condition_signal.hpp>

namespace jamnet::inline v0 {

struct file_stream_options {
  std::string in{}, out{};   ///< files; empty: nothing comes in, nobody keeps what goes out
  double rate = 0;           ///< frames a second; 0: the file's that comes in, or else 48000
  std::uint32_t block = 128; ///< frames of a block; the last may be shorter
  std::uint32_t outputs = 2; ///< channels
  std::uint64_t frames = 0;  ///< after so many it ends; 0: with the file that comes in, or never
  bool paced = true;         ///< when a device would; else as fast as it goes
  int priority = 0;          ///< of the thread, real-time, 1 to 99; 0: as it is
};

template <class Layout = planar<>>
class file_stream {
public:
  using layout = Layout;

  /// Opens what comes in, and begins anew what goes out. Fails with system (detail: errno) if there
  /// is no such file, or none can be made; with audio_file if it holds no sound; with audio_rate if
  /// that has another rate (detail: which), or one beyond 10 MHz; with audio_channels if nothing
  /// comes in or goes out, or more than 1024 channels; with audio_block for a block of 0 or more
  /// than 65536 frames; with value_range if what comes in is the file that would begin anew.
  /// [control-thread] [allocates] [blocks]
  [[nodiscard]] static result<std::unique_ptr<file_stream>>
  open(const file_stream_options& options);

  /// Stops. [control-thread] [blocks]
  ~file_stream() { stop(); }
  file_stream(const file_stream&) = delete;
  file_stream& operator=(const file_stream&) = delete;

  /// Has `play` called until stop(), or the end; after a stop() the files go on where they were,
  /// and the count of frames begins anew. Never fails, but says whether the thread has its
  /// priority. [control-thread] [allocates] [blocks]
  result<audio_stream_format> start(audio_callback<Layout> play);
  /// Waits for a callback that runs. What went out is in the file. [control-thread] [blocks]
  void stop();

  /// Tells what happened: `ended`, `lost` where no more can be written. [control-thread]
  void poll(host_time now);
  /// `tell` is called in poll(). [control-thread]
  void on_event(callback<void(const audio_stream_event&)> tell) { tell_ = std::move(tell); }

  /// [control-thread] [rt-safe] O(1)
  [[nodiscard]] const audio_stream_format& format() const noexcept { return format_; }
  /// Since open(). [control-thread] [rt-safe] O(1)
  [[nodiscard]] audio_stream_counts count() const noexcept {
    auto all = pump_.count();
    all.stuck = stuck_;
    all.losses = losses_;
    return all;
  }
  [[nodiscard]] std::uint64_t xruns() const noexcept { return count().xruns; }
  /// Whether there is no more to play. [any-thread] [rt-safe] O(1)
  [[nodiscard]] bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }
  /// As long as the stream is there. [one-thread] [rt-safe] O(1)
  [[nodiscard]] audio_stamps& stamps() noexcept { return pump_.stamps(); }

private:
  using clock = std::chrono::steady_clock;

  explicit file_stream(const file_stream_options& options) : options_{options} {}

  void run();
  std::size_t next_block();
  bool keep(std::size_t frames);
  bool wait_for(std::uint64_t frame, bool& late);
  wake_time::duration after(std::uint64_t frames) const noexcept;

  file_stream_options options_;
  callback<void(const audio_stream_event&)> tell_;
  audio_stream_format format_;
  detail::sound_file_reader in_;
  detail::sound_file_writer out_;
  detail::audio_pump<Layout> pump_;
  detail::audio_watch watch_;
  std::vector<float> coming_in_, going_out_; // as the layout has it
  detail::audio_view<Layout, float> in_view_, out_view_;
  std::size_t ready_ = 0;           // frames of coming_in_ that are still to be played
  std::uint64_t left_ = UINT64_MAX; // frames to the end
  clock::time_point began_{};
  condition_signal stop_;
  std::atomic<bool> stopping_{false}, ended_{false}, failed_{false};
  std::uint64_t stuck_ = 0, losses_ = 0;
  bool told_ = false; // of the end
  std::thread thread_;
};

template <class Layout>
auto file_stream<Layout>::open(const file_stream_options& options)
    -> result<std::unique_ptr<file_stream>> {
  std::unique_ptr<file_stream> stream{new file_stream{options}};
  auto& in = stream->in_;
  auto& out = stream->out_;
  if (!options.in.empty())
    if (const auto why = in.open(options.in)) return *why;
  const auto inputs = in.inputs();
  const double rate = in.rate() != 0 ? in.rate() : options.rate != 0 ? options.rate : 48'000;
  audio_stream_options same;
  same.rate = rate;
  same.block = options.block;
  same.inputs = inputs;
  same.outputs = options.outputs;
  if (const auto why = detail::impossible(same)) return *why;
  if (options.rate != 0 && options.rate != rate)
    return failure{errc::audio_rate, static_cast<std::uint32_t>(rate)};
  std::error_code none; // where either is not there yet
  if (std::filesystem::equivalent(options.in, options.out, none)) return errc::value_range;
  stream->format_ = {.device = options.out.empty() ? options.in : options.out,
                     .api = "file",
                     .rate = rate,
                     .block = options.block,
                     .inputs = inputs,
                     .outputs = options.outputs};
  if (!options.out.empty())
    if (const auto why = out.open(options.out, rate, options.outputs)) return *why;
  in.prepare(options.block);
  out.prepare(options.block);
  stream->pump_.set_format(stream->format_);
  stream->in_view_ = detail::audio_view<Layout, float>{inputs};
  stream->out_view_ = detail::audio_view<Layout, float>{options.outputs};
  stream->coming_in_.resize(std::size_t{inputs} * options.block);
  stream->going_out_.resize(std::size_t{options.outputs} * options.block);
  if (in.is_open()) stream->left_ = in.frames();
  if (options.frames != 0) stream->left_ = options.frames;
  return stream;
}

template <class Layout>
result<audio_stream_format> file_stream<Layout>::start(audio_callback<Layout> play) {
  stop();
  pump_.set_callback(std::move(play));
  watch_.begin(steady_source{}.now(), pump_.count().blocks, after(format_.block), true);
  stopping_.store(false, std::memory_order_relaxed);
  (void)stop_.wait_until(wake_time{}); // that of a stop nobody waited for
  thread_ = std::thread{[this] { run(); }};
  if (options_.priority == 0) return format_;
#if defined(__linux__)
  format_.priority_refused = prioritise(thread_.native_handle(), options_.priority);
#else
  format_.priority_refused = ENOTSUP;
#endif
  return format_;
}

template <class Layout>
void file_stream<Layout>::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_relaxed);
  stop_.notify();
  thread_.join();
  if (out_.is_open()) out_.update_header();
}

template <class Layout>
void file_stream<Layout>::poll(host_time now) {
  const auto tell = [&](audio_change change, host_time at) { tell_({change, at}); };
  pump_.for_new_xruns([&](host_time at) { tell(audio_change::xrun, at); });
  if (!thread_.joinable() || told_) return;
  if (failed_.load(std::memory_order_acquire)) {
    told_ = true;
    ++losses_;
    return tell(audio_change::lost, now);
  }
  if (ended()) {
    told_ = true;
    return tell(audio_change::ended, now);
  }
  using finding = detail::audio_watch::finding;
  switch (watch_.look(now, pump_.count().blocks, true)) {
  case finding::stuck: ++stuck_; return tell(audio_change::stuck, now);
  case finding::resumed: return tell(audio_change::back, now);
  case finding::plays:
  case finding::gone: return; // it is our own thread
  }
}

template <class Layout>
void file_stream<Layout>::run() {
  (void)thread_setup{.name = "jam-file"}.apply();
  began_ = clock::now();
  bool late = false;
  for (std::uint64_t frame = 0; !stopping_.load(std::memory_order_relaxed);) {
    if (ready_ == 0) ready_ = next_block();
    if (ready_ == 0) {
      ended_.store(true, std::memory_order_release);
      return;
    }
    if (options_.paced && !wait_for(frame, late)) return;
    pump_.play(coming_in_.data(), going_out_.data(), ready_, late);
    if (!keep(ready_)) {
      failed_.store(true, std::memory_order_release);
      return;
    }
    frame += std::exchange(ready_, 0);
  }
}

// Has in coming_in_ what comes next, and says how many frames that are.
template <class Layout>
std::size_t file_stream<Layout>::next_block() {
  const auto frames = static_cast<std::size_t>(std::min<std::uint64_t>(format_.block, left_));
  if (left_ != UINT64_MAX) left_ -= frames;
  if (in_.is_open() && frames != 0) in_.read(in_view_.of(coming_in_.data(), frames), frames);
  return frames;
}

// Whether there was room for what went out.
template <class Layout>
bool file_stream<Layout>::keep(std::size_t frames) {
  return !out_.is_open() || out_.write(out_view_.of(going_out_.data(), frames), frames);
}

// Whether it was not stopped meanwhile. Who is too late for what a device holds in store would have
// run dry, and goes on from there.
template <class Layout>
bool file_stream<Layout>::wait_for(std::uint64_t frame, bool& late) {
  if (stop_.wait_until(began_ + after(frame))) return false;
  const auto behind = clock::now() - (began_ + after(frame));
  late = behind > after(2 * std::uint64_t{format_.block});
  if (late) began_ += behind;
  return true;
}

// In whole frames, so that no error adds up.
template <class Layout>
wake_time::duration file_stream<Layout>::after(std::uint64_t frames) const noexcept {
  return std::chrono::duration_cast<wake_time::duration>(
      std::chrono::duration<double>{static_cast<double>(frames) / format_.rate});
}
static_assert(audio_stream<file_stream<>>);

} // namespace jamnet::inline v0

#endif
