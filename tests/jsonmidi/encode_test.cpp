#include <jamnet/jsonmidi/encode.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "packets.hpp"
#include <jamnet/jsonmidi/decode.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet_test;

namespace {
std::string text_of(const midi_event& event) {
  std::array<char, jsonmidi::max_encoded_size> line;
  return std::string{jsonmidi::encode(event, line)};
}
std::string text_of(ump packet) { return text_of(at(7, packet)); }
} // namespace

TEST_CASE("channel voice messages have their fields in the order of the specification") {
  CHECK(text_of(note_on{.channel = 1, .note = 60, .velocity = 100}) ==
        R"({"type":"noteOn","timestamp":7,"channel":1,"note":60,"velocity":100})");
  CHECK(text_of(note_off{.channel = 16, .note = 127, .velocity = 0}) ==
        R"({"type":"noteOff","timestamp":7,"channel":16,"note":127,"velocity":0})");
  CHECK(text_of(polyphonic_aftertouch{.channel = 2, .note = 3, .value = 4}) ==
        R"({"type":"polyphonicAftertouch","timestamp":7,"channel":2,"note":3,"value":4})");
  CHECK(text_of(control_change{.channel = 1, .controller = 64, .value = 127}) ==
        R"({"type":"controlChange","timestamp":7,"channel":1,"controller":64,"value":127})");
  CHECK(text_of(program_change{.channel = 10, .program = 5}) ==
        R"({"type":"programChange","timestamp":7,"channel":10,"program":5})");
  CHECK(text_of(channel_aftertouch{.channel = 1, .value = 9}) ==
        R"({"type":"channelAftertouch","timestamp":7,"channel":1,"value":9})");
  CHECK(text_of(pitch_bend{}) == R"({"type":"pitchBend","timestamp":7,"channel":1,"value":8192})");
}

TEST_CASE("system messages have the names of the specification") {
  CHECK(text_of(midi1(0xf1, 0x35)) == R"({"type":"timeCode","timestamp":7,"piece":3,"nibble":5})");
  CHECK(text_of(midi1(0xf2, 1, 2)) == R"({"type":"songPosition","timestamp":7,"beats":257})");
  CHECK(text_of(midi1(0xf3, 9)) == R"({"type":"songSelect","timestamp":7,"song":9})");
  const std::array<std::pair<unsigned, const char*>, 7> bare{{{0xf6, "tuneRequest"},
                                                              {0xf8, "timingClock"},
                                                              {0xfa, "start"},
                                                              {0xfb, "continue"},
                                                              {0xfc, "stop"},
                                                              {0xfe, "activeSensing"},
                                                              {0xff, "systemReset"}}};
  for (const auto& [status, name] : bare)
    CHECK(text_of(midi1(status)) == "{\"type\":\"" + std::string{name} + "\",\"timestamp\":7}");
}

TEST_CASE("utility messages have no group") {
  CHECK(text_of(ump{}) == R"({"type":"noop","timestamp":7})");
  CHECK(text_of(ump{{0x0010ffff}}) == R"({"type":"jrClock","timestamp":7,"ticks":65535})");
  CHECK(text_of(ump{{0x00200001}}) == R"({"type":"jrTimestamp","timestamp":7,"ticks":1})");
  CHECK(text_of(ump{{0x003001e0}}) ==
        R"({"type":"deltaClockstampTicks","timestamp":7,"ticksPerQuarterNote":480})");
  CHECK(text_of(ump{{0x004fffff}}) ==
        R"({"type":"deltaClockstamp","timestamp":7,"ticks":1048575})");
}

TEST_CASE("seq and group stand before the fields, and defaults are left out") {
  CHECK(text_of(at(-5, note_on{.note = 1, .velocity = 2, .group = 15}, 9007199254740991)) ==
        R"({"type":"noteOn","timestamp":-5,"seq":9007199254740991,"group":15,)"
        R"("channel":1,"note":1,"velocity":2})");
}

TEST_CASE("a SysEx packet says whether it is the whole message") {
  CHECK(text_of(ump{{0x30017d00}}) == R"({"type":"systemExclusive","timestamp":7,"data":[125]})");
  CHECK(text_of(ump{{0x33160102, 0x03040506}}) ==
        R"({"type":"systemExclusive","timestamp":7,"group":3,"packet":"start",)"
        R"("data":[1,2,3,4,5,6]})");
  CHECK(text_of(ump{{0x30200000}}) ==
        R"({"type":"systemExclusive","timestamp":7,"packet":"continue","data":[]})");
  CHECK(text_of(ump{{0x30310100}}) ==
        R"({"type":"systemExclusive","timestamp":7,"packet":"end","data":[1]})");
}

