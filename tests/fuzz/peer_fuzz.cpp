// Whatever datagrams come from wherever, between two peers that play: nothing crashes, nothing
// grows, and they still hear each other, unless a datagram was made to say goodbye for one.
//
// The input is a row of pieces: a byte that says from where, as whom and how, a length of two
// bytes, and so many bytes. These are a datagram, or frames that are made whole here, with
// checksum and PEER, because a mutation would hardly find them. No bytes let time pass; one byte
// has the two play, the network between them fail, or a stranger come in with the cookie it got,
// or bring a stream beside its link.
#include <jamnet/session/peer.hpp>

#include <array>
#include <cstdlib>
#include <vector>

#include "../session/forged.hpp"
#include "mended.hpp"

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

constexpr std::size_t max_peers = 6;
constexpr auto a_address = toast::address::v4(10, 0, 0, 1, 1),
               b_address = toast::address::v4(10, 0, 0, 2, 2);

// Where strangers are, eight by datagrams and eight by streams, and who they say they are.
constexpr toast::address place(unsigned how) {
  return toast::address::v4(10, 0, 1, static_cast<std::uint8_t>(how & 7), 9,
                            (how & 16) != 0 ? toast::carrier::tcp : toast::carrier::udp);
}
constexpr peer_id stranger(unsigned how) { return {0x100 + (how & 7)}; }

struct duo {
  host_time now{1000s};
  peer a{
      {.found_after = 100ms, .announce = false, .max_peers = max_peers, .group = {.listeners = 1}},
      now,
      1};
  peer b{{.announce = false,
          .tcp_port = 9,
          .stream_beside = true,
          .max_peers = max_peers,
          .group = {.listeners = 1}},
         now,
         2};
  std::uint64_t heard = 0, played = 2;
  bool linked = true;                               // nobody said goodbye in another's name
  unsigned lost = 0;                                // how many datagrams between them do not arrive
  int patience = 1'000;                             // how many more steps may be waited
  std::array<toast::cookie, 8> cookies{}, beside{}; // that strangers were given

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
    for (peer::datagram d; from.write(bytes, now, d); require(++count < 1000)) {
      const auto datagram = bytes_view{bytes}.first(d.size);
      for (unsigned i = 0; i < cookies.size(); ++i)
        if (d.to == place(i)) read_cookies(datagram, i);
      if (d.to != there && d.to != toast::address::everybody()) continue;
      if (lost == 0) to.receive(where, datagram, now);
      lost -= lost > 0 ? 1u : 0u;
    }
  }
  void read_cookies(bytes_view datagram, unsigned who) {
    while (const auto f = toast::read_frame(datagram)) {
      const auto text = as_text(f->payload);
      if (f->type == toast::type::challenge)
        if (const auto c = toast::decode_challenge(text)) cookies[who] = c->cookie;
      if (f->type == toast::type::welcome)
        if (const auto w = toast::decode_welcome(text)) beside[who] = w->beside;
      datagram = datagram.subspan(f->size());
    }
  }
  void play(peer& who, unsigned count) {
    for (; count > 0; --count) {
      const note_on note{
          .channel = 1, .note = static_cast<std::uint8_t>(count & 127), .velocity = 1};
      const bool sent = who.send(note, session_time{}, now);
      if (&who == &a) played += sent ? 1u : 0u;
    }
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

void forge(duo& d, unsigned how, bytes_view bytes) {
  const bool stream = (how & 16) != 0;
  auto from = a_address; // as if from the other, or from a stranger
  if ((how & 3) != 0 || stream) from = place(how);
  const bool one = (how & 8) != 0, row = (how & 128) != 0;
  if ((!one && !row) || bytes.size() < 4) return d.b.receive(from, bytes, d.now);
  std::vector<std::uint8_t> whole(bytes.size() + 1'300);
  toast::frame_writer out{whole};
  const peer_id sender = (how & 32) != 0 ? stranger(how) : d.a.id();
  if (!stream) {
    const peer_id to = (how & 64) != 0 ? peer_id{} : d.b.id(); // 0: to all
    toast::peer_header{d.a.session(), sender, to}.write(out.open().data());
    out.close(toast::type::peer, 1, 0, toast::peer_header::size);
  }
  const auto front = out.written().size();
  if (!one) { // many in one datagram
    const auto frames = testing::mended(bytes);
    std::copy(frames.begin(), frames.end(), whole.begin() + static_cast<std::ptrdiff_t>(front));
    return d.b.receive(from, bytes_view{whole}.first(front + frames.size()), d.now);
  }
  const toast::frame_type type{load_be<std::uint32_t>(bytes.data())};
  auto payload = std::vector<std::uint8_t>(bytes.begin() + 4, bytes.end());
  if (type == toast::type::hello) payload.resize(std::max<std::size_t>(payload.size(), 1'100), ' ');
  require(out.try_write(type, std::int64_t{1} << (how >> 2 & 62), how, payload));
  d.b.receive(from, out.written(), d.now);
}

// What is not said by anybody.
void happen(duo& d, unsigned how, unsigned what) {
  const unsigned much = what >> 2;
  switch (what & 3) {
  case 0: return d.play(d.a, much);
  case 1: return d.play(d.b, much);
  case 2: d.lost = much; return;
  default: {
    const testing::forger forge{stranger(how), {}, {}, 1, d.cookies[how & 7]};
    if (much % 2 == 0) return d.b.receive(place(how & 7), forge.hello(), d.now);
    toast::hello h;
    h.peer = stranger(how);
    h.room = "jam";
    h.attempt = 7;
    h.beside = d.beside[how & 7];
    std::array<char, toast::hello_padding> text;
    const auto datagram = forge(toast::type::hello, encode(h, text));
    const auto front = toast::read_frame(datagram)->size(); // PEER
    d.b.receive(place(how | 16), bytes_view{datagram}.subspan(front), d.now);
  }
  }
}

// Whether the datagram could be the other's own word, by which a link may well end or be confused.
bool speaks_for_the_other(unsigned how) { return (how & 19) == 0; }

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  duo d;
  byte_reader in{{data, size}};
  std::uint8_t how = 0;
  std::uint16_t length = 0;
  for (int pieces = 0; pieces < 32 && in.try_read(how) && in.try_read(length); ++pieces) {
    bytes_view bytes;
    if (!in.try_read(std::min<std::size_t>(length, in.remaining()), bytes)) break;
    for (unsigned i = 0; bytes.empty() && i < how && d.patience > 0; ++i, --d.patience) {
      d.lost = 0;
      d.step(10ms);
    }
    if (bytes.size() == 1) happen(d, how, bytes.front());
    if (bytes.size() < 2) continue;
    if (speaks_for_the_other(how)) d.linked = false;
    forge(d, how, bytes);
    if ((how & 80) == 80) d.b.disconnected(place(how), d.now);
    if ((how & 144) == 144) d.b.hold(place(how), (how & 64) == 0);
    d.step();
    require(d.links() <= max_peers);
  }
  d.lost = 0;
  for (int i = 0; i < 20; ++i) d.step();
  d.play(d.a, 1);
  for (int i = 0; i < 300 && d.heard < d.played; ++i) d.step();
  if (d.linked) require(d.heard == d.played && d.b.clock().synchronised());
  return 0;
}
