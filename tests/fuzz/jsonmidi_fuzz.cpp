// All ways into a line agree with the strict decoder: the fast roads where they take it, decode,
// decode_packets and decode_sysex always, the reader wherever the stream is cut. White space
// changes nothing, another parser too finds JSON in what is accepted, and what was decoded encodes
// to a line that decodes to the same. Failures lie inside the line.
//
// The input is text, and once more packets, which survive the round trip. If it begins with a byte
// above 127, it is a packet and what to change in its line: so nearly canonical lines come often.
#include <jamnet/jsonmidi/reader.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "../jsonmidi/roads.hpp"
#include <jamnet/jsonmidi/encode.hpp>

using namespace jamnet_test;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

using line_buffer = std::array<char, jsonmidi::max_encoded_size>;

void round_trip(const midi_event& event) {
  line_buffer line, other;
  const auto text = jsonmidi::encode(event, line);
  require(!text.empty() && strictly(text).events == std::vector{event});
  const auto back = jsonmidi::decode(text);
  require(back && *back == event);
  jsonmidi::encoder remembering;
  for (int twice = 0; twice < 2; ++twice) require(remembering.encode(event, other) == text);
  const auto raw = jsonmidi::decode(jsonmidi::encode(event, other, jsonmidi::raw_bytes::written));
  require(raw && *raw == event);
}

// The SysEx that packets are together, found without the tables.
struct sysex_of {
  explicit sysex_of(const std::vector<midi_event>& events) {
    const ump &first = events.front().packet, &last = events.back().packet;
    const bool eight_bits = first.type() == ump_type::data128;
    for (const midi_event& e : events)
      for (unsigned i = 2u + eight_bits; i < 2u + (e.packet.status() & 15u); ++i)
        bytes.push_back(e.packet.byte(i));
    const bool begins = first.status() >> 4 <= 1;
    const bool ends = last.status() >> 4 == 3 || last.status() >> 4 == 0;
    all = {.time = events.front().time,
           .seq = events.front().seq,
           .group = first.group(),
           .form = begins ? (ends ? ump_form::complete : ump_form::start)
                          : (ends ? ump_form::end : ump_form::continued),
           .data = bytes,
           .type = eight_bits ? jsonmidi::sysex_type::sysex8 : jsonmidi::sysex_type::sysex7,
           .stream_id = eight_bits ? first.byte(2) : std::uint8_t{0}};
  }
  friend bool operator==(const sysex_of& a, const jsonmidi::system_exclusive& b) {
    return a.all.time == b.time && a.all.seq == b.seq && a.all.group == b.group &&
           a.all.form == b.form && a.all.type == b.type && a.all.stream_id == b.stream_id &&
           std::equal(a.bytes.begin(), a.bytes.end(), b.data.begin(), b.data.end());
  }
  std::vector<std::uint8_t> bytes;
  jsonmidi::system_exclusive all{};
};

std::string encoded(const verdict& line) {
  std::vector<char> text(jsonmidi::max_encoded_size + 64 * line.events.size());
  return std::string{line.sysex ? jsonmidi::encode(sysex_of{line.events}.all, text)
                                : jsonmidi::encode(line.events.front(), text)};
}

// Without the defaults that canonical text leaves out, and the fast roads need not see.
std::string without_defaults(std::string text) {
  for (const std::string_view key :
       {",\"attributeType\":0", ",\"attributeValue\":0", ",\"streamId\":0"})
    if (const auto at = text.find(key); at != text.npos)
      if (const char next = text[at + key.size()]; next == ',' || next == '}')
        text.erase(at, key.size());
  return text;
}

