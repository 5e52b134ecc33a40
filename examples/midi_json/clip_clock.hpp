// When the ticks of a MIDI Clip File sound. Unlike smf_tempo_map it takes tempi in units of 10 ns,
// and goes only forward, as the file is read.
#pragma once

#include <cstdint>

#include <jamnet/midi/flex_message.hpp>
#include <jamnet/midi/midi_clip_file.hpp>

namespace midi_json {

class clip_clock {
public:
  explicit clip_clock(std::uint16_t ticks_per_quarter_note) : ticks_{ticks_per_quarter_note} {}

  /// Tick 0 comes now, at this time; the tempo stays.
  void begin_at(std::int64_t time) { *this = {ticks_, quarter_, time}; }

  /// The nanosecond in which a tick begins. Expects ticks that do not go back; times beyond 292
  /// years, which only a hostile file has, saturate.
  [[nodiscard]] std::int64_t time_at(std::uint64_t tick) const { return moment(tick).time; }

  /// Takes note of the event, whose tempo counts from its tick on.
  void take(const jamnet::midi_clip_event& event) {
    const auto tempo = jamnet::flex_message::set_tempo::from(event.packet);
    if (!tempo || tempo->ten_nanos_per_quarter_note == 0) return;
    const auto [time, rest] = moment(event.tick);
    tick_ = event.tick;
    time_ = time;
    rest_ = rest;
    quarter_ = std::uint64_t{tempo->ten_nanos_per_quarter_note} * 10;
  }

private:
  struct instant {
    std::int64_t time;
    std::uint64_t rest; // in parts of a nanosecond, of which ticks_ are a whole one
  };

  clip_clock(std::uint16_t ticks, std::uint64_t quarter, std::int64_t time)
      : ticks_{ticks},
        quarter_{quarter},
        time_{time} {}

  instant moment(std::uint64_t tick) const {
    constexpr std::uint64_t most = INT64_MAX;
    const auto ticks = tick - tick_;
    const auto part = ticks % ticks_ * quarter_ + rest_;
    const auto past = time_ < 0 ? 0 : static_cast<std::uint64_t>(time_);
    const auto room = most - past;
    if (part / ticks_ > room || ticks / ticks_ > (room - part / ticks_) / quarter_)
      return {INT64_MAX, 0};
    const auto passed = ticks / ticks_ * quarter_ + part / ticks_;
    return {time_ + static_cast<std::int64_t>(passed), part % ticks_};
  }

  std::uint16_t ticks_;
  std::uint64_t quarter_ = 500'000'000; ///< ns
  std::uint64_t tick_ = 0;              ///< of the last tempo
  std::int64_t time_ = 0;               ///< of that tick
  std::uint64_t rest_ = 0;
};

} // namespace midi_json
