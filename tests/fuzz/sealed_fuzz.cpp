// Whatever comes to a sealed carrier from wherever, while two members talk to it: nothing crashes,
// nothing grows beyond its limits, strangers get no more bytes than they sent, nothing reaches the
// peer above that no member sealed, and who is honest is still heard.
//
// The input is a row of pieces: a byte that says from which address and how, a length of two bytes,
// and so many bytes. These are a datagram, or type and payload of a frame that is made whole here,
// or such a frame as one of the members seals it, or say how a datagram of that member is changed.
// No bytes let time pass; one or two have somebody guess at the secret, with the cookie it was
// given; three have the other side begin, or an answer to that come, or a carrier below tell news.
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
  std::map<std::uint32_t, std::uint32_t>
      attempts;         // b's own to open, by address; or it is a member's
  std::string expected; // to be heard by b
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
    flush();
  }
  // What b heard, but for what it was refused.
  [[nodiscard]] std::string heard() const {
    std::string all;
    for (std::size_t at = 0; at < b.heard.size();) {
      const auto end = b.heard.find("; ", at) + 2;
      if (b.heard.compare(at, 7, R"({"code")") != 0) all += b.heard.substr(at, end - at);
      at = end;
    }
    return all;
  }
  void flush() {
    for (const auto& [to, answer] : written(b)) {
      const auto f = last_frame(answer);
      if (const auto c = toast::decode_challenge(as_text(f.payload));
          c && f.type == toast::type::challenge)
        cookies[to.tag()] = c->cookie;
      if (const auto h = toast::decode_sealed_hello(as_text(f.payload));
          h && f.type == toast::type::hello)
        attempts[to.tag()] = h->attempt;
      if (attempts.contains(to.tag())) continue;
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
// no point, or who cannot be let in; then a proof.
void guess(stage& s, unsigned how, unsigned what, unsigned wrong) {
  const auto from = place(how);
  toast::sealed_hello h;
  h.peer = {what & 15};
  h.tag = secure::room_secret::tag_of("friday");
  h.attempt = 1 + (what >> 5 & 1);
  h.cookie = s.cookies[from.tag()];
  h.share.fill(static_cast<std::uint8_t>(what));
  if ((what & 64) == 0) h.share = secure::cpace::generator({h.share.data(), 1}, {}, {});
  if ((wrong & 1) != 0) h.versions = {2, 9};
  if ((wrong & 2) != 0) h.tag = {wrong >> 4};
  if ((wrong & 4) != 0) h.peer = s.b.id;
  if ((wrong & 8) != 0) h.share = {};
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

template <class Message>
void answer(stage& s, const toast::address& from, toast::frame_type type, const Message& m) {
  std::array<char, 1'100> text;
  s.give(from, framed({9}, s.b.id, type, encode(m, text), from.via == toast::carrier::tcp));
}

// What else happens to b: 'much' is whatever.
void happen(stage& s, unsigned how, unsigned what, std::uint8_t much) {
  const auto from = place(how);
  const bool stranger = (how & 7) >= 2;
  const auto asked = s.attempts.find(from.tag());
  const auto attempt = asked != s.attempts.end() ? asked->second : 1;
  toast::key_bytes share;
  share.fill(much);
  switch (what & 7) {
  case 0: return s.b.carrier->disconnected(from.by(toast::carrier::tcp), s.now);
  case 1: // from elsewhere, perhaps because it is there now
    s.attempts.try_emplace(from.by(toast::carrier::udp).tag(), 1u);
    s.honest.say(s.b, toast::type::midi, "from elsewhere");
    for (const auto& [to, sealed] : s.written(s.honest))
      s.give(from.by(toast::carrier::udp), sealed);
    s.expected += "from elsewhere; ";
    return;
  case 2:
    if (!stranger) return;
    s.b.says.push_back(
        {from, framed(s.b.id, {}, toast::type::hello, "hello", from.via == toast::carrier::tcp)});
    s.attempts[from.tag()] = 0;
    return s.flush();
  case 3: return answer(s, from, toast::type::challenge, toast::challenge{{much}, attempt});
  case 4:
    return answer(s, from, toast::type::welcome,
                  toast::sealed_welcome{
                      1, {9}, attempt, secure::cpace::generator({share.data(), 1}, {}, {}), share});
  case 5:
    return answer(s, from, toast::type::error, toast::sealed_refusal{errc::wrong_key, attempt});
  case 6: return s.b.carrier->expel({10u + much});
  default: { // a way of datagrams, that is: streams do not move
    const auto to = place((much | 2u) & 7u);
    if (!stranger) return;
    s.attempts.try_emplace(to.tag(), 1u); // a member may be there now
    s.b.carrier->moved(from.by(toast::carrier::udp), to, s.now);
  }
  }
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
    if (bytes.size() == 1 || bytes.size() == 2)
      guess(s, how, bytes.front(), bytes.size() == 2 ? bytes.back() : 0u);
    else if (bytes.size() == 3)
      happen(s, how, bytes[0], bytes[1]);
    else if (!bytes.empty())
      act(s, how, bytes);
    s.now += nanoseconds{bytes.empty() ? how * 16'000'000LL : 7'000'000};
    s.b.carrier->poll(s.now);
  }
  if (s.member_lied)
    return 0; // who may have expelled the honest one, or said anything in its place
  require(s.heard() == s.expected);
  s.honest.say(s.b, toast::type::midi, "still there");
  s.run();
  require(s.heard() == s.expected + "still there; ");
  return 0;
}
