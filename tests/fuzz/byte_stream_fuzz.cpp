// Bytes -> packets -> bytes is the identity, up to running status, where nothing was dropped; and
// packets -> bytes -> packets is the identity for every stream a parser can make. Real-time
// messages may overtake the SysEx around them, so they are compared apart.
#include <jamnet/midi/byte_stream.hpp>

#include <cstdlib>
#include <vector>

using namespace jamnet;

namespace {

using bytes = std::vector<std::uint8_t>;

void require(bool law) {
  if (!law) std::abort();
}

std::uint64_t parse(bytes_view in, std::vector<ump>& out) {
  byte_stream_parser parser{3};
  parser.feed(in, [&](const ump& p) {
    require(p.group() == 3);
    out.push_back(p);
  });
  return parser.dropped();
}

bytes written(const std::vector<ump>& in, running_status running) {
  byte_stream_writer writer{running};
  bytes out;
  for (const auto& p : in) {
    std::array<std::uint8_t, 8> buffer{};
    const auto size = writer.write(p, buffer);
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return out;
}

std::vector<ump> real_time_first(const std::vector<ump>& in) {
  std::vector<ump> out;
  for (const bool real_time : {true, false})
    for (const auto& p : in)
      if ((p.type() == ump_type::system && p.status() >= 0xf8) == real_time) out.push_back(p);
  return out;
}

// Real-time bytes first, and no status byte that running status makes redundant.
bytes canonical(bytes_view in) {
  bytes out;
  for (const auto byte : in)
    if (byte >= 0xf8) out.push_back(byte);
  std::uint8_t running = 0;
  for (const auto byte : in) {
    if (byte >= 0xf8) continue;
    if (byte < 0x80 || byte != running) out.push_back(byte);
    if (byte >= 0x80) running = byte < 0xf0 ? byte : std::uint8_t{0};
  }
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes in(data, data + size);
  in.push_back(0xf6); // whatever is open ends here, so that nothing is left in the parser

  std::vector<ump> packets;
  const auto dropped = parse(in, packets);
  require(dropped <= in.size());
  if (dropped == 0) require(canonical(in) == canonical(written(packets, running_status::off)));

  for (const auto running : {running_status::off, running_status::on}) {
    std::vector<ump> again;
    require(parse(written(packets, running), again) == 0);
    require(real_time_first(again) == real_time_first(packets));
  }

  // Any packets at all make a stream that parses: at most the cut SysEx are counted.
  std::vector<ump> wild(size / 8);
  for (std::size_t i = 0; i < wild.size(); ++i)
    wild[i] = {{load_be<std::uint32_t>(data + 8 * i), load_be<std::uint32_t>(data + 8 * i + 4)}};
  std::vector<ump> sane;
  require(parse(written(wild, running_status::on), sane) <= wild.size());
  return 0;
}
