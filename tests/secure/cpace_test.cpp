#include <jamnet/secure/cpace.hpp>

#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::secure;

namespace {

std::vector<std::uint8_t> hex(std::string_view digits) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(value(digits[i]) << 4 | value(digits[i + 1])));
  return bytes;
}
template <std::size_t Size>
std::array<std::uint8_t, Size> fixed(std::string_view digits) {
  std::array<std::uint8_t, Size> bytes{};
  const auto all = hex(digits);
  REQUIRE(all.size() == Size);
  std::copy(all.begin(), all.end(), bytes.begin());
  return bytes;
}
const auto point = fixed<32>;

// The vectors of draft-irtf-cfrg-cpace (its testvectors.md, "Test vector for CPace using group
// ristretto255 and hash SHA-512"), for initiator and responder.
const auto ci = hex("6f630b425f726573706f6e6465720b415f696e69746961746f72");
const auto sid = hex("7e4b4791d6a8ef019b936c79fb7f2c57");
constexpr std::string_view g = "a6fc82c3b8968fbb2e06fee81ca858586dea50d248f0c7ca6a18b0902a30b36b",
                           ya = "da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08",
                           Ya = "d40fb265a7abeaee7939d91a585fe59f7053f982c296ec413c624c669308f87a",
                           yb = "d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d",
                           Yb = "08bcf6e9777a9c313a3db6daa510f2d398403319c2341bd506a92e672eb7e307",
                           isk = "4c5469a16b2364c4b944ebc1a79e51d1674ad47db26e8718154f59faebfaa52d"
                                 "8346f30aa58377117eb20d527f2cbc5c76381f7fd372e89df8239f87f2e02ed1";

} // namespace

TEST_CASE("generator, shares and key are those of the CFRG draft's test vectors") {
  const auto generator = cpace::generator(as_bytes("Password"), ci, sid);
  CHECK(generator == point(g));
  const cpace a{generator, secret<32>{point(ya)}}, b{generator, secret<32>{point(yb)}};
  CHECK(a.share() == point(Ya));
  CHECK(b.share() == point(Yb));
  cpace::key key_a, key_b;
  REQUIRE(
      a.try_finish(cpace::role::opener, sid, as_bytes("ADa"), b.share(), as_bytes("ADb"), key_a));
  REQUIRE(
      b.try_finish(cpace::role::acceptor, sid, as_bytes("ADb"), a.share(), as_bytes("ADa"), key_b));
  CHECK(key_a.equals(fixed<64>(isk)));
  CHECK(key_b.equals(fixed<64>(isk)));
}

TEST_CASE("multiplication, and what it refuses, are those of the CFRG draft's test vectors") {
  const secret<32> s{point("7cd0e075fa7955ba52c02759a6c90dbbfc10e6d40aea8d283e407d88cf538a05")};
  const auto x = point("2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c");
  CHECK(cpace{x, s}.share() ==
        point("7c13645fe790a468f62c39beb7388e541d8405d1ade69d1778c5fe3e7f6b600e"));
  const cpace a{point(g), s};
  cpace::key key;
  const auto invalid = point("2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c");
  CHECK_FALSE(a.try_finish(cpace::role::opener, sid, {}, invalid, {}, key));
  CHECK_FALSE(a.try_finish(cpace::role::opener, sid, {}, {}, {}, key)); // the neutral element
}

TEST_CASE("the keys differ if anything does that both should agree on") {
  secret<64> random_a, random_b;
  entropy{}(random_a);
  entropy{}(random_b);
  struct side {
    std::string_view prs = "secret", ci = "channel", sid = "exchange", own = "a", theirs = "b";
  };
  const auto agree = [&](const side& one, const side& two) {
    const cpace a{as_bytes(one.prs), as_bytes(one.ci), as_bytes(one.sid), random_a};
    const cpace b{as_bytes(two.prs), as_bytes(two.ci), as_bytes(two.sid), random_b};
    cpace::key key_a, key_b;
    CHECK(a.try_finish(cpace::role::opener, as_bytes(one.sid), as_bytes(one.own), b.share(),
                       as_bytes(one.theirs), key_a));
    CHECK(b.try_finish(cpace::role::acceptor, as_bytes(two.sid), as_bytes(two.theirs), a.share(),
                       as_bytes(two.own), key_b));
    return key_a.equals(key_b.bytes());
  };
  CHECK(agree({}, {}));
  CHECK_FALSE(agree({}, {.prs = "Secret"}));
  CHECK_FALSE(agree({}, {.ci = "other"}));
  CHECK_FALSE(agree({}, {.sid = "other"}));
  CHECK_FALSE(agree({}, {.own = "c"}));
  CHECK_FALSE(agree({}, {.theirs = "c"}));
  const std::string_view same = "a pass-phrase so long that it fills the first block of the hash "
                                "function by itself, and in addition a part of the second one, too";
  CHECK(agree({.prs = same}, {.prs = same}));
}
