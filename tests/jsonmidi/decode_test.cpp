#include <jamnet/jsonmidi/decode.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "packets.hpp"
#include <jamnet/jsonmidi/encode.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet_test;

namespace {

failure why(std::string_view line, const jsonmidi::limits& most = {}) {
  const auto event = jsonmidi::decode(line, most);
  return event ? failure{} : event.error();
}
bool accepts(std::string_view line) { return why(line) == failure{}; }

ump packet_of(std::string_view line) {
  const auto event = jsonmidi::decode(line);
  CAPTURE(line);
  REQUIRE(event);
  return event->packet;
}

// The line of a message at time 0 with these fields, and why it is refused. Where a place is given
// the failure must lie there: `@` marks it in the fields and is taken out.
std::string line_of(std::string_view type, std::string fields) {
  if (!fields.empty()) fields.insert(0, ",");
  return R"({"type":")" + std::string{type} + R"(","timestamp":0)" + fields + "}";
}
errc refusal(std::string_view type, const std::string& marked) {
  std::string line = line_of(type, marked);
  const std::size_t mark = line.find('@');
  if (mark != line.npos) line.erase(mark, 1);
  const failure f = why(line);
  CAPTURE(line);
  if (mark != line.npos) CHECK(f.detail == mark);
  return f.code;
}

std::vector<ump> packets_of(std::string_view line) {
  std::vector<ump> packets;
  const auto count =
      jsonmidi::decode_packets(line, [&](const midi_event& e) { packets.push_back(e.packet); });
  if (count)
    CHECK(*count == packets.size());
  else
    CHECK(packets.empty());
  return packets;
}

const std::string note = R"("channel":1,"note":60,"velocity":100)";

} // namespace

TEST_CASE("keys come in any order, with any white space and any escapes") {
  const midi_event expected = at(-5, note_on{.note = 60, .velocity = 100, .group = 2}, 9);
  for (
      const auto* line :
      {R"({"type":"noteOn","timestamp":-5,"seq":9,"group":2,"channel":1,"note":60,"velocity":100})",
       " {\t\"velocity\" : 100 ,\r\n \"note\":60,\"channel\":1, \"group\":2,\"seq\":9,"
       "\"timestamp\":-5,\"type\":\"noteOn\" } ",
       R"({"\u0074ype":"note\u004fn","timestamp":-5,"seq":9,"group":2,"channel":1,)"
       R"("note":60,"velocity":100})"}) {
    const auto event = jsonmidi::decode(line);
    REQUIRE(event);
    CHECK(*event == expected);
  }
}

TEST_CASE("an integer is any JSON number of integral value") {
  const ump expected = note_on{.note = 60, .velocity = 100};
  for (const auto* number : {"60", "60.0", "6e1", "6000e-2", "0.6E+2"})
    CHECK(packet_of(line_of("noteOn", R"("channel":1e0,"velocity":100.00,"note":)" +
                                          std::string{number})) == expected);
  CHECK(refusal("noteOn", R"("channel":1,"note":@60.5,"velocity":1)") == errc::value_range);
  CHECK(refusal("noteOn", R"("channel":1,"note":@"60","velocity":1)") == errc::json_type);
  CHECK(refusal("noteOn", R"("channel":1,"note":@true,"velocity":1)") == errc::json_type);
  CHECK(refusal("noteOn", R"("channel":1,"note":@null,"velocity":1)") == errc::json_type);
}

TEST_CASE("timestamps are exact to 64 bits, seq to 53") {
  const auto time = [](const std::string& text) {
    const auto e = jsonmidi::decode(R"({"type":"start","timestamp":)" + text + "}");
    REQUIRE(e);
    return e->time.time_since_epoch().count();
  };
  CHECK(time("9223372036854775807") == INT64_MAX);
  CHECK(time("-9223372036854775808") == INT64_MIN);
  CHECK(time("9007199254740993") == 9007199254740993);
  CHECK(why(R"({"type":"start","timestamp":9223372036854775808})") ==
        failure{errc::value_range, 28});
  CHECK(why(R"({"type":"start","timestamp":"0"})") == failure{errc::json_type, 28});
  CHECK(jsonmidi::decode(line_of("start", R"("seq":9007199254740991)"))->seq == 9007199254740991);
  CHECK(jsonmidi::decode(line_of("start", ""))->seq == midi_event::no_seq);
  CHECK(refusal("start", R"("seq":@9007199254740992)") == errc::value_range);
  CHECK(refusal("start", R"("seq":@-1)") == errc::value_range);
  CHECK(refusal("start", R"("seq":@null)") == errc::json_type);
}

