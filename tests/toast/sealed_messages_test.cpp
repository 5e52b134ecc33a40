#include <jamnet/toast/sealed_messages.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;

namespace {

key_bytes counting(std::uint8_t from) {
  key_bytes all{};
  for (auto& b : all) b = from++;
  return all;
}

} // namespace

TEST_CASE("HELO, WELC, PROO and ERRO of a sealed room are read as they were written") {
  std::array<char, 1'100> buffer{};
  const sealed_hello h{{1, 2}, {0xa}, {0xb}, 77, {0xc}, counting(0xf0), 5, 6};
  const auto hello = decode_sealed_hello(encode(h, buffer));
  REQUIRE(hello);
  CHECK(hello->versions == h.versions);
  CHECK(hello->peer == h.peer);
  CHECK(hello->tag == h.tag);
  CHECK(hello->attempt == 77);
  CHECK(hello->cookie == h.cookie);
  CHECK(hello->share == h.share);
  CHECK(hello->udp == 5);
  CHECK(hello->tcp == 6);
  const sealed_welcome w{1, {0xa}, 77, counting(1), counting(2)};
  const auto welcome = decode_sealed_welcome(encode(w, buffer));
  REQUIRE(welcome);
  CHECK(welcome->peer == w.peer);
  CHECK(welcome->attempt == 77);
  CHECK(welcome->share == w.share);
  CHECK(welcome->proof == w.proof);
  CHECK(decode_sealed_proof(encode(sealed_proof{counting(9)}, buffer))->proof == counting(9));
  const auto refusal = decode_sealed_refusal(encode(sealed_refusal{errc::wrong_key, 3}, buffer));
  REQUIRE(refusal);
  CHECK(refusal->code == errc::wrong_key);
  CHECK(refusal->attempt == 3);
}

TEST_CASE("the longest WELC of a sealed room is shorter than HELO's padding, HELO fits in it") {
  std::array<char, hello_padding> buffer{};
  const sealed_welcome w{~0u, {~0ull}, ~0u, {}, {}};
  CHECK_FALSE(encode(w, buffer).empty());
  const sealed_hello h{{~0u, ~0u}, {~0ull}, {~0ull}, ~0u, {~0ull}, {}, 65535, 65535};
  CHECK_FALSE(encode(h, buffer).empty());
}

TEST_CASE("ROOM is read as it was written, and at its longest fits beside SEAL") {
  std::array<char, 1'000> buffer{};
  room_news r{3, counting(1), {}, 9, false, {}, room_news::expelled_limit};
  r.salt[0] = 7;
  for (std::size_t i = 0; i < r.expelled_count; ++i) r.expelled[i] = {i + 1};
  const auto text = encode(r, buffer);
  REQUIRE_FALSE(text.empty());
  const auto back = decode_room_news(text);
  REQUIRE(back);
  CHECK(back->epoch == 3);
  CHECK(back->counter == 9);
  CHECK(back->key == r.key);
  CHECK(back->salt == r.salt);
  CHECK(back->expelled_count == r.expelled_count);
  CHECK(back->expelled == r.expelled);
  r.have = true;
  CHECK(decode_room_news(encode(r, buffer))->have);
  CHECK(decode_room_news(encode(room_news{}, buffer))->epoch == 0);
}

TEST_CASE("what lacks something is refused, and a HELO of an open room is read") {
  CHECK(decode_sealed_hello(R"({"max":1})").error().code == errc::key_missing);
  CHECK(decode_sealed_hello(R"({"max":1,"peer":"0000000000000001","share":"00"})").error().code ==
        errc::value_range);
  const auto h =
      decode_sealed_hello(R"({"max":1,"peer":"0000000000000001","cookie":"0000000000000001"})");
  REQUIRE(h);
  CHECK(h->cookie);
  CHECK_FALSE(h->tag);
  CHECK(h->share == key_bytes{});
  CHECK(decode_sealed_welcome(R"({"peer":"0000000000000001"})").error().code == errc::key_missing);
  CHECK(decode_sealed_proof("{}").error().code == errc::key_missing);
  CHECK(decode_room_news(R"({"epoch":1})").error().code == errc::key_missing);
  CHECK(decode_room_news(R"({"epoch":1,"key":"zz"})").error().code == errc::value_range);
}

TEST_CASE("the header of SEAL is read as it was written, and must be 0 where nothing is") {
  std::array<std::uint8_t, 32> bytes{};
  seal_header{200, 1ull << 63 | 5}.write(bytes.data());
  const auto h = decode_seal_header(bytes);
  REQUIRE(h);
  CHECK(h->epoch == 200);
  CHECK(h->counter == (1ull << 63 | 5));
  CHECK_FALSE(decode_seal_header(bytes_view{bytes}.first(31)));
  for (std::size_t i = 1; i < 8; ++i) {
    auto other = bytes;
    other[i] = 1;
    CHECK(decode_seal_header(other).error().code == errc::frame_payload);
  }
}
