#include <jamnet/platform/rtmidi_output.hpp>

#if __has_include(<rtmidi/rtmidi_c.h>) && defined(__linux__)

#include <algorithm>

#include <doctest/doctest.h>
#include <jamnet/midi/message.hpp>
#include <jamnet/midi/sysex_assembler.hpp>
#include <jamnet/midi/sysex_splitter.hpp>
#include <jamnet/testing/rt_guard.hpp>

#include "rtmidi_band.hpp"
#include <sys/resource.h>

using namespace jamnet;
using namespace std::chrono_literals;
using testing::rtmidi_band;

namespace {

struct said_in_midi1 {
  using bytes = std::vector<std::uint8_t>;

  void say(const ump& packet) {
    refused += messages.feed(packet, [&](bytes_view m) { said.emplace_back(m.begin(), m.end()); });
  }
  void say_sysex(const bytes& data, unsigned group = 0) {
    split_sysex(bytes_view{data}, sysex7{.group = group}, [&](const ump& p) { say(p); });
  }

  detail::midi1_messages messages;
  std::vector<bytes> said;
  unsigned refused = 0;
};

std::vector<std::uint8_t> as_sysex(std::vector<std::uint8_t> data) {
  data.insert(data.begin(), 0xf0);
  data.push_back(0xf7);
  return data;
}

} // namespace

TEST_CASE("an output that contradicts itself is refused, and what is not there is absent") {
  const auto why = [](const midi_output_options& options) {
    return rtmidi_output::open(options).error();
  };
  CHECK(why({}).code == errc::value_range);
  CHECK(why({.port = "a", .virtual_port = "b"}).code == errc::value_range);
  CHECK(why({.port = "a", .client = ""}).code == errc::value_range);
  CHECK(why({.port = "a port that nobody would call so"}) == failure{errc::device_absent});
  CHECK(rtmidi_output::ports("nonesuch").empty());
}

TEST_CASE("an output whose thread nothing could wake is refused") {
  ::rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const ::rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto opened = rtmidi_output::open({.virtual_port = "out"});
  ::setrlimit(RLIMIT_NOFILE, &before);
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == failure{errc::system, EMFILE});
}

TEST_CASE("what MIDI 1.0 has a word for is said, what it has none for is refused") {
  said_in_midi1 out;
  out.say(midi1(0x90, 60, 100, 5)); // the group is the port's own business
  out.say(midi1(0xf8));
  out.say(ump{{0x40903c00, 0x80000000}}); // MIDI 2.0
  CHECK(out.refused == 0);
  CHECK(out.said == std::vector<said_in_midi1::bytes>{{0x90, 60, 100}, {0xf8}, {0x90, 60, 64}});
  out.say(ump{{0x40603c00, 0x80000000}}); // per-note pitch bend
  out.say(ump{{0x50000000}});
  out.say(ump{{0xf0000000}});
  CHECK(out.refused == 3);
  out.say(ump{{0x00000000}}); // says nothing, so nothing is lost
  CHECK(out.refused == 3);
  CHECK(out.said.size() == 3);
}

TEST_CASE("a SysEx is one message, whatever plays between its packets") {
  said_in_midi1 out;
  said_in_midi1::bytes data(1000);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i & 0x7f);
  int packets = 0;
  split_sysex(bytes_view{data}, sysex7{}, [&](const ump& p) {
    out.say(p);
    if (++packets == 50) out.say(midi1(0x90, 60, 1));
  });
  REQUIRE(out.said.size() == 2);
  CHECK(out.said[0] == said_in_midi1::bytes{0x90, 60, 1});
  CHECK(out.said[1] == as_sysex(data));
  CHECK(out.refused == 0);
}