TEST_CASE("unknown keys are skipped whatever they hold, but it must be JSON") {
  CHECK(accepts(line_of("start", R"("x":{"type":"y","a":[1,{"b":null}]},"x":"\ud834\udd1e")")));
  CHECK(accepts(line_of("start", R"("track":1,"tick":"a","note":"not of this type")")));
  CHECK(accepts(line_of("start", "\"x\":" + std::string(31, '[') + std::string(31, ']'))));
  CHECK(refusal("start", "\"x\":" + std::string(31, '[') + "@[" + std::string(32, ']')) ==
        errc::json_depth);
  CHECK(refusal("start", "\"x\":0@1") == errc::json_syntax);
  CHECK(refusal("start", "\"x\":tru@u") == errc::json_syntax);
  CHECK(refusal("start", R"("x":"\@q")") == errc::json_syntax);
  CHECK(refusal("start", "\"x\":\"@\xc0\x80\"") == errc::json_utf8);
  CHECK(refusal("start", R"("x":"@\udd1e")") == errc::json_utf8);
}

TEST_CASE("a line is one object and nothing else") {
  const std::string line = line_of("start", "");
  CHECK(accepts(line + " \t\r\n"));
  CHECK(why(line + "x") == failure{errc::json_syntax, static_cast<std::uint32_t>(line.size())});
  CHECK(why(line + line).code == errc::json_syntax);
  CHECK(why("\xef\xbb\xbf" + line) == failure{errc::json_syntax, 0});
  CHECK(why("") == failure{errc::json_truncated, 0});
  CHECK(why("[]") == failure{errc::json_type, 0});
  CHECK(why("\"start\"") == failure{errc::json_type, 0});
  for (std::size_t size = 0; size < line.size(); ++size)
    CHECK(why(line.substr(0, size)) ==
          failure{errc::json_truncated, static_cast<std::uint32_t>(size)});
}

TEST_CASE("a key of the tables may not come twice, not even one of another type") {
  CHECK(refusal("noteOn", note + R"(,@"note":60)") == errc::key_duplicate);
  CHECK(refusal("start", R"(@"type":"start")") == errc::key_duplicate);
  CHECK(refusal("start", R"("sharpsOrFlats":1,@"sharpsOrFlats":1)") == errc::key_duplicate);
  CHECK(refusal("noteOn", note + R"(,@"n\u006fte":60)") == errc::key_duplicate);
}

TEST_CASE("a missing key is told at the closing brace") {
  CHECK(refusal("noteOn", R"("channel":1,"note":60@)") == errc::key_missing);
  CHECK(refusal("noteOn", R"("note":60,"velocity":1@)") == errc::key_missing);
  CHECK(refusal("systemExclusive", R"("x":1@)") == errc::key_missing);
  CHECK(refusal("ump", R"("x":1@)") == errc::key_missing);
  CHECK(why(R"({"timestamp":0} )") == failure{errc::key_missing, 14});
  CHECK(why(R"({"type":"start"})") == failure{errc::key_missing, 15});
}

TEST_CASE("an unknown type is refused") {
  CHECK(why(R"({"type":"noteon","timestamp":0})") == failure{errc::type_unknown, 8});
  CHECK(why(R"({"type":"","timestamp":0})") == failure{errc::type_unknown, 8});
  CHECK(why(R"({"type":5,"timestamp":0})") == failure{errc::json_type, 8});
  CHECK(why(R"({"type":"\n)" + std::string(500, 'x') + R"(","timestamp":0})") ==
        failure{errc::type_unknown, 8});
}

