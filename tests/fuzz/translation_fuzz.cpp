// Any packets at all, translated up and down: what comes out is clean and stays in its group and
// channel, what needs no translation passes, and what MIDI 1.0 says of a MIDI 2.0 message survives
// the way up and down again. The first byte chooses when data entries are sent; packets follow.
#include <jamnet/midi/translation.hpp>

#include "../midi/translated.hpp"

#include <cstdlib>
#include <vector>

#include <jamnet/core/bytes.hpp>

using namespace jamnet;

namespace {

using packets = std::vector<ump>;

void require(bool law) {
  if (!law) std::abort();
}

packets read(const std::uint8_t* data, std::size_t size) {
  packets out;
  for (std::size_t at = 0; at + 4 <= size;) {
    ump p{{load_be<std::uint32_t>(data + at)}};
    const auto words = p.size();
    for (std::size_t i = 0; i < words && at + 4 <= size; ++i, at += 4)
      p.words[i] = load_be<std::uint32_t>(data + at);
    out.push_back(p);
  }
  return out;
}

bool same_address(const ump& a, const ump& b) {
  return ((a.words[0] ^ b.words[0]) & 0x0f0f0000) == 0;
}

packets down(const ump& in) {
  packets out;
  midi2_to_midi1(in, [&](const ump& p) { out.push_back(p); });
  const bool voice = in.type() == ump_type::midi2_voice;
  for (const auto& p : out)
    require(voice ? jamnet_test::is_clean_midi1(p) && same_address(p, in) : p == in);
  require(voice ? out.size() <= 4 : out.size() == 1);
  return out;
}

packets up(midi1_to_midi2& translator, const ump& in) {
  packets out;
  translator.feed(in, [&](const ump& p) { out.push_back(p); });
  const bool voice = in.type() == ump_type::midi1_voice;
  for (const auto& p : out)
    require(voice ? jamnet_test::is_clean_midi2(p) && same_address(p, in) : p == in);
  require(voice ? out.size() <= 2 : out.size() == 1);
  return out;
}

packets down_up_down(const packets& said) {
  midi1_to_midi2 translator;
  packets again;
  for (const auto& p : said)
    for (const auto& made : up(translator, p))
      for (const auto& q : down(made)) again.push_back(q);
  translator.flush([](const ump&) { require(false); }); // a whole sequence leaves nothing behind
  return again;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto mode = data[0] % 2 == 0 ? data_entry::awaits_lsb : data_entry::at_once;
  midi1_to_midi2 translator{mode};
  for (const auto& in : read(data + 1, size - 1)) {
    for (const auto& p : up(translator, in)) down(p);
    const auto said = down(in);
    if (in.type() == ump_type::midi2_voice) require(down_up_down(said) == said);
  }
  std::size_t waiting = 0;
  translator.flush([&](const ump& p) {
    require(jamnet_test::is_clean_midi2(p));
    ++waiting;
  });
  require(mode == data_entry::awaits_lsb || waiting == 0);
  translator.flush([](const ump&) { require(false); });
  return 0;
}
