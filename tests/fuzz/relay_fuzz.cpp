// Whatever comes to a relay from wherever, between two members that play: nothing crashes, nothing
// grows beyond its limits, who has not proven its address is sent no more bytes than came from it,
// streams stay whole frames, and the two still hear each other.
//
// The input is a row of pieces: a byte that says from which address and how, a length of two bytes,
// and so many bytes. These are a datagram or part of a stream, or type, sender, destination and
// payload of a frame that is made whole here, or id and room of a registration that proves itself.
#include <jamnet/toast/relay.hpp>

#include <array>
#include <cstdlib>
#include <vector>

using namespace jamnet;
using namespace std::chrono_literals;
using toast::address;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

using bytes = std::vector<std::uint8_t>;
constexpr peer_id ana{0xa}, ben{0xb};
constexpr toast::room_tag room{7};
constexpr std::size_t strangers = 8;

constexpr address place(std::size_t number) {
  const bool stream = number % 2 == 1;
  return address::v4(10, 0, 0, static_cast<std::uint8_t>(number / 3),
                     static_cast<std::uint16_t>(number + 1),
                     stream ? toast::carrier::tcp : toast::carrier::udp);
}
// Ana is at the first place behind the strangers, by UDP; Ben at the next, by TCP.

struct stage {
  host_time now{1000s};
  toast::relay_limits limits{.rooms = 3,
                             .peers = 6,
                             .peers_per_room = 4,
                             .peers_per_ip = 5,
                             .queue = 40'000,
                             .rate = 100'000,
                             .burst = 60'000};
  toast::relay machine{limits, now, {1, 2}};
  std::array<std::size_t, strangers + 2> in{}, out{};
  std::array<bool, strangers + 2> proven{};
  toast::cookie cookie; // the latest that was given
  std::uint64_t heard_by_ana = 0, heard_by_ben = 0;

  stage() {
    enter(strangers, ana, room, 1);
    enter(strangers + 1, ben, room, 2);
    require(machine.peers() == 2);
  }
  void send(std::size_t from, bytes_view datagram) {
    in[from] += datagram.size();
    machine.receive(place(from), datagram, now);
    flush();
    judge();
  }
  void enter(std::size_t from, peer_id id, toast::room_tag tag, std::uint64_t key) {
    proven[from] = true;
    cookie = {};
    for (int i = 0; i < 2; ++i) {
      bytes b(toast::datagram_limit);
      const toast::registration r{tag, id, key, cookie};
      b.resize(toast::detail::write_own(b, {{}, id, toast::relay_id}, toast::type::relay, r));
      send(from, b);
    }
  }
  void flush() {
    std::array<std::uint8_t, 4'096> b;
    toast::relay::datagram d;
    for (int count = 0; machine.write(b, d); require(++count < 2'000)) {
      for (std::size_t i = 0; i < out.size(); ++i)
        if (place(i) == d.to) sent(i, bytes_view{b}.first(d.size));
      if (d.last) machine.disconnected(d.to);
    }
  }
  void sent(std::size_t to, bytes_view datagram) {
    out[to] += datagram.size();
    require(datagram.size() <= toast::datagram_limit || place(to).via == toast::carrier::tcp);
    for (bytes_view rest = datagram; !rest.empty();) {
      const auto f = toast::read_frame(rest);
      if (place(to).via == toast::carrier::tcp) require(bool{f}); // or the stream is lost
      if (!f) break;
      if (f->type == toast::type::relay)
        if (const auto i = toast::decode_introduction(as_text(f->payload)); i && i->cookie)
          cookie = i->cookie;
      rest = rest.subspan(f->size());
    }
    const auto text = as_text(datagram);
    if (to == strangers && text.find("ben plays") != text.npos) ++heard_by_ana;
    if (to == strangers + 1 && text.find("ana plays") != text.npos) ++heard_by_ben;
  }
  void judge() const {
    require(machine.peers() <= limits.peers && machine.rooms() <= limits.rooms);
    require(machine.queued() <= limits.peers * limits.queue);
    for (std::size_t i = 0; i < strangers; ++i)
      require(proven[i] || place(i).via == toast::carrier::tcp || out[i] <= in[i]);
  }
};

bytes made(const toast::peer_header& header, toast::frame_type type, bytes_view payload) {
  bytes b(payload.size() + 100);
  toast::frame_writer to{b};
  header.write(to.open().data());
  to.close(toast::type::peer, 0, 0, toast::peer_header::size);
  require(to.try_write(type, 0, 1, payload));
  b.resize(to.written().size());
  return b;
}

void act(stage& s, unsigned how, bytes_view data) {
  const std::size_t from = how % strangers;
  byte_reader in{data};
  std::uint64_t sender = 0, destination = 0;
  std::uint32_t type = 0;
  if ((how >> 6) == 0) { // as it is; a stream's bytes reach the relay as whole frames only
    if (place(from).via != toast::carrier::tcp || toast::detail::is_frames(data))
      s.send(from, data);
  } else if ((how >> 6) == 1 && in.try_read(sender) && in.try_read(destination)) {
    const peer_id id{sender % 16};
    if (id && id != ana && id != ben) s.enter(from, id, {destination % 5}, sender);
  } else if (in.try_read(type) && in.try_read(sender) && in.try_read(destination)) {
    bytes_view payload;
    require(in.try_read(in.remaining(), payload));
    if ((how & 8) != 0) destination = toast::relay_id.value;
    const toast::frame_type name{type};
    if (sender == 0 || !name.is_valid()) return;
    s.send(from, made({{}, {sender % 16 + 1}, {destination}}, name, payload));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  stage s;
  byte_reader in{{data, size}};
  std::uint8_t how = 0;
  std::uint16_t length = 0;
  for (int pieces = 0; pieces < 64 && in.try_read(how) && in.try_read(length); ++pieces) {
    bytes_view piece;
    if (!in.try_read(std::min<std::size_t>(length, in.remaining()), piece)) break;
    act(s, how, piece);
    s.now += 50ms;
    s.machine.poll(s.now);
    s.flush();
  }
  s.heard_by_ana = s.heard_by_ben = 0;
  s.send(strangers, made({{}, ana, ben}, toast::type::midi, as_bytes("ana plays")));
  s.send(strangers + 1, made({{}, ben, {}}, toast::type::midi, as_bytes("ben plays")));
  require(s.heard_by_ana == 1 && s.heard_by_ben == 1);
  return 0;
}