TEST_CASE("protocol tells which of two messages of one name is meant") {
  const std::string midi2 = R"("protocol":"midi2",)";
  CHECK(packet_of(line_of("noteOn", midi2 + R"("channel":2,"note":60,"velocity":65535)")) ==
        ump{{0x40913c00, 0xffff0000}});
  CHECK(packet_of(line_of("noteOff", midi2 + R"("channel":1,"note":1,"velocity":2,)"
                                             R"("attributeType":3,"attributeValue":4)")) ==
        ump{{0x40800103, 0x00020004}});
  CHECK(packet_of(line_of("pitchBend", midi2 + R"("channel":1,"value":2147483648)")) ==
        ump{{0x40e00000, 0x80000000}});
  CHECK(packet_of(line_of("programChange", midi2 + R"("channel":1,"program":5,"bank":130)")) ==
        ump{{0x40c00001, 0x05000102}});
  CHECK(packet_of(line_of("programChange", midi2 + R"("channel":1,"program":5)")) ==
        ump{{0x40c00000, 0x05000000}});
  CHECK(refusal("noteOn", R"("channel":2,"note":60,"velocity":@65535)") == errc::value_range);
  CHECK(refusal("noteOn", midi2 + R"("channel":2,"note":60,"velocity":@65536)") ==
        errc::value_range);
}

TEST_CASE("what only MIDI 2.0 has needs no protocol, and may not have the other") {
  const std::string relative = R"("channel":1,"bank":2,"index":3,"value":-1)";
  const ump packet{{0x40400203, 0xffffffff}};
  CHECK(packet_of(line_of("relativeRegisteredController", relative)) == packet);
  CHECK(packet_of(line_of("relativeRegisteredController", R"("protocol":"midi2",)" + relative)) ==
        packet);
  CHECK(refusal("relativeRegisteredController", R"("protocol":@"midi1",)" + relative) ==
        errc::value_range);
  CHECK(packet_of(
            line_of("perNoteManagement", R"("channel":1,"note":2,"detach":true,"reset":false)")) ==
        ump{{0x40f00202, 0}});
  CHECK(refusal("perNoteManagement", R"("channel":1,"note":2,"detach":@1,"reset":false)") ==
        errc::json_type);
}

TEST_CASE("flex data addresses its group, or a channel of it") {
  CHECK(packet_of(line_of("setTempo", R"("tenNanosPerQuarterNote":50000000)")) ==
        ump{{0xd0100000, 50000000}});
  CHECK(packet_of(line_of("setTempo", R"("group":2,"channel":16,"tenNanosPerQuarterNote":1)")) ==
        ump{{0xd20f0000, 1}});
  CHECK(packet_of(line_of("setKeySignature", R"("sharpsOrFlats":-8,"tonic":7)")) ==
        ump{{0xd0100005, 0x87000000}});
  CHECK(packet_of(
            line_of("setChordName",
                    R"("tonicSharpsOrFlats":1,"tonic":3,"chordType":4,)"
                    R"("alterations":[[1,2],[3,4],[5,6],[7,8]],"bassSharpsOrFlats":-1,)"
                    R"("bassTonic":2,"bassChordType":9,"bassAlterations":[[10,11],[12,13]])")) ==
        ump{{0xd0100006, 0x13041234, 0x56780000, 0xf209abcd}});
  const std::string chord =
      R"("tonicSharpsOrFlats":1,"tonic":3,"chordType":4,"bassSharpsOrFlats":-1,)"
      R"("bassTonic":2,"bassChordType":9,"bassAlterations":[[10,11],[12,13]],"alterations":)";
  CHECK(refusal("setChordName", chord + "@[[1,2],[3,4],[5,6]]") == errc::value_range);
  CHECK(refusal("setChordName", chord + "@[[1,2],[3,4],[5,6],[7,8],[1,1]]") == errc::value_range);
  CHECK(refusal("setChordName", chord + "[[1,2],@[3],[5,6],[7,8]]") == errc::value_range);
  CHECK(refusal("setChordName", chord + "[[1,2],[3,@16],[5,6],[7,8]]") == errc::value_range);
  CHECK(refusal("setChordName", chord + "[[1,2],@3,[5,6],[7,8]]") == errc::json_type);
}

