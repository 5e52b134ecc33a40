#include <jamnet/midi/translation.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;

namespace {

using packets = std::vector<ump>;

packets down(const packets& in) {
  packets out;
  for (const auto& p : in) midi2_to_midi1(p, [&](const ump& made) { out.push_back(made); });
  return out;
}

packets up(const packets& in) {
  packets out;
  midi1_to_midi2 translator;
  for (const auto& p : in) translator.feed(p, [&](const ump& made) { out.push_back(made); });
  translator.flush([&](const ump& made) { out.push_back(made); });
  return out;
}

// A stream as a well-behaved sender makes it: sequences whole, no note-on of velocity 0. A channel
// above 8 names the bank before every program.
class sender {
public:
  explicit sender(std::uint64_t seed) : random_{seed} {}

  packets messages(int count) {
    while (count-- > 0) add();
    return std::move(out_);
  }

private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_.next() % n); }
  void put(unsigned kind, unsigned first, unsigned second) {
    out_.push_back(midi1(kind << 4 | channel_, first, second, group_));
  }
  void add() {
    group_ = below(16);
    channel_ = below(16);
    switch (const auto kind = 7 + below(9)) {
    case 0x7: parameter(below(2) * 2); break;
    case 0x9: put(kind, below(128), 1 + below(127)); break;
    case 0xb:
      if (const auto controller = below(128); !detail::replaced_in_midi2(controller))
        put(kind, controller, below(128));
      break;
    case 0xc:
      if (channel_ > 8) {
        put(0xb, 0, below(128));
        put(0xb, 32, below(128));
      }
      put(kind, below(128), 0);
      break;
    case 0xd: put(kind, below(128), 0); break;
    case 0xf: out_.push_back(midi1(0xf8, 0, 0, group_)); break;
    default: put(kind, below(128), below(128));
    }
  }
  void parameter(unsigned registered) {
    put(0xb, 99 + registered, below(127));
    put(0xb, 98 + registered, below(128));
    put(0xb, 6, below(128));
    put(0xb, 38, below(128));
  }

  random_source random_;
  packets out_;
  unsigned group_ = 0, channel_ = 0;
};

} // namespace

TEST_CASE("up and down again is the identity for streams of whole sequences") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    const auto in = sender{seed}.messages(2'000);
    CHECK((down(up(in)) == in));
  }
}

TEST_CASE("incomplete sequences come back whole, saying the same") {
  const packets range{midi1(0xb0, 101, 0), midi1(0xb0, 100, 0), midi1(0xb0, 6, 12)};
  CHECK(down(up(range)) == packets{range[0], range[1], range[2], midi1(0xb0, 38, 0)});
  CHECK(down(up({midi1(0xb0, 32, 3), midi1(0xc0, 1)})) ==
        packets{midi1(0xb0, 0, 0), midi1(0xb0, 32, 3), midi1(0xc0, 1)});
  CHECK(down(up({midi1(0x90, 60, 0)})) == packets{midi1(0x80, 60, 64)});
}

TEST_CASE("what MIDI 1.0 has once said of a MIDI 2.0 message it says again") {
  random_source random{7};
  for (int i = 0; i < 100'000; ++i) {
    const auto r = random.next();
    const auto said = down({ump{{0x40000000 | (static_cast<std::uint32_t>(r) & 0x0fffffff),
                                 static_cast<std::uint32_t>(r >> 32)}}});
    if (down(up(said)) == said) continue;
    CAPTURE(r);
    FAIL_CHECK("said otherwise the second time");
  }
}