TEST_CASE(
    "two groups' SysEx at once are two messages; one too long or without its end is refused") {
  said_in_midi1 out;
  out.say(sysex7{.form = ump_form::start, .data = {1}, .group = 0});
  out.say(sysex7{.form = ump_form::start, .data = {2}, .group = 1});
  out.say(sysex7{.form = ump_form::end, .data = {3}, .group = 0});
  out.say(sysex7{.form = ump_form::end, .data = {4}, .group = 1});
  CHECK(out.said == std::vector<said_in_midi1::bytes>{{0xf0, 1, 3, 0xf7}, {0xf0, 2, 4, 0xf7}});
  out.say(sysex7{.form = ump_form::start, .data = {1}});
  out.say_sysex({5}); // the first has no end
  CHECK(out.refused == 1);
  CHECK(out.said.back() == said_in_midi1::bytes{0xf0, 5, 0xf7});
  out.say_sysex(said_in_midi1::bytes(detail::midi1_messages::longest_sysex, 7));
  CHECK(out.refused == 1);
  CHECK(out.said.back().size() == detail::midi1_messages::longest_sysex + 2);
  out.say_sysex(said_in_midi1::bytes(detail::midi1_messages::longest_sysex + 1, 7));
  CHECK(out.refused == 2);
  out.say(sysex7{.form = ump_form::end, .data = {1}}); // no start
  CHECK(out.refused == 3);
  out.say_sysex({6});
  CHECK(out.said.back() == said_in_midi1::bytes{0xf0, 6, 0xf7});
}

namespace {

// Sends notes numbered from 0; numbers tell what was lost or changed places.
void send_numbered(rtmidi_band& band, unsigned count, nanoseconds apart) {
  for (unsigned i = 0; i < count; ++i) {
    const auto note = midi1(0x90 | (i >> 14), i & 0x7f, i >> 7 & 0x7f);
    while (!band.out->try_send(note, band.now())) std::this_thread::yield();
    if (apart != 0ns) std::this_thread::sleep_for(apart);
  }
}
unsigned misplaced(const rtmidi_band& band) {
  unsigned wrong = 0;
  for (unsigned i = 0; i < band.heard.size(); ++i)
    wrong += band.heard[i].packet != midi1(0x90 | (i >> 14), i & 0x7f, i >> 7 & 0x7f);
  return wrong;
}

} // namespace

TEST_CASE("what is sent through RtMidi comes, in its order and with its moment") {
  for (const unsigned period : {64u, 128u}) {
    rtmidi_band band{{.period = period, .synchronous = true}};
    if (!band.plays() || !band.listens({.virtual_port = "in"}) || !band.sends({.port = "jam-in"}))
      return;
    const auto before = band.now();
    send_numbered(band, 500, 1ms);
    REQUIRE(band.wait([&] { return band.take() && band.heard.size() == 500; }));
    CHECK(misplaced(band) == 0);
    const auto bound = period * 1'000'000'000ull / 48'000;
    for (std::size_t i = 0; i < band.heard.size(); ++i) {
      REQUIRE(band.heard[i].at > before);
      REQUIRE(band.heard[i].at <= band.came[i]);
      REQUIRE(band.heard[i].bound_ns == doctest::Approx(static_cast<double>(bound)).epsilon(0.001));
    }
    CHECK(band.out->count().sent == 500);
    CHECK(band.out->count().lost + band.out->count().refused == 0);
    CHECK(band.out->count().p99_late > 0ns);
    CHECK(band.in->count().packets == 500);
    CHECK(band.in->count().lost + band.in->count().meaningless == 0);
  }
}

TEST_CASE("what is sent ahead comes at its time, whatever was sent first") {
  rtmidi_band band;
  if (!band.plays() || !band.listens({.virtual_port = "in"}) || !band.sends({.port = "jam-in"}))
    return;
  const auto start = band.now() + 50ms;
  {
    const testing::rt_guard guard;
    for (unsigned i = 10; i-- > 0;)
      if (!band.out->try_send(midi1(0x90, i, 1), start + i * 5ms)) FAIL("no room");
    if (!band.out->try_send(midi1(0x80, 100, 1), start - 1h)) FAIL("no room"); // at once
  }
  REQUIRE(band.wait([&] { return band.take() && band.heard.size() == 11; }));
  CHECK(band.heard[0].packet == midi1(0x80, 100, 1));
  CHECK(band.heard[0].at < start);
  for (unsigned i = 0; i < 10; ++i) {
    CHECK(band.heard[i + 1].packet == midi1(0x90, i, 1));
    CHECK(band.heard[i + 1].at >= start + i * 5ms);
  }
  CHECK(band.out->count().worst_late < 1h); // who was late already when it came is not ours
}