TEST_CASE("a text takes as many packets as it needs, escapes undone") {
  CHECK(packet_of(line_of("flexText", R"("bank":1,"status":2,"text":"A\u00e9\n")")) ==
        ump{{0xd0100102, 0x41c3a90a}});
  CHECK(packets_of(line_of("endpointName", R"("text":"abcdefghijklmnop")")) ==
        std::vector<ump>{{{0xf4036162, 0x63646566, 0x6768696a, 0x6b6c6d6e}},
                         {{0xfc036f70, 0, 0, 0}}});
  CHECK(packets_of(line_of("functionBlockName",
                           R"("functionBlock":3,"packet":"start","text":"0123456789abc")")) ==
        std::vector<ump>{{{0xf4120330, 0x31323334, 0x35363738, 0x39616263}}});
  CHECK(packet_of(line_of("productInstanceId", R"("text":"")")) == ump{{0xf0040000, 0, 0, 0}});
  CHECK(refusal("endpointName", R"("text":@5)") == errc::json_type);
  CHECK(refusal("endpointName", R"("text":@"abcdefghijklmnop")") == errc::needs_packets);
}

TEST_CASE("SysEx of eight bits and mixed data sets") {
  CHECK(packet_of(
            line_of("systemExclusive", R"("sysexType":"sysex8","streamId":7,"data":[255,0,1])")) ==
        ump{{0x500407ff, 0x00010000, 0, 0}});
  CHECK(packets_of(line_of("systemExclusive",
                           R"("sysexType":"sysex8","data":[1,2,3,4,5,6,7,8,9,10,11,12,13,14])")) ==
        std::vector<ump>{{{0x501e0001, 0x02030405, 0x06070809, 0x0a0b0c0d}},
                         {{0x5032000e, 0, 0, 0}}});
  const std::string data = R"("data":[1,2,3,4,5,6,7,8,9,10,11,12,13,14])";
  CHECK(packet_of(line_of("mixedDataSet", R"("part":"payload","mdsId":5,)" + data)) ==
        ump{{0x50950102, 0x03040506, 0x0708090a, 0x0b0c0d0e}});
  CHECK(refusal("mixedDataSet", R"("part":@"tail","mdsId":5,)" + data) == errc::value_range);
  CHECK(refusal("mixedDataSet", R"("part":"header","mdsId":5,"data":@[1,2])") == errc::value_range);
}

TEST_CASE("every field has its range") {
  struct range {
    const char *type, *field, *others;
    int min, max;
  };
  for (const range& r : std::initializer_list<range>{
           {"noteOn", "channel", R"(,"note":1,"velocity":1)", 1, 16},
           {"noteOn", "note", R"(,"channel":1,"velocity":1)", 0, 127},
           {"noteOff", "velocity", R"(,"channel":1,"note":1)", 0, 127},
           {"polyphonicAftertouch", "value", R"(,"channel":1,"note":1)", 0, 127},
           {"controlChange", "controller", R"(,"channel":1,"value":1)", 0, 127},
           {"programChange", "program", R"(,"channel":1)", 0, 127},
           {"channelAftertouch", "value", R"(,"channel":1)", 0, 127},
           {"pitchBend", "value", R"(,"channel":1)", 0, 16383},
           {"timeCode", "piece", R"(,"nibble":1)", 0, 7},
           {"timeCode", "nibble", R"(,"piece":1)", 0, 15},
           {"songPosition", "beats", "", 0, 16383},
           {"songSelect", "song", "", 0, 127},
           {"tuneRequest", "group", "", 0, 15},
           {"jrClock", "ticks", "", 0, 65535},
           {"jrTimestamp", "ticks", "", 0, 65535},
           {"deltaClockstampTicks", "ticksPerQuarterNote", "", 0, 65535},
           {"deltaClockstamp", "ticks", "", 0, 1048575}}) {
    CAPTURE(r.type);
    CAPTURE(r.field);
    const auto field = [&](int value) {
      return '"' + std::string{r.field} + "\":@" + std::to_string(value) + r.others;
    };
    CHECK(refusal(r.type, field(r.min - 1)) == errc::value_range);
    CHECK(refusal(r.type, field(r.max + 1)) == errc::value_range);
    for (const int value : {r.min, r.max}) {
      std::string good = field(value);
      good.erase(good.find('@'), 1);
      CHECK(accepts(line_of(r.type, good)));
    }
  }
}

