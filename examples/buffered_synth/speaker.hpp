// What asks for sound, block by block, on a thread of its own: a sound card, or the clock.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <jamnet/ring/audio_block.hpp>

/// Fills a stereo block. [audio-thread]
using render = std::function<void(jamnet::planar_block<float>)>;

/// Asks that this thread goes before all that are not in a hurry, where the system lets it.
void hurry();

class speaker {
public:
  virtual ~speaker() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::size_t block() const = 0; ///< frames of every block
  /// Begins, or says no; whoever begins also stops, before what `ask` needs is gone.
  [[nodiscard]] virtual bool start(render ask) = 0;
  virtual void stop() = 0;
};

/// The sound card that is the system's default output, or nothing.
[[nodiscard]] std::unique_ptr<speaker> open_card(double rate, std::size_t block);
/// Nobody hears it: asks when a card would.
[[nodiscard]] std::unique_ptr<speaker> open_clock(double rate, std::size_t block);
