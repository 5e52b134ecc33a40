// Sealed carriers by hand: each under a peer that says what it is told to and keeps what it hears,
// on a wire that shows everything.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/secure/sealed_carrier.hpp>

namespace jamnet::inline v0::testing {

using datagram = std::vector<std::uint8_t>;

/// One frame behind PEER, or alone on a stream.
inline datagram framed(peer_id from, peer_id to, toast::frame_type type, std::string_view text,
                       bool stream = false) {
  datagram bytes(1'200);
  toast::frame_writer w{bytes};
  if (!stream) {
    toast::peer_header{{}, from, to}.write(w.open().data());
    w.close(toast::type::peer, 0, 0, toast::peer_header::size);
  }
  (void)w.try_write(type, 0, 1, as_bytes(text));
  bytes.resize(w.written().size());
  return bytes;
}
/// The last frame of a datagram, and its checksum made right again, as who forges would.
inline toast::frame last_frame(bytes_view bytes) {
  for (;;) {
    const auto f = toast::read_frame(bytes);
    if (!f || f->size() >= bytes.size()) return f ? *f : toast::frame{};
    bytes = bytes.subspan(f->size());
  }
}
inline void mend(datagram& bytes, std::size_t front) {
  const std::size_t size = bytes.size() - front - 4;
  store_be(bytes.data() + front + size, crc32({bytes.data() + front, size}));
}

struct end final : toast::carried {
  end(std::uint64_t number, toast::address w, std::string_view phrase, random_source& dice)
      : where{w},
        id{number} {
    toast::hello self;
    self.peer = id;
    self.name = "somebody";
    self.room = "friday";
    carrier = std::make_unique<secure::sealed_carrier>(
        self, secure::room_secret::of_passphrase("friday", phrase, {1, 8192}),
        secure::entropy{[](void* d, std::uint8_t* out, std::size_t size) {
                          for (; size > 0; --size)
                            *out++ =
                                static_cast<std::uint8_t>(static_cast<random_source*>(d)->next());
                        },
                        &dice},
        secure::key_listener{[](void* me, peer_id from, peer_id to, const secure::secret<32>& key) {
                               static_cast<end*>(me)->keys.push_back({from, to, key});
                             },
                             this});
    carrier->stand_under(*this);
  }
  // The peer.
  void receive(const toast::address& from, bytes_view frames, host_time, nanoseconds) override {
    const auto f = last_frame(frames);
    heard += std::string{as_text(f.payload)} + "; ";
    heard_from = from;
  }
  void disconnected(const toast::address&, host_time) override {}
  void hold(const toast::address&, bool) override {}
  void moved(const toast::address& from, const toast::address& to, host_time) override {
    moves.push_back({from, to});
  }
  void rerouted(const toast::address&, bool, host_time) override {}
  void turned_away(peer_id who, errc why) override { away.push_back({who, why}); }
  void introduced(const toast::known_peer&, host_time) override {}
  void refused(peer_id, errc) override {}
  void poll(host_time) override {}
  bool write(std::span<std::uint8_t> out, host_time, toast::outgoing& d) override {
    if (says.empty()) return false;
    const auto [to, bytes] = says.front();
    says.pop_front();
    std::copy(bytes.begin(), bytes.end(), out.begin());
    d = {to, bytes.size(), false};
    return true;
  }
  [[nodiscard]] host_time deadline() const override {
    return says.empty() ? host_time::max() : host_time::min();
  }

  void say(const end& to, toast::frame_type type, std::string_view text) {
    const bool stream = to.where.via == toast::carrier::tcp;
    says.push_back(
        {to.where, framed(id, type == toast::type::hello ? peer_id{} : to.id, type, text, stream)});
  }
  void say_to_all(std::string_view text) {
    says.push_back({toast::address::everybody(), framed(id, {}, toast::type::midi, text)});
  }

  toast::address where;
  peer_id id;
  std::unique_ptr<secure::sealed_carrier> carrier;
  std::deque<std::pair<toast::address, datagram>> says;
  std::string heard;
  toast::address heard_from;
  std::vector<std::pair<toast::address, toast::address>> moves;
  std::vector<std::pair<peer_id, errc>> away;
  struct told_key {
    peer_id from, to;
    secure::secret<32> key;
  };
  std::vector<told_key> keys; // that it was told of
};

struct sealed_wire {
  /// What one has to send now, in order.
  std::vector<std::pair<toast::address, datagram>> written(end& from) {
    std::vector<std::pair<toast::address, datagram>> all;
    std::array<std::uint8_t, toast::datagram_limit> out{};
    from.carrier->poll(now);
    for (toast::outgoing d; from.carrier->write(out, now, d);)
      all.push_back({d.to, {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(d.size)}});
    return all;
  }
  /// Carries everything that anybody says, until nobody says anything, and then for a while.
  void run(nanoseconds duration = nanoseconds{50'000'000}) {
    for (const auto until = now + duration; now < until; now += nanoseconds{1'000'000})
      for (bool any = true; any;) {
        any = false;
        for (end* from : ends)
          for (const auto& [to, bytes] : written(*from)) {
            any = true;
            carried.push_back(bytes);
            for (end* e : ends)
              if (e != from && (e->where == to || to.via == toast::carrier::multicast))
                e->carrier->receive(from->where, bytes, now, {});
          }
      }
  }

  host_time now{nanoseconds{1'000'000'000'000}};
  random_source dice{1};
  std::vector<end*> ends;
  std::vector<datagram> carried;
};

/// Two who have met.
struct sealed_pair : sealed_wire {
  explicit sealed_pair(std::string_view theirs = "secret", bool stream = false)
      : a{1, at(1, stream), "secret", dice},
        b{2, at(2, stream), theirs, dice} {
    ends = {&a, &b};
    a.say(b, toast::type::hello, "hello");
    run();
  }
  static toast::address at(std::uint8_t host, bool stream = false) {
    return toast::address::v4(10, 0, 0, host, 1,
                              stream ? toast::carrier::tcp : toast::carrier::udp);
  }
  end a, b;
};

} // namespace jamnet::inline v0::testing
