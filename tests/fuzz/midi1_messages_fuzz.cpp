// Any packets at all become whole MIDI 1.0 messages, or are refused: nothing that a receiver would
// drop, and a SysEx of a group that keeps to its turn is whole whatever others do.
#include <jamnet/platform/detail/midi1_messages.hpp>

#include <cstdlib>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

constexpr unsigned ours = 15;

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  detail::midi1_messages messages;
  bool whole = false;
  const auto said = [&](bytes_view message) {
    require(!message.empty() && message[0] >= 0x80);
    byte_stream_parser parser;
    std::size_t packets = 0;
    const auto count = [&](const ump&) { ++packets; };
    parser.feed(message, count);
    parser.end(count);
    require(parser.dropped() == 0 && packets != 0);
    require(message[0] == 0xf0 || packets == 1);
    whole = whole || (message.size() == 5 && message[1] == 1 && message[2] == 2 && message[3] == 3);
  };

  (void)messages.feed(sysex7{.form = ump_form::start, .data = {1, 2}, .group = ours}, said);
  for (std::size_t at = 0; at + 16 <= size; at += 16) {
    ump packet;
    for (std::size_t i = 0; i < packet.size(); ++i)
      packet.words[i] = load_be<std::uint32_t>(data + at + 4 * i);
    if (packet.type() == ump_type::sysex7 && packet.group() == ours) continue;
    require(messages.feed(packet, said) <= 2);
  }
  whole = false;
  require(messages.feed(sysex7{.form = ump_form::end, .data = {3}, .group = ours}, said) == 0);
  require(whole);
  return 0;
}
