#include <jamnet/platform/rtmidi_input.hpp>

#if __has_include(<rtmidi/rtmidi_c.h>) && defined(__linux__)

#include <doctest/doctest.h>
#include <jamnet/midi/sysex_assembler.hpp>

#include "rtmidi_band.hpp"

using namespace jamnet;
using namespace std::chrono_literals;
using testing::rtmidi_band;

namespace {

// A client of JACK that writes what it is told, byte for byte, into its one port.
class rude_client {
public:
  explicit rude_client(std::vector<std::vector<std::uint8_t>> events)
      : events_{std::move(events)},
        jack_{*detail::jack_library::load()},
        client_{jack_.client_open("rude", JackNoStartServer, nullptr)},
        port_{jack_.port_register(client_, "out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0)} {
    jack_.set_process_callback(client_, on_period, this);
    jack_.activate(client_);
  }
  ~rude_client() { jack_.client_close(client_); }
  rude_client(const rude_client&) = delete;
  rude_client& operator=(const rude_client&) = delete;

  bool connect_to(const char* port) { return jack_.connect(client_, "rude:out", port) == 0; }
  /// From the fifth period on: before, the connection may not be there.
  void speak() { silence_ = 5; }
  bool said_all() const { return next_.load() == events_.size(); }

private:
  static int on_period(jack_nframes_t frames, void* self) {
    auto& me = *static_cast<rude_client*>(self);
    void* const buffer = me.jack_.port_buffer(me.port_, frames);
    me.jack_.clear_buffer(buffer);
    if (me.silence_ != 0) {
      if (me.silence_ > 0) --me.silence_;
      return 0;
    }
    for (; !me.said_all(); ++me.next_) {
      const auto& event = me.events_[me.next_];
      if (me.jack_.event_write(buffer, 0, event.data(), event.size()) != 0) break;
    }
    return 0;
  }

  std::vector<std::vector<std::uint8_t>> events_;
  detail::jack_library jack_;
  ::jack_client_t* client_;
  ::jack_port_t* port_;
  std::atomic<int> silence_{-1}; // periods; below 0: for ever
  std::atomic<std::size_t> next_{0};
};

} // namespace

TEST_CASE("an input that contradicts itself is refused") {
  const auto why = [](const midi_input_options& options) {
    return rtmidi_input::open(options).error().code;
  };
  CHECK(why({}) == errc::value_range);
  CHECK(why({.port = "a", .virtual_port = "b"}) == errc::value_range);
  CHECK(why({.port = "a", .client = ""}) == errc::value_range);
  CHECK(why({.port = "a", .group = 16}) == errc::value_range);
}

TEST_CASE("no such system, no server and no such port are absent devices") {
  CHECK(rtmidi_input::open({.port = "a"}, "nonesuch").error() == failure{errc::device_absent});
  CHECK(rtmidi_input::ports("nonesuch").empty());
  for (const std::string& system : rtmidi_input::systems()) {
    CHECK_FALSE(system.empty());
    CHECK(rtmidi_input::open({.port = "a port of no system"}, system).error().detail == 0);
  }
  const auto why = rtmidi_input::open({.port = "a port that nobody would call so"});
  REQUIRE_FALSE(why);
  CHECK(why.error() == failure{errc::device_absent});

  rtmidi_band band;
  if (!band.plays()) return;
  band.server.stop();
  CHECK(rtmidi_input::open({.virtual_port = "in"}, "jack").error() == failure{errc::device_absent});
  CHECK(rtmidi_input::ports("jack").empty());
}

TEST_CASE("through RtMidi the ports of a server are listed, and found by a part of their names") {
  rtmidi_band band;
  if (!band.plays()) return;
  const auto systems = rtmidi_input::systems();
  CHECK(std::find(systems.begin(), systems.end(), "jack") != systems.end());
  const auto one = rtmidi_output::open({.virtual_port = "keys", .client = "Upper"}, "jack");
  const auto other = rtmidi_output::open({.virtual_port = "keys", .client = "Lower"}, "jack");
  REQUIRE(one);
  REQUIRE(other);
  const midi_port_list list{rtmidi_input::ports("jack")};
  CHECK(list.find("upper").size() == 1);
  CHECK(list.find("KEYS").size() == 2);
  CHECK(rtmidi_input::open({.port = "keys"}, "jack").error() == failure{errc::device_absent, 2});
  CHECK(rtmidi_input::open({.port = "kies"}, "jack").error() == failure{errc::device_absent, 0});
  CHECK(list.explain("uper:keys").starts_with("no MIDI port \"uper:keys\"; did you mean \"Upper:"));
  CHECK(rtmidi_input::open({.port = "upper"})); // of any system
}

TEST_CASE("garbage is counted, and no running status crosses from one port to another") {
  rtmidi_band band;
  if (!band.plays() || !band.listens({.virtual_port = "in", .group = 3})) return;
  rude_client rude{{{61, 2},          // a running status, but whose?
                    {0x90, 60},       // cut short
                    {0xf4},           // undefined
                    {0xf9, 0xfd},     // …
                    {0xf7},           // the end of nothing
                    {0x90, 60, 0x91}, // a status where data must be
                    {0xf0, 1, 0xf8, 2, 0xf7},
                    {0x92, 64, 5}}};
  REQUIRE(rude.connect_to("jam-in:in"));
  rude.speak();
  REQUIRE(
      band.wait([&] { return band.take() && band.heard.back().packet == midi1(0x92, 64, 5, 3); }));
  REQUIRE(band.heard.size() == 3);
  CHECK(band.heard[0].packet == midi1(0xf8, 0, 0, 3));
  CHECK(band.heard[1].packet == ump(sysex7{.data = {1, 2}, .group = 3}));
  CHECK(band.in->count().packets == 3);
  CHECK(band.in->count().meaningless >= 8);
  CHECK(band.in->count().lost == 0);
}

TEST_CASE("what nobody takes is lost and counted, and a SysEx is never lost by half") {
  rtmidi_band band;
  if (!band.plays() || !band.listens({.virtual_port = "in"})) return;
  std::vector<std::vector<std::uint8_t>> flood(20, std::vector<std::uint8_t>(14'000, 1));
  for (auto& sysex : flood) {
    sysex.front() = 0xf0;
    sysex.back() = 0xf7;
  }
  for (int i = 0; i < 2'000; ++i) flood.push_back({0x90, 1, 1}); // which fit beside the SysEx
  rude_client rude{flood};
  REQUIRE(rude.connect_to("jam-in:in"));
  rude.speak();
  const std::uint64_t whole_sysex = rtmidi_input::room / 2'333;
  const std::uint64_t all = 20 * 2'333 + 2'000;
  REQUIRE(band.wait([&] { return band.in->count().packets + band.in->count().lost == all; }));
  std::array<std::uint8_t, 20'000> bytes{};
  sysex_assembler<> assembler{bytes};
  std::uint64_t whole = 0, broken = 0, notes = 0;
  REQUIRE(band.take());
  CHECK(band.in->count().packets == band.heard.size());
  for (const auto& p : band.heard) {
    notes += p.packet.type() == ump_type::midi1_voice;
    assembler.feed(p.packet, [&](const sysex_message& m) {
      ++(m.outcome == sysex_outcome::complete && m.data.size() == 13'998 ? whole : broken);
    });
  }
  CHECK(whole == whole_sysex);
  CHECK(broken == 0);
  CHECK(notes == rtmidi_input::room % 2'333);
}

TEST_CASE("notes whose ends found no room through RtMidi are ended as soon as there is some") {
  rtmidi_band band;
  if (!band.plays() || !band.listens({.virtual_port = "in"})) return;
  std::vector<std::vector<std::uint8_t>> flood(rtmidi_input::room, {0xd0, 1});
  for (std::uint8_t note = 0; note < 128; ++note) {
    flood.insert(flood.begin(), {0x90, note, 1});
    flood.push_back({0x80, note, 0});
  }
  const auto ended = [&] {
    note_tracker heard;
    for (const auto& p : band.heard) heard.observe(p.packet);
    return heard.sounding() == 0;
  };
  const auto flooded = [&] {
    band.heard.clear();
    const auto before = band.in->count();
    rude_client rude{flood};
    REQUIRE(rude.connect_to("jam-in:in"));
    rude.speak();
    REQUIRE(band.wait([&] {
      const auto now = band.in->count();
      return now.packets + now.lost == before.packets + before.lost + flood.size();
    }));
    REQUIRE(band.take());
    REQUIRE(band.heard.size() == rtmidi_input::room);
    CHECK_FALSE(ended());
  };
  flooded();
  REQUIRE(band.wait([&] { return band.take() && ended(); })); // at the keeper's next look
  CHECK(band.heard.size() == rtmidi_input::room + 128);

  flooded(); // from now on the keeper is not asked to look
  const auto before = band.heard.size();
  rude_client rude{{{0x90, 60, 99}}};
  REQUIRE(rude.connect_to("jam-in:in"));
  rude.speak();
  const auto give_up = band.now() + 20s;
  while (band.take() && band.heard.back().packet != midi1(0x90, 60, 99) && band.now() < give_up)
    std::this_thread::sleep_for(2ms);
  CHECK(band.heard.size() == before + 129); // 60 as well ended before it began
  CHECK(band.heard.back().packet == midi1(0x90, 60, 99));
  band.heard.pop_back();
  CHECK(ended());
}

TEST_CASE("what is not wanted does not come through RtMidi") {
  rtmidi_band band;
  if (!band.plays()) return;
  if (!band.listens({.virtual_port = "in", .sysex = false, .clock = false, .sensing = false}))
    return;
  rude_client rude{{{0xf8}, {0xfe}, {0xf1, 3}, {0xf0, 1, 0xf7}, {0xfa}, {0xc0, 5}}};
  REQUIRE(rude.connect_to("jam-in:in"));
  rude.speak();
  REQUIRE(band.wait([&] { return band.take() && band.heard.size() == 2; }));
  CHECK(band.heard[0].packet == midi1(0xfa));
  CHECK(band.heard[1].packet == midi1(0xc0, 5));
}

TEST_CASE("an event loop can wait for what comes through RtMidi") {
  rtmidi_band band;
  if (!band.plays() || !band.listens({.virtual_port = "in"}) || !band.sends({.port = "jam-in"}))
    return;
  band.in->expect_wake();
  received_packet none;
  REQUIRE_FALSE(band.in->try_next(none));
  REQUIRE(band.out->try_send(midi1(0x90, 1, 1), band.now()));
  CHECK(band.in->signal().wait_until(std::chrono::steady_clock::now() + 10s));
  CHECK(band.in->try_next(none));
}

#endif