void fast_roads_agree(std::string_view line, const verdict& strict) {
  const auto ordered = in_order(line);
  if (!ordered.empty()) {
    require(ordered == strict.events);
    require(encoded(strict) == without_defaults(std::string{line}));
  }
  if (line.size() < 64) return;
  for (const auto& road : compact_roads) {
    midi_event event;
    require(!road.read(line, event) || ordered == std::vector{event});
  }
#if defined(JAMNET_X86_VECTORS)
  using namespace jsonmidi::detail;
  for (std::size_t at = 0; at + 64 <= line.size(); at += 64) {
    const auto plain = portable_digit_map::digits(line.data() + at);
    const auto wide = sse2_digit_map::digits(line.data() + at);
    require(plain.digits == wide.digits && plain.zeros == wide.zeros);
  }
#endif
}

void decoders_agree(std::string_view line, const verdict& strict, const jsonmidi::limits& most) {
  verdict all{.events = {}, .sysex = strict.sysex};
  const auto count =
      jsonmidi::decode_packets(line, [&](const midi_event& e) { all.events.push_back(e); }, most);
  require(all.events.size() == (count ? *count : 0));
  if (!count) all.why = count.error();
  require(all == strict && all.why.detail <= line.size());

  const auto one = jsonmidi::decode(line, most);
  if (strict.events.size() > 1)
    require(!one && one.error().code == errc::needs_packets && one.error().detail < line.size());
  else
    require(one ? std::vector{*one} == strict.events : one.error() == strict.why);

  for (const std::size_t too_few : {0u, 1u}) {
    std::vector<std::uint8_t> room(strict.sysex ? sysex_of{strict.events}.bytes.size() : 8);
    if (room.size() < too_few) continue;
    for (std::size_t i = 0; i < too_few; ++i) room.pop_back();
    const auto sysex = jsonmidi::decode_sysex(line, room, most);
    if (sysex)
      require(strict.sysex && too_few == 0 && sysex_of{strict.events} == *sysex);
    else if (strict.events.empty())
      require(sysex.error() == strict.why);
    else
      require(sysex.error().code == (strict.sysex ? errc::data_too_long : errc::type_unknown));
    require(sysex || !strict.sysex || too_few == 1);
  }
}

// White space wherever there may be some, which no fast road takes.
std::string spaced(std::string_view line) {
  std::string out;
  bool text = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool mark = !text && std::string_view{"{}[]:,"}.find(line[i]) != std::string_view::npos;
    if (mark) out += ' ';
    out += line[i];
    if (mark) out += '\t';
    if (text && line[i] == '\\' && i + 1 < line.size())
      out += line[++i];
    else if (line[i] == '"')
      text = !text;
  }
  return out;
}

// nlohmann's parser, which refuses a number that no double holds; RFC 8259 does not.
class second_opinion : public nlohmann::detail::json_sax_acceptor<nlohmann::json> {
public:
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& why) {
    good_ = why.id == 406;
    return false;
  }
  bool accepts(std::string_view text) {
    nlohmann::json::sax_parse(text, this);
    return good_;
  }

private:
  bool good_ = true;
};

