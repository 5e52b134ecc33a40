// Is the latency that is reported the one there is, does every event sound at its frame, and is
// anything heard of a processor that pauses?
//
// Under a clock that moves by hand, so that minutes of audio take a second: it moves from audio
// callback to audio callback while the worker rests, and while its processor pauses. What should
// come out is known to the frame. All figures but the number of trials should be 0. What real
// threads make of it: buffered_processor_measure.cpp.
//
//   latency_measure [--json] [--smoke | --full]
#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../rows.hpp"
#include "listener.hpp"
#include <jamnet/core/random.hpp>
#include <jamnet/latency/buffered_pipe.hpp>
#include <jamnet/testing/manual_clock.hpp>

using namespace jamnet;
using namespace std::chrono_literals;
using jamnet_bench::listener;
using jamnet_bench::pausing;
using jamnet_bench::row;
using testing::manual_clock;

namespace {

// ---------------------------------------------------------------------------------- processors

// What it answers depends on every frame and event before, and not on how they came in blocks.
struct resonator {
  std::vector<float> last;

  void prepare(const processor_format& format) { last.assign(format.channels, 0); }
  void process(planar_block<float> audio, std::span<const block_event> events) {
    std::size_t next = 0;
    for (std::size_t f = 0; f < audio.frames(); ++f) {
      for (; next < events.size() && events[next].frame == f; ++next)
        for (auto& x : last) x += static_cast<float>(events[next].packet.words[0]);
      for (std::size_t c = 0; c < audio.channels(); ++c)
        audio.sample(c, f) = last[c] = last[c] * 0.9f + audio.sample(c, f);
    }
  }
  void reset() { std::fill(last.begin(), last.end(), 0.f); }
};

// Leaves audio as it is.
struct wire {
  void prepare(const processor_format&) {}
  void process(planar_block<float>, std::span<const block_event>) {}
  void reset() {}
};

// Silence, but for each event its number, in its frame.
struct stamp {
  void prepare(const processor_format&) {}
  void process(planar_block<float> audio, std::span<const block_event> events) {
    silence(audio);
    for (const auto& event : events)
      audio.sample(0, event.frame) = static_cast<float>(event.packet.words[0]);
  }
  void reset() {}
};

// ---------------------------------------------------------------------------------- simulation

// An audio callback every block, and a worker that rests as long as its pipe says. Time passes
// only while it rests, or while its processor pauses. Each callback is
// `host(audio, events, frame, exchange)`: it fills both, calls exchange(), and finds in `audio`
// what is heard.
template <processor Processor, class Host>
class simulation {
public:
  simulation(Processor inner, const latency_plan& plan, Host& host, nanoseconds pause = {})
      : plan_{plan},
        host_{host},
        pipe_{plan, {std::move(inner), pass{this, pause}}, clock_},
        memory_{*audio_shape::of(plan.channels(), plan.block())} {}
  simulation(const simulation&) = delete;

  void run(std::uint64_t frames) {
    while (heard_ < frames) {
      pipe_.work();
      let_pass(pipe_.rest());
    }
  }
  auto& pipe() { return pipe_; }
  std::size_t pauses() const { return pauses_; }

private:
  struct pass {
    simulation* owner;
    nanoseconds pause;
    void operator()() const {
      owner->let_pass(pause);
      ++owner->pauses_;
    }
  };

  void let_pass(nanoseconds time) {
    const auto end = clock_.elapsed() + time;
    for (nanoseconds due; (due = plan_.duration(static_cast<std::int64_t>(heard_))) <= end;) {
      clock_.advance(std::max(due - clock_.elapsed(), 0ns));
      callback();
    }
    clock_.advance(std::max(end - clock_.elapsed(), 0ns));
  }
  void callback() {
    const auto audio = memory_.at(0, plan_.block()).first;
    events_.clear();
    host_(audio, events_, heard_, [&] { pipe_.process(audio, events_); });
    heard_ += plan_.block();
  }

