#include <jamnet/platform/jack_midi.hpp>

#include <doctest/doctest.h>

#if __has_include(<jack/jack.h>) && defined(__linux__)

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/midi/midi2_message.hpp>
#include <jamnet/midi/sysex_assembler.hpp>
#include <jamnet/midi/sysex_splitter.hpp>
#include <jamnet/midi/system_message.hpp>
#include <jamnet/testing/rt_guard.hpp>
#include <jamnet/time/steady_source.hpp>

#include "jack_fixture.hpp"

using namespace jamnet;
using jamnet::testing::jack_server;
using jamnet::testing::rt_guard;
using namespace std::chrono_literals;

namespace {

using jack_bytes = std::vector<std::uint8_t>;

// A port's buffer without a server: `room` bytes, as JACK 2 spends them.
struct jack_buffer {
  struct entry {
    jack_nframes_t frame;
    std::size_t begin, size;
  };
  std::size_t room = 32'000, used = 0, count = 0;
  std::array<entry, 4096> entries{};
  std::array<std::uint8_t, 65'536> bytes{};

  void put(jack_nframes_t frame, const jack_bytes& event) {
    REQUIRE(write(frame, event.data(), event.size()) == 0);
  }
  int write(jack_nframes_t frame, const std::uint8_t* data, std::size_t size) {
    if (size > left()) return ENOBUFS;
    if (count != 0 && entries[count - 1].frame > frame) return EINVAL;
    entries[count++] = {frame, used, size};
    std::copy_n(data, size, bytes.begin() + static_cast<std::ptrdiff_t>(used));
    used += size;
    return 0;
  }
  [[nodiscard]] std::size_t left() const {
    const auto taken = used + 12 * (count + 1);
    return taken < room ? room - taken : 0;
  }
  [[nodiscard]] jack_bytes event(std::size_t i) const {
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(entries[i].begin);
    return {from, from + static_cast<std::ptrdiff_t>(entries[i].size)};
  }
};
jack_buffer& jack_buffer_of(void* buffer) { return *static_cast<jack_buffer*>(buffer); }

detail::jack_library jack_without_server() {
  detail::jack_library jack;
  jack.event_count = [](void* b) { return static_cast<std::uint32_t>(jack_buffer_of(b).count); };
  jack.event_get = [](jack_midi_event_t* out, void* b, std::uint32_t i) {
    auto& buffer = jack_buffer_of(b);
    const auto& e = buffer.entries[i];
    *out = {e.frame, e.size, buffer.bytes.data() + e.begin};
    return 0;
  };
  jack.lost_events = [](void*) { return std::uint32_t{0}; };
  jack.clear_buffer = [](void* b) { jack_buffer_of(b).count = jack_buffer_of(b).used = 0; };
  jack.room = [](void* b) { return jack_buffer_of(b).left(); };
  jack.event_write = [](void* b, jack_nframes_t frame, const jack_midi_data_t* data,
                        std::size_t size) { return jack_buffer_of(b).write(frame, data, size); };
  return jack;
}

// Frames of 20 µs, so that all is whole.
detail::jack_cycle jack_period(int number, jack_nframes_t frames = 128) {
  return {host_time{1s} + number * static_cast<int>(frames) * 20us, 0, 20'000, 5'000};
}

struct jack_receiving {
  detail::jack_library jack = jack_without_server();
  std::unique_ptr<jack_buffer> buffer = std::make_unique<jack_buffer>();
  std::unique_ptr<detail::jack_midi_receiver> receiver;
  int periods = 0;

  explicit jack_receiving(const midi_input_options& options = {})
      : receiver{std::make_unique<detail::jack_midi_receiver>(options)} {}
  void take(const std::vector<jack_bytes>& events, bool anybody = true) {
    jack.clear_buffer(buffer.get());
    for (const auto& event : events) buffer->put(0, event);
    take_buffer(anybody);
  }
  void take_buffer(bool anybody = true) {
    const rt_guard guard;
    receiver->take(jack, buffer.get(), jack_period(periods++), anybody);
  }
  std::vector<received_packet> all() {
    std::vector<received_packet> out;
    for (received_packet p; receiver->packets().try_pop(p);) out.push_back(p);
    return out;
  }
  std::vector<ump> packets() {
    std::vector<ump> out;
    for (const auto& p : all()) out.push_back(p.packet);
    return out;
  }
};

struct jack_sending {
  detail::jack_library jack = jack_without_server();
  std::unique_ptr<jack_buffer> buffer = std::make_unique<jack_buffer>();
  std::unique_ptr<detail::jack_midi_sender> sender = std::make_unique<detail::jack_midi_sender>();
  int periods = 0;