TEST_CASE("a burst loses nothing on JACK, though RtMidi's ring holds less") {
  rtmidi_band band;
  if (!band.plays() || !band.listens({.virtual_port = "in"}) || !band.sends({.port = "jam-in"}))
    return;
  send_numbered(band, 20'000, 0ns);
  REQUIRE(band.wait([&] { return band.take() && band.heard.size() == 20'000; }));
  CHECK(misplaced(band) == 0);
  for (int i = 0; i < 5'000; ++i) // single bytes, of which JACK's buffer takes the fewest
    while (!band.out->try_send(midi1(0xf8), band.now())) std::this_thread::yield();
  REQUIRE(band.wait([&] { return band.take() && band.heard.size() == 25'000; }));
  CHECK(band.in->count().lost == 0);
}

TEST_CASE("a SysEx of any size that is not refused comes whole") {
  rtmidi_band band;
  if (!band.plays() || !band.listens({.virtual_port = "in"}) || !band.sends({.port = "jam-in"}))
    return;
  std::vector<std::uint8_t> room(rtmidi_output::longest_sysex + 8);
  sysex_assembler<> assembler{room};
  std::uint64_t refused = 0;
  for (const std::size_t size :
       {0u, 1u, 6u, 7u, 3'997u, 3'998u, 3'999u, 8'000u, 20'000u, 190'000u, (1u << 18) + 1}) {
    CAPTURE(size);
    std::vector<std::uint8_t> data(size);
    for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::uint8_t>(i % 127);
    split_sysex(bytes_view{data}, sysex7{}, [&](const ump& p) {
      while (!band.out->try_send(p, band.now())) std::this_thread::yield();
    });
    bool came = false;
    const bool fits = size <= rtmidi_output::longest_sysex;
    refused += fits ? 0 : 1;
    REQUIRE(band.wait([&] {
      band.heard.clear();
      (void)band.take();
      for (const auto& p : band.heard)
        assembler.feed(p.packet, [&](const sysex_message& m) {
          came = m.outcome == sysex_outcome::complete &&
                 std::equal(m.data.begin(), m.data.end(), data.begin(), data.end());
        });
      return fits ? came : band.out->count().refused == refused;
    }));
    CHECK(came == fits);
  }
  CHECK(band.out->count().refused == 1);
}

TEST_CASE("who is unplugged is lost, ends what it held, and is taken up again") {
  rtmidi_band band;
  if (!band.plays() || !band.listens({.virtual_port = "in"}) || !band.sends({.port = "jam-in"}))
    return;
  REQUIRE(band.out->try_send(midi1(0x90, 60, 1), band.now()));
  REQUIRE(band.wait([&] { return band.take(); }));
  band.in.reset();
  REQUIRE(band.wait([&] { return !band.out->connected(); }));
  REQUIRE(band.out->try_send(midi1(0x80, 60, 1), band.now())); // which it does not hear …
  REQUIRE(band.wait([&] { return band.out->count().lost == 1; }));
  REQUIRE(band.listens({.virtual_port = "in"}));
  band.heard.clear();
  REQUIRE(band.wait([&] { return band.take(); }));
  CHECK(band.heard[0].packet == ump(note_off{.note = 60})); // … and so is told when it is back
  REQUIRE(band.out->connected());
  REQUIRE(band.out->try_send(midi1(0x90, 62, 1), band.now()));
  REQUIRE(band.wait([&] { return band.take() && band.heard.size() == 2; }));
  CHECK(band.heard[1].packet == midi1(0x90, 62, 1));
  const std::vector<std::string> told{"vanished jam-in:in", "lost jam-in:in", "appeared jam-in:in",
                                      "connected jam-in:in"};
  std::erase_if(band.out_log, [&](const auto& e) { return e.find("jam-in:in") == e.npos; });
  REQUIRE(band.out_log.size() >= 6);
  CHECK(std::equal(told.begin(), told.end(), band.out_log.end() - 4));
}

TEST_CASE("a server may be killed and come back: so do the ports, and no note hangs") {
  rtmidi_band band;
  if (!band.plays() || !band.listens({.virtual_port = "in"}) || !band.sends({.port = "jam-in"}))
    return;
  REQUIRE(band.wait([&] { return band.in->connected() && band.out->connected(); }));
  REQUIRE(band.out->try_send(midi1(0x90, 60, 1), band.now()));
  REQUIRE(band.wait([&] { return band.take(); }));
  for (int round = 1; round <= 3; ++round) {
    CAPTURE(round);
    band.heard.clear();
    band.server.kill();
    for (int i = 0; i < 4'000; ++i) (void)band.out->try_send(midi1(0x90, 1, 1), band.now());
    REQUIRE(band.wait([&] { return !band.in->connected() && !band.out->connected(); }));
    if (round == 1) {
      REQUIRE(band.take());
      CHECK(band.heard[0].packet == ump(note_off{.note = 60}));
    }
    REQUIRE(band.wait([&] { return band.out->count().lost > 0; }));
    REQUIRE(band.server.start());
    const auto back = band.now();
    REQUIRE(band.wait([&] { return band.in->connected() && band.out->connected(); }));
    CHECK(band.now() - back < 10s); // 1.5 s as a rule: RtMidi waits for one of a server that died
    band.heard.clear();
    (void)band.take();
    band.heard.clear();
    REQUIRE(band.out->try_send(midi1(0x80, static_cast<unsigned>(round), 1), band.now()));
    REQUIRE(band.wait([&] {
      return band.take() &&
             band.heard.back().packet == midi1(0x80, static_cast<unsigned>(round), 1);
    }));
  }
}

TEST_CASE("who shall never return through RtMidi does not") {
  rtmidi_band band;
  if (!band.plays() || !band.listens({.virtual_port = "in"}) ||
      !band.sends({.port = "jam-in", .returns = port_return::never}))
    return;
  REQUIRE(band.wait([&] { return band.out->connected(); }));
  band.in.reset();
  REQUIRE(band.wait([&] { return !band.out->connected(); }));
  REQUIRE(band.listens({.virtual_port = "in"}));
  REQUIRE(band.wait([&] { return band.out_log.back() == "appeared jam-in:in"; }));
  const auto until = band.now() + 500ms;
  REQUIRE(band.wait([&] { return band.now() > until; }));
  CHECK_FALSE(band.out->connected());
}

TEST_CASE("a server that hangs is lost, keeps nobody waiting, and goes on") {
  rtmidi_band band;
  if (!band.plays() || !band.listens({.virtual_port = "in"}) || !band.sends({.port = "jam-in"}))
    return;
  REQUIRE(band.wait([&] { return band.in->connected() && band.out->connected(); }));
  ::kill(band.server.process(), SIGSTOP);
  for (int i = 0; i < 10'000; ++i) (void)band.out->try_send(midi1(0x90, 1, 1), band.now());
  const bool lost = band.wait([&] { return !band.in->connected() && !band.out->connected(); });
  ::kill(band.server.process(), SIGCONT);
  REQUIRE(lost);
  CHECK(band.out->count().lost > 0);
  REQUIRE(band.wait([&] { return band.in->connected() && band.out->connected(); }));
  (void)band.take();
  band.heard.clear();
  REQUIRE(band.wait([&] { return band.out->try_send(midi1(0xfa), band.now()); }));
  CHECK(band.wait([&] { return band.take() && band.heard.back().packet == midi1(0xfa); }));
}

#endif
