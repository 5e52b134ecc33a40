// What the programs that listen to a buffered processor share: one that pauses, and who knows what
// should be heard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/latency/latency_plan.hpp>
#include <jamnet/latency/processor.hpp>
#include <jamnet/ring/frame_store.hpp>

namespace jamnet_bench {

// Calls pause() before a chunk at random: four times a second of audio or so, but never before
// 50 ms of it are done, for two pauses at once are one of twice the length.
template <jamnet::processor Processor, class Pause>
class pausing {
public:
  pausing(Processor inner, Pause pause) : inner_{std::move(inner)}, pause_{std::move(pause)} {}

  void prepare(const jamnet::processor_format& format) {
    rate_ = format.rate;
    next_ = in_a_while();
    inner_.prepare(format);
  }
  void process(jamnet::planar_block<float> audio, std::span<const jamnet::block_event> events) {
    if (done_ >= next_) {
      next_ = done_ + in_a_while();
      pause_();
    }
    inner_.process(audio, events);
    done_ += audio.frames();
  }
  void reset() { inner_.reset(); }

private:
  std::uint64_t in_a_while() {
    return static_cast<std::uint64_t>(rate_ * random_.uniform(0.05, 0.45));
  }

  Processor inner_;
  Pause pause_;
  jamnet::random_source random_{5};
  double rate_ = 0;
  std::uint64_t done_ = 0, next_ = 0; // frames
};

// Sends noise and events, has the answer of the same processor without a buffer, and counts the
// frames that are heard and are not this answer a latency later.
template <jamnet::processor Processor>
class listener {
public:
  explicit listener(const jamnet::latency_plan& plan)
      : latency_{static_cast<std::uint64_t>(plan.latency())},
        expected_{*jamnet::audio_shape::of(plan.channels(), latency_ + plan.block())},
        answer_{*jamnet::audio_shape::of(plan.channels(), plan.block())} {
    reference_.prepare({plan.rate(), plan.channels(), plan.block()});
  }

  // `exchange()` sends what is in `audio` and `events`, and puts into `audio` what is heard.
  template <class Exchange>
  void operator()(jamnet::planar_block<float> audio, std::vector<jamnet::block_event>& events,
                  std::uint64_t frame, Exchange exchange) {
    for (std::uint32_t f = 0; f < audio.frames(); ++f) {
      const std::uint64_t bits = random_.next();
      for (std::size_t c = 0; c < audio.channels(); ++c)
        audio.sample(c, f) = static_cast<float>(static_cast<std::int8_t>(bits >> (8 * c))) / 128;
      if (bits >> 57 == 0)
        events.push_back({f, jamnet::ump{{static_cast<std::uint32_t>(bits >> 16)}}});
    }
    const auto answer = answer_.at(0, audio.frames()).first;
    copy(audio, answer);
    reference_.process(answer, events);
    expected_.put(frame + latency_, answer);
    exchange();
    expected_.get(frame, answer);
    for (std::size_t f = 0; f < audio.frames(); ++f) {
      bool same = true, silent = true;
      for (std::size_t c = 0; c < audio.channels(); ++c) {
        same &= audio.sample(c, f) == answer.sample(c, f);
        silent &= audio.sample(c, f) == 0;
      }
      glitches += !same;
      wrong += !same && !silent;
    }
    frames += audio.frames();
  }
  std::uint64_t frames = 0, glitches = 0, wrong = 0; // wrong: and not silent either

private:
  std::uint64_t latency_;
  jamnet::frame_store<float, jamnet::planar<>> expected_; // silence at first, as it should be
  jamnet::frame_store<float, jamnet::planar<>> answer_;
  Processor reference_;
  jamnet::random_source random_{2};
};

} // namespace jamnet_bench
