// The test vectors of JSONMIDI (README.md here) hold for the library.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <jamnet/jsonmidi/decode.hpp>
#include <jamnet/jsonmidi/encode.hpp>
#include <jamnet/jsonmidi/reader.hpp>
#include <jamnet/jsonmidi/transport_command.hpp>
#include <jamnet/midi/byte_stream.hpp>

using namespace jamnet;
using object = nlohmann::json;

namespace {

constexpr std::array families{"channel_voice", "system", "system_exclusive", "utility", "flex_data",
                              "stream",        "ump"};

template <class F>
void for_each_vector(const std::string& name, F&& f) {
  std::ifstream in{std::string{JAMNET_VECTORS} + "/" + name + ".jsonl"};
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    CAPTURE(name);
    CAPTURE(number);
    f(object::parse(line));
  }
  CHECK(number > 30); // else the files are not there
}

struct expected {
  std::vector<midi_event> events;
  std::string canonical;

  explicit expected(const object& v) : canonical{v["canonical"]} {
    for (const object& packet : v["packets"]) {
      midi_event& e = events.emplace_back();
      e.time = session_time{nanoseconds{v["timestamp"].get<std::int64_t>()}};
      e.seq = v.contains("seq") ? v["seq"].get<std::uint64_t>() : midi_event::no_seq;
      std::copy(packet.begin(), packet.end(), e.packet.words.begin());
      CHECK(packet.size() == e.packet.size());
    }
  }
};

std::string encoded(const midi_event& e) {
  std::array<char, jsonmidi::max_encoded_size> buffer;
  return std::string{jsonmidi::encode(e, buffer)};
}

std::vector<midi_event> decoded(const std::string& line) {
  std::vector<midi_event> events;
  const auto count =
      jsonmidi::decode_packets(line, [&](const midi_event& e) { events.push_back(e); });
  CAPTURE(line);
  if (!count)
    FAIL_CHECK("refused: " << to_string(count.error().code) << ", " << count.error().detail);
  return events;
}

// The SysEx of these packets in one line.
std::string encoded_sysex(const std::vector<midi_event>& events) {
  const ump &first = events.front().packet, &last = events.back().packet;
  jsonmidi::system_exclusive sysex{events[0].time, events[0].seq, first.group()};
  const bool eight_bits = first.type() == ump_type::data128;
  std::vector<std::uint8_t> data;
  for (const auto& [time, seq, packet] : events)
    for (std::size_t i = eight_bits; i < (packet.status() & 15u); ++i)
      data.push_back(packet.byte(2 + i));
  const unsigned first_form = first.status() >> 4, last_form = last.status() >> 4;
  const bool begins = first_form < 2, ends = last_form % 3 == 0;
  sysex.form = begins ? (ends ? ump_form::complete : ump_form::start)
                      : (ends ? ump_form::end : ump_form::continued);
  if (eight_bits) {
    sysex.type = jsonmidi::sysex_type::sysex8;
    sysex.stream_id = first.byte(2);
  }
  sysex.data = data;
  std::vector<char> line(4096);
  return std::string{jsonmidi::encode(sysex, line)};
}

const std::string& name_of(errc code) {
  static const std::array<std::pair<errc, std::string>, 13> names{
      {{errc::json_syntax, "json_syntax"},
       {errc::json_utf8, "json_utf8"},
       {errc::json_depth, "json_depth"},
       {errc::json_truncated, "json_truncated"},
       {errc::json_type, "json_type"},
       {errc::key_duplicate, "key_duplicate"},
       {errc::key_missing, "key_missing"},
       {errc::type_unknown, "type_unknown"},
       {errc::value_range, "value_range"},
       {errc::raw_bytes_mismatch, "raw_bytes_mismatch"},
       {errc::line_too_long, "line_too_long"},
       {errc::data_too_long, "data_too_long"},
       {errc{}, "accepted"}}};
  return std::find_if(names.begin(), names.end(), [&](auto& n) { return n.first == code; })->second;
}

std::string text_of(const object& vector) {
  if (vector.contains("refused")) return vector["refused"];
  const std::string hex = vector["refused_hex"];
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    text += static_cast<char>(std::strtoul(hex.substr(i, 2).c_str(), nullptr, 16));
  return text;
}

void check_refusal(const object& vector, const failure& why) {
  CAPTURE(text_of(vector));
  CHECK(name_of(why.code) == vector["code"]);
  CHECK(why.detail == vector["offset"]);
}

} // namespace