void check_line(std::string_view line) {
  const verdict strict = strictly(line);
  fast_roads_agree(line, strict);
  decoders_agree(line, strict, {});
  for (const jsonmidi::limits& tight : {jsonmidi::limits{.line = line.size(), .data = 7},
                                        jsonmidi::limits{.line = line.size() / 2 + 1, .data = 0}})
    decoders_agree(line, strictly(line, tight), tight);
  const verdict wide = strictly(spaced(line));
  require(wide.events == strict.events && wide.why.code == strict.why.code);

  if (strict.events.empty()) return;
  require(second_opinion{}.accepts(line));
  for (const midi_event& e : strict.events) round_trip(e);
  if (strict.events.size() == 1 || strict.sysex)
    require(strictly(encoded(strict)).events == strict.events);
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

void check_stream(std::string_view text) {
  const heard whole = read(text, text.size() + 1);
  require(whole == read(text, 1) && whole == read(text, 7));
  for (const failure& f : whole.failures) require(f.detail <= 4096);
}

void check_packets(byte_reader words) {
  ump packet;
  while (words.try_read(packet.words[0])) {
    for (std::size_t i = 1; i < 4; ++i) packet.words[i] = 0;
    for (std::size_t i = 1; i < packet.size(); ++i)
      if (!words.try_read(packet.words[i])) break;
    round_trip({.packet = packet});
  }
}

// What the input asks for, and zeros when it is over.
class wishes {
public:
  explicit wishes(bytes_view input) noexcept : in_{input} {}
  template <class T = std::uint8_t>
  T take() noexcept {
    T value{};
    static_cast<void>(in_.try_read(value));
    return value;
  }
  std::size_t below(std::size_t n) noexcept { return take<std::uint16_t>() % n; }
  std::uint64_t number() noexcept { // of any length
    const unsigned bits = take() % 64;
    return take<std::uint64_t>() >> bits;
  }
  bool over() const noexcept { return in_.remaining() == 0; }

private:
  byte_reader in_;
};

midi_event wished_event(wishes& input) {
  midi_event event{.time = session_time{nanoseconds{static_cast<std::int64_t>(input.number())}}};
  if (const std::uint64_t seq = input.number(); seq >> 53 == 0) event.seq = seq;
  const jsonmidi::message& row = jsonmidi::messages[input.below(jsonmidi::messages.size())];
  event.packet.words[0] = row.word;
  const auto masks = row.masks();
  for (std::size_t i = 0; i < event.packet.size(); ++i)
    event.packet.words[i] ^= input.take<std::uint32_t>() & masks[i];
  return event;
}

std::string wished_sysex(wishes& input, const midi_event& event) {
  std::vector<std::uint8_t> data(input.below(300));
  const bool eight_bits = input.take() % 2 != 0;
  for (std::uint8_t& byte : data) byte = input.take() & (eight_bits ? 0xff : 0x7f);
  std::vector<char> text(2048);
  return std::string{jsonmidi::encode(
      {.time = event.time,
       .seq = event.seq,
       .group = event.packet.group(),
       .form = static_cast<ump_form>(input.take() % 4),
       .data = data,
       .type = eight_bits ? jsonmidi::sysex_type::sysex8 : jsonmidi::sysex_type::sysex7,
       .stream_id = event.packet.byte(2)},
      text)};
}

void change(std::string& line, wishes& input) {
  static constexpr std::array<std::string_view, 16> pieces{",\"seq\":1",
                                                           ",\"group\":0",
                                                           ",\"group\":3",
                                                           ",\"protocol\":\"midi2\"",
                                                           ",\"x\":{}",
                                                           ",\"attributeType\":0",
                                                           ",\"streamId\":0",
                                                           ",\"rawBytes\":[144,60,100]",
                                                           ",\"bank\":0",
                                                           ",\"packet\":\"end\"",
                                                           "00000000",
                                                           "99999999",
                                                           ".0",
                                                           "e1",
                                                           "\\u0074",
                                                           "\"\\\""};
  const std::size_t at = input.below(line.size() + 1);
  switch (input.take() % 4) {
  case 0: line.insert(at, 1, static_cast<char>(input.take())); break;
  case 1: line.erase(at, 1 + input.take() % 4); break;
  case 2: line.insert(at, pieces[input.take() % pieces.size()]); break;
  default:
    if (at < line.size()) line[at] = static_cast<char>(input.take());
  }
}

void check_wishes(wishes input) {
  const auto what = input.take();
  const midi_event event = wished_event(input);
  round_trip(event);
  line_buffer buffer;
  std::string line = (what & 1) != 0
                         ? wished_sysex(input, event)
                         : std::string{jsonmidi::encode(
                               event, buffer, static_cast<jsonmidi::raw_bytes>((what & 2) != 0))};
  require(!strictly(line).events.empty());
  do {
    const std::vector<char> exact{line.begin(), line.end()}; // for a sanitizer to see its end
    check_line({exact.data(), exact.size()});
    change(line, input);
  } while (!input.over());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view input{data, size};
  if (size > 0 && data[0] > 127) {
    check_wishes(wishes{input});
  } else {
    check_line(as_text(input));
    check_stream(as_text(input));
    check_packets(byte_reader{input});
  }
  return 0;
}
