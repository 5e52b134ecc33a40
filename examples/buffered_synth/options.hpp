// What the command line asks for, each number in its range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

struct options {
  double seconds = 10, rate = 48'000, latency_ms = 50, pause_ms = 20, pauses_per_second = 4;
  std::size_t block = 256;
  std::uint64_t seed = 1;
  std::filesystem::path wav = "out/buffered_synth.wav", file;
  bool no_buffer = false, card = false, no_card = false, offline = false, help = false;
};

inline constexpr const char* usage = R"(buffered_synth: a synthesiser that pauses, and plays on

  --seconds S      how long (10)
  --latency MS     of the buffer (50): a block, the longest pause and what the system adds
  --pause MS       how long a pause is (20)
  --pauses N       how many a second on average (4), 0 for none
  --block FRAMES   of a callback (256)
  --rate HZ        (48000)
  --seed N         of the pauses (1)
  --file FILE.mid  what to play (a nocturne it brings along)
  --wav FILE       where the sound goes (out/buffered_synth.wav)
  --no-buffer      process in the callback, to hear what that is like
  --card           through the sound card or not at all
  --no-card        never through the sound card
  --offline        as fast as it goes, the pauses in virtual time

It plays through the sound card where there is one (RtAudio; tested with JACK's dummy driver, not
with a real card), otherwise a clock stands in for it. Either way the sound goes to the file, which
is then read back and compared with the same tune played without pauses and buffer.
Returns 0 if they are bit-identical, shifted by the latency; 2 if frames are silent, and counted
as such, because a pause or the machine was too long for the latency; 1 if anything is wrong.
)";

/// Nothing, and why in `error`, if it cannot be understood.
[[nodiscard]] std::optional<options> parse(int argc, char** argv, std::string& error);