  [[nodiscard]] bool send(const ump& packet, host_time at = {}) const {
    const rt_guard guard;
    return sender->try_push(packet, at, {});
  }
  void period(bool connected = true, bool heard = true) {
    const rt_guard guard;
    sender->write(jack, buffer.get(), jack_period(periods++), 128, connected, heard);
  }
  [[nodiscard]] std::vector<jack_nframes_t> frames() const {
    std::vector<jack_nframes_t> out;
    for (std::size_t i = 0; i < buffer->count; ++i) out.push_back(buffer->entries[i].frame);
    return out;
  }
};

jack_bytes jack_sysex_bytes(std::size_t size) {
  jack_bytes bytes{0xf0};
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(i % 127));
  bytes.push_back(0xf7);
  return bytes;
}

std::vector<ump> jack_sysex(std::size_t size) {
  std::vector<ump> packets;
  const auto bytes = jack_sysex_bytes(size);
  split_sysex(bytes_view{bytes}.subspan(1, size), sysex7{},
              [&](const ump& p) { packets.push_back(p); });
  return packets;
}

} // namespace

TEST_CASE("what comes through JACK has the moment of its frame") {
  jack_receiving in{{.group = 3}};
  in.buffer->put(0, {0x90, 60, 100});
  in.buffer->put(64, {0xf8});
  in.buffer->put(127, {0xc1, 5});
  in.take_buffer();
  const auto got = in.all();
  REQUIRE(got.size() == 3);
  CHECK(got[0].packet == ump(note_on{.note = 60, .velocity = 100, .group = 3}));
  CHECK(got[0].at == host_time{1s});
  CHECK(got[1].at == host_time{1s} + 64 * 20us);
  CHECK(got[2].at == host_time{1s} + 127 * 20us);
  CHECK(got[2].bound_ns == 5'000);
  CHECK(in.receiver->count().packets == 3);
}

TEST_CASE("running status does not cross events of JACK, which come from whoever is connected") {
  jack_receiving in;
  in.take({{0x90, 60, 100}, {61, 100}, {0x91, 62}, {7, 7, 7}, {0x80, 60, 0}, {}, {0xf4}, {0xf7}});
  CHECK(in.packets() ==
        std::vector<ump>{note_on{.note = 60, .velocity = 100}, note_off{.note = 60}});
  CHECK(in.receiver->count().meaningless >= 7);
}

TEST_CASE("a SysEx through JACK may come in parts, with clocks in between") {
  jack_receiving in;
  in.take({{0xf0, 1, 2}, {0xf8}, {3, 4}, {5, 0xf7}, {6, 7}, {0xf0, 1, 0xf7}});
  auto packets = in.packets();
  CHECK(std::erase(packets, midi1(0xf8)) == 1);
  std::array<std::uint8_t, 64> room{};
  sysex_assembler<> whole{room};
  std::vector<jack_bytes> messages;
  for (const ump& p : packets)
    whole.feed(p, [&](const sysex_message& m) {
      CHECK(m.outcome == sysex_outcome::complete);
      messages.emplace_back(m.data.begin(), m.data.end());
    });
  CHECK(messages == std::vector<jack_bytes>{{1, 2, 3, 4, 5}, {1}});
  CHECK(in.receiver->count().meaningless == 2);
}

TEST_CASE("a SysEx of JACK that a status byte cut has ended: what follows is no running status") {
  const ump note = note_on{.note = 60, .velocity = 64};
  const ump cut = sysex7{.data = {1}};
  for (const auto& events : {std::vector<jack_bytes>{{0xf0, 1, 0x90, 60, 64}, {61, 64}},
                             {{0xf0, 1}, {0x90, 60, 64}, {61, 64}},
                             {{0xf0, 1, 0xf7, 0x90, 60, 64}, {61, 64}}}) {
    jack_receiving in;
    in.take(events);
    CHECK(in.packets() == std::vector<ump>{cut, note});
    CHECK(in.receiver->count().meaningless >= 2);
  }
  jack_receiving in;
  in.take({{0x90, 60, 64}, {0xf8, 61, 64}}); // a clock does not make it one either
  CHECK(in.packets() == std::vector<ump>{note, midi1(0xf8)});
  in.take({{0xf0, 1}});
  in.take({}, false); // who sent it has gone
  in.take({{2, 0xf7}, {0x90, 60, 64}});
  auto rest = in.packets();
  CHECK(rest.front() == cut);
  CHECK(rest.back() == note);
  CHECK(in.receiver->count().lost == 0);
}

TEST_CASE("what is not wanted from JACK does not come") {
  jack_receiving in{{.sysex = false, .clock = false, .sensing = false}};
  in.take({{0xf8}, {0xf1, 3}, {0xfe}, {0xf0, 1, 0xf7}, {0xfa}, {0x90, 1, 2}});
  CHECK(in.packets() == std::vector<ump>{midi1(0xfa), note_on{.note = 1, .velocity = 2}});
  CHECK(in.receiver->count().packets == 2);
}

TEST_CASE("who takes nothing loses what finds no room, and the rest of a SysEx with its middle") {
  jack_receiving in;
  const std::uint64_t room = 8192;
  for (std::uint64_t i = 0; i < room - 2; ++i) in.take({{0xc0, 1}});
  auto first = jack_sysex_bytes(60), rest = first;
  first.resize(31);
  rest.erase(rest.begin(), rest.begin() + 31);
  in.take({first}); // four packets, and one begun
  CHECK(in.receiver->count().lost == 2);
  CHECK(in.all().size() == room);
  in.take({rest});
  CHECK(in.all().empty());
  CHECK(in.receiver->count().packets == room);
  CHECK(in.receiver->count().lost == 8);
  in.take({{0xf0, 1, 0xf7}});
  CHECK(in.all().size() == 1);
}

TEST_CASE("when all who were connected to a JACK port have gone, what they held is ended") {
  jack_receiving in;
  in.take({{0x90, 60, 100}, {0x91, 61, 100}, {0x80, 60, 0}, {0xb2, 64, 127}});
  CHECK(in.all().size() == 4);
  in.take({}, false);
  CHECK(in.packets() == std::vector<ump>{note_off{.channel = 2, .note = 61},
                                         control_change{.channel = 3, .controller = 64}});
  in.take({}, false);
  CHECK(in.all().empty());
  in.take({{0x90, 60, 100}});
  in.receiver->release(host_time{5s}); // the server has gone
  const auto got = in.all();
  REQUIRE(got.size() == 2);
  CHECK(got[1].packet == ump(note_off{.note = 60}));
  CHECK(got[1].at == host_time{5s});
}

namespace {

// Nobody takes anything while notes begin, others fill the queue, and the notes end.
jack_receiving jack_flooded(unsigned notes) {
  jack_receiving in;
  const auto each = [&](std::uint8_t status) {
    for (unsigned note = 0; note < notes; ++note)
      in.take({{status, static_cast<std::uint8_t>(note), 64}});
  };
  each(0x90);
  in.take({{0xb4, 64, 127}});
  while (in.receiver->count().lost == 0) in.take({{0xd0, 1}});
  each(0x80);
  in.take({{0xb4, 64, 0}});
  return in;
}

std::vector<ump> jack_offs(unsigned from, unsigned to) {
  std::vector<ump> offs;
  for (; from < to; ++from) offs.push_back(note_off{.note = from});
  return offs;
}

} // namespace

TEST_CASE("notes whose ends found no room through JACK are ended as soon as there is some") {
  jack_receiving in = jack_flooded(128);
  const auto lost = in.receiver->count().lost;
  CHECK(lost == 130);
  in.take({}); // there is still none
  received_packet first;
  std::uint64_t taken = 0;
  while (in.receiver->count().packets == 8192) { // the queue hands slots back some at a time
    REQUIRE(in.receiver->packets().try_pop(first));
    ++taken;
    in.take({});
  }
  const auto told = static_cast<unsigned>(in.receiver->count().packets - 8192);
  auto got = in.packets();
  REQUIRE(got.size() + taken == 8192 + told);
  CHECK(std::vector<ump>{got.end() - told, got.end()} == jack_offs(0, told));
  CHECK(told < 128);
  in.take({});
  auto rest = jack_offs(told, 128);
  rest.push_back(control_change{.channel = 5, .controller = 64});
  CHECK(in.packets() == rest);
  in.take({});
  CHECK(in.packets().empty());
  CHECK(in.receiver->count().lost == lost);
  CHECK(in.receiver->count().packets == 8192 + 129);
}

TEST_CASE("a note played again through JACK before its end was told begins behind its end") {
  jack_receiving in = jack_flooded(2);
  in.all();
  in.take({{0x90, 1, 99}});
  CHECK(in.packets() == std::vector<ump>{note_off{.note = 0}, note_off{.note = 1},
                                         control_change{.channel = 5, .controller = 64},
                                         note_on{.note = 1, .velocity = 99}});
  in.take({{0x80, 1, 0}});
  CHECK(in.packets() == jack_offs(1, 2));

  in = jack_flooded(2);
  in.take({{0x90, 1, 99}}); // finds no room either: it is down, and the consumer has it so
  in.all();
  in.take({});
  CHECK(in.packets() ==
        std::vector<ump>{note_off{.note = 0}, control_change{.channel = 5, .controller = 64}});
  in.take({{0x80, 1, 0}});
  CHECK(in.packets() == jack_offs(1, 2));
}

TEST_CASE("who goes while a JACK input is full, or is not heard by JACK, leaves no note") {
  jack_receiving in;
  in.take({{0x90, 0, 64}});
  while (in.receiver->count().lost == 0) in.take({{0xd0, 1}});
  in.take({}, false);
  in.all();
  in.receiver->settle(host_time{7s}); // though no period comes any more
  const auto ended = in.all();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].packet == ump(note_off{.note = 0}));
  CHECK(ended[0].at == host_time{7s});

  in.take({{0x90, 1, 64}});
  in.all();
  in.jack.lost_events = [](void*) { return std::uint32_t{5}; };
  in.take({});
  CHECK(in.packets() == jack_offs(1, 2));
}