TEST_CASE("what only MIDI 2.0 has is refused, not dropped") {
  CHECK(refusal("programChange", R"("channel":1,"program":1,"bank":@0)") == errc::value_range);
  CHECK(refusal("noteOn", note + R"(,"attributeType":@1)") == errc::value_range);
  CHECK(refusal("systemExclusive", R"("data":[],"streamId":@0)") == errc::value_range);
}

TEST_CASE("protocol is midi1 or midi2") {
  CHECK(packet_of(line_of("noteOn", note + R"(,"protocol":"midi1")")) ==
        ump(note_on{.note = 60, .velocity = 100}));
  CHECK(refusal("noteOn", note + R"(,"protocol":@"midi3")") == errc::value_range);
  CHECK(refusal("start", R"("protocol":@1)") == errc::json_type);
  CHECK(accepts(line_of("start", R"("protocol":"midi2")")));
  CHECK(refusal("ump", R"("words":[0],"protocol":@"midi3")") == errc::value_range);
}

TEST_CASE("a noteOn of velocity 0 stays a noteOn") {
  CHECK(packet_of(line_of("noteOn", R"("channel":1,"note":60,"velocity":0)")) ==
        ump(note_on{.note = 60, .velocity = 0}));
}

TEST_CASE("utility messages have no group: one that is given is not read") {
  CHECK(packet_of(line_of("noop", R"("group":"any")")) == ump{});
  CHECK(packet_of(line_of("jrClock", R"("group":3,"ticks":5)")) == ump{{0x00100005}});
}

TEST_CASE("rawBytes are the MIDI 1.0 bytes or the words of the packet, or the line is refused") {
  const auto with = [&](const std::string& raw) { return note + ",\"rawBytes\":" + raw; };
  CHECK(accepts(line_of("noteOn", with("[144,60,100]"))));
  CHECK(accepts(line_of("noteOn", with("[32, 144.0, 60, 1e2]"))));
  CHECK(refusal("noteOn", with("@[144,60,101]")) == errc::raw_bytes_mismatch);
  CHECK(refusal("noteOn", with("@[144,60]")) == errc::raw_bytes_mismatch);
  CHECK(refusal("noteOn", with("@[144,60,100,0]")) == errc::raw_bytes_mismatch);
  CHECK(refusal("noteOn", with("@[60,100]")) == errc::raw_bytes_mismatch);
  CHECK(refusal("noteOn", with("@[]")) == errc::raw_bytes_mismatch);
  CHECK(refusal("noteOn", with("[144,60,@256]")) == errc::value_range);
  CHECK(refusal("noteOn", with("[1,2,@-1]")) == errc::value_range);
  CHECK(refusal("noteOn", with("[144,@\"60\"]")) == errc::json_type);
  CHECK(refusal("noteOn", with("@\"903c64\"")) == errc::json_type);
  CHECK(refusal("noteOn", with("@null")) == errc::json_type);

  CHECK(accepts(line_of("programChange", R"("channel":2,"program":7,"rawBytes":[193,7])")));
  CHECK(accepts(line_of("timingClock", R"("rawBytes":[248])")));
  CHECK(accepts(line_of("noop", R"("rawBytes":[0,0,0,0])")));
  CHECK(refusal("noop", R"("rawBytes":@[])") == errc::raw_bytes_mismatch);
  CHECK(accepts(line_of("ump", R"("words":[546323556],"rawBytes":[144,60,100])")));
  CHECK(accepts(line_of("ump", R"("words":[4026531841,2,3,4],)"
                               R"("rawBytes":[240,0,0,1,0,0,0,2,0,0,0,3,0,0,0,4])")));
}

