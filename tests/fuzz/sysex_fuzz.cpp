// Split and put together again is the identity for any bytes; and any packets at all give only
// outcomes that fit the room, at most two each, and cost a message of another stream nothing.
#include <jamnet/midi/sysex_assembler.hpp>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <jamnet/midi/sysex_splitter.hpp>

using namespace jamnet;

namespace {

using bytes = std::vector<std::uint8_t>;

void require(bool law) {
  if (!law) std::abort();
}

template <class Packet>
void comes_back(bytes_view in, const Packet& like) {
  bytes room(in.size());
  sysex_assembler<> assembler{room};
  std::size_t packets = 0, messages = 0;
  split_sysex(in, like, [&](const ump& p) {
    ++packets;
    assembler.feed(p, [&](const sysex_message& m) {
      ++messages;
      require(m.outcome == sysex_outcome::complete && m.group == like.group);
      require(std::equal(m.data.begin(), m.data.end(), in.begin(), in.end()));
    });
  });
  require(messages == 1 && packets == sysex_packets<Packet>(in.size()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  comes_back({data, size}, sysex8{.stream_id = 200, .group = 3});
  bytes seven(data, data + size);
  for (auto& byte : seven) byte &= 0x7f;
  comes_back(seven, sysex7{.group = 15});

  std::array<std::uint8_t, 60> room{};
  sysex_assembler<3> assembler{room};
  bool completed = false;
  const sysex8 neighbour{.stream_id = 200, .data = {1, 2, 3}, .group = 15};
  const auto sink = [&](const sysex_message& m) {
    if (m.eight_bit && m.group == 15 && m.stream_id == 200) {
      require(m.outcome == sysex_outcome::complete && m.data.size() == 6);
      completed = true;
    }
    require(m.data.size() <= assembler.max_size());
  };
  const auto feed = [&](sysex8 packet, ump_form form) {
    packet.form = form;
    assembler.feed(packet, sink);
  };
  feed(neighbour, ump_form::start);
  for (std::size_t at = 0; at + 16 <= size; at += 16) {
    ump packet;
    for (std::size_t i = 0; i < packet.size(); ++i)
      packet.words[i] = load_be<std::uint32_t>(data + at + 4 * i);
    if (packet.type() == ump_type::data128 && packet.group() == 15) continue;
    unsigned outcomes = 0;
    assembler.feed(packet, [&](const sysex_message& m) {
      ++outcomes;
      sink(m);
    });
    require(outcomes <= 2);
  }
  feed(neighbour, ump_form::end);
  require(completed);
  return 0;
}
