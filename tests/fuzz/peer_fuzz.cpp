// Whatever datagrams come from wherever, between two peers that play: nothing crashes, nothing
// grows, and they still hear each other, unless a datagram was made to say goodbye for one.
//
// The input is a row of pieces: a byte that says from where, as whom and how, a length of two
// bytes, and so many bytes. These are a datagram, or the type and payload of a frame that is made
// whole here, with checksum and PEER, because a mutation would hardly find them.
#include <jamnet/session/peer.hpp>

#include <array>
#include <cstdlib>
#include <vector>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

constexpr std::size_t max_peers = 6;
constexpr auto a_address = toast::address::v4(10, 0, 0, 1, 1),
               b_address = toast::address::v4(10, 0, 0, 2, 2);

struct duo {
  host_time now{1000s};
  peer a{
      {.found_after = 100ms, .announce = false, .max_peers = max_peers, .group = {.listeners = 1}},
      now,
      1};
  peer b{{.announce = false, .max_peers = max_peers, .group = {.listeners = 1}}, now, 2};
  std::uint64_t heard = 0;
  bool linked = true; // nobody said goodbye in another's name

  duo() {
    a.group_at(toast::address::everybody());
    b.group_at(toast::address::everybody());
    b.on_event([this](const received_event& e) { heard += e.from == a.id() ? 1u : 0u; });
    b.connect(a_address);
    for (int i = 0; i < 150; ++i) step(6ms);
    require(a.clock().synchronised() && b.clock().synchronised());
    a.send(note_on{.channel = 1, .note = 61, .velocity = 1}, session_time{}, now);
    for (int i = 0; i < 150; ++i) step(6ms); // until it knows that its group is heard
    a.send(note_off{.channel = 1, .note = 61}, session_time{}, now);
    step();
    require(a.statistics().group_datagrams > 2 && heard == 2);
  }
  void pass(peer& from, const toast::address& where, peer& to, const toast::address& there) {
    std::array<std::uint8_t, toast::datagram_limit> bytes{};
    int count = 0;
    for (peer::datagram d; from.write(bytes, now, d); require(++count < 1000))
      if (d.to == there || d.to == toast::address::everybody())
        to.receive(where, bytes_view{bytes}.first(d.size), now);
  }
  void step(nanoseconds passed = 1ms) {
    now += passed;
    a.poll(now);
    b.poll(now);
    pass(a, a_address, b, b_address);
    pass(b, b_address, a, a_address);
  }
  [[nodiscard]] std::size_t links() const {
    std::size_t n = 0;
    b.for_each_link([&](const toast::link&) { ++n; });
    return n;
  }
};

// The stream of one of four strangers.
toast::address stream_of(unsigned how) {
  return toast::address::v4(10, 0, 1, static_cast<std::uint8_t>(how & 7), 9, toast::carrier::tcp);
}

void forge(duo& d, unsigned how, bytes_view bytes) {
  auto from = a_address; // as if from the other, or from one of four strangers
  if ((how & 3) != 0) from = toast::address::v4(10, 0, 1, static_cast<std::uint8_t>(how & 7), 9);
  if ((how & 16) != 0) from.via = toast::carrier::tcp;
  if ((how & 8) == 0 || bytes.size() < 4) return d.b.receive(from, bytes, d.now);
  const toast::frame_type type{load_be<std::uint32_t>(bytes.data())};
  std::vector<std::uint8_t> whole(bytes.size() + 1'300);
  toast::frame_writer out{whole};
  const peer_id sender = (how & 32) != 0 ? peer_id{how} : d.a.id();
  if ((how & 16) == 0) {
    const peer_id to = (how & 64) != 0 ? peer_id{} : d.b.id(); // 0: to all
    toast::peer_header{d.a.session(), sender, to}.write(out.open().data());
    out.close(toast::type::peer, 1, 0, toast::peer_header::size);
  }
  auto payload = std::vector<std::uint8_t>(bytes.begin() + 4, bytes.end());
  if (type == toast::type::hello) payload.resize(std::max<std::size_t>(payload.size(), 1'100), ' ');
  require(out.try_write(type, std::int64_t{1} << (how >> 2 & 62), how, payload));
  d.b.receive(from, out.written(), d.now);
}

// Whether the datagram could be the other's own word, by which a link may well end or be confused.
bool speaks_for_the_other(unsigned how) { return (how & 3) == 0 && (how & 16) == 0; }

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  duo d;
  byte_reader in{{data, size}};
  std::uint8_t how = 0;
  std::uint16_t length = 0;
  for (int pieces = 0; pieces < 32 && in.try_read(how) && in.try_read(length); ++pieces) {
    bytes_view bytes;
    if (!in.try_read(std::min<std::size_t>(length, in.remaining()), bytes)) break;
    if (speaks_for_the_other(how)) d.linked = false;
    forge(d, how, bytes);
    if ((how & 80) == 80) d.b.disconnected(stream_of(how), d.now);
    if ((how & 144) == 144) d.b.hold(stream_of(how), (how & 64) == 0);
    d.step();
    require(d.links() <= max_peers);
  }
  for (int i = 0; i < 20; ++i) d.step();
  const auto before = d.heard;
  const note_on note{.channel = 1, .note = 60, .velocity = 1};
  const bool sent = d.a.send(note, session_time{}, d.now);
  for (int i = 0; i < 50; ++i) d.step();
  if (d.linked) require(sent && d.heard == before + 1 && d.b.clock().synchronised());
  return 0;
}