TEST_CASE("rawBytes of a SysEx are its bytes with their frame, or all its packets") {
  const std::string data = R"("data":[1,2,3,4,5,6,7])";
  CHECK(packets_of(line_of("systemExclusive", data + R"(,"rawBytes":[240,1,2,3,4,5,6,7,247])"))
            .size() == 2);
  CHECK(packets_of(line_of("systemExclusive",
                           data + R"(,"rawBytes":[48,22,1,2,3,4,5,6,48,49,7,0,0,0,0,0])"))
            .size() == 2);
  CHECK(
      packets_of(line_of("systemExclusive", data + R"(,"rawBytes":[240,1,2,3,4,5,6,7])")).empty());
  CHECK(accepts(line_of("systemExclusive", R"("packet":"continue","data":[1],"rawBytes":[1])")));
  CHECK(accepts(line_of("systemExclusive", R"("packet":"continue","data":[],"rawBytes":[])")));
  CHECK(accepts(line_of("systemExclusive", R"("packet":"end","data":[1],"rawBytes":[1,247])")));
}

TEST_CASE("a SysEx of several packets is delivered whole and in order, or not at all") {
  CHECK(
      packets_of(
          line_of("systemExclusive", R"("group":4,"data":[1,2,3,4,5,6,7,8,9,10,11,12,13])")) ==
      std::vector<ump>{{{0x34160102, 0x03040506}}, {{0x34260708, 0x090a0b0c}}, {{0x34310d00, 0}}});
  CHECK(packets_of(line_of("systemExclusive", R"("packet":"start","data":[1,2,3,4,5,6,7])")) ==
        std::vector<ump>{{{0x30160102, 0x03040506}}, {{0x30210700, 0}}});
  CHECK(packets_of(line_of("systemExclusive", R"("packet":"end","data":[1,2,3,4,5,6,7])")) ==
        std::vector<ump>{{{0x30260102, 0x03040506}}, {{0x30310700, 0}}});
  CHECK(packets_of(line_of("systemExclusive", R"("data":[1,2,3,4,5,6,7,128])")).empty());
  CHECK(packets_of(line_of("systemExclusive", R"("data":[1,2,3,4,5,6,7],"x":01)")).empty());
  CHECK(packets_of(line_of("start", "")).size() == 1);
}

TEST_CASE("decode takes a SysEx of one packet and says when there are more") {
  CHECK(packet_of(line_of("systemExclusive", R"("data":[])")) == ump{{0x30000000, 0}});
  CHECK(packet_of(line_of("systemExclusive", R"("sysexType":"sysex7","data":[1,2,3,4,5,6])")) ==
        ump{{0x30060102, 0x03040506}});
  CHECK(refusal("systemExclusive", R"("data":@[1,2,3,4,5,6,7])") == errc::needs_packets);
  CHECK(refusal("systemExclusive", R"("data":[1,@128])") == errc::value_range);
  CHECK(refusal("systemExclusive", R"("data":@{})") == errc::json_type);
  CHECK(refusal("systemExclusive", R"("data":[],"packet":@"whole")") == errc::value_range);
  CHECK(refusal("systemExclusive", R"("data":[],"packet":@null)") == errc::json_type);
  CHECK(refusal("systemExclusive", R"("data":[],"sysexType":@"sysex9")") == errc::value_range);
}

