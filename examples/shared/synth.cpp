#include "synth.hpp"

#include <algorithm>
#include <cmath>

#include <jamnet/midi/message.hpp>

namespace shared {

void synth::play(const jamnet::ump& packet, double position) noexcept {
  const unsigned channel = packet.status() & 15u;
  const unsigned key = channel << 8 | packet.byte(2);
  if (jamnet::ends_note(packet)) {
    for (voice& v : voices_)
      if (v.sounding && v.key == key && v.end > position) v.end = std::max(position, v.begin);
  } else if (jamnet::starts_note(packet)) {
    // A free voice, or the one that has sounded longest.
    voice& v =
        *std::min_element(voices_.begin(), voices_.end(), [](const voice& a, const voice& b) {
          return a.sounding != b.sounding ? !a.sounding : a.begin < b.begin;
        });
    v = {};
    v.sounding = true;
    v.key = key;
    v.begin = position;
    v.drum = channel == 9;
    v.frequency = 440 * std::exp2((packet.byte(2) - 69.0) / 12);
    v.loudness = 0.12 * packet.byte(3) / 127.0;
    v.noise = key * 2654435761u | 1; // the same on every peer
  }
}

void synth::render(std::span<float> out, std::uint64_t first) noexcept {
  for (voice& v : voices_)
    if (v.sounding && v.begin < static_cast<double>(first + out.size())) render(v, out, first);
}

// Sets the partials to where they are at sample `first`, a fraction of a sample after the onset.
void synth::start(voice& v, double first) const noexcept {
  constexpr double two_pi = 6.283185307179586;
  const double elapsed = first - v.begin;
  for (std::size_t i = 0; i < v.partials.size(); ++i) {
    partial& p = v.partials[i];
    const double number = static_cast<double>(i + 1);
    const double frequency = v.frequency * number;
    if (frequency > 0.45 * rate_) continue;
    const double turn = two_pi * frequency / rate_;
    p.decay = std::exp(-(1.5 + 1.2 * number) / rate_);
    p.level = v.loudness / number * std::pow(p.decay, elapsed);
    p.cosine = std::cos(turn * elapsed);
    p.sine = std::sin(turn * elapsed);
    p.turn_cosine = std::cos(turn);
    p.turn_sine = std::sin(turn);
  }
  v.started = true;
}

void synth::render(voice& v, std::span<float> out, std::uint64_t first) const noexcept {
  const double attack = 0.0005 * rate_, release = 0.04 * rate_;
  const auto offset = static_cast<double>(first);
  const auto skip = static_cast<std::size_t>(std::max(0.0, std::ceil(v.begin - offset)));
  if (!v.started && skip < out.size()) start(v, offset + static_cast<double>(skip));
  double loudest = 0;
  for (std::size_t i = skip; i < out.size(); ++i) {
    const double at = offset + static_cast<double>(i);
    double sum = 0;
    if (v.drum) {
      v.noise = v.noise * 1664525u + 1013904223u;
      sum = v.loudness * (static_cast<double>(v.noise >> 8) / 8388608.0 - 1) *
            std::exp(-(at - v.begin) / (0.05 * rate_));
    }
    for (partial& p : v.partials) {
      if (!v.drum) sum += p.level * p.sine;
      const double c = p.cosine * p.turn_cosine - p.sine * p.turn_sine;
      p.sine = p.sine * p.turn_cosine + p.cosine * p.turn_sine;
      p.cosine = c;
      p.level *= p.decay;
    }
    double shape = 1 - std::exp(-(at - v.begin) / attack);
    if (at > v.end) shape *= std::exp(-(at - v.end) / release);
    out[i] += static_cast<float>(shape * sum);
    loudest = std::max(loudest, shape * (v.drum ? std::abs(sum) : v.partials[0].level));
  }
  if (skip < out.size() && loudest < 1e-5) v.sounding = false;
}

} // namespace shared
