// How long does a SysEx of 64 KiB take, from its line to bytes in a buffer and back? simdjson gets
// the padding it asks for, and the same range check.
#include <jamnet/jsonmidi/decode.hpp>

#include <cstdlib>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <jamnet/core/random.hpp>
#include <jamnet/jsonmidi/encode.hpp>

using namespace jamnet;

namespace {

constexpr std::size_t data_size = 65536;

struct dump_type {
  std::vector<std::uint8_t> data;
  std::string line;
  simdjson::padded_string padded;

  dump_type() : data(data_size) {
    random_source random{1};
    for (auto& byte : data) byte = random.next() & 0x7f;
    std::vector<char> buffer(4 * data_size + 512);
    line = jsonmidi::encode({.data = data}, buffer);
    padded = simdjson::padded_string{line};
  }
};
const dump_type& dump() {
  static const dump_type one;
  return one;
}

bool decode_jamnet(std::vector<std::uint8_t>& out) {
  const auto sysex = jsonmidi::decode_sysex(dump().line, out);
  return sysex && sysex->data.size() == data_size;
}

bool decode_jamnet_packets(std::vector<std::uint8_t>& out) {
  std::size_t size = 0;
  const auto packets = jsonmidi::decode_packets(dump().line, [&](const midi_event& e) {
    for (std::size_t i = 0; i < (e.packet.status() & 15u); ++i) out[size++] = e.packet.byte(2 + i);
  });
  return packets && size == data_size;
}

bool decode_simdjson(std::vector<std::uint8_t>& out) {
  static simdjson::ondemand::parser parser;
  simdjson::ondemand::document document = parser.iterate(dump().padded);
  std::size_t size = 0;
  for (auto byte : document.find_field("data").get_array()) {
    const std::uint64_t value = byte.get_uint64();
    if (value > 127) return false;
    out[size++] = static_cast<std::uint8_t>(value);
  }
  return size == data_size;
}

template <bool (*Decode)(std::vector<std::uint8_t>&)>
void decode(benchmark::State& state) {
  std::vector<std::uint8_t> out(data_size);
  if (!Decode(out) || out != dump().data) std::abort();
  for (auto _ : state) {
    benchmark::DoNotOptimize(Decode(out));
    benchmark::ClobberMemory();
  }
}

void encode(benchmark::State& state) {
  std::vector<char> line(4 * data_size + 512);
  for (auto _ : state) benchmark::DoNotOptimize(jsonmidi::encode({.data = dump().data}, line));
}

BENCHMARK(decode<decode_jamnet>)->Name("sysex_64k/jamnet");
BENCHMARK(decode<decode_jamnet_packets>)->Name("sysex_64k/jamnet_packets");
BENCHMARK(decode<decode_simdjson>)->Name("sysex_64k/simdjson_ondemand");
BENCHMARK(encode)->Name("sysex_64k_encode/jamnet");

} // namespace
