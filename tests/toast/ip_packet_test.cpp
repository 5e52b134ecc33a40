#include <jamnet/toast/ip_packet.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;

namespace {

using packet_bytes = std::vector<std::uint8_t>;

constexpr auto ana = address::v4(10, 0, 0, 1, 47800), ben = address::v4(10, 0, 0, 2, 50000);

address v6(std::uint8_t last, std::uint16_t port) {
  address a{{}, port, carrier::udp};
  a.ip[0] = 0xfe, a.ip[1] = 0x80, a.ip[15] = last;
  return a;
}
packet_bytes udp(const address& from, const address& to, std::string_view text) {
  packet_bytes out(text.size() + ip_overhead);
  out.resize(write_udp(from, to, as_bytes(text), out));
  return out;
}
packet_bytes tcp(const address& from, const address& to, std::uint32_t sequence,
                 std::string_view text) {
  packet_bytes out(text.size() + ip_overhead);
  out.resize(write_tcp(from, to, sequence, as_bytes(text), out));
  return out;
}
packet_bytes behind(packet_bytes header, const packet_bytes& packet) {
  header.insert(header.end(), packet.begin(), packet.end());
  return header;
}
std::string payload_of(link_type link, const packet_bytes& packet) {
  const auto p = read_ip_packet(link, packet);
  return p ? std::string{as_text(p->payload)} : std::string{to_string(p.error().code)};
}
errc refusal_of(link_type link, const packet_bytes& packet) {
  const auto p = read_ip_packet(link, packet);
  return p ? errc{} : p.error().code;
}
// The sum of all 16-bit words, which a right checksum makes 0xffff.
std::uint32_t sum(bytes_view b) {
  return std::uint16_t(~toast::detail::folded(toast::detail::sum_of(b, 0)));
}

} // namespace

TEST_CASE("a datagram that is written is read again, of IPv4 and of IPv6") {
  for (const bool four : {true, false})
    for (const std::string_view text : {"", "x", "hello", "sixteen bytes ab"}) {
      const auto from = four ? ana : v6(1, 47800), to = four ? ben : v6(2, 50000);
      const auto packet = udp(from, to, text);
      const auto p = read_ip_packet(link_type::raw_ip, packet);
      REQUIRE(p);
      CHECK(p->from == from);
      CHECK(p->to == to);
      CHECK(as_text(p->payload) == text);
      CHECK_FALSE(p->cut);
      if (four) CHECK(sum(bytes_view{packet}.first(20)) == 0xffff);
    }
}

