// How long does one JSONMIDI message take, from its text to a midi_event and back, and how long do
// general JSON libraries take for the same work?
//
// Every decoder gets the same lines, a mix as players make it, and must produce the same events,
// which is checked first. simdjson gets the padding it asks for and may rely on the order of keys,
// which decode may not; its on-demand parser and RapidJSON leave parts of the grammar unchecked.
#include <jamnet/jsonmidi/decode.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <simdjson.h>

#include <jamnet/core/random.hpp>
#include <jamnet/midi/message.hpp>

using namespace jamnet;

namespace {

constexpr std::size_t message_count = 4096; // a power of two

midi_event random_event(random_source& random, std::size_t index) {
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random.next() % n); };
  const unsigned channel = 1 + below(16), one = below(128), two = below(128);
  ump packet = midi1(0xf8);
  switch (below(16)) {
  default: packet = note_on{channel, one, two}; break;
  case 0:
  case 1:
  case 2:
  case 3: packet = note_off{channel, one, two}; break;
  case 4:
  case 5:
  case 6: packet = control_change{channel, one, two}; break;
  case 7:
  case 8: packet = pitch_bend{channel, one << 7 | two}; break;
  case 9: packet = channel_aftertouch{channel, one}; break;
  case 10: packet = program_change{channel, one}; break;
  case 11: break; // a timing clock
  }
  const auto time = static_cast<std::int64_t>(index * 1'237'911 + random.next() % 1'000'000);
  return {session_time{nanoseconds{3'600'000'000'000 + time}}, 10'000 + index, packet};
}

struct corpus_type {
  std::vector<midi_event> events;
  std::vector<std::string> lines;
  std::vector<simdjson::padded_string> padded;
  std::size_t bytes = 0;

  corpus_type() {
    random_source random{1};
    for (std::size_t i = 0; i < message_count; ++i) {
      std::array<char, jsonmidi::max_encoded_size> line;
      events.push_back(random_event(random, i));
      lines.emplace_back(jsonmidi::encode(events.back(), line));
      padded.emplace_back(lines.back());
      bytes += lines.back().size();
    }
  }
};
const corpus_type& corpus() {
  static const corpus_type all;
  return all;
}

// The packet of a message whose fields a general parser looks up by name.
template <class Lookup>
midi_event assembled(std::string_view type, std::int64_t time, std::uint64_t seq, Lookup&& field) {
  const jsonmidi::message* row = jsonmidi::find_message(type);
  std::uint32_t word = row->word;
  for (const auto& f : row->fields)
    if (f.max != 0) word |= f.to_bits(field(f.name.name()));
  return {session_time{nanoseconds{time}}, seq, {{word}}};
}

midi_event decode_jamnet(std::size_t i) {
  return jsonmidi::decode(corpus().lines[i]).value_or(midi_event{});
}

midi_event decode_simdjson_ondemand(std::size_t i) {
  static simdjson::ondemand::parser parser;
  simdjson::ondemand::document doc = parser.iterate(corpus().padded[i]);
  simdjson::ondemand::object object = doc.get_object();
  const std::string_view type = object.find_field("type").get_string();
  const std::int64_t time = object.find_field("timestamp").get_int64();
  const std::uint64_t seq = object.find_field("seq").get_uint64();
  return assembled(type, time, seq, [&](std::string_view name) {
    return std::int64_t{object.find_field(name).get_int64()};
  });
}

midi_event decode_simdjson_dom(std::size_t i) {
  static simdjson::dom::parser parser;
  const simdjson::dom::object object = parser.parse(corpus().padded[i]);
  const std::string_view type = object["type"];
  return assembled(type, object["timestamp"], object["seq"],
                   [&](std::string_view name) { return std::int64_t{object[name]}; });
}

midi_event decode_nlohmann(std::size_t i) {
  const auto json = nlohmann::json::parse(corpus().lines[i]);
  return assembled(json["type"].get_ref<const std::string&>(), json["timestamp"], json["seq"],
                   [&](std::string_view name) { return json[std::string{name}].get<int>(); });
}