TEST_CASE("what is sent through JACK goes at the frame of its moment, or at once if that is past") {
  jack_sending out;
  const auto send = [&](unsigned note, host_time at) {
    REQUIRE(out.send(note_on{.note = note}, at));
  };
  const host_time start{1s};
  send(1, start + 128 * 20us + 2'559us); // the last frame of the second is nearer than the third
  send(2, start + 10 * 20us);
  send(3, start + 10 * 20us + 9us);
  send(4, start - 1us);
  send(5, start - 7ms);
  send(6, start + 127 * 20us + 11us); // nearer to the next period
  out.period();
  CHECK(out.frames() == std::vector<jack_nframes_t>{0, 0, 10, 10});
  CHECK(out.buffer->event(0) == jack_bytes{0x90, 5, 64});
  CHECK(out.buffer->event(3) == jack_bytes{0x90, 3, 64});
  out.period();
  CHECK(out.frames() == std::vector<jack_nframes_t>{0});
  out.period();
  CHECK(out.frames() == std::vector<jack_nframes_t>{0});
  const auto count = out.sender->count();
  CHECK(count.sent == 6);
  CHECK(count.late == 1);
  CHECK(count.worst_late == 7ms);
  CHECK(count.p99_late >= 7ms);
  out.period();
  CHECK(out.frames().empty());
}

TEST_CASE("any moment will do: before all others is at once, after all others is never") {
  jack_sending out;
  REQUIRE(out.send(note_on{.note = 1}, host_time::min()));
  REQUIRE(out.send(note_on{.note = 2}, host_time::max()));
  out.period();
  CHECK(out.frames() == std::vector<jack_nframes_t>{0});
  CHECK(out.buffer->event(0) == jack_bytes{0x90, 1, 64});
  out.period();
  CHECK(out.frames().empty());
}

TEST_CASE("a burst beyond what a JACK buffer holds goes on in the next period, in its order") {
  jack_sending out;
  out.buffer->room = 1'000;
  for (unsigned i = 0; i < 1'000; ++i)
    REQUIRE(out.send(control_change{.controller = i % 100, .value = i / 100}));
  unsigned next = 0;
  for (int i = 0; i < 100 && next < 1'000; ++i) {
    out.period();
    REQUIRE(out.buffer->count > 0);
    for (std::size_t e = 0; e < out.buffer->count; ++e, ++next)
      CHECK(out.buffer->event(e) == jack_bytes{0xb0, static_cast<std::uint8_t>(next % 100),
                                               static_cast<std::uint8_t>(next / 100)});
  }
  CHECK(next == 1'000);
  CHECK(out.sender->count().refused == 0);
}

TEST_CASE("as many packets wait for JACK as there is room for, and no more are taken") {
  jack_sending out;
  std::size_t taken = 0;
  while (out.send(note_on{}, host_time{1h})) ++taken;
  CHECK(taken == detail::jack_midi_sender::capacity);
  out.period(); // they wait elsewhere now
  while (out.send(note_on{}, host_time{1h})) ++taken;
  CHECK(taken == 2 * detail::jack_midi_sender::capacity);
  out.period();
  CHECK_FALSE(out.send(note_on{}, host_time{1h}));
}

TEST_CASE(
    "a SysEx goes through JACK as one event, and a long one in parts without anything between") {
  jack_sending out;
  for (const std::size_t size : {1U, 6U, 7U, 1'000U, 4'000U, 20'000U}) {
    CAPTURE(size);
    for (const ump& p : jack_sysex(size)) REQUIRE(out.send(p, host_time{1s}));
    jack_bytes got;
    std::size_t events = 0;
    for (int i = 0; i < 3; ++i) {
      out.period();
      events += out.buffer->count;
      for (std::size_t e = 0; e < out.buffer->count; ++e) {
        const auto part = out.buffer->event(e);
        got.insert(got.end(), part.begin(), part.end());
      }
    }
    CHECK(got == jack_sysex_bytes(size));
    CHECK(events == (size + 2 + 8'191) / 8'192);
  }
  const auto parts = jack_sysex(12); // what plays in between does not wait for its end, nor cut it
  REQUIRE(parts.size() == 2);
  for (const ump& p : {parts[0], midi1(0xf8), ump(note_on{.note = 1}), parts[1]})
    REQUIRE(out.send(p));
  out.period();
  REQUIRE(out.buffer->count == 3);
  CHECK(out.buffer->event(0) == jack_bytes{0xf8});
  CHECK(out.buffer->event(1) == jack_bytes{0x90, 1, 64});
  CHECK(out.buffer->event(2) == jack_sysex_bytes(12));
  CHECK(out.sender->count().sent == 9);
  CHECK(out.sender->count().refused == 0);
}

TEST_CASE("a SysEx longer than there is room for is refused by JACK's sender, and counted") {
  jack_sending out;
  const auto packets = jack_sysex(detail::jack_midi_sender::longest_sysex + 1);
  for (const ump& p : packets) {
    if (out.send(p)) continue;
    out.period();
    REQUIRE(out.send(p));
  }
  for (int i = 0; i < 3; ++i) out.period();
  CHECK(out.sender->count().refused == 1);
  CHECK(out.sender->count().sent == 0);
  REQUIRE(out.send(packets.back())); // an end without a start
  out.period();
  CHECK(out.sender->count().refused == 2);
}

TEST_CASE("what MIDI 1.0 has no word for is refused by JACK's sender, and nobody there is a loss") {
  jack_sending out;
  REQUIRE(out.send(midi2::note_on{.note = 60, .velocity = 0x8000}));
  REQUIRE(out.send(midi2::per_note_pitch_bend{.note = 60}));
  REQUIRE(out.send(ump{})); // a NOOP
  out.period();
  REQUIRE(out.buffer->count == 1);
  CHECK(out.buffer->event(0) == jack_bytes{0x90, 60, 64});
  CHECK(out.sender->count().refused == 1);
  REQUIRE(out.send(note_on{.note = 60}));
  REQUIRE(out.send(note_on{.note = 61}, host_time{1h}));
  out.period(false, false);
  CHECK(out.buffer->count == 0);
  CHECK(out.sender->count().lost == 1);
  out.sender->discard(host_time{2h}); // nor is there a server
  CHECK(out.sender->count().lost == 2);
  CHECK(out.sender->count().sent == 1);
}

TEST_CASE("who could not hear the end of a note hears it when it is back") {
  jack_sending out;
  out.period();
  REQUIRE(out.send(note_on{.note = 60}, {}));
  out.period();
  REQUIRE(out.send(note_off{.note = 60}, {}));
  out.period(false, false);
  CHECK(out.buffer->count == 0);
  REQUIRE(out.send(note_on{.note = 62}, {}));
  out.period();
  REQUIRE(out.buffer->count == 2);
  CHECK(out.buffer->event(0) == jack_bytes{0x80, 60, 0});
  CHECK(out.buffer->event(1) == jack_bytes{0x90, 62, 64});
  out.period();
  CHECK(out.buffer->count == 0);
}

namespace {

// A server of periods of 96 frames, 2 ms, as a client of it sees them.
struct jack_period_seen {
  jack_nframes_t first = 0, since = 0;
  bool told = true;
};
jack_period_seen jack_seen;

detail::jack_library jack_that_tells_time() {
  detail::jack_library jack;
  jack.frames_since_start = [](const jack_client_t*) { return jack_seen.since; };
  jack.cycle_times = [](const jack_client_t*, jack_nframes_t* first, jack_time_t*, jack_time_t*,
                        float*) {
    *first = jack_seen.first;
    return jack_seen.told ? 0 : 1;
  };
  return jack;
}

struct jack_host {
  host_time at{1s};
  [[nodiscard]] host_time now() const noexcept { return at; }
};

struct jack_periods {
  detail::jack_library jack = jack_that_tells_time();
  detail::jack_clock clock{48'000, 96};
  jack_host host;
  jack_nframes_t first = 0xffff'f000; // it wraps

  // The next one, which begins so much after it should; the callback comes another 250 µs later.
  detail::jack_cycle next(nanoseconds late = 0ns) {
    host.at += 2ms + late + 250us;
    jack_seen = {first += 96, 12, true};
    const rt_guard guard;
    const auto cycle = clock.read(jack, nullptr, host);
    host.at -= late + 250us;
    return cycle;
  }
};

} // namespace

TEST_CASE("a period of JACK begins when it should, if only some come late, and how wrong is said") {
  jack_periods periods;
  random_source random{4};
  for (int i = 0; i < 5'000; ++i) {
    const nanoseconds late{static_cast<std::int64_t>(random.uniform(0, 600e3))};
    const auto cycle = periods.next(late);
    const auto error = std::chrono::abs(cycle.start - periods.host.now());
    CHECK(error <= nanoseconds{cycle.bound_ns});
    if (i < 1'000) continue;
    CHECK(error <= 40us); // the skew that there might be, and a frame
    CHECK(cycle.first == periods.first);
    CHECK(cycle.frame_ns == doctest::Approx(1e9 / 48'000));
  }
}

TEST_CASE("a JACK server that was held up has lost time, and is believed after a few periods") {
  for (const nanoseconds held : {700'000ns, 3'000'000ns, 30'000'000ns}) {
    CAPTURE(held.count());
    jack_periods periods;
    for (int i = 0; i < 1'000; ++i) (void)periods.next();
    periods.host.at += held; // and its frames go on as if nothing had been
    for (int i = 0; i < 1'000; ++i) {
      const auto cycle = periods.next();
      const auto error = std::chrono::abs(cycle.start - periods.host.now());
      CHECK(error <= nanoseconds{cycle.bound_ns});
      if (i > 8) CHECK(error <= 30us);
    }
  }
}

TEST_CASE("before JACK knows its time a period begins about now") {
  jack_periods periods;
  jack_seen = {.since = 12, .told = false};
  const auto cycle = periods.clock.read(periods.jack, nullptr, periods.host);
  CHECK(std::chrono::abs(cycle.start + 250us - periods.host.now()) <= 11us);
  CHECK(cycle.bound_ns >= 2'000'000);
}

TEST_CASE("what contradicts itself, and a JACK that is not there, are refused") {
  const auto error = [](const auto& opened) {
    REQUIRE_FALSE(opened);
    return opened.error().code;
  };
  CHECK(error(detail::jack_library::load("libno-such.so")) == errc::device_absent);
  CHECK(error(detail::jack_library::load("libm.so.6")) == errc::device_absent);
  if (!detail::jack_library::load()) return;
  CHECK(error(jack_midi_input::open({})) == errc::value_range);
  CHECK(error(jack_midi_output::open({.port = "a", .virtual_port = "b"})) == errc::value_range);
  CHECK(error(jack_midi_input::open({.virtual_port = "b", .client = ""})) == errc::value_range);
  CHECK(error(jack_midi_input::open({.virtual_port = "b", .group = 16})) == errc::value_range);
  const jamnet::testing::environment_entry nowhere{"JACK_DEFAULT_SERVER", "jam-nowhere"};
  CHECK(error(jack_midi_input::open({.virtual_port = "b"})) == errc::device_absent);
  CHECK(jack_midi_output::ports().empty());
  CHECK_FALSE(jack_server_runs());
}

namespace {

int jack_opens = 0;
constexpr auto jack_refuses = [](jack_status_t* status, int why) -> jack_client_t* {
  ++jack_opens;
  *status = static_cast<jack_status_t>(JackFailure | why);
  return nullptr;
};
jack_client_t* jack_opens_third(const char*, jack_options_t, jack_status_t* status, ...) {
  static int anybody = 0;
  (void)jack_refuses(status, JackServerError);
  return jack_opens == 3 ? reinterpret_cast<jack_client_t*>(&anybody) : nullptr;
}
jack_client_t* jack_opens_nobody(const char*, jack_options_t, jack_status_t* status, ...) {
  return jack_refuses(status, JackServerFailed);
}

} // namespace

TEST_CASE("a client of JACK that another of its name got in the way of is opened again") {
  auto jack = detail::jack_library::load();
  if (!jack) return;
  const auto opens = [&](decltype(jack->client_open) open) {
    jack_opens = 0;
    jack->client_open = open;
    return detail::jack_open_client(*jack, "twin") != nullptr;
  };
  CHECK(opens(jack_opens_third));
  CHECK(jack_opens == 3);
  CHECK_FALSE(opens(jack_opens_nobody)); // there is no server
  CHECK(jack_opens == 1);
}

// From here on with a server.

namespace {

bool jack_is_here(jack_server& server) {
  if (!server.missing() && detail::jack_library::load()) {
    REQUIRE_MESSAGE(server.running(), server.trouble());
    return true;
  }
  MESSAGE("skipped: ", server.missing() ? server.trouble() : "no libjack here");
  return false;
}

// An output of one program and an input of another, as far as JACK can tell.
struct jack_pair {
  std::unique_ptr<jack_midi_input> in;
  std::unique_ptr<jack_midi_output> out;
  std::vector<std::string> told;

  explicit jack_pair(const detail::jack_library& jack = *detail::jack_library::load()) {
    auto input = jack_midi_input::open({.virtual_port = "keys", .client = "synth"}, jack);
    REQUIRE_MESSAGE(input, to_string(input.error().code), " ", input.error().detail);
    in = std::move(*input);
    auto output = jack_midi_output::open({.port = "SYNTH:k", .client = "player"}, jack);
    REQUIRE_MESSAGE(output, to_string(output.error().code), " ", output.error().detail);
    out = std::move(*output);
    listen(*in, "in ");
    listen(*out, "out ");
  }
  template <class Port>
  void listen(Port& port, const std::string& who) {
    port.on_port([this, who](const midi_port_event& e) {
      told.push_back(who + std::string{to_string(e.change)} + " " + to_string(e.port));
    });
  }
  static host_time now() { return steady_source{}.now(); }
  // Looks after both until that is so.
  template <class Condition>
  [[nodiscard]] bool poll_until(Condition&& done) {
    const auto give_up = now() + 20s;
    while (!done()) {
      if (now() > give_up) return false;
      if (in) in->poll(now());
      if (out) out->poll(now());
      std::this_thread::sleep_for(10ms);
    }
    return true;
  }
  [[nodiscard]] bool was_told(const std::string& what) const {
    return std::find(told.begin(), told.end(), what) != told.end();
  }
  // The next `count` packets, or fewer if they take too long.
  std::vector<received_packet> receive(std::size_t count) {
    std::vector<received_packet> got;
    (void)poll_until([&] {
      for (received_packet p; in->try_next(p);) got.push_back(p);
      return got.size() >= count;
    });
    return got;
  }
};

// The callbacks of our ports, called by a real server, with a guard around them.
struct jack_guarded_callback {
  JackProcessCallback process = nullptr;
  void* self = nullptr;
};
std::array<jack_guarded_callback, 2> jack_guarded;
std::size_t jack_guards = 0;
decltype(&::jack_set_process_callback) jack_set_unguarded = nullptr;

int jack_call_guarded(jack_nframes_t frames, void* callback) {
  const rt_guard guard;
  const auto& real = *static_cast<jack_guarded_callback*>(callback);
  return real.process(frames, real.self);
}
int jack_set_guarded(jack_client_t* client, JackProcessCallback process, void* self) {
  auto& real = jack_guarded.at(jack_guards++);
  real = {process, self};
  return jack_set_unguarded(client, jack_call_guarded, &real);
}

} // namespace

TEST_CASE("through a JACK server a packet keeps its moment, and the callbacks are wait-free") {
  jack_server server{{.synchronous = true}};
  if (!jack_is_here(server)) return;
  auto jack = *detail::jack_library::load();
  jack_set_unguarded = std::exchange(jack.set_process_callback, jack_set_guarded);
  jack_guards = 0;
  jack_pair pair{jack};
  REQUIRE(jack_guards == 2);

  constexpr unsigned count = 300;
  std::vector<host_time> due;
  const host_time start = jack_pair::now() + 100ms;
  for (unsigned i = 0; i < count; ++i) {
    due.push_back(start + i * 1'234'567ns);
    REQUIRE(pair.out->try_send(note_on{.note = i % 128, .velocity = 1 + i / 128}, due[i]));
  }
  const auto got = pair.receive(count);
  REQUIRE(got.size() == count);
  std::vector<nanoseconds> errors;
  std::size_t beyond = 0;
  for (unsigned i = 0; i < count; ++i) {
    CHECK(got[i].packet == ump(note_on{.note = i % 128, .velocity = 1 + i / 128}));
    errors.push_back(std::chrono::abs(got[i].at - due[i]));
    beyond += errors[i] > nanoseconds{2 * got[i].bound_ns} ? 1u : 0u; // that of both ends
  }
  std::nth_element(errors.begin(), errors.begin() + count / 2, errors.end());
  MESSAGE("half are within ", errors[count / 2].count(), " ns; ", beyond, " beyond their bound");
  CHECK(errors[count / 2] < 100us); // nothing but the frame's own length, where nobody disturbs
  CHECK(pair.out->count().sent == count);
  CHECK(pair.in->count().packets == count);
  CHECK(pair.in->count().lost == 0);
  CHECK(pair.out->period() > 2ms);
  CHECK(pair.out->period() < 4ms);
}

TEST_CASE("an event loop can wait for what comes through JACK") {
  jack_server server{{.period = 64, .synchronous = true}};
  if (!jack_is_here(server)) return;
  jack_pair pair;
  pair.in->expect_wake();
  REQUIRE(pair.out->try_send(note_on{.note = 60}, jack_pair::now() + 20ms));
  REQUIRE(pair.in->signal().wait_until(std::chrono::steady_clock::now() + 20s));
  received_packet p;
  REQUIRE(pair.in->try_next(p));
  CHECK(p.packet == ump(note_on{.note = 60}));
}

TEST_CASE("a SysEx of any size, and a burst, come through JACK whole") {
  jack_server server{{.synchronous = true}};
  if (!jack_is_here(server)) return;
  jack_pair pair;
  for (const std::size_t size : {1U, 5'000U, 20'000U}) {
    CAPTURE(size);
    const auto packets = jack_sysex(size);
    for (const ump& p : packets) REQUIRE(pair.out->try_send(p, {}));
    const auto got = pair.receive(packets.size());
    REQUIRE(got.size() == packets.size());
    bool same = true;
    for (std::size_t i = 0; i < packets.size(); ++i) same = same && got[i].packet == packets[i];
    CHECK(same);
  }
  for (unsigned i = 0; i < 4'000; ++i)
    REQUIRE(pair.out->try_send(control_change{.controller = i % 100, .value = i / 100}, {}));
  const auto got = pair.receive(4'000);
  REQUIRE(got.size() == 4'000);
  bool in_order = true;
  for (unsigned i = 0; i < 4'000; ++i)
    in_order =
        in_order && got[i].packet == ump(control_change{.controller = i % 100, .value = i / 100});
  CHECK(in_order);
  CHECK(pair.in->count().lost == 0);
}

TEST_CASE("JACK's ports are listed, found by a part of their names, or not") {
  jack_server server{{.synchronous = true}};
  if (!jack_is_here(server)) return;
  CHECK(jack_server_runs());
  jack_pair pair;
  const auto inputs = jack_midi_output::ports();
  REQUIRE(inputs.size() == 1);
  CHECK(inputs[0].name == "synth:keys");
  CHECK(jack_midi_input::ports().front().name == "player:out");
  const auto error = [](const char* port, unsigned candidates = 0) {
    auto opened = jack_midi_output::open({.port = port});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().detail == candidates);
    return opened.error().code;
  };
  CHECK(error("piano") == errc::device_absent);
  auto other = jack_midi_input::open({.virtual_port = "keys", .client = "synth"}); // another synth
  REQUIRE(other);
  CHECK(error("keys", 2) == errc::device_absent); // which of them?
  CHECK(error("player:out") == errc::device_absent);
  CHECK(jack_midi_output::open({.port = "synth:keys"}));
  const auto named = [](std::size_t client, std::size_t port) {
    const auto opened = jack_midi_input::open(
        {.virtual_port = std::string(port, 'p'), .client = std::string(client, 'c')});
    return opened ? errc{} : opened.error().code;
  };
  const auto most = static_cast<std::size_t>(detail::jack_library::load()->client_name_size()) - 2;
  CHECK(named(most, 1) == errc{});
  CHECK(named(most + 1, 1) == errc::value_range);
  CHECK(named(most, 400) == errc::value_range);
}

TEST_CASE("who is unplugged from JACK and plugged in again is found again") {
  jack_server server{{.synchronous = true}};
  if (!jack_is_here(server)) return;
  jack_pair pair;
  REQUIRE(pair.out->try_send(note_on{.note = 60}, {}));
  REQUIRE(pair.receive(1).size() == 1);
  pair.in.reset();
  REQUIRE(pair.poll_until([&] { return !pair.out->connected(); }));
  CHECK(pair.was_told("out appeared synth:keys"));
  CHECK(pair.was_told("out vanished synth:keys"));
  CHECK(pair.was_told("out lost synth:keys"));
  pair.told.clear();
  REQUIRE(pair.out->try_send(note_off{.note = 60}, {}));
  REQUIRE(pair.poll_until([&] { return pair.out->count().lost == 1; }));

  auto again = jack_midi_input::open({.virtual_port = "keys", .client = "synth"});
  REQUIRE(again);
  pair.in = std::move(*again);
  REQUIRE(pair.poll_until([&] { return pair.out->connected(); }));
  CHECK(pair.was_told("out appeared synth:keys"));
  CHECK(pair.was_told("out connected synth:keys"));
  const auto got = pair.receive(1);
  REQUIRE(got.size() == 1);
  CHECK(got[0].packet == ump(note_off{.note = 60})); // no note hangs
}

TEST_CASE("a JACK server may be killed and come back: so do the ports, and no note hangs") {
  jack_server server{{.synchronous = true}};
  if (!jack_is_here(server)) return;
  jack_pair pair;
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    pair.told.clear();
    REQUIRE(pair.out->try_send(note_on{.note = 60}, {}));
    REQUIRE(pair.receive(1).size() == 1);
    if (round == 1)
      server.stop();
    else
      server.kill();
    REQUIRE(pair.poll_until([&] { return !pair.in->connected() && !pair.out->connected(); }));
    CHECK(pair.was_told("in lost keys"));
    CHECK(pair.was_told("out lost synth:keys"));
    const auto ended = pair.receive(1);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].packet == ump(note_off{.note = 60}));
    const auto lost = pair.out->count().lost;
    REQUIRE(pair.out->try_send(note_off{.note = 60}, {}));
    REQUIRE(pair.poll_until([&] { return pair.out->count().lost == lost + 1; }));

    REQUIRE_MESSAGE(server.start(), server.trouble());
    REQUIRE(pair.poll_until([&] { return pair.in->connected() && pair.out->connected(); }));
    CHECK(pair.was_told("in connected keys"));
    CHECK(pair.was_told("out connected synth:keys"));
    REQUIRE(pair.receive(1).size() == 1); // the end of the note, for whoever still hears it
  }
}

TEST_CASE("who shall never return does not") {
  jack_server server{{.synchronous = true}};
  if (!jack_is_here(server)) return;
  auto in = jack_midi_input::open({.virtual_port = "keys", .returns = port_return::never});
  REQUIRE(in);
  server.kill();
  const auto give_up = jack_pair::now() + 20s;
  while ((*in)->connected() && jack_pair::now() < give_up) {
    (*in)->poll(jack_pair::now());
    std::this_thread::sleep_for(10ms);
  }
  CHECK_FALSE((*in)->connected());
  REQUIRE(server.start());
  for (int i = 0; i < 30; ++i) {
    (*in)->poll(jack_pair::now());
    std::this_thread::sleep_for(10ms);
  }
  CHECK_FALSE((*in)->connected());
}

#endif