TEST_CASE("a packet is written as its canonical line") {
  for (const auto* family : families)
    for_each_vector(family, [](const object& vector) {
      const expected e{vector};
      if (e.events.size() == 1) CHECK(encoded(e.events[0]) == e.canonical);
      const auto type = e.events[0].packet.type();
      if ((type == ump_type::sysex7 || type == ump_type::data128) &&
          vector["canonical"].get<std::string>().find("\"systemExclusive\"") != std::string::npos)
        CHECK(encoded_sysex(e.events) == e.canonical);
      for (const midi_event& event : e.events) // each packet alone, too, is written somehow
        CHECK(decoded(encoded(event)) == std::vector<midi_event>{event});
    });
}

TEST_CASE("rawBytes are the MIDI 1.0 bytes, or else the words") {
  for (const auto* family : families)
    for_each_vector(family, [](const object& vector) {
      const expected e{vector};
      if (e.events.size() > 1) return;
      object raw = vector["bytes"];
      if (raw.empty()) // none, or the middle of a SysEx with nothing in it
        for (std::size_t i = 0; i < 4 * e.events[0].packet.size(); ++i)
          raw.push_back(e.events[0].packet.byte(i));
      std::array<char, jsonmidi::max_encoded_size> buffer;
      const auto line = jsonmidi::encode(e.events[0], buffer, jsonmidi::raw_bytes::written);
      const auto fields = std::string_view{e.canonical}.substr(0, e.canonical.size() - 1);
      CHECK(line == std::string{fields} + ",\"rawBytes\":" + raw.dump() + "}");
    });
}

TEST_CASE("the canonical line and every accepted spelling of it are the packets") {
  for (const auto* family : families)
    for_each_vector(family, [](const object& vector) {
      const expected e{vector};
      CHECK(decoded(e.canonical) == e.events);
      for (const object& line : vector["accepted"]) CHECK(decoded(line) == e.events);
    });
}

TEST_CASE("the MIDI 1.0 bytes of the packets are those of the vector, or none") {
  for (const auto* family : families)
    for_each_vector(family, [](const object& vector) {
      std::vector<std::uint8_t> bytes;
      for (const auto& [time, seq, packet] : expected{vector}.events) {
        std::array<std::uint8_t, 8> out{};
        const std::size_t size = to_bytes(packet, out);
        bytes.insert(bytes.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
      }
      CHECK(object(bytes) == (vector["bytes"].is_null() ? object::array() : vector["bytes"]));
    });
}

TEST_CASE("a refused line is refused for the reason and at the byte of the vector") {
  for_each_vector("refused", [](const object& vector) {
    jsonmidi::limits most;
    if (vector.contains("limits")) {
      most.line = vector["limits"].value("line", most.line);
      most.data = vector["limits"].value("data", most.data);
    }
    std::size_t delivered = 0;
    const auto count =
        jsonmidi::decode_packets(text_of(vector), [&](const midi_event&) { ++delivered; }, most);
    check_refusal(vector, count ? failure{} : count.error());
    CHECK(delivered == 0);
  });
}

TEST_CASE("a refused line never costs the line after it") {
  const std::string good = R"({"type":"start","timestamp":0})";
  for_each_vector("refused", [&](const object& vector) {
    const std::string text = text_of(vector);
    if (vector.contains("limits") || text.find('\n') != text.npos) return;
    std::vector<std::string> outcomes;
    jsonmidi::reader lines;
    lines.feed(text + "\n" + good + "\n", [&](const result<midi_event>& r) {
      outcomes.push_back(name_of(r ? errc{} : r.error().code));
    });
    if (text.find_first_not_of(" \t\r") != text.npos)
      CHECK(outcomes == std::vector<std::string>{vector["code"], "accepted"});
    else // a line of nothing is passed over
      CHECK(outcomes == std::vector<std::string>{"accepted"});
  });
}

TEST_CASE("transport commands are read and written as their vectors say") {
  const session_time now{nanoseconds{42}};
  for_each_vector("transport", [&](const object& vector) {
    if (vector.contains("code")) {
      const auto command = jsonmidi::decode_transport(text_of(vector), now);
      return check_refusal(vector, command ? failure{} : command.error());
    }
    std::vector<std::string> lines =
        vector.value(vector.contains("bare") ? "bare" : "accepted", std::vector<std::string>{});
    if (vector.contains("canonical")) lines.insert(lines.begin(), vector["canonical"]);
    for (const std::string& line : lines) {
      CAPTURE(line);
      const auto command = jsonmidi::decode_transport(line, now);
      REQUIRE(command);
      std::array<char, jsonmidi::max_transport_size> buffer;
      if (vector.contains("canonical"))
        CHECK(jsonmidi::encode(*command, buffer) == vector["canonical"].get<std::string>());
      else
        CHECK(*command ==
              jsonmidi::decode_transport("\"" + vector["command"].get<std::string>() + "\"", now)
                  .value_or({}));
    }
  });
}
