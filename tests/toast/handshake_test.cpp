#include <jamnet/toast/handshake.hpp>

#include <string>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;

static_assert(version_range{1, 3}.common({2, 5}) == 3u);
static_assert(version_range{2, 5}.common({1, 2}) == 2u);
static_assert(!version_range{1, 2}.common({3, 4}));
static_assert(!version_range{3, 2}.common({1, 9}));

namespace {

hello full_hello() {
  hello h;
  h.versions = {1, 2};
  h.peer = {0xa};
  h.name = "Ana \"é\"";
  h.room = "friday";
  h.can = 0b100001;
  h.session = {0xb};
  h.attempt = 77;
  h.seq_next = (1ull << 53) - 1;
  h.udp = 47800;
  h.tcp = 65535;
  h.cookie = {0xc};
  h.beside = {0xd};
  return h;
}

} // namespace

TEST_CASE("HELO is read as it was written") {
  std::array<char, 1'100> buffer{};
  const auto h = full_hello();
  const auto text = encode(h, buffer);
  CHECK(text ==
        R"({"min":1,"max":2,"peer":"000000000000000a","name":"Ana \"é\"","room":"friday",)"
        R"("session":"000000000000000b","capabilities":["midi","multicast"],"udp":47800,)"
        R"("tcp":65535,"attempt":77,"seq_next":9007199254740991,"cookie":"000000000000000c",)"
        R"("beside":"000000000000000d"})");
  const auto back = decode_hello(text);
  REQUIRE(back);
  CHECK(back->versions == h.versions);
  CHECK(back->peer == h.peer);
  CHECK(back->name == h.name);
  CHECK(back->room == h.room);
  CHECK(back->can == h.can);
  CHECK(back->session == h.session);
  CHECK(back->attempt == h.attempt);
  CHECK(back->seq_next == h.seq_next);
  CHECK(back->udp == h.udp);
  CHECK(back->tcp == h.tcp);
  CHECK(back->cookie == h.cookie);
  CHECK(back->beside == h.beside);
  CHECK(decode_hello(std::string{text} + std::string(500, ' '))); // as it is padded
}

TEST_CASE("the longest HELO is shorter than its padding") {
  auto h = full_hello();
  h.name = h.room = std::string(short_text::capacity, '\x01');
  h.can = 0x3f;
  h.versions = {0xffffffff, 0xffffffff};
  h.attempt = 0xffffffff;
  std::array<char, hello_padding> buffer{};
  CHECK_FALSE(encode(h, buffer).empty());
}

TEST_CASE("a HELO without id or version is refused, unknown keys and words are not") {
  CHECK(decode_hello(R"({"min":1,"max":1})").error().code == errc::key_missing);
  CHECK(decode_hello(R"({"peer":"0000000000000001"})").error().code == errc::key_missing);
  CHECK(decode_hello(R"({"peer":"0000000000000000","max":1})").error().code == errc::key_missing);
  CHECK(decode_hello(R"({"udp":65536})").error().code == errc::value_range);
  const auto h = decode_hello(
      R"({"max":1,"peer":"0000000000000001","biscuit":{"a":[1]},"capabilities":["fly","midi"]})");
  REQUIRE(h);
  CHECK(h->can == 1);
}

TEST_CASE("a name is cut at 63 bytes and refused beyond 252, with or without an escape in it") {
  const auto named = [](std::size_t size, std::string_view end) {
    return decode_hello(R"({"max":1,"peer":"000000000000004d","name":")" +
                        std::string(size - 1, 'x') + std::string{end} + "\"}");
  };
  for (const auto end : {"y", "\\u0079"}) {
    CAPTURE(end);
    REQUIRE(named(252, end));
    CHECK(named(252, end)->name.view() == std::string(63, 'x'));
    CHECK_FALSE(named(253, end));
    CHECK(named(253, end).error().code == errc::value_range);
  }
}