TEST_CASE("a SysEx of any length is one line") {
  std::vector<std::uint8_t> data(65536, 1);
  std::vector<char> line(200'000);
  const auto text = jsonmidi::encode({.time = session_time{nanoseconds{7}},
                                      .seq = 2,
                                      .group = 1,
                                      .form = ump_form::end,
                                      .data = bytes_view{data}.first(9)},
                                     line);
  CHECK(text == R"({"type":"systemExclusive","timestamp":7,"seq":2,"group":1,"packet":"end",)"
                R"("data":[1,1,1,1,1,1,1,1,1]})");
  CHECK(nlohmann::json::parse(jsonmidi::encode({.data = data}, line))["data"].size() == 65536);
  data.push_back(1);
  CHECK(jsonmidi::encode({.data = data}, line).empty());
  data = {1, 128};
  CHECK(jsonmidi::encode({.data = data}, line).empty());
}

TEST_CASE("what no name describes to the last bit is written as ump") {
  const auto words = [](ump packet) {
    const auto json = nlohmann::json::parse(text_of(packet));
    return json["type"] == "ump" ? json["words"].get<std::vector<std::uint32_t>>()
                                 : std::vector<std::uint32_t>{};
  };
  using list = std::vector<std::uint32_t>;
  CHECK(words({{0x20903c80}}) == list{0x20903c80});                         // data of eight bits
  CHECK(words({{0x10f40000}}) == list{0x10f40000});                         // reserved status
  CHECK(words({{0x20c00001}}) == list{0x20c00001});                         // reserved bits
  CHECK(words({{0x20703c40}}) == list{0x20703c40});                         // not a status
  CHECK(words({{0x30000001, 0}}) == list{0x30000001, 0});                   // bytes beyond the data
  CHECK(words({{0x40903c80, 0xffff0000}}).empty());                         // an attribute type
  CHECK(words({{0x40908000, 0xffff0000}}) == list{0x40908000, 0xffff0000}); // a note of eight bits
  CHECK(words({{0x40c00000, 0x05000001}}) == list{0x40c00000, 0x05000001}); // a bank not valid
  CHECK(words({{0xd01f0000, 1}}) == list{0xd01f0000, 1, 0, 0}); // a channel not addressed
  CHECK(words({{0xd0100300, 1}}) == list{0xd0100300, 1, 0, 0}); // reserved bank
  CHECK(words({{0xd0100100, 0xff000000}}) == list{0xd0100100, 0xff000000, 0, 0}); // not UTF-8
  CHECK(words({{0x50000000}}) == list{0x50000000, 0, 0, 0});    // sysex8 without a stream id
  CHECK(words({{0xb0000000, 1, 2}}) == list{0xb0000000, 1, 2}); // reserved type
  CHECK(words({{0xf0000101, 2, 3, 4}}) == list{0xf0000101, 2, 3, 4});
}

TEST_CASE("every packet fits max_encoded_size, and what is too small a buffer stays empty") {
  const auto min = std::numeric_limits<std::int64_t>::min();
  const ump most{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}};
  for (const ump packet : {most, ump{{0x3f36ffff & 0x3f367f7f, 0x7f7f7f7f}},
                           ump(polyphonic_aftertouch{16, 127, 127, 15})}) {
    std::array<char, jsonmidi::max_encoded_size> line;
    const midi_event event = at(min, packet, 9007199254740991);
    const auto whole = jsonmidi::encode(event, line);
    REQUIRE_FALSE(whole.empty());
    std::array<char, jsonmidi::max_encoded_size> again;
    for (std::size_t size = 0; size < whole.size(); ++size)
      CHECK(jsonmidi::encode(event, std::span{again}.first(size)).empty());
    CHECK(jsonmidi::encode(event, std::span{again}.first(whole.size())) == whole);
  }
}

