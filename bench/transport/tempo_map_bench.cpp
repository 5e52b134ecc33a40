// What a question to a tempo map costs, at random points of a day with 1,000 changes of tempo;
// and to a transport.
#include <jamnet/time/tempo_map.hpp>

#include <cstddef>
#include <vector>

#include <benchmark/benchmark.h>
#include <jamnet/transport/transport_state.hpp>

#include "tempo_peers.hpp"

using namespace jamnet;

namespace {

constexpr std::uint32_t rate = 48'000;

struct questions {
  explicit questions(double ramps)
      : music{jamnet_bench::day_of_music(1'000, ramps)},
        simple{music},
        map{*tempo_map::make(music.tempi, music.signatures)} {
    random_source random{2};
    for (int i = 0; i < 4'096; ++i) {
      tick.push_back(
          {static_cast<std::int64_t>(random.uniform() * static_cast<double>(music.end.count))});
      time.push_back(map.time_at(tick.back()) + nanoseconds{random.next() % 100'000});
      frame.push_back(map.tempo().frame_at(tick.back(), rate));
    }
  }
  jamnet_bench::piece music;
  jamnet_bench::double_map simple;
  tempo_map map;
  std::vector<ticks> tick;
  std::vector<nanoseconds> time;
  std::vector<std::int64_t> frame;
};

using question = std::int64_t (*)(const questions&, std::size_t);

std::int64_t time_to_tick(const questions& q, std::size_t i) {
  return q.map.tick_at(q.time[i]).count;
}
std::int64_t tick_to_time(const questions& q, std::size_t i) {
  return q.map.time_at(q.tick[i]).count();
}
std::int64_t tick_to_frame(const questions& q, std::size_t i) {
  return q.map.tempo().frame_at(q.tick[i], rate);
}
std::int64_t frame_to_tick(const questions& q, std::size_t i) {
  return q.map.tempo().tick_at_frame(q.frame[i], rate).count;
}
std::int64_t time_to_position(const questions& q, std::size_t i) {
  return q.map.position_at(q.time[i]).bar;
}
std::int64_t time_to_next_bar(const questions& q, std::size_t i) {
  return q.map.next_bar(q.time[i]).count();
}
std::int64_t double_time_to_tick(const questions& q, std::size_t i) {
  return static_cast<std::int64_t>(q.simple.tick_at(static_cast<double>(q.time[i].count()) / 1e9));
}
std::int64_t double_tick_to_frame(const questions& q, std::size_t i) {
  return nearest(q.simple.seconds_at(q.tick[i].count) * rate);
}

// Each question waits for the answer to the one before, as in a program that uses it. In order:
// blocks of 128 frames, as an audio thread asks.
template <question Ask, bool Ramps = false, bool InOrder = false>
void ask(benchmark::State& state) {
  questions q{Ramps ? 0.5 : 0.0};
  if (InOrder)
    for (std::size_t j = 0; j < q.time.size(); ++j) q.time[j] = nanoseconds{j * 2'666'667};
  std::size_t i = 0;
  for (auto _ : state) {
    const std::int64_t answer = Ask(q, i);
    benchmark::DoNotOptimize(answer);
    i = (i + 1 + static_cast<std::size_t>(answer < 0)) % 4'096; // none is below 0
  }
}

// The same of a transport, whose tempo is one number.
template <class Question>
void ask_transport(benchmark::State& state, Question answer_of) {
  transport_state transport{
      .mode = transport_mode::playing, .bpm = 97.3, .loop_to = quarter_notes::from(16)};
  session_time t{};
  for (auto _ : state) {
    benchmark::DoNotOptimize(transport); // read anew, as from a latest
    const std::int64_t answer = answer_of(transport, t);
    benchmark::DoNotOptimize(answer);
    t += nanoseconds{2'666'667 + (answer >> 63)};
  }
}
void transport_position(benchmark::State& state) {
  ask_transport(state, [](const auto& s, session_time t) { return s.position_at(t).parts; });
}
void transport_next_bar(benchmark::State& state) {
  ask_transport(state, [](const auto& s, session_time t) { return s.next_bar(t).position.parts; });
}

BENCHMARK(ask<time_to_tick>)->Name("tempo_map/query_ns");
BENCHMARK(ask<time_to_tick, true>)->Name("tempo_map/query_ns/ramps");
BENCHMARK(ask<time_to_tick, false, true>)->Name("tempo_map/query_ns/in_order");
BENCHMARK(ask<tick_to_time>)->Name("tempo_map/query_ns/tick_to_time");
BENCHMARK(ask<tick_to_frame>)->Name("tempo_map/query_ns/tick_to_frame");
BENCHMARK(ask<frame_to_tick>)->Name("tempo_map/query_ns/frame_to_tick");
BENCHMARK(ask<frame_to_tick, true>)->Name("tempo_map/query_ns/frame_to_tick_ramps");
BENCHMARK(ask<time_to_position>)->Name("tempo_map/query_ns/bars_beats_ticks");
BENCHMARK(ask<time_to_next_bar>)->Name("tempo_map/query_ns/next_bar");
BENCHMARK(ask<double_time_to_tick>)->Name("tempo_map/double/query_ns");
BENCHMARK(ask<double_time_to_tick, false, true>)->Name("tempo_map/double/query_ns/in_order");
BENCHMARK(ask<double_tick_to_frame>)->Name("tempo_map/double/query_ns/tick_to_frame");
BENCHMARK(transport_position)->Name("transport/position_ns");
BENCHMARK(transport_next_bar)->Name("transport/next_bar_ns");

} // namespace
