// A line that is accepted gives packets that encode to lines which give the same packets. A stream
// of lines gives the same wherever it is cut. Failures lie inside the line. And the bytes, taken
// as packets, survive the round trip.
#include <jamnet/jsonmidi/reader.hpp>

#include <cstdlib>
#include <vector>

#include <jamnet/jsonmidi/encode.hpp>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

void round_trip(const midi_event& event) {
  std::array<char, jsonmidi::max_encoded_size> line;
  const auto text = jsonmidi::encode(event, line);
  require(!text.empty());
  const auto back = jsonmidi::decode(text);
  require(back && *back == event);
}

struct heard {
  std::vector<midi_event> events;
  std::vector<failure> failures;
  std::size_t lines = 0;
  friend bool operator==(const heard&, const heard&) = default;
};

heard read(std::string_view text, std::size_t piece) {
  jsonmidi::reader in{{.line = 4096, .data = 256}};
  heard all;
  const auto sink = [&](const result<midi_event>& e) {
    if (e)
      all.events.push_back(*e);
    else
      all.failures.push_back(e.error());
  };
  while (!text.empty()) {
    in.feed(text.substr(0, piece), sink);
    text.remove_prefix(piece < text.size() ? piece : text.size());
  }
  in.finish(sink);
  all.lines = in.line_number();
  return all;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  std::size_t packets = 0;
  const auto count = jsonmidi::decode_packets(text, [&](const midi_event& e) {
    ++packets;
    round_trip(e);
  });
  require(count ? *count == packets : packets == 0 && count.error().detail <= size);
  const auto one = jsonmidi::decode(text);
  require(one.has_value() == (count && packets == 1));

  const heard whole = read(text, size + 1);
  require(whole == read(text, 1) && whole == read(text, 7));
  for (const failure& f : whole.failures) require(f.detail <= 4096);

  byte_reader words{{data, size}};
  ump packet;
  while (words.try_read(packet.words[0])) {
    for (std::size_t i = 1; i < 4; ++i) packet.words[i] = 0;
    for (std::size_t i = 1; i < packet.size(); ++i)
      if (!words.try_read(packet.words[i])) break;
    round_trip({.packet = packet});
  }
  return 0;
}