TEST_CASE("a data array has at most 65536 elements, and a line at most 1 MiB") {
  const auto sysex = [](std::size_t size) {
    std::string data = "\"data\":@[";
    for (std::size_t i = 0; i < size; ++i) data += i == 0 ? "1" : ",1";
    return data + "]";
  };
  std::string most = line_of("systemExclusive", sysex(65536));
  most.erase(most.find('@'), 1);
  CHECK(packets_of(most).size() == 65536 / 6 + 1);
  CHECK(refusal("systemExclusive", sysex(65537)) == errc::data_too_long);

  std::string line = line_of("start", "");
  line.resize(std::size_t{1} << 20, ' ');
  CHECK(accepts(line));
  CHECK(why(line + " ") == failure{errc::line_too_long, 1u << 20});
  CHECK(why(line_of("start", ""), {.line = 10}) == failure{errc::line_too_long, 10});
  CHECK(why(line_of("systemExclusive", R"("data":[1,2])"), {.data = 1}).code ==
        errc::data_too_long);
}

TEST_CASE("ump takes any packet, with as many words as its type has") {
  CHECK(packet_of(line_of("ump", R"("words":[546323556])")) ==
        ump(note_on{.note = 60, .velocity = 100}));
  CHECK(packet_of(line_of("ump", R"("words":[4294967295,0,1,2])")) == ump{{0xffffffff, 0, 1, 2}});
  CHECK(refusal("ump", R"("words":@[])") == errc::value_range);
  CHECK(refusal("ump", R"("words":@[546323556,0])") == errc::value_range);
  CHECK(refusal("ump", R"("words":@[4294967295,0,1])") == errc::value_range);
  CHECK(refusal("ump", R"("words":@[4294967295,0,1,2,3])") == errc::value_range);
  CHECK(refusal("ump", R"("words":[@4294967296])") == errc::value_range);
  CHECK(refusal("ump", R"("words":@7)") == errc::json_type);
  CHECK(accepts(line_of("ump", R"("words":[596655204],"group":3)")));
  CHECK(refusal("ump", R"("words":[546323556],"group":@3)") == errc::value_range);
}

TEST_CASE("every packet comes back from its line") {
  std::array<std::size_t, 2> named{};
  for (std::uint64_t seed = 0; seed < 100'000; ++seed) {
    random_source random{seed};
    const midi_event event = random_event(random, random_packet(random));
    std::array<char, jsonmidi::max_encoded_size> line;
    const auto text = jsonmidi::encode(event, line);
    const auto back = jsonmidi::decode(text);
    ++named[text.find("\"ump\"") == text.npos];
    CAPTURE(seed);
    CAPTURE(text);
    REQUIRE(back);
    REQUIRE(*back == event);
  }
  CHECK(named[0] > 10'000);
  CHECK(named[1] > 10'000);
}

TEST_CASE("all MIDI 1.0 voice and system packets of one group come back") {
  std::array<char, jsonmidi::max_encoded_size> line;
  for (unsigned status = 0x80; status < 0x100; ++status)
    for (unsigned data = 0; data < 128 * 128; data += status == 0x95 || status == 0xe5 ? 1 : 61) {
      const midi_event event = at(1, midi1(status, data & 0x7f, data >> 7, 5));
      const auto back = jsonmidi::decode(jsonmidi::encode(event, line));
      if (!back || *back != event) FAIL("status " << status << " data " << data);
    }
}

TEST_CASE("a SysEx of any length and form is the same packets however it is sent") {
  std::vector<char> line(4096);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    random_source random{seed};
    std::vector<std::uint8_t> data(random.next() % 40);
    for (auto& byte : data) byte = random.next() & 0x7f;
    const auto form = static_cast<ump_form>(random.next() % 4);
    const auto text = jsonmidi::encode({.seq = seed, .group = 3, .form = form, .data = data}, line);
    std::vector<std::uint8_t> back;
    CAPTURE(seed);
    for (const ump& packet : packets_of(text)) {
      REQUIRE(jsonmidi::find_message(packet)->kind == jsonmidi::variant::sysex7);
      for (std::size_t i = 0; i < (packet.status() & 15u); ++i) back.push_back(packet.byte(2 + i));
    }
    REQUIRE(back == data);
  }
}

TEST_CASE("a SysEx is decoded into a buffer, canonical or not") {
  std::vector<char> line(4096);
  std::array<std::uint8_t, 64> buffer;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    random_source random{seed};
    const bool eight_bits = random.next() % 2 == 0;
    std::vector<std::uint8_t> data(random.next() % 80);
    for (auto& byte : data)
      byte = static_cast<std::uint8_t>(random.next() % (eight_bits ? 256 : 128));
    jsonmidi::system_exclusive sysex{.time = session_time{nanoseconds{-7}},
                                     .seq = seed,
                                     .group = 3,
                                     .form = static_cast<ump_form>(random.next() % 4),
                                     .data = data};
    if (eight_bits) sysex.type = jsonmidi::sysex_type::sysex8, sysex.stream_id = 9;
    std::string text{jsonmidi::encode(sysex, line)};
    if (random.next() % 2 == 0) text.insert(1, " ");
    CAPTURE(text);
    const auto back = jsonmidi::decode_sysex(text, buffer);
    if (data.size() > buffer.size()) {
      REQUIRE_FALSE(back);
      REQUIRE(back.error() ==
              failure{errc::data_too_long, static_cast<std::uint32_t>(text.find("data") + 6)});
      continue;
    }
    REQUIRE(back);
    REQUIRE(std::equal(back->data.begin(), back->data.end(), data.begin(), data.end()));
    REQUIRE(back->form == sysex.form);
    REQUIRE(back->type == sysex.type);
    REQUIRE(back->stream_id == sysex.stream_id);
    REQUIRE(back->time == sysex.time);
    REQUIRE(back->seq == sysex.seq);
    REQUIRE(back->group == 3);
  }
  const auto other = jsonmidi::decode_sysex(line_of("start", ""), buffer);
  CHECK(other.error() == failure{errc::type_unknown, 8});
  CHECK(jsonmidi::decode_sysex("[", buffer).error().code == errc::json_type);
}