  latency_plan plan_;
  Host& host_;
  manual_clock clock_;
  buffered_pipe<pausing<Processor, pass>, manual_clock> pipe_;
  frame_store<float, planar<>> memory_;
  std::vector<block_event> events_;
  std::uint64_t heard_ = 0; // frames
  std::size_t pauses_ = 0;
};

// ------------------------------------------------------------------------------------- glitches

void measure_glitches(std::vector<row>& rows, double seconds) {
  const auto plan = *latency_plan::of({.latency = 50ms, .block = 128});
  listener<resonator> host{plan};
  simulation run{resonator{}, plan, host, 20ms};
  run.run(static_cast<std::uint64_t>(seconds * plan.rate()));
  const std::string name = "buffered_processor/glitches";
  const auto underruns = run.pipe().buffer().health().underruns;
  rows.push_back({name, static_cast<double>(host.glitches), "frames"});
  rows.push_back({name + "/of", static_cast<double>(host.frames), "frames"});
  rows.push_back({name + "/pauses", static_cast<double>(run.pauses()), "of 20 ms"});
  rows.push_back({name + "/underruns", static_cast<double>(underruns), ""});
}

// --------------------------------------------------------------------------------------- latency

// An impulse in one frame of all channels, and in which frame each channel has it again.
class impulse {
public:
  impulse(std::size_t channels, std::uint64_t sent_at)
      : sent_at_{sent_at},
        latency_(channels, -1) {}

  template <class Exchange>
  void operator()(planar_block<float> audio, std::vector<block_event>&, std::uint64_t frame,
                  Exchange exchange) {
    silence(audio);
    if (sent_at_ - frame < audio.frames())
      for (std::size_t c = 0; c < audio.channels(); ++c)
        audio.sample(c, sent_at_ - frame) = static_cast<float>(c + 1);
    exchange();
    for (std::size_t c = 0; c < audio.channels(); ++c)
      for (std::size_t f = 0; f < audio.frames(); ++f)
        if (audio.sample(c, f) != 0) found(c, audio.sample(c, f), frame + f);
  }
  bool always(std::int64_t latency) const {
    return !wrong_ && std::all_of(latency_.begin(), latency_.end(),
                                  [&](std::int64_t found) { return found == latency; });
  }

private:
  void found(std::size_t channel, float sample, std::uint64_t frame) {
    wrong_ |= latency_[channel] != -1 || sample != static_cast<float>(channel + 1);
    latency_[channel] = static_cast<std::int64_t>(frame - sent_at_);
  }

