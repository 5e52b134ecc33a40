// A capture file of any bytes: what is read lies inside the file and is written again as the same
// bytes, and a stream never gives more than its segments held, nor holds more than it may.
#include <jamnet/toast/captured_stream.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>

#include <jamnet/toast/pcap.hpp>

using namespace jamnet;
using namespace jamnet::toast;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

bool inside(bytes_view part, bytes_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_record(const pcap_format& format, const pcap_record& record, bytes_view rest) {
  require(inside(record.packet, rest) && record.size() <= rest.size());
  std::array<std::uint8_t, pcap_record::header_size> again{};
  write_pcap_record_header(format, record.time_ns, record.packet.size(), again);
  require(std::equal(again.begin(), again.begin() + 12, rest.begin())); // but not how long it was
}

void check_packets(const pcap_format& format, bytes_view rest) {
  captured_stream stream;
  std::size_t given = 0, taken = 0;
  const auto sink = [&](bytes_view bytes, bool) { taken += bytes.size(); };
  while (!rest.empty()) {
    const auto record = read_pcap_record(format, rest);
    if (!record) break;
    check_record(format, *record, rest);
    const auto packet = read_ip_packet(format.link, record->packet);
    if (packet) {
      require(inside(packet->payload, record->packet));
      given += packet->payload.size();
      stream.take(*packet, sink);
      require(stream.waiting() <= captured_stream::byte_limit);
    }
    rest = rest.subspan(record->size());
  }
  stream.finish(sink);
  require(stream.waiting() == 0 && taken <= given);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view file{data, size};
  if (const auto format = read_pcap_header(file))
    check_packets(*format, file.subspan(pcap_format::size));
  for (const auto link : {link_type::raw_ip, link_type::ethernet, link_type::cooked2})
    check_packets({.link = link}, file); // a mutation seldom leaves all of the header
  return 0;
}
