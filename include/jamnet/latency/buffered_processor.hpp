// SPDX-License-Identifier: MIT
//
// A processor that may pause (for a garbage collector, a disk, a network) and plays on: it runs on
// a thread of its own, a known latency ahead of what is heard.
//
//     buffered_processor<my_synth> synth{*latency_plan::of({.latency = 50ms, .block = 512})};
//     synth.start();
//     host.set_latency(synth.latency_samples());
//     synth.process(audio, events);            // in the audio callback
//     if (auto stopped = synth.stop(); !stopped) say(to_string(stopped.error().code));
//
// The audio thread never wakes the worker, for that would be a system call: the worker knows the
// rate at which it is read, and rests until there is enough to do.
#pragma once

#include <memory>
#include <optional>
#include <thread>

#include <jamnet/core/callback.hpp>
#include <jamnet/latency/buffered_pipe.hpp>
#include <jamnet/ring/condition_signal.hpp>
#include <jamnet/time/steady_source.hpp>

namespace jamnet::inline v0 {

struct worker_options {
  bool pass_through = false;   ///< no worker, no latency: process() is the processor's
  nanoseconds tick{};          ///< wake up so often; 0: by the progress of the reader
  callback<void()> on_start{}; ///< runs first on the worker: name, priority, affinity
  nanoseconds patience = std::chrono::seconds{2}; ///< how long to wait for a stuck processor
};

template <processor Processor, class Policies = write_ahead_policies<>,
          clock_source Clock = steady_source>
class buffered_processor {
public:
  /// Prepares the processor. [one-thread] [allocates]
  explicit buffered_processor(const latency_plan& plan, Processor processor = {},
                              worker_options options = {}, Policies policies = {},
                              Clock clock = {});
  /// Stops as stop() does. [one-thread] [blocks]
  ~buffered_processor() { (void)stop(); }
  buffered_processor(const buffered_processor&) = delete;
  buffered_processor& operator=(const buffered_processor&) = delete;

  /// Starts the worker and returns the latency once it runs; the buffer is full of silence, so
  /// audio may begin at once. Fails with latency_range where the plan's latency is shorter than its
  /// block, for what a block brings cannot be heard in it; with processor_stuck if the worker does
  /// not come to run within the patience. Nothing happens if it was started before.
  /// [one-thread] [blocks]
  result<std::int64_t> start();

  /// Lets the worker process what was put in, and ends it. Fails with processor_stuck if it does
  /// not come back within the patience: it is then left alone, with all it needs, until it returns
  /// or the program ends, and cannot be started again. Call it when no process() comes any more.
  /// [one-thread] [blocks]
  result<std::int64_t> stop();

  /// Replaces what `audio` holds by what is due: the processor's answer to what was put in
  /// latency_samples() ago, events at their exact frames. Only silence is due before start().
  /// [audio-thread] [rt-safe] [wait-free] O(n). When audio passes through, as the processor does;
  /// then expects no more frames than the plan's block.
  void process(planar_block<float> audio, std::span<const block_event> events) noexcept {
    if (through_)
      through_->process(audio, events);
    else
      worker_->pipe.process(audio, events);
  }

  /// What to tell the host. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] std::int64_t latency_samples() const noexcept {
    return through_ ? 0 : worker_->pipe.buffer().latency_samples();
  }
  /// Asks for another latency, from the plan's block to its largest, as
  /// write_ahead_buffer::set_latency does. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool set_latency(std::int64_t frames) noexcept {
    return !through_ && frames >= shortest() && worker_->pipe.buffer().set_latency(frames);
  }
  /// True once after each change of latency_samples(). [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool latency_changed() noexcept {
    return !through_ && worker_->pipe.buffer().latency_changed();
  }
  /// All zero when audio passes through. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] buffer_health health() const noexcept {
    return through_ ? buffer_health{} : worker_->pipe.buffer().health();
  }
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] pipe_losses losses() const noexcept {
    return through_ ? pipe_losses{} : worker_->pipe.losses();
  }

private:
  // What the thread needs, which outlives us if it is stuck.
  struct worker {
    buffered_pipe<Processor, Clock, Policies> pipe;
    worker_options options;
    std::atomic<bool> stopping{false};
    condition_signal wake{}, started{}, finished{};

    void run();
  };

  std::int64_t shortest() const noexcept {
    return through_ ? 0 : static_cast<std::int64_t>(worker_->pipe.buffer().plan().block());
  }
  static wake_time after(nanoseconds patience) {
    return std::chrono::steady_clock::now() + patience;
  }
  failure stuck() const {
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(patience_);
    return {errc::processor_stuck, static_cast<std::uint32_t>(limit.count())};
  }

  nanoseconds patience_;
  std::optional<Processor> through_;
  std::shared_ptr<worker> worker_;
  std::thread thread_;
  bool running_ = false, stuck_ = false;
};

template <processor Processor, class Policies, clock_source Clock>
buffered_processor<Processor, Policies, Clock>::buffered_processor(const latency_plan& plan,
                                                                   Processor processor,
                                                                   worker_options options,
                                                                   Policies policies, Clock clock)
    : patience_{options.patience} {
  if (options.pass_through)
    through_.emplace(std::move(processor)).prepare({plan.rate(), plan.channels(), plan.block()});
  else
    worker_.reset(new worker{{plan, std::move(processor), std::move(clock), std::move(policies)},
                             std::move(options)});
}

template <processor Processor, class Policies, clock_source Clock>
result<std::int64_t> buffered_processor<Processor, Policies, Clock>::start() {
  if (stuck_) return stuck();
  if (latency_samples() < shortest())
    return failure{errc::latency_range, static_cast<std::uint32_t>(latency_samples())};
  if (worker_ && !running_) {
    if (!thread_.joinable()) {
      worker_->stopping.store(false, std::memory_order_relaxed);
      (void)worker_->started.wait_until(wake_time{}); // that of a start nobody waited for
      thread_ = std::thread{[worker = worker_] { worker->run(); }};
    }
    if (!worker_->started.wait_until(after(patience_))) return stuck();
    running_ = true;
  }
  return latency_samples();
}

template <processor Processor, class Policies, clock_source Clock>
result<std::int64_t> buffered_processor<Processor, Policies, Clock>::stop() {
  if (!thread_.joinable()) return latency_samples();
  worker_->stopping.store(true, std::memory_order_relaxed);
  worker_->wake.notify();
  if (!worker_->finished.wait_until(after(patience_))) {
    thread_.detach(); // the thread holds its worker, and with it all that it may still touch
    stuck_ = true;
    return stuck();
  }
  thread_.join();
  running_ = false;
  return latency_samples();
}

template <processor Processor, class Policies, clock_source Clock>
void buffered_processor<Processor, Policies, Clock>::worker::run() {
  options.on_start();
  started.notify();
  while (!stopping.load(std::memory_order_relaxed)) {
    pipe.work();
    const auto rest = options.tick == nanoseconds{} ? pipe.rest() : options.tick;
    (void)wake.wait_until(after(rest));
  }
  pipe.work_off();
  finished.notify();
}

} // namespace jamnet::inline v0
