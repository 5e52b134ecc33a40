// What a sealed room costs: a datagram sealed by one and opened by the other, against the same
// datagram copied, as it goes through where no layer is. The difference is "a frame more".
#include <array>
#include <vector>

#include <benchmark/benchmark.h>

#include <jamnet/secure/sealed_carrier.hpp>

namespace {

using namespace jamnet;

// A peer that says one datagram again and again, and hears.
struct speaker final : toast::carried {
  void receive(const toast::address&, bytes_view frames, host_time, nanoseconds) override {
    heard += frames.size();
  }
  void disconnected(const toast::address&, host_time) override {}
  void hold(const toast::address&, bool) override {}
  void moved(const toast::address&, const toast::address&, host_time) override {}
  void rerouted(const toast::address&, bool, host_time) override {}
  void turned_away(peer_id, errc) override {}
  void introduced(const toast::known_peer&, host_time) override {}
  void refused(peer_id, errc) override {}
  void poll(host_time) override {}
  bool write(std::span<std::uint8_t> out, host_time, toast::outgoing& d) override {
    if (!due) return false;
    due = false;
    std::copy(bytes.begin(), bytes.end(), out.begin());
    d = {to, bytes.size(), false};
    return true;
  }
  [[nodiscard]] host_time deadline() const override { return host_time::max(); }

  std::vector<std::uint8_t> bytes;
  toast::address to;
  std::size_t heard = 0;
  bool due = false;
};

struct side {
  explicit side(std::uint8_t id) : where{toast::address::v4(10, 0, 0, id, 1)}, peer{id} {
    toast::hello self;
    self.peer = peer;
    carrier = std::make_unique<secure::sealed_carrier>(
        self, secure::room_secret::of_key("room", toast::key_bytes{1, 2, 3}));
    carrier->stand_under(above);
  }
  void say(const side& to, toast::frame_type type, std::size_t payload) {
    above.bytes.resize(payload + 2 * toast::frame_overhead + toast::peer_header::size);
    toast::frame_writer w{above.bytes};
    toast::peer_header{{}, peer, to.peer}.write(w.open().data());
    w.close(toast::type::peer, 0, 0, toast::peer_header::size);
    w.close(type, 0, 1, payload);
    above.to = to.where;
  }
  toast::address where;
  peer_id peer;
  speaker above;
  std::unique_ptr<secure::sealed_carrier> carrier;
};

// `others` more have met the one that hears.
struct room {
  explicit room(std::size_t others) {
    meet(a);
    for (std::size_t i = 0; i < others; ++i) {
      now += nanoseconds{1'000'000'000};
      more.push_back(std::make_unique<side>(static_cast<std::uint8_t>(3 + i)));
      meet(*more.back());
    }
  }
  void meet(side& newcomer) {
    newcomer.say(b, toast::type::hello, 10);
    newcomer.above.due = true;
    for (int i = 0; i < 10; ++i, now += nanoseconds{1'000'000}) {
      pass(newcomer, b);
      pass(b, newcomer);
    }
  }
  void pass(side& from, side& to) {
    std::array<std::uint8_t, toast::datagram_limit> out;
    for (toast::outgoing d; from.carrier->write(out, now, d);)
      if (d.to == to.where) to.carrier->receive(from.where, bytes_view{out}.first(d.size), now, {});
  }
  host_time now{nanoseconds{1'000'000'000'000}};
  side a{1}, b{2};
  std::vector<std::unique_ptr<side>> more;
};

void sealed(benchmark::State& state) {
  room r{static_cast<std::size_t>(state.range(1))};
  r.a.say(r.b, toast::type::midi, static_cast<std::size_t>(state.range(0)));
  const auto before = r.b.above.heard;
  std::size_t count = 0;
  for (auto _ : state) {
    r.a.above.due = true;
    r.pass(r.a, r.b);
    ++count;
  }
  if (r.b.above.heard - before != count * r.a.above.bytes.size()) state.SkipWithError("lost");
}

// The cipher alone, both sides, without the frames around it.
struct datagram {
  explicit datagram(std::size_t payload) : text(payload + toast::frame_overhead) {}

  const std::vector<std::uint8_t> text;
  const std::vector<std::uint8_t> before = std::vector<std::uint8_t>(
      toast::frame_overhead + toast::peer_header::size + 20 + toast::seal_header::size);
  std::vector<std::uint8_t> sealed =
      std::vector<std::uint8_t>(text.size() + toast::seal_header::tag_size);
  std::vector<std::uint8_t> opened = std::vector<std::uint8_t>(text.size());
  const secure::secret<32> key{};
  const secure::datagram_cipher::nonce nonce{};
};

void cipher(benchmark::State& state) {
  datagram d{static_cast<std::size_t>(state.range(0))};
  for (auto _ : state) {
    secure::datagram_cipher::encrypt(d.key, d.nonce, d.before, d.text, d.sealed.data());
    const bool right =
        secure::datagram_cipher::try_decrypt(d.key, d.nonce, d.before, d.sealed, d.opened.data());
    if (!right) state.SkipWithError("wrong");
  }
}

void libsodium(benchmark::State& state) {
  if (sodium_init() < 0) return state.SkipWithError("no libsodium");
  datagram d{static_cast<std::size_t>(state.range(0))};
  for (auto _ : state) {
    crypto_aead_chacha20poly1305_ietf_encrypt(d.sealed.data(), nullptr, d.text.data(),
                                              d.text.size(), d.before.data(), d.before.size(),
                                              nullptr, d.nonce.data(), d.key.data());
    const int wrong = crypto_aead_chacha20poly1305_ietf_decrypt(
        d.opened.data(), nullptr, nullptr, d.sealed.data(), d.sealed.size(), d.before.data(),
        d.before.size(), d.nonce.data(), d.key.data());
    if (wrong != 0) state.SkipWithError("wrong");
  }
}

void open(benchmark::State& state) {
  side a{1}, b{2};
  a.say(b, toast::type::midi, static_cast<std::size_t>(state.range(0)));
  const host_time now{};
  std::array<std::uint8_t, toast::datagram_limit> out;
  for (auto _ : state) {
    a.above.due = true;
    for (toast::outgoing d; a.above.write(out, now, d);)
      b.above.receive(a.where, bytes_view{out}.first(d.size), now, {});
    benchmark::DoNotOptimize(b.above.heard);
  }
}

void handshake(benchmark::State& state) { // both sides of it
  std::uint8_t id = 3;
  room r{0};
  for (auto _ : state) {
    r.now += nanoseconds{3'000'000'000};
    side newcomer{id = id == 250 ? std::uint8_t{3} : static_cast<std::uint8_t>(id + 1)};
    r.meet(newcomer);
  }
}

// Payloads: one note, a handful of events, a full datagram; alone and with 100 others in the room.
BENCHMARK(open)->Name("sealed/plain")->Arg(90)->Arg(300)->Arg(1048);
BENCHMARK(cipher)->Name("sealed/cipher")->Arg(90)->Arg(300)->Arg(1048);
BENCHMARK(libsodium)->Name("sealed/libsodium")->Arg(90)->Arg(300)->Arg(1048);
BENCHMARK(sealed)->Name("sealed/seal_and_open")->Args({90, 0})->Args({300, 0})->Args({1048, 0});
BENCHMARK(sealed)->Name("sealed/seal_and_open")->Args({300, 100});
BENCHMARK(handshake)->Name("sealed/handshake");

} // namespace