  std::uint64_t sent_at_;
  std::vector<std::int64_t> latency_;
  bool wrong_ = false; // twice, or something else
};

// Frames until an impulse that is sent at `sent_at` must have been heard, if ever.
std::uint64_t long_enough(const latency_plan& plan, std::uint64_t sent_at) {
  return sent_at + static_cast<std::uint64_t>(plan.latency()) + 2 * plan.block();
}

bool exact_through_buffer(const latency_plan& plan, std::uint64_t sent_at) {
  write_ahead_buffer<float, planar<>> ahead{plan};
  frame_store<float, planar<>> memory{*audio_shape::of(plan.channels(), plan.block())};
  impulse host{plan.channels(), sent_at};
  std::vector<block_event> none;
  bool all = true;
  const auto audio = memory.at(0, plan.block()).first;
  for (std::uint64_t frame = 0; frame < long_enough(plan, sent_at); frame += plan.block())
    host(audio, none, frame, [&] {
      all &= ahead.write(audio) == plan.block();
      all &= ahead.read(audio) == plan.block();
    });
  return all && host.always(ahead.latency_samples());
}

bool exact_through_pipe(const latency_plan& plan, std::uint64_t sent_at) {
  impulse host{plan.channels(), sent_at};
  simulation run{wire{}, plan, host};
  run.run(long_enough(plan, sent_at));
  return host.always(run.pipe().buffer().latency_samples());
}

void measure_latency(std::vector<row>& rows) {
  random_source random{3};
  std::size_t combinations = 0, buffer_mismatches = 0, pipe_mismatches = 0;
  for (const double rate :
       {22'050., 32'000., 44'100., 48'000., 88'200., 96'000., 176'400., 192'000.})
    for (const std::size_t block :
         {1u, 16u, 32u, 64u, 100u, 127u, 128u, 256u, 480u, 512u, 1000u, 1024u, 2048u, 4095u, 4096u})
      for (std::size_t channels = 1; channels <= 8; ++channels) {
        const latency_options wish{.rate = rate, .channels = channels, .block = block};
        // 50 ms; where that is less than a block, a block and up to as much again.
        auto plan = *latency_plan::of(wish);
        if (plan.latency() < static_cast<std::int64_t>(block))
          plan = *latency_plan::exactly(static_cast<std::int64_t>(block + random.next() % block),
                                        wish);
        const std::uint64_t sent_at = random.next() % 5000;
        buffer_mismatches += !exact_through_buffer(plan, sent_at);
        pipe_mismatches += !exact_through_pipe(plan, sent_at);
        combinations += 2;
      }
  rows.push_back(
      {"latency_exact/mismatches", static_cast<double>(buffer_mismatches + pipe_mismatches), ""});
  rows.push_back(
      {"latency_exact/mismatches/write_ahead_buffer", static_cast<double>(buffer_mismatches), ""});
  rows.push_back(
      {"latency_exact/mismatches/buffered_pipe", static_cast<double>(pipe_mismatches), ""});
  rows.push_back({"latency_exact/mismatches/of", static_cast<double>(combinations), ""});
}

// ---------------------------------------------------------------------------------------- events

// Numbered events in random frames, and how many are not heard in theirs, a latency later.
class event_sender {
public:
  explicit event_sender(const latency_plan& plan)
      : latency_{static_cast<std::uint64_t>(plan.latency())},
        due_(std::bit_ceil(latency_ + plan.block()), 0) {}

  template <class Exchange>
  void operator()(planar_block<float> audio, std::vector<block_event>& events, std::uint64_t frame,
                  Exchange exchange) {
    for (std::uint32_t f = 0; f < audio.frames(); ++f) {
      if (random_.next() % 50 != 0) continue;
      const auto number = static_cast<std::uint32_t>(sent++ % 10'000'000 + 1); // fits a float
      events.push_back({f, ump{{number}}});
      due_at(frame + f + latency_) = number;
    }
    exchange();
    for (std::size_t f = 0; f < audio.frames(); ++f)
      misplaced += audio.sample(0, f) != static_cast<float>(std::exchange(due_at(frame + f), 0));
  }
  std::uint64_t sent = 0, misplaced = 0;

private:
  std::uint32_t& due_at(std::uint64_t frame) { return due_[frame & (due_.size() - 1)]; }

  std::uint64_t latency_;
  std::vector<std::uint32_t> due_;
  random_source random_{4};
};

void measure_events(std::vector<row>& rows, double seconds) {
  std::uint64_t sent = 0, misplaced = 0;
  for (const std::size_t block : {1u, 32u, 100u, 128u, 512u, 2400u}) {
    const auto plan = *latency_plan::of({.channels = 1, .block = block});
    const bool short_enough = block <= 512; // 20 ms and a block are less than 50 ms
    event_sender host{plan};
    simulation run{stamp{}, plan, host, short_enough ? 20ms : 0ms};
    run.run(static_cast<std::uint64_t>(seconds * plan.rate()));
    sent += host.sent;
    misplaced += host.misplaced;
  }
  rows.push_back({"events_exact/misplaced", static_cast<double>(misplaced), ""});
  rows.push_back({"events_exact/misplaced/of", static_cast<double>(sent), ""});
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  double minutes = 10;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") json = true;
    if (option == "--smoke") minutes = 1. / 6;
    if (option == "--full") minutes = 100;
  }
  std::vector<row> rows;
  measure_glitches(rows, 60 * minutes);
  measure_latency(rows);
  measure_events(rows, 6 * minutes);
  jamnet_bench::print(rows, json);
}