// What RapidJSON's SAX parser says, kept by key.
struct handler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, handler> {
  std::size_t key = 0;
  std::string_view type;
  std::array<std::int64_t, jsonmidi::key_names.size() + 256> values{};

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    key = jsonmidi::key_index.find({text, size});
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    type = {text, size};
    return true;
  }
  bool number(std::int64_t n) {
    values[key] = n;
    return true;
  }
  bool Int(int n) { return number(n); }
  bool Uint(unsigned n) { return number(n); }
  bool Int64(std::int64_t n) { return number(n); }
  bool Uint64(std::uint64_t n) { return number(static_cast<std::int64_t>(n)); }
};

midi_event decode_rapidjson(std::size_t i) {
  static rapidjson::Reader reader;
  static std::array<char, 256> text; // parsed in place, its fastest way
  static handler found;
  const std::string& line = corpus().lines[i];
  line.copy(text.data(), line.size());
  text[line.size()] = 0;
  rapidjson::InsituStringStream stream{text.data()};
  if (!reader.Parse<rapidjson::kParseInsituFlag>(stream, found)) return {};
  const auto value = [&](std::string_view name) {
    return found.values[jsonmidi::key_index.find(name)];
  };
  return assembled(found.type, value("timestamp"), static_cast<std::uint64_t>(value("seq")), value);
}

std::string_view encode_jamnet(std::size_t i, std::span<char> to) {
  return jsonmidi::encode(corpus().events[i], to);
}

std::string_view encode_rapidjson(std::size_t i, std::span<char>) {
  static rapidjson::StringBuffer buffer;
  const midi_event& e = corpus().events[i];
  const jsonmidi::message* row = jsonmidi::find_message(e.packet);
  const auto key = [&](rapidjson::Writer<rapidjson::StringBuffer>& out, std::string_view name) {
    out.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  };
  buffer.Clear();
  rapidjson::Writer<rapidjson::StringBuffer> out{buffer};
  out.StartObject();
  key(out, "type");
  out.String(row->name.data(), static_cast<rapidjson::SizeType>(row->name.size()));
  key(out, "timestamp");
  out.Int64(e.time.time_since_epoch().count());
  key(out, "seq");
  out.Uint64(e.seq);
  for (const auto& f : row->fields) {
    if (f.max == 0) continue;
    key(out, f.name.name());
    out.Int64(f.from_bits(e.packet.words[0]));
  }
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string_view encode_nlohmann(std::size_t i, std::span<char>) {
  static std::string text;
  const midi_event& e = corpus().events[i];
  const jsonmidi::message* row = jsonmidi::find_message(e.packet);
  nlohmann::ordered_json json;
  json["type"] = row->name;
  json["timestamp"] = e.time.time_since_epoch().count();
  json["seq"] = e.seq;
  for (const auto& f : row->fields)
    if (f.max != 0) json[std::string{f.name.name()}] = f.from_bits(e.packet.words[0]);
  text = json.dump();
  return text;
}

[[noreturn]] void differ(std::size_t i) {
  std::fprintf(stderr, "not the same: %s\n", corpus().lines[i].c_str());
  std::abort();
}

template <class Decode>
void decode(benchmark::State& state, Decode decode) {
  for (std::size_t i = 0; i < message_count; ++i)
    if (decode(i) != corpus().events[i]) differ(i);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decode(i));
    i = (i + 1) % message_count;
  }
  state.counters["bytes_a_message"] = static_cast<double>(corpus().bytes) / message_count;
}

template <class Encode>
void encode(benchmark::State& state, Encode encode) {
  std::array<char, 512> buffer;
  for (std::size_t i = 0; i < message_count; ++i)
    if (encode(i, buffer) != corpus().lines[i]) differ(i);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(encode(i, buffer));
    benchmark::ClobberMemory();
    i = (i + 1) % message_count;
  }
}

BENCHMARK_CAPTURE(decode, jamnet, decode_jamnet);
BENCHMARK_CAPTURE(decode, simdjson_ondemand, decode_simdjson_ondemand);
BENCHMARK_CAPTURE(decode, simdjson_dom, decode_simdjson_dom);
BENCHMARK_CAPTURE(decode, rapidjson, decode_rapidjson);
BENCHMARK_CAPTURE(decode, nlohmann, decode_nlohmann);
BENCHMARK_CAPTURE(encode, jamnet, encode_jamnet);
BENCHMARK_CAPTURE(encode, rapidjson, encode_rapidjson);
BENCHMARK_CAPTURE(encode, nlohmann, encode_nlohmann);

} // namespace