TEST_CASE("CHAL is read as it was written, and needs a cookie") {
  std::array<char, 100> buffer{};
  const auto text = encode(challenge{{0xabc}, 7}, buffer);
  CHECK(text == R"({"cookie":"0000000000000abc","attempt":7})");
  const auto back = decode_challenge(text);
  REQUIRE(back);
  CHECK(back->cookie == cookie{0xabc});
  CHECK(back->attempt == 7);
  CHECK(decode_challenge(R"({"attempt":7})").error().code == errc::key_missing);
  CHECK(decode_challenge(R"({"cookie":7})").error().code == errc::json_type);
}

TEST_CASE("WELC is read as it was written, with the addresses of others") {
  welcome w;
  w.version = 3;
  w.session = {0x1};
  w.peer = {0x2};
  w.name = "ben";
  w.can = 1;
  w.attempt = 9;
  w.seq_next = 5;
  w.peers[0] = {{0x3}, address::v4(192, 168, 0, 7, 47800)};
  w.peers[1] = {{0x4}, {.port = 1, .via = carrier::tcp}};
  for (std::uint8_t i = 0; i < 16; ++i)
    w.peers[1].where.ip[i] = static_cast<std::uint8_t>(0xf0 + i);
  w.peer_count = 2;
  w.tcp = 47800;
  w.beside = {0x5};
  std::array<char, 1'128> buffer{};
  const auto text = encode(w, buffer);
  CHECK(
      text ==
      R"({"version":3,"session":"0000000000000001","peer":"0000000000000002","name":"ben",)"
      R"("capabilities":["midi"],"attempt":9,"seq_next":5,"tcp":47800,)"
      R"("beside":"0000000000000005","peers":[)"
      R"({"peer":"0000000000000003","ip":"c0a80007","port":47800},)"
      R"({"peer":"0000000000000004","ip":"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff","port":1,"tcp":true}]})");
  const auto back = decode_welcome(text);
  REQUIRE(back);
  CHECK(back->version == 3);
  CHECK(back->session == w.session);
  CHECK(back->peer == w.peer);
  CHECK(back->name == w.name);
  CHECK(back->attempt == 9);
  CHECK(back->seq_next == 5);
  CHECK(back->tcp == 47800);
  CHECK(back->beside == cookie{5});
  REQUIRE(back->peer_count == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(back->peers[i].peer == w.peers[i].peer);
    CHECK(back->peers[i].where == w.peers[i].where);
  }
}

TEST_CASE("more peers than there is room for are skipped, impossible addresses refused") {
  std::string text = R"({"peer":"0000000000000001","peers":[)";
  for (int i = 0; i < 20; ++i) text += R"({"ip":"7f000001","port":1},)";
  text.back() = ']';
  const auto w = decode_welcome(text + '}');
  REQUIRE(w);
  CHECK(w->peer_count == 12);
  for (const char* ip : {"", "7f00001", "7f00000g", "7F000001", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfef"})
    CHECK_FALSE(decode_welcome(R"({"peer":"0000000000000001","peers":[{"ip":")" + std::string{ip} +
                               R"("}]})"));
}

TEST_CASE("every reason to refuse has its word, and what has none is a limit") {
  for (const errc code : {errc::version_mismatch, errc::wrong_room, errc::duplicate_peer,
                          errc::room_full, errc::peer_slow, errc::frame_crc}) {
    std::array<char, 300> buffer{};
    const auto back = decode_refusal(encode(refusal{code, {}}, buffer));
    REQUIRE(back);
    CHECK(back->code == code);
    CHECK(back->text == short_text{to_string(code)});
  }
  std::array<char, 300> buffer{};
  CHECK(encode(refusal{errc::refused, "no"}, buffer) == R"({"code":"limit","text":"no"})");
  CHECK(decode_refusal(R"({"code":"limit"})")->code == errc::limit_exceeded);
  CHECK(decode_refusal(R"({"code":"of another version"})")->code == errc::refused);
}

TEST_CASE("BYE_ says why") {
  std::array<char, 100> buffer{};
  CHECK(encode(goodbye{}, buffer) == R"({"reason":"left"})");
}

TEST_CASE("the handshake is rt-safe") {
  std::array<char, 1'128> buffer{};
  const auto h = full_hello();
  const testing::rt_guard guard;
  (void)decode_hello(encode(h, buffer));
  (void)decode_welcome(encode(welcome{}, buffer));
  (void)decode_refusal(encode(refusal{}, buffer));
}
