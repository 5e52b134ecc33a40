// buffered_synth: a synthesiser that now and then stands still for 20 ms, as if a garbage collector
// had stopped it, and plays on: behind a buffer of 50 ms nobody hears it, to the bit.
#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <jamnet/core/math.hpp>
#include <jamnet/latency/buffered_processor.hpp>
#include <sndfile.hh>
#include <unistd.h>

#include "options.hpp"
#include "performance.hpp"
#include "rehearsal.hpp"
#include "speaker.hpp"
#include "synth.hpp"
#include "tune.hpp"

using namespace std::chrono_literals;

namespace {

struct outcome {
  std::int64_t latency = 0;
  std::uint64_t missed = 0, unwritten = 0; // frames, as in performance
  jamnet::buffer_health health{};
  jamnet::pipe_losses losses{};
};

int fail(const std::string& why) {
  std::fprintf(stderr, "buffered_synth: %s\n", why.c_str());
  return 1;
}

// One line, in its place where it can be; otherwise one a second.
class display {
public:
  void show(double seconds, const jamnet::buffer_health& h, std::uint64_t missed) {
    if (!in_place_ && seconds < next_) return;
    next_ += 1;
    std::printf("%s%6.1f s  ", in_place_ ? "\r" : "", seconds);
    if (h.latency == 0) {
      std::printf("no buffer: %llu frames not ready in time", counted(missed));
    } else {
      std::string bar(static_cast<std::size_t>(
                          std::clamp<std::int64_t>(nearest_tenth(h.fill, h.latency), 0, 10)),
                      '#');
      bar.resize(10, '.');
      std::printf("%lld = %.1f ms [%s] underruns %llu, worst pause %.1f ms, adjustments %llu",
                  static_cast<long long>(h.latency), milliseconds(h.latency_time), bar.c_str(),
                  counted(h.underruns), milliseconds(h.worst_processing), counted(h.adjustments));
    }
    if (!in_place_) std::puts("");
    std::fflush(stdout);
  }
  void end() const {
    if (in_place_) std::puts("");
  }

private:
  static unsigned long long counted(std::uint64_t n) { return n; }
  static double milliseconds(jamnet::nanoseconds t) {
    return std::chrono::duration<double, std::milli>{t}.count();
  }
  static std::int64_t nearest_tenth(std::int64_t part, std::int64_t whole) {
    return (10 * part + whole / 2) / whole;
  }
  bool in_place_ = ::isatty(STDOUT_FILENO) != 0;
  double next_ = 1;
};

// Writes down the first `frames` of what is heard, while `wait` lets it go on.
template <class Stage>
void record(Stage& stage, std::uint64_t frames, double rate, SndfileHandle& file, auto&& wait,
            auto&& health) {
  jamnet::frame_store<float, jamnet::planar<>> memory{*jamnet::audio_shape::of(2, 4096)};
  const auto audio = memory.at(0, 4096).first;
  std::vector<float> interleaved;
  display line;
  for (std::uint64_t written = 0; written < frames; wait()) {
    while (const auto count = std::min<std::uint64_t>(stage.take(audio), frames - written)) {
      interleaved.clear();
      for (std::size_t f = 0; f < count; ++f)
        for (std::size_t c = 0; c < 2; ++c) interleaved.push_back(audio.sample(c, f));
      file.writef(interleaved.data(), static_cast<sf_count_t>(count));
      written += count;
    }
    line.show(static_cast<double>(written) / rate, health(), stage.missed());
  }
  line.end();
}

outcome rehearse(const options& o, const jamnet::latency_plan& plan, pauses when, const tune& notes,
                 std::uint64_t frames, SndfileHandle& file) {
  rehearsal rehearsal{plan, std::move(when), notes};
  record(
      rehearsal.stage(), frames, o.rate, file, [&] { rehearsal.run(100ms); },
      [&] { return rehearsal.health(); });
  return {plan.latency(), rehearsal.stage().missed(), rehearsal.stage().unwritten(),
          rehearsal.health(), rehearsal.losses()};
}

jamnet::result<outcome> perform(const options& o, const jamnet::latency_plan& plan, pauses when,
                                const tune& notes, std::uint64_t frames, SndfileHandle& file,
                                speaker& speaker) {
  when.stand_still = [count = std::move(when.stand_still)](jamnet::nanoseconds length) {
    count(length);
    std::this_thread::sleep_for(length);
  };
  jamnet::worker_options worker;
  worker.pass_through = o.no_buffer;
  worker.on_start = [] { hurry(); };
  jamnet::buffered_processor<pausing<synth>> buffered{plan, pausing<synth>{std::move(when)},
                                                      std::move(worker)};
  performance<decltype(buffered), jamnet::steady_source> stage{buffered, notes, o.rate, {}};
  const auto latency = buffered.start();
  if (!latency) return latency.error();
  if (!speaker.start(std::ref(stage))) return jamnet::failure{jamnet::errc::system};
  record(
      stage, frames, o.rate, file, [] { std::this_thread::sleep_for(50ms); },
      [&] { return buffered.health(); });
  speaker.stop();
  if (const auto stopped = buffered.stop(); !stopped) return stopped.error();
  return outcome{*latency, stage.missed(), stage.unwritten(), buffered.health(), buffered.losses()};
}

// How the file differs from the tune played without pauses and buffer, a latency later.
struct difference {
  std::uint64_t frames = 0, silent = 0; // that differ, and those of them that are silent
};
difference compare(const options& o, const tune& notes, std::uint64_t frames,
                   std::int64_t latency) {
  constexpr std::size_t block = 512;
  SndfileHandle file{o.wav.string()};
  synth reference;
  reference.prepare({o.rate, 2, block});
  performance<synth, jamnet::testing::manual_clock> stage{reference, notes, o.rate,
                                                          jamnet::testing::manual_clock{}};
  jamnet::frame_store<float, jamnet::planar<>> memory{*jamnet::audio_shape::of(2, block)};

  difference found;
  std::uint64_t frame = 0;
  const auto read = [&](std::size_t most, auto&& expected) { // of a frame and a channel
    std::vector<float> heard(2 * most);
    const auto count = static_cast<std::size_t>(
        std::max<sf_count_t>(0, file.readf(heard.data(), static_cast<sf_count_t>(most))));
    for (std::size_t f = 0; f < count; ++f) {
      const float left = heard[2 * f], right = heard[2 * f + 1];
      const auto same = [](float a, float b) {
        return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
      };
      if (same(left, expected(f, 0)) && same(right, expected(f, 1))) continue;
      found.frames += 1;
      found.silent += left == 0 && right == 0;
    }
    frame += count;
    return count == most;
  };
  if (read(static_cast<std::size_t>(latency), [](std::size_t, std::size_t) { return 0.f; }))
    for (bool more = true; more && frame < frames;) {
      const auto audio = memory.at(0, std::min<std::uint64_t>(block, frames - frame)).first;
      stage(audio);
      more = read(audio.frames(), [&](std::size_t f, std::size_t c) { return audio.sample(c, f); });
    }
  found.frames += frames - frame; // missing
  return found;
}

int judge(const options& o, const outcome& end, const difference& found) {
  const auto number = [](auto n) { return std::to_string(n); };
  std::string verdict = o.wav.string() + ": ";
  int status = 0;
  const auto silent = end.health.silent_frames + end.missed;
  if (found.frames == 0) {
    verdict +=
        "bit-identical to the unbuffered rendering, shifted by " + number(end.latency) + " samples";
  } else if (found.frames == found.silent && found.frames <= silent) {
    verdict += number(found.frames) + " frames are silent that should not be (" +
               number(end.health.underruns) + " underruns, " + number(end.missed) +
               " frames not ready in time), all others identical, shifted by " +
               number(end.latency) + " samples";
    status = 2;
  } else {
    verdict += number(found.frames) + " frames differ from the unbuffered rendering, of which " +
               number(found.silent) + " are silent and " + number(silent) + " were counted";
    const bool held_up = end.losses.input_frames != 0 || end.unwritten != 0;
    if (held_up) verdict += "; it stood still for longer than input waits";
    status = held_up ? 2 : 1;
  }
  std::puts(verdict.c_str());
  return status;
}

int run(const options& o) {
  auto speaker = o.offline || o.no_card ? nullptr : open_card(o.rate, o.block);
  if (!speaker && o.card) return fail("no sound card");
  if (!speaker && !o.offline) speaker = open_clock(o.rate, o.block);
  const auto block = speaker ? speaker->block() : o.block;

  const auto plan =
      jamnet::latency_plan::of({.rate = o.rate,
                                .latency = jamnet::nanoseconds{jamnet::nearest(o.latency_ms * 1e6)},
                                .block = block});
  if (!plan) return fail(std::string{to_string(plan.error().code)});
  if (!o.no_buffer && plan->latency() < static_cast<std::int64_t>(block))
    return fail("a latency shorter than a block of " + std::to_string(block) + " frames");

  const auto frames = static_cast<std::uint64_t>(jamnet::nearest(o.seconds * o.rate) +
                                                 (o.no_buffer ? 0 : plan->latency()));
  const auto notes = o.file.empty() ? nocturne(o.rate, frames) : read_tune(o.file, o.rate);
  if (!notes) return fail(o.file.string() + ": not a MIDI file");

  std::atomic<std::uint64_t> stood_still{0};
  const pauses when{.per_second = o.pauses_per_second,
                    .length = jamnet::nanoseconds{jamnet::nearest(o.pause_ms * 1e6)},
                    .seed = o.seed,
                    .stand_still = [&](jamnet::nanoseconds) { ++stood_still; }};
  std::printf("%s\n%.0f Hz, blocks of %zu frames; %g pauses of %g ms a second, seed %llu\n",
              speaker ? speaker->name().c_str() : "offline: in virtual time", o.rate, block,
              o.pauses_per_second, o.pause_ms, static_cast<unsigned long long>(o.seed));

  std::error_code ignored; // the file says it
  if (o.wav.has_parent_path()) std::filesystem::create_directories(o.wav.parent_path(), ignored);
  jamnet::result<outcome> end = outcome{};
  {
    SndfileHandle file{o.wav.string(), SFM_WRITE, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 2,
                       static_cast<int>(o.rate)};
    if (file.error() != 0) return fail(o.wav.string() + ": " + file.strError());
    end = speaker ? perform(o, *plan, when, *notes, frames, file, *speaker)
                  : rehearse(o, *plan, when, *notes, frames, file);
  }
  if (!end) return fail(std::string{to_string(end.error().code)});
  std::printf("it stood still %llu times\n", static_cast<unsigned long long>(stood_still.load()));
  return judge(o, *end, compare(o, *notes, frames, end->latency));
}

} // namespace

int main(int argc, char** argv) {
  std::string error;
  const auto options = parse(argc, argv, error);
  if (!options) return fail(error);
  if (options->help) return std::fputs(usage, stdout), 0;
  return run(*options);
}
