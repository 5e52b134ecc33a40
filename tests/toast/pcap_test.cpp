#include <jamnet/toast/pcap.hpp>

#include <array>
#include <vector>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;

namespace {

using file_bytes = std::vector<std::uint8_t>;

file_bytes header_of(const pcap_format& format) {
  std::array<std::uint8_t, pcap_format::size> out{};
  write_pcap_header(format, out);
  return {out.begin(), out.end()};
}
file_bytes record_of(const pcap_format& format, std::int64_t time, const file_bytes& packet) {
  std::array<std::uint8_t, pcap_record::header_size> head{};
  write_pcap_record_header(format, time, packet.size(), head);
  file_bytes all{head.begin(), head.end()};
  all.insert(all.end(), packet.begin(), packet.end());
  return all;
}

} // namespace

TEST_CASE("what is written is read again, in each byte order and each fineness of time") {
  for (const bool big_endian : {false, true})
    for (const bool nanoseconds : {false, true})
      for (const auto link : {link_type::loopback, link_type::ethernet, link_type::raw_ip,
                              link_type::loopback_network, link_type::cooked, link_type::cooked2}) {
        const pcap_format format{link, big_endian, nanoseconds};
        const auto file = header_of(format);
        const auto read = read_pcap_header(file);
        REQUIRE(read);
        CHECK(*read == format);
        const file_bytes packet{1, 2, 3};
        const auto record = record_of(format, 4'000'000'000'123'456'789, packet);
        const auto again = read_pcap_record(*read, record);
        REQUIRE(again);
        CHECK(again->time_ns ==
              (nanoseconds ? 4'000'000'000'123'456'789 : 4'000'000'000'123'456'000));
        CHECK(file_bytes(again->packet.begin(), again->packet.end()) == packet);
        CHECK(again->sent_size == 3);
        CHECK(again->size() == record.size());
      }
}

TEST_CASE("a file as tcpdump on this kind of machine writes it is understood") {
  const file_bytes file{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0,   1,
                        0,    0,    0,    1,    0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0x45};
  const auto format = read_pcap_header(file);
  REQUIRE(format);
  CHECK(*format == pcap_format{link_type::ethernet, false, false});
  const auto record = read_pcap_record(*format, bytes_view{file}.subspan(pcap_format::size));
  REQUIRE(record);
  CHECK(record->time_ns == 1'000'002'000);
  CHECK(record->sent_size == 9);
  CHECK(record->packet.size() == 1);
}

TEST_CASE("a file that ends early, at whatever byte, says so and nothing else") {
  const pcap_format format{};
  const auto header = header_of(format), record = record_of(format, 5, file_bytes(20));
  for (std::size_t n = 0; n < header.size(); ++n)
    CHECK(read_pcap_header(bytes_view{header}.first(n)).error().code == errc::frame_truncated);
  for (std::size_t n = 0; n < record.size(); ++n)
    CHECK(read_pcap_record(format, bytes_view{record}.first(n)).error().code ==
          errc::frame_truncated);
}

TEST_CASE("what is no pcap file is refused, with what it begins with") {
  const file_bytes pcapng{0x0a, 0x0d, 0x0d, 0x0a, 0, 0}, text{'{', '"', 'a', '"'};
  CHECK(read_pcap_header(pcapng).error() == failure{errc::capture_format, 0x0a0d0d0a});
  CHECK(read_pcap_header(text).error().code == errc::capture_format);
}

TEST_CASE(
    "a length beyond the limit and a time that is none are refused as soon as they are read") {
  const pcap_format format{};
  auto record = record_of(format, 5, file_bytes(20));
  for (const std::size_t at : {std::size_t{8}, std::size_t{4}}) { // the length; the fraction
    auto lying = record;
    for (std::size_t i = 0; i < 4; ++i) lying[at + i] = 0xff;
    const auto read = read_pcap_record(format, bytes_view{lying}.first(16));
    CHECK(read.error() == failure{errc::capture_format, 0xffff'ffff});
  }
}
