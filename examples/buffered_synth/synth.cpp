#include "synth.hpp"

#include <algorithm>
#include <cmath>

#include <jamnet/midi/message.hpp>

void synth::prepare(const jamnet::processor_format& format) {
  rate_ = format.rate;
  echo_.resize(static_cast<std::size_t>(std::max(1.0, 0.45 * rate_)));
  reset();
}

void synth::reset() {
  voices_.fill({});
  std::fill(echo_.begin(), echo_.end(), frame{});
  echo_at_ = 0;
}

void synth::process(jamnet::planar_block<float> audio,
                    std::span<const jamnet::block_event> events) {
  std::size_t next = 0;
  for (std::size_t f = 0; f < audio.frames(); ++f) {
    for (; next < events.size() && events[next].frame <= f; ++next) play(events[next].packet);
    frame sum{};
    for (auto& v : voices_)
      if (v.sounding) add(v, sum);
    auto& echo = echo_[echo_at_];
    echo_at_ = (echo_at_ + 1) % echo_.size();
    const frame heard{sum[0] + 0.35 * echo[0], sum[1] + 0.35 * echo[1]};
    echo = {sum[1] + 0.4 * echo[1], sum[0] + 0.4 * echo[0]}; // from side to side
    for (std::size_t c = 0; c < audio.channels(); ++c) {
      const double x = heard[c % 2];
      audio.sample(c, f) = static_cast<float>(x / std::sqrt(1 + x * x)); // never beyond 1
    }
  }
}

void synth::play(const jamnet::ump& packet) {
  const unsigned key = (packet.status() & 15u) << 8 | packet.byte(2);
  if (jamnet::ends_note(packet))
    for (auto& v : voices_)
      if (v.key == key) v.held = false;
  if (packet.type() != jamnet::ump_type::midi1_voice || !jamnet::starts_note(packet)) return;

  // A free voice, or the one that has sounded longest.
  auto& v = *std::max_element(voices_.begin(), voices_.end(), [](const voice& a, const voice& b) {
    return a.sounding != b.sounding ? a.sounding : a.age < b.age;
  });
  constexpr double two_pi = 6.283185307179586;
  const double note = packet.byte(2), loudness = 0.2 * packet.byte(3) / 127.0;
  const double frequency = 440 * std::exp2((note - 69) / 12);
  const double place = std::clamp((note - 36) / 60, 0.0, 1.0); // low on the left, high on the right
  v = {.key = key, .sounding = true, .held = true};
  v.left = loudness * std::cos(two_pi / 4 * (0.25 + place / 2));
  v.right = loudness * std::sin(two_pi / 4 * (0.25 + place / 2));
  for (std::size_t i = 0; i < v.partials.size(); ++i) {
    const auto number = static_cast<double>(i + 1);
    if (frequency * number > 0.45 * rate_) break;
    const double turn = two_pi * frequency * number / rate_;
    const double decay = std::exp(-(0.7 + 0.9 * number) / rate_);
    v.partials[i] = {std::pow(number, -1.4), 0, decay * std::cos(turn), decay * std::sin(turn)};
  }
}

void synth::add(voice& v, frame& sum) const {
  double tone = 0;
  for (auto& p : v.partials) {
    tone += p.sine;
    const double cosine = p.cosine * p.turn_cosine - p.sine * p.turn_sine;
    p.sine = p.sine * p.turn_cosine + p.cosine * p.turn_sine;
    p.cosine = cosine;
  }
  v.attack = std::min(1.0, v.attack + 250 / rate_);
  if (!v.held) v.release *= 1 - std::min(1.0, 9 / rate_);
  const double gain = v.attack * v.release;
  sum[0] += gain * v.left * tone;
  sum[1] += gain * v.right * tone;
  // Over when it is 80 dB down, by its loudest partial or its release.
  const auto& p = v.partials[0];
  if (++v.age % 64 == 0 && gain * std::hypot(p.cosine, p.sine) < 1e-4) v.sounding = false;
}