TEST_CASE("a segment says where in its stream it belongs") {
  auto packet = tcp(ana, ben, 0xffff'fff0, "frames");
  auto p = read_ip_packet(link_type::raw_ip, packet);
  REQUIRE(p);
  CHECK(p->from.via == carrier::tcp);
  CHECK(p->sequence == 0xffff'fff0);
  CHECK(as_text(p->payload) == "frames");
  CHECK_FALSE(p->begins);
  packet[20 + 13] = 2; // SYN takes a number of its own
  p = read_ip_packet(link_type::raw_ip, packet);
  CHECK((p->begins && p->sequence == 0xffff'fff1));
  packet[20 + 13] = 4; // RST
  CHECK(read_ip_packet(link_type::raw_ip, packet)->ends);
}

TEST_CASE("every link type that is said to be read is read") {
  const auto packet = udp(ana, ben, "frames");
  packet_bytes ethernet(14), tagged(18), twice(22), cooked(16), cooked2(20);
  ethernet[12] = 8;
  tagged[12] = 0x81, tagged[16] = 8;
  twice[12] = 0x88, twice[13] = 0xa8, twice[16] = 0x81, twice[20] = 8;
  cooked[14] = 8;
  cooked2[0] = 8;
  CHECK(payload_of(link_type::raw_ip, packet) == "frames");
  CHECK(payload_of(link_type::loopback, behind({2, 0, 0, 0}, packet)) == "frames");
  CHECK(payload_of(link_type::loopback_network, behind({0, 0, 0, 2}, packet)) == "frames");
  for (const auto& header : {ethernet, tagged, twice})
    CHECK(payload_of(link_type::ethernet, behind(header, packet)) == "frames");
  CHECK(payload_of(link_type::cooked, behind(cooked, packet)) == "frames");
  CHECK(payload_of(link_type::cooked2, behind(cooked2, packet)) == "frames");
  CHECK(refusal_of(static_cast<link_type>(147), packet) == errc::packet_other);
}

TEST_CASE("options, padding and headers between are passed over") {
  auto padded = udp(ana, ben, "frames");
  padded.resize(padded.size() + 18); // as Ethernet fills up what is short
  CHECK(payload_of(link_type::raw_ip, padded) == "frames");
  auto options = udp(ana, ben, "frames");
  options.insert(options.begin() + 20, {1, 1, 1, 1});
  options[0] = 0x46;
  options[3] = static_cast<std::uint8_t>(options.size());
  CHECK(payload_of(link_type::raw_ip, options) == "frames");
  auto six = udp(v6(1, 1), v6(2, 2), "frames");
  six.insert(six.begin() + 40, {17, 0, 1, 4, 0, 0, 0, 0}); // hop by hop
  six[6] = 0;
  six[5] = static_cast<std::uint8_t>(six[5] + 8);
  CHECK(payload_of(link_type::raw_ip, six) == "frames");
}

TEST_CASE("what was captured in part is read as far as it is there, and says so") {
  auto packet = udp(ana, ben, "frames");
  packet.resize(packet.size() - 3);
  const auto p = read_ip_packet(link_type::raw_ip, packet);
  REQUIRE(p);
  CHECK(p->cut);
  CHECK(as_text(p->payload) == "fra");
}

TEST_CASE("a packet that is cut at any byte, or changed at any, is never read beyond its end") {
  for (const auto& whole :
       {udp(ana, ben, "frames"), tcp(ana, ben, 1, "frames"), udp(v6(1, 1), v6(2, 2), "frames")}) {
    const auto inside = [](const packet_bytes& packet) {
      const auto p = read_ip_packet(link_type::raw_ip, packet);
      if (!p || p->payload.empty()) return true;
      return p->payload.data() >= packet.data() &&
             p->payload.data() + p->payload.size() <= packet.data() + packet.size();
    };
    for (std::size_t n = 0; n <= whole.size(); ++n)
      CHECK(inside({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)}));
    for (std::size_t at = 0; at < whole.size(); ++at)
      for (const unsigned value : {0u, 1u, 0x7fu, 0xffu}) {
        auto changed = whole;
        changed[at] = static_cast<std::uint8_t>(value);
        CHECK(inside(changed));
      }
  }
}

TEST_CASE("fragments, other protocols and other versions are neither UDP nor TCP") {
  auto packet = udp(ana, ben, "frames");
  auto fragment = packet, icmp = packet, version = packet, more = packet;
  fragment[7] = 1;
  more[6] = 0x20;
  icmp[9] = 1;
  version[0] = 0x55;
  for (const auto& p : {fragment, more, icmp, version})
    CHECK(refusal_of(link_type::raw_ip, p) == errc::packet_other);
}

TEST_CASE("lying lengths are malformed") {
  const auto whole = udp(ana, ben, "frames"), segment = tcp(ana, ben, 1, "frames");
  auto header = whole, total = whole, length = whole, offset = segment, six = whole;
  header[0] = 0x4f;  // longer than the packet
  total[3] = 10;     // shorter than its own header
  length[25] = 0xff; // more than IP says
  offset[32] = 0xf0; // beyond the segment
  six = udp(v6(1, 1), v6(2, 2), "frames");
  six[6] = 60, six[41] = 0xff; // an option longer than the packet
  for (const auto& p : {header, total, length, offset, six})
    CHECK(refusal_of(link_type::raw_ip, p) == errc::packet_malformed);
  CHECK(refusal_of(link_type::raw_ip, {}) == errc::packet_malformed);
  CHECK(refusal_of(link_type::ethernet, packet_bytes(13)) == errc::packet_malformed);
}

TEST_CASE("what does not fit is not written") {
  packet_bytes out(20 + 8 + 5);
  CHECK(write_udp(ana, ben, as_bytes("frames"), out) == 0);
  CHECK(write_udp(ana, ben, as_bytes("frame"), out) == out.size());
}
