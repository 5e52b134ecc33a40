// How long does one JSONMIDI message take, from its text to packets and back, and how long do
// general JSON libraries take for the same work?
//
// Every decoder gets the same lines and must produce the same events, which is checked first;
// twice, without and with `seq`. simdjson gets the padding it asks for; its on-demand parser and
// RapidJSON leave parts of the grammar unchecked. `jamnet_any_order` is the strict decoder alone.
#include "corpus.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <simdjson.h>

using namespace jamnet_bench;

namespace {

const corpus_type& corpus(bool with_seq) {
  static const corpus_type all[2]{corpus_type{false}, corpus_type{true}};
  return all[with_seq];
}
// The same text with room behind it, as simdjson wants it.
const std::string& padded_text(bool with_seq) {
  static const auto padded = [](bool seq) {
    return corpus(seq).text + std::string(simdjson::SIMDJSON_PADDING, ' ');
  };
  static const std::string all[2]{padded(false), padded(true)};
  return all[with_seq];
}
simdjson::padded_string_view padded(bool with_seq, std::size_t i) {
  const corpus_type& c = corpus(with_seq);
  const std::string& text = padded_text(with_seq);
  return simdjson::padded_string_view{text.data() + c.begins[i], c.begins[i + 1] - c.begins[i] - 1,
                                      text.size() - c.begins[i]};
}

std::size_t jamnet(bool with_seq, std::size_t i, packets& out) {
  return decode_jamnet(corpus(with_seq).line(i), out);
}

// What jamnet is on processors without the vectors of this one.
template <bool (*Compact)(std::string_view, midi_event&) noexcept>
std::size_t jamnet_level(bool with_seq, std::size_t i, packets& out) {
  const std::string_view line = corpus(with_seq).line(i);
  if (line.size() >= 64 && Compact(line, out[0])) return 1;
  std::size_t count = 0;
  auto sink = [&](const midi_event& e) { out[count++] = e; };
  static_cast<void>(jsonmidi::detail::decode_others(line, sink, {}));
  return count;
}

std::size_t jamnet_any_order(bool with_seq, std::size_t i, packets& out) {
  std::size_t count = 0;
  jsonmidi::detail::line_decoder decoder{corpus(with_seq).line(i), {}};
  if (decoder.prove())
    decoder.deliver([&](const midi_event& e) {
      out[count++] = e;
      return true;
    });
  return count;
}

// Known keys go to `m`; what they hold the parser tells.
template <class Number, class Word, class Array>
void take(members& m, std::string_view key, Number&& number, Word&& word, Array&& array) {
  switch (const std::size_t known = jsonmidi::key_index.find(key)) {
  case key_of("type"): m.type = word(); break;
  case key_of("timestamp"): m.time = number(); break;
  case key_of("seq"): m.seq = static_cast<std::uint64_t>(number()); break;
  case key_of("protocol"): m.midi2 = word() == "midi2"; break;
  case key_of("data"): array(); break;
  default: m.values[known] = number();
  }
}

std::size_t simdjson_ondemand(bool with_seq, std::size_t i, packets& out) {
  static simdjson::ondemand::parser parser;
  static members m;
  m.reset();
  simdjson::ondemand::document document = parser.iterate(padded(with_seq, i));
  for (auto field : document.get_object()) {
    const std::string_view key = field.unescaped_key();
    take(
        m, key, [&] { return std::int64_t{field.value().get_int64()}; },
        [&] { return std::string_view{field.value().get_string()}; },
        [&] {
          for (auto byte : field.value().get_array())
            m.data[m.size++] = static_cast<std::uint8_t>(std::uint64_t{byte.get_uint64()});
        });
  }
  return m.assemble(out);
}

std::size_t simdjson_dom(bool with_seq, std::size_t i, packets& out) {
  static simdjson::dom::parser parser;
  static members m;
  m.reset();
  const auto view = padded(with_seq, i);
  const simdjson::dom::object object = parser.parse(view.data(), view.size(), false);
  for (const auto field : object)
    take(
        m, field.key, [&] { return std::int64_t{field.value}; },
        [&] { return std::string_view{field.value}; },
        [&] {
          for (const auto byte : simdjson::dom::array{field.value})
            m.data[m.size++] = static_cast<std::uint8_t>(std::uint64_t{byte});
        });
  return m.assemble(out);
}

std::size_t nlohmann(bool with_seq, std::size_t i, packets& out) {
  static members m;
  m.reset();
  const auto json = nlohmann::json::parse(corpus(with_seq).line(i));
  for (const auto& [key, value] : json.items())
    take(
        m, key, [&v = value] { return v.template get<std::int64_t>(); },
        [&v = value] { return std::string_view{v.template get_ref<const std::string&>()}; },
        [&v = value] {
          for (const auto& byte : v) m.data[m.size++] = byte.template get<std::uint8_t>();
        });
  return m.assemble(out);
}

// RapidJSON's SAX parser calls back for each token.
struct handler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, handler> {
  members m;
  std::string_view key;
  bool array = false;

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    key = {text, size};
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    take(m, key, [] { return 0; }, [&] { return std::string_view{text, size}; }, [] {});
    return true;
  }
  bool StartArray() { return array = true; }
  bool EndArray(rapidjson::SizeType) { return !(array = false); }
  bool number(std::int64_t n) {
    if (array)
      m.data[m.size++] = static_cast<std::uint8_t>(n);
    else
      take(m, key, [&] { return n; }, [] { return std::string_view{}; }, [] {});
    return true;
  }
  bool Int(int n) { return number(n); }
  bool Uint(unsigned n) { return number(n); }
  bool Int64(std::int64_t n) { return number(n); }
  bool Uint64(std::uint64_t n) { return number(static_cast<std::int64_t>(n)); }
};

