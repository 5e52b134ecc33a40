#include "piece.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>

namespace jam {
namespace {

constexpr unsigned ticks_per_quarter = 480;
constexpr unsigned quarters_a_minute = 132;

struct tone {
  unsigned note;
  unsigned eighths;
};

// Each line is sung twice: Frère Jacques, dormez-vous, sonnez les matines, din dan don.
constexpr std::array<tone, 32> melody{
    {{60, 2}, {62, 2}, {64, 2}, {60, 2}, {60, 2}, {62, 2}, {64, 2}, {60, 2},
     {64, 2}, {65, 2}, {67, 4}, {64, 2}, {65, 2}, {67, 4}, {67, 1}, {69, 1},
     {67, 1}, {65, 1}, {64, 2}, {60, 2}, {67, 1}, {69, 1}, {67, 1}, {65, 1},
     {64, 2}, {60, 2}, {60, 2}, {55, 2}, {60, 4}, {60, 2}, {55, 2}, {60, 4}}};

class chunk {
public:
  void byte(std::size_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void bytes(std::initializer_list<unsigned> values) {
    for (const unsigned v : values) byte(v);
  }
  void text(std::string_view text) {
    for (const char c : text) byte(static_cast<unsigned char>(c));
  }
  void delta(unsigned ticks) { // a variable-length quantity
    if (ticks >= 1u << 14) byte(0x80 | (ticks >> 14 & 0x7f));
    if (ticks >= 1u << 7) byte(0x80 | (ticks >> 7 & 0x7f));
    byte(ticks & 0x7f);
  }
  void end_track() { bytes({0, 0xff, 0x2f, 0}); }

  void append_to(chunk& file, std::string_view type) const {
    file.text(type);
    for (const unsigned shift : {24u, 16u, 8u, 0u}) file.byte(bytes_.size() >> shift & 0xff);
    for (const auto b : bytes_) file.byte(b);
  }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }

private:
  std::vector<std::uint8_t> bytes_;
};

// A voice enters two bars after the one before, in its own octave and its own place.
chunk voice(unsigned number) {
  constexpr std::array<int, 4> transpose{0, 12, -12, 0};
  constexpr unsigned bar = 4 * ticks_per_quarter;
  chunk track;
  unsigned wait = number * 2 * bar;
  track.delta(0);
  track.bytes({0xc0 | number, number * 2});
  for (const tone t : melody) {
    const auto note = static_cast<unsigned>(static_cast<int>(t.note) + transpose[number]);
    const unsigned length = t.eighths * ticks_per_quarter / 2;
    track.delta(wait);
    track.bytes({0x90 | number, note, 80 + 8 * number});
    track.delta(length - length / 8);
    track.bytes({0x80 | number, note, 64});
    wait = length / 8;
  }
  track.end_track();
  return track;
}

} // namespace

std::vector<std::uint8_t> frere_jacques() {
  chunk file, header;
  header.bytes({0, 1, 0, 5, ticks_per_quarter >> 8, ticks_per_quarter & 0xff});
  header.append_to(file, "MThd");

  chunk conductor;
  constexpr std::string_view title = "Frere Jacques (traditional)";
  constexpr unsigned tempo = 60'000'000 / quarters_a_minute;
  conductor.bytes({0, 0xff, 0x03, static_cast<unsigned>(title.size())});
  conductor.text(title);
  conductor.bytes({0, 0xff, 0x51, 3, tempo >> 16, tempo >> 8 & 0xff, tempo & 0xff});
  conductor.bytes({0, 0xff, 0x58, 4, 4, 2, 24, 8});
  conductor.end_track();
  conductor.append_to(file, "MTrk");
  for (unsigned v = 0; v < 4; ++v) voice(v).append_to(file, "MTrk");
  return file.bytes();
}

} // namespace jam
