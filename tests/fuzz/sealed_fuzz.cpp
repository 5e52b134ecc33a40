// Whatever comes to a sealed carrier from wherever, while two members talk to it: nothing crashes,
// nothing grows beyond its limits, strangers get no more bytes than they sent, nothing reaches the
// peer above that no member sealed, and who is honest is still heard.
//
// The input is a row of pieces: a byte that says from which address and how, a length of two bytes,
// and so many bytes. These are a datagram, or type and payload of a frame that is made whole here,
// or such a frame as one of the members seals it, or say how a datagram of that member is changed.
// No bytes let time pass; one byte has somebody guess at the secret, with the cookie it was given.
#include <jamnet/secure/sealed_carrier.hpp>

#include <cstdlib>

#include "../secure/sealed_pair.hpp"

using namespace jamnet;
using namespace jamnet::testing;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

constexpr std::size_t strangers = 6;

struct stage : sealed_pair { // a, who lies; b, whom it is about; and an honest one
  end honest{3, at(3), "secret", dice};
  std::map<std::uint32_t, std::int64_t> owed;
  std::map<std::uint32_t, toast::cookie> cookies; // that were given, by address
  bool member_lied = false;

  stage() {
    ends = {&b, &honest};
    honest.say(b, toast::type::hello, "hello");
    run();
    require(b.carrier->channels() == 2);
    ends = {&a, &b, &honest};
    b.heard.clear();
  }
  void give(const toast::address& from, bytes_view bytes) {
    owed[from.tag()] += static_cast<std::int64_t>(bytes.size());
    b.carrier->receive(from, bytes, now, {});
    for (const auto& [to, answer] : written(b)) {
      const auto f = last_frame(answer);
      if (const auto c = toast::decode_challenge(as_text(f.payload));
          c && f.type == toast::type::challenge)
        cookies[to.tag()] = c->cookie;
      if (to == a.where || to == honest.where || to.via == toast::carrier::tcp) continue;
      require((owed[to.tag()] -= static_cast<std::int64_t>(answer.size())) >= 0);
    }
    require(b.carrier->channels() <= 2 + strangers);
    require(b.carrier->handshakes() <= secure::sealed_carrier::most_half_open);
  }
};

toast::address place(unsigned how) {
  if ((how & 7) < 2) return sealed_pair::at((how & 7) == 0 ? 1 : 3);
  return sealed_pair::at(static_cast<std::uint8_t>(10 + (how & 7)), (how & 8) != 0);
}

// A whole HELO, as of somebody who knows the room's name and guesses its secret, or whose share is
// no point; then a proof.
void guess(stage& s, unsigned how, unsigned what) {
  const auto from = place(how);
  toast::sealed_hello h;
  h.peer = {what & 15};
  h.tag = secure::room_secret::tag_of("friday");
  h.attempt = 1 + (what >> 5 & 1);
  h.cookie = s.cookies[from.tag()];
  h.share.fill(static_cast<std::uint8_t>(what));
  if ((what & 64) == 0) h.share = secure::cpace::generator({h.share.data(), 1}, {}, {});
  if (!h.peer) return;
  std::array<char, toast::hello_padding> text;
  text.fill(' ');
  (void)encode(h, text);
  const bool stream = from.via == toast::carrier::tcp;
  s.give(from, framed(h.peer, {}, toast::type::hello, {text.data(), text.size()}, stream));
  if ((what & 128) != 0)
    s.give(from, framed(h.peer, s.b.id, toast::type::proof,
                        R"({"proof":")" + std::string(64, '1') + R"("})", stream));
}

void act(stage& s, unsigned how, bytes_view bytes) {
  const auto from = place(how);
  const bool stream = from.via == toast::carrier::tcp;
  const unsigned kind = how >> 4 & 3;
  if (kind == 0 || bytes.size() < 4) return s.give(from, bytes);
  const toast::frame_type type{load_be<std::uint32_t>(bytes.data())};
  std::string text{as_text(bytes.subspan(4, std::min<std::size_t>(bytes.size() - 4, 900)))};
  if (kind == 1) {
    if (type == toast::type::hello) text.resize(toast::hello_padding, ' ');
    return s.give(from, framed({1 + (how & 7)}, s.b.id, type, text, stream));
  }
  if (kind == 2) { // as a member says it
    s.member_lied = true;
    s.a.says.push_back(
        {s.b.where, framed(s.a.id, (how & 8) != 0 ? peer_id{} : s.b.id, type, text)});
    for (const auto& [to, sealed] : s.written(s.a))
      if (to == s.b.where) s.give(s.a.where, sealed);
    return;
  }
  s.honest.say(s.b, toast::type::midi, "never");
  for (auto& [to, sealed] : s.written(s.honest)) {
    const std::size_t at = load_be<std::uint32_t>(bytes.data()) % sealed.size();
    sealed[at] = static_cast<std::uint8_t>(sealed[at] ^ (1 + (how >> 6)));
    const std::size_t front = toast::frame_overhead + toast::peer_header::size;
    if (at < front - 4) {
      datagram head{sealed.begin(), sealed.begin() + front};
      mend(head, 0);
      std::copy(head.begin(), head.end(), sealed.begin());
    }
    if (at < front - 4 || (at >= front && at + 4 < sealed.size())) mend(sealed, front);
    s.give(from, sealed);
    s.give(from, sealed);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  stage s;
  byte_reader in{{data, size}};
  std::uint8_t how = 0;
  std::uint16_t length = 0;
  for (int pieces = 0; pieces < 32 && in.try_read(how) && in.try_read(length); ++pieces) {
    bytes_view bytes;
    if (!in.try_read(std::min<std::size_t>(length, in.remaining()), bytes)) break;
    if (bytes.size() == 1)
      guess(s, how, bytes.front());
    else if (!bytes.empty())
      act(s, how, bytes);
    s.now += nanoseconds{bytes.empty() ? how * 16'000'000LL : 7'000'000};
    s.b.carrier->poll(s.now);
  }
  if (s.member_lied)
    return 0; // who may have expelled the honest one, or said anything in its place
  require(s.b.heard.empty());
  s.honest.say(s.b, toast::type::midi, "still there");
  s.run();
  require(s.b.heard == "still there; ");
  return 0;
}