std::size_t rapidjson_sax(bool with_seq, std::size_t i, packets& out) {
  static rapidjson::Reader reader;
  static std::array<char, 512> text; // parsed in place, its fastest way
  static handler found;
  const std::string_view line = corpus(with_seq).line(i);
  line.copy(text.data(), line.size());
  text[line.size()] = 0;
  found.m.reset();
  rapidjson::InsituStringStream stream{text.data()};
  if (!reader.Parse<rapidjson::kParseInsituFlag>(stream, found)) return 0;
  return found.m.assemble(out);
}

// ---------------------------------------------------------------------------------------- encoding

using text_buffer = std::span<char>;

std::string_view jamnet_text(const message_type& m, text_buffer to) { return encode_jamnet(m, to); }

const jsonmidi::message& row_of(const message_type& m) {
  static const jsonmidi::message& sysex = *jsonmidi::find_message("systemExclusive");
  return m.sysex.empty() ? *jsonmidi::find_message(m.event.packet) : sysex;
}

// Calls back for what a line holds, in order.
template <class Word, class Number>
void each_member(const message_type& m, Word&& word, Number&& number) {
  const jsonmidi::message& row = row_of(m);
  word("type", row.name);
  number("timestamp", m.event.time.time_since_epoch().count());
  if (m.event.seq != midi_event::no_seq) number("seq", static_cast<std::int64_t>(m.event.seq));
  if (row.kind == jsonmidi::variant::midi2) word("protocol", "midi2");
  for (const auto& f : row.fields) {
    if (f.kind != jsonmidi::field_kind::number) continue;
    const std::int64_t value = f.from_bits(m.event.packet.words[f.word]);
    if (f.when == jsonmidi::presence::required || value != 0) number(f.name.name(), value);
  }
}