TEST_CASE("every line is canonical JSON: compact, and integers as an integer is written") {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    random_source random{seed};
    const std::string line = text_of(random_event(random, random_packet(random)));
    CAPTURE(seed);
    const auto json = nlohmann::ordered_json::parse(line);
    REQUIRE(json.dump() == line);
  }
}

TEST_CASE("MIDI 2.0, SysEx of eight bits, flex data and stream messages have their own names") {
  CHECK(text_of(ump{{0x43913c03, 0xffff0004}}) ==
        R"({"type":"noteOn","timestamp":7,"protocol":"midi2","group":3,"channel":2,"note":60,)"
        R"("velocity":65535,"attributeType":3,"attributeValue":4})");
  CHECK(text_of(ump{{0x40c00001, 0x05000102}}) ==
        R"({"type":"programChange","timestamp":7,"protocol":"midi2","channel":1,"program":5,)"
        R"("bank":130})");
  CHECK(text_of(ump{{0x40400203, 0xffffffff}}) ==
        R"({"type":"relativeRegisteredController","timestamp":7,"channel":1,"bank":2,"index":3,)"
        R"("value":-1})");
  CHECK(text_of(ump{{0x50160700, 0x01020304}}) ==
        R"({"type":"systemExclusive","timestamp":7,"sysexType":"sysex8","streamId":7,)"
        R"("packet":"start","data":[0,1,2,3,4]})");
  CHECK(text_of(ump{{0x50830102, 0x03040506, 0x0708090a, 0x0b0c0d0e}}) ==
        R"({"type":"mixedDataSet","timestamp":7,"part":"header","mdsId":3,)"
        R"("data":[1,2,3,4,5,6,7,8,9,10,11,12,13,14]})");
  CHECK(text_of(ump{{0xd20f0005, 0x87000000}}) ==
        R"({"type":"setKeySignature","timestamp":7,"group":2,"channel":16,"sharpsOrFlats":-8,)"
        R"("tonic":7})");
  CHECK(text_of(ump{{0xd0d00102, 0x22c3a90a}}) ==
        R"({"type":"flexText","timestamp":7,"packet":"end","bank":1,"status":2,"text":"\"é\n"})");
  CHECK(text_of(ump{{0xf0020000, 0x00010203, 0x04050607, 0x08090a0b}}) ==
        R"({"type":"deviceIdentity","timestamp":7,"manufacturer":[1,2,3],"family":[4,5],)"
        R"("model":[6,7],"revision":[8,9,10,11]})");
  CHECK(text_of(ump{{0xf0110000 | 0x8305, 0x01020304}}) ==
        R"({"type":"functionBlockInfo","timestamp":7,"active":true,"functionBlock":3,"uiHint":0,)"
        R"("midi1":1,"direction":1,"firstGroup":1,"groups":2,"ciVersion":3,"sysex8Streams":4})");
  CHECK(text_of(ump{{0xf0200000}}) == R"({"type":"startOfClip","timestamp":7})");
}

TEST_CASE("rawBytes, when asked for, are the MIDI 1.0 bytes or else the words") {
  std::array<char, jsonmidi::max_encoded_size> line;
  const auto raw = [&](ump packet) {
    const auto text = jsonmidi::encode(at(7, packet), line, jsonmidi::raw_bytes::written);
    return std::string{text.substr(text.find(",\"rawBytes\""))};
  };
  CHECK(raw(note_on{.note = 60, .velocity = 100}) == R"(,"rawBytes":[144,60,100]})");
  CHECK(raw(ump{{0x30060102, 0x03040506}}) == R"(,"rawBytes":[240,1,2,3,4,5,6,247]})");
  CHECK(raw(ump{{0x40903c00, 0xffff0000}}) == R"(,"rawBytes":[64,144,60,0,255,255,0,0]})");
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    random_source random{seed};
    const midi_event event = random_event(random, random_packet(random));
    const auto text = jsonmidi::encode(event, line, jsonmidi::raw_bytes::written);
    const auto back = jsonmidi::decode(text);
    CAPTURE(text);
    REQUIRE(back);
    REQUIRE(*back == event);
  }
}

TEST_CASE("encoding allocates nothing") {
  std::array<char, jsonmidi::max_encoded_size> line;
  random_source random{1};
  const testing::rt_guard guard;
  for (int i = 0; i < 1000; ++i)
    if (jsonmidi::encode(random_event(random, random_packet(random)), line).empty())
      FAIL("did not fit");
}
