#include <jamnet/midi/midi_clip_writer.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

using bytes = std::vector<std::uint8_t>;
using words = std::vector<std::uint32_t>;

auto into(bytes& file) {
  return [&file](bytes_view piece) { file.insert(file.end(), piece.begin(), piece.end()); };
}

words words_of(const bytes& file) {
  words out;
  for (std::size_t i = 8; i < file.size(); i += 4) out.push_back(load_be<std::uint32_t>(&file[i]));
  return out;
}

bytes rewritten(bytes_view original) {
  const auto clip = midi_clip_file::open(original);
  REQUIRE(clip);
  bytes copy;
  midi_clip_writer out{clip->ticks_per_quarter_note(), into(copy)};
  midi_clip_event e;
  for (auto in = clip->profiles(); in.try_next(e);) CHECK(out.try_add_profile(e.packet));
  for (auto in = clip->configuration(); in.try_next(e);) CHECK(out.try_add(e));
  CHECK(out.try_start(clip->configuration_ticks()));
  for (auto in = clip->events(); in.try_next(e);) CHECK(out.try_add(e));
  CHECK(out.try_end(clip->end_tick()));
  CHECK(out.finished());
  return copy;
}

constexpr ump note = note_on{.note = 60, .velocity = 100};
constexpr ump tempo{{0xd010'0000, 50'000'000}}, four_four{{0xd010'0001, 0x0402'0800}};
constexpr ump profile1{{0x3016'7e7f, 0x0d22'0201}}, profile2{{0x3036'0809, 0x0a0b'0c0d}};

// Does these things to a new writer of its own and gives the failure.
template <class... Steps>
failure failure_of(std::uint16_t ticks, Steps... steps) {
  bytes file;
  midi_clip_writer out{ticks, into(file)};
  (steps(out), ...);
  CHECK_FALSE((out.failed() && out.try_end(100)));
  return out.failed() ? out.error() : failure{};
}

const auto starts = [](auto& out) { out.try_start(0); };
const auto ends = [](auto& out) { out.try_end(10); };
auto adds(midi_clip_event e) {
  return [e](auto& out) { out.try_add(e); };
}
auto asks(ump p) {
  return [p](auto& out) { out.try_add_profile(p); };
}

} // namespace

TEST_CASE("a clip file is written as the standard lays it out") {
  bytes file;
  midi_clip_writer out{960, into(file)};
  CHECK(out.try_add_profile(profile1));
  CHECK(out.try_add_profile(profile2));
  CHECK(out.try_add({.packet = tempo, .shared = true}));
  CHECK(out.try_add({.packet = four_four}));
  CHECK(out.try_start(7));
  CHECK(out.try_add({.tick = 480, .packet = note}));
  CHECK(out.try_add({.tick = 480, .packet = note, .shared = true}));
  CHECK(out.try_add({.tick = 481, .packet = note, .shared = true})); // not at once: a clockstamp
  CHECK_FALSE(out.finished());
  CHECK(out.try_end(1920));
  CHECK(out.finished());
  CHECK_FALSE(out.failed());
  CHECK(as_text(bytes_view(file).first(8)) == "SMF2CLIP");
  CHECK(words_of(file) == words{0x3016'7e7f, 0x0d22'0201, 0x3036'0809, 0x0a0b'0c0d,              //
                                0x0040'0000, 0x0030'03c0,                                        //
                                0xd010'0000, 50'000'000,  0,           0,                        //
                                0x0040'0000, 0xd010'0001, 0x0402'0800, 0,           0,           //
                                0x0040'0007, 0xf020'0000, 0,           0,           0,           //
                                0x0040'01e0, 0x2090'3c64, 0x2090'3c64, 0x0040'0001, 0x2090'3c64, //
                                0x0040'059f, 0xf021'0000, 0,           0,           0});
  CHECK(rewritten(file) == file);
}

TEST_CASE("a pause beyond twenty bits is restarted with packets that do nothing") {
  struct {
    std::uint64_t pause;
    words written;
  } const cases[] = {
      {0xfffff, {0x004f'ffff}},
      {0x100000, {0x004f'ffff, 0, 0x0040'0001}},
      {0x1ffffe, {0x004f'ffff, 0, 0x004f'ffff}},
      {0x1fffff, {0x004f'ffff, 0, 0x004f'ffff, 0, 0x0040'0001}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.pause);
    bytes file;
    midi_clip_writer out{1, into(file)};
    CHECK(out.try_start(0));
    CHECK(out.try_add({.tick = c.pause, .packet = note}));
    CHECK(out.try_end(c.pause));
    auto all = words_of(file);
    CHECK(words(all.begin() + 7, all.end() - 6) == c.written);
    CHECK(rewritten(file) == file);
  }
}

TEST_CASE("whatever no clip file can have is refused, with the byte where it would be") {
  const midi_clip_event later{.tick = 10, .packet = note};
  CHECK(failure_of(96, starts, adds(later), ends) == failure{});
  CHECK(failure_of(0, starts) == failure{errc::midi_division, 12});
  CHECK(failure_of(96, ends) == failure{errc::midi_order, 20});
  CHECK(failure_of(96, starts, starts) == failure{errc::midi_order, 40});
  CHECK(failure_of(96, starts, ends, ends) == failure{errc::midi_order, 56});
  CHECK(failure_of(96, starts, ends, adds(later)) == failure{errc::midi_order, 56});
  CHECK(failure_of(96, adds(later), starts) == failure{errc::midi_time, 24});
  CHECK(failure_of(96, starts, adds(later), adds({.tick = 9, .packet = note})) ==
        failure{errc::midi_time, 44});
  CHECK(failure_of(96, starts, adds({.tick = std::uint64_t{1} << 32, .packet = note})) ==
        failure{errc::midi_time, 36});
  CHECK(failure_of(96, asks(note)) == failure{errc::midi_order, 8});
  CHECK(failure_of(96, asks(profile2)) == failure{errc::midi_time, 8});
  CHECK(failure_of(96, asks(profile1), starts) == failure{errc::midi_order, 16});
  CHECK(failure_of(96, starts, asks(profile1)) == failure{errc::midi_order, 36});
  CHECK(failure_of(96, adds({.packet = four_four})) == failure{errc::midi_order, 20});
  CHECK(failure_of(96, adds({.tick = 1, .packet = tempo})) == failure{errc::midi_order, 20});
  for (const ump& p : {ump{}, ump{{0x0040'0001}}})
    CHECK(failure_of(96, starts, adds({.packet = p})) == failure{errc::midi_order, 36});
  CHECK(failure_of(96, starts, adds({.packet = {{0x0030'0001}}})) == failure{errc::midi_order, 40});
}

TEST_CASE("any clip that is written reads back as the same clip, and writes the same bytes") {
  random_source random{1};
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const auto below = [&](std::uint64_t n) { return random.next() % n; };
    const auto any_packet = [&] {
      constexpr unsigned types[]{1, 2, 3, 4, 5, 6, 0xb, 0xd, 0xf};
      const auto bits = [&] { return static_cast<std::uint32_t>(random.next()); };
      ump p{{types[below(9)] << 28 | (bits() & 0x0f0f'ff7f) | 0x0080'0080}};
      for (std::size_t i = 1; i < p.size(); ++i) p.words[i] = bits();
      return p;
    };
    bytes file;
    midi_clip_writer out{static_cast<std::uint16_t>(1 + below(0xffff)), into(file)};
    if (below(2) == 0) CHECK((out.try_add_profile(profile1) && out.try_add_profile(profile2)));
    if (below(2) == 0) CHECK(out.try_add({.packet = tempo}));
    std::vector<midi_clip_event> added[2];
    std::uint64_t tick[2]{};
    for (const auto part : {0, 1}) {
      for (auto n = below(20); n > 0; --n) {
        tick[part] += below(4) != 0 ? 0 : below(4) != 0 ? below(1000) : below(1u << 23);
        added[part].push_back({tick[part], any_packet(), below(2) == 0});
        REQUIRE(out.try_add(added[part].back()));
      }
      CHECK((part == 0 ? out.try_start(tick[part]) : out.try_end(tick[part])));
    }
    CHECK(rewritten(file) == file);
    const auto clip = midi_clip_file::open(file);
    REQUIRE(clip);
    CHECK((clip->configuration_ticks() == tick[0] && clip->end_tick() == tick[1]));
    auto in = clip->events();
    midi_clip_event e;
    for (const auto& was : added[1]) {
      REQUIRE(in.try_next(e));
      CHECK((e.tick == was.tick && e.packet == was.packet));
    }
    CHECK_FALSE(in.try_next(e));
  }
}

TEST_CASE("writing a clip file never allocates") {
  std::size_t size = 0;
  bool written = false;
  {
    testing::rt_guard guard;
    midi_clip_writer out{96, [&](bytes_view piece) { size += piece.size(); }};
    written = out.try_add({.packet = tempo}) && out.try_start(0) &&
              out.try_add({.tick = 1, .packet = note}) && out.try_end(1);
  }
  CHECK(written);
  CHECK(size == 84);
}