std::string_view rapidjson_text(const message_type& m, text_buffer) {
  static rapidjson::StringBuffer buffer;
  buffer.Clear();
  rapidjson::Writer<rapidjson::StringBuffer> out{buffer};
  const auto key = [&](std::string_view name) {
    out.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  };
  out.StartObject();
  each_member(
      m,
      [&](std::string_view name, std::string_view value) {
        key(name);
        out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
      },
      [&](std::string_view name, std::int64_t value) {
        key(name);
        out.Int64(value);
      });
  if (!m.sysex.empty()) {
    key("data");
    out.StartArray();
    for (const unsigned byte : m.sysex) out.Uint(byte);
    out.EndArray();
  }
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string_view nlohmann_text(const message_type& m, text_buffer) {
  static std::string text;
  nlohmann::ordered_json json;
  each_member(
      m, [&](std::string_view name, std::string_view value) { json[std::string{name}] = value; },
      [&](std::string_view name, std::int64_t value) { json[std::string{name}] = value; });
  if (!m.sysex.empty()) json["data"] = m.sysex;
  text = json.dump();
  return text;
}

std::string_view snprintf_text(const message_type& m, text_buffer to) {
  std::size_t size = 0;
  const auto print = [&](const char* format, auto... values) {
    size += static_cast<std::size_t>(
        std::snprintf(to.data() + size, to.size() - size, format, values...));
  };
  const auto number = [](std::int64_t n) { return static_cast<long long>(n); };
  const jsonmidi::message& row = row_of(m);
  const auto name = row.name.data(); // a literal, so it ends with a zero
  const long long time = m.event.time.time_since_epoch().count();
  const ump& p = m.event.packet;
  const auto field = [&](std::size_t i) {
    const auto& f = row.fields[i];
    return number(f.from_bits(p.words[f.word]));
  };
  const auto key = [&](std::size_t i) { return row.fields[i].name.name().data(); };
  if (m.event.seq != midi_event::no_seq)
    print("{\"type\":\"%s\",\"timestamp\":%lld,\"seq\":%lld", name, time,
          static_cast<long long>(m.event.seq));
  else
    print("{\"type\":\"%s\",\"timestamp\":%lld", name, time);
  if (!m.sysex.empty()) {
    print(",\"data\":[");
    for (std::size_t i = 0; i < m.sysex.size(); ++i) print(i == 0 ? "%u" : ",%u", m.sysex[i]);
    print("]}");
    return {to.data(), size};
  }
  if (row.kind == jsonmidi::variant::midi2) print(",\"protocol\":\"midi2\"");
  if (row.fields.size() == 2)
    print(",\"channel\":%lld,\"%s\":%lld", field(0), key(1), field(1));
  else
    print(",\"channel\":%lld,\"%s\":%lld,\"%s\":%lld", field(0), key(1), field(1), key(2),
          field(2));
  for (std::size_t i = 3; i < row.fields.size(); ++i)
    if (field(i) != 0) print(",\"%s\":%lld", key(i), field(i));
  print("}");
  return {to.data(), size};
}

// ----------------------------------------------------------------------------------------
// measuring

using decoder = std::size_t (*)(bool, std::size_t, packets&);
using encoder = std::string_view (*)(const message_type&, text_buffer);

[[noreturn]] void differ(const corpus_type& c, std::size_t i) {
  std::fprintf(stderr, "not the same: %s\n", c.lines[i].c_str());
  std::abort();
}

template <decoder Decode>
void decode(benchmark::State& state, bool with_seq) {
  packets out;
  const corpus_type& c = corpus(with_seq);
  for (std::size_t i = 0; i < message_count; ++i)
    if (const std::size_t count = Decode(with_seq, i, out);
        !std::equal(out.begin(), out.begin() + count, c.expected[i].begin(), c.expected[i].end()))
      differ(c, i);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(Decode(with_seq, i, out));
    benchmark::ClobberMemory();
    i = (i + 1) % message_count;
  }
  state.counters["bytes_a_message"] = static_cast<double>(c.text.size()) / message_count;
}

template <encoder Encode>
void encode(benchmark::State& state, bool with_seq) {
  const corpus_type& c = corpus(with_seq);
  std::array<char, jsonmidi::max_encoded_size> buffer;
  for (std::size_t i = 0; i < message_count; ++i)
    if (Encode(c.messages[i], buffer) != c.lines[i]) differ(c, i);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(Encode(c.messages[i], buffer));
    benchmark::ClobberMemory();
    i = (i + 1) % message_count;
  }
}

void copy(benchmark::State& state, bool with_seq) {
  const corpus_type& c = corpus(with_seq);
  std::array<char, jsonmidi::max_encoded_size> buffer;
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string_view line = c.line(i);
    std::memcpy(buffer.data(), line.data(), line.size());
    benchmark::DoNotOptimize(buffer.data());
    benchmark::ClobberMemory();
    i = (i + 1) % message_count;
  }
}

const bool registered = [] {
  for (const bool with_seq : {false, true}) {
    const std::string decoding = with_seq ? "decode_seq/" : "decode/";
    const std::string encoding = with_seq ? "encode_seq/" : "encode/";
    const auto add = [&](const std::string& name, auto* run) {
      benchmark::RegisterBenchmark(name.c_str(), run, with_seq);
    };
    add(decoding + "jamnet", decode<jamnet>);
    using namespace jsonmidi::detail;
    add(decoding + "jamnet_portable", decode<jamnet_level<read_compact<portable_digit_map>>>);
#if defined(JAMNET_X86_VECTORS)
    add(decoding + "jamnet_sse2", decode<jamnet_level<read_compact<sse2_digit_map>>>);
#endif
    add(decoding + "jamnet_any_order", decode<jamnet_any_order>);
    add(decoding + "simdjson_ondemand", decode<simdjson_ondemand>);
    add(decoding + "simdjson_dom", decode<simdjson_dom>);
    add(decoding + "rapidjson", decode<rapidjson_sax>);
    add(decoding + "nlohmann", decode<nlohmann>);
    add(decoding + "memcpy", copy);
    add(encoding + "jamnet", encode<jamnet_text>);
    add(encoding + "rapidjson", encode<rapidjson_text>);
    add(encoding + "nlohmann", encode<nlohmann_text>);
    add(encoding + "snprintf", encode<snprintf_text>);
    add(encoding + "memcpy", copy);
  }
  return true;
}();

} // namespace
