#include <jamnet/secure/room_secret.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::secure;

TEST_CASE("a secret depends on pass-phrase, room and cost; its names on the room alone") {
  const stretching cheap{1, 8192};
  const auto same = [](const room_secret& a, const room_secret& b) {
    return std::equal(a.proven().begin(), a.proven().end(), b.proven().begin());
  };
  const auto a = room_secret::of_passphrase("friday", "correct horse", cheap);
  CHECK(same(a, room_secret::of_passphrase("friday", "correct horse", cheap)));
  CHECK_FALSE(same(a, room_secret::of_passphrase("friday", "correct horsf", cheap)));
  CHECK_FALSE(same(a, room_secret::of_passphrase("sunday", "correct horse", cheap)));
  CHECK_FALSE(same(a, room_secret::of_passphrase("friday", "correct horse", {2, 8192})));
  const auto key = room_secret::of_key("friday", {1, 2, 3});
  CHECK(key.proven()[2] == 3);
  CHECK(key.tag() == a.tag());
  CHECK(key.tag() != room_secret::of_key("sunday", {1, 2, 3}).tag());
  CHECK(as_text(a.channel()).substr(0, 7) == "TOAST 1");
}

TEST_CASE("without the memory for stretching it nobody knows the secret") {
  const stretching endless{1, crypto_pwhash_MEMLIMIT_MAX};
  const auto a = room_secret::of_passphrase("friday", "correct horse", endless);
  const auto b = room_secret::of_passphrase("friday", "correct horse", endless);
  CHECK_FALSE(std::equal(a.proven().begin(), a.proven().end(), b.proven().begin()));
}