TEST_CASE("what is accepted is JSON by another parser's judgement, and offsets lie in the line") {
  const std::vector<std::string> lines = {
      line_of("noteOn", note + R"(,"rawBytes":[144,60,100])"),
      line_of("systemExclusive", R"("packet":"end","data":[1,2,3,4,5,6,7],"group":3)"),
      line_of("ump", R"("words":[4026531841,2,3,4])"),
      " { \"timestamp\" : 1.0e3 ,\"\\u0074ype\":\"pitchBend\",\"value\":8192,\"channel\":1,"
      "\"x\":{\"y\":[null,true,\"\xc3\xa9\"]}} "};
  const std::string alphabet = "{}[]:,\"\\/0123456789.eE+-tfnulras \t\x01\x7f\x80\xc3\xff";
  int accepted = 0;
  for (std::uint64_t seed = 0; seed < 100'000; ++seed) {
    random_source random{seed};
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random.next() % n); };
    std::string line = lines[below(lines.size())];
    for (std::size_t edits = 1 + below(3); edits-- > 0;) {
      const std::size_t at = below(line.size());
      switch (below(3)) {
      case 0: line.insert(at, 1, alphabet[below(alphabet.size())]); break;
      case 1: line.erase(at, 1 + below(2)); break;
      default: line[at] = alphabet[below(alphabet.size())];
      }
    }
    const auto count = jsonmidi::decode_packets(line, [](const midi_event&) {});
    CAPTURE(seed);
    CAPTURE(line);
    if (!count)
      REQUIRE(count.error().detail <= line.size());
    else
      REQUIRE(nlohmann::json::accept(line));
    accepted += count.has_value();
  }
  CHECK(accepted > 1000);
}

TEST_CASE("decoding allocates nothing") {
  const std::string line =
      line_of("systemExclusive", R"("data":[1,2,3,4,5,6,7],"rawBytes":[240,1,2,3,4,5,6,7,247])");
  std::size_t packets = 0;
  const testing::rt_guard guard;
  CHECK(jsonmidi::decode_packets(line, [&](const midi_event&) { ++packets; }));
  CHECK_FALSE(jsonmidi::decode("{\"type\":\"noteOn\"}"));
  CHECK(packets == 2);
}
