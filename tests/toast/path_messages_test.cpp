#include <jamnet/toast/path_messages.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;

TEST_CASE("what is said of ways is read as it was written") {
  std::array<char, 200> room;
  const auto text = std::string{encode(path_message{.key = 0xab, .meet = true}, room)};
  CHECK(text == R"({"key":"00000000000000ab","meet":true})");
  const path_message all{1, true, true, 2, 3, ~std::uint64_t{0}};
  const auto read = decode_path_message(encode(all, room));
  REQUIRE(read);
  CHECK(read->key == 1);
  CHECK(read->meet);
  CHECK(read->lost);
  CHECK(read->ask == 2);
  CHECK(read->echo == 3);
  CHECK(read->proof == ~std::uint64_t{0});
  CHECK(decode_path_message(R"({"later":[1]})")->key == 0);
  CHECK(encode(all, std::span{room}.first(20)).empty());
  CHECK(decode_path_message(R"({"key":"ab"})").error().code == errc::value_range);
  for (const auto* bad :
       {"", "[]", R"({"meet":1})", R"({"ask":2})", R"({"key":"00000000000000ab"}x)"})
    CHECK_FALSE(decode_path_message(bad));
}

TEST_CASE("a proof is of its keys, sender, number and kind") {
  const path_keys keys{1, 2};
  const auto proof = path_proof(keys, {7}, 9, false);
  CHECK(path_proof(keys, {7}, 9, false) == proof);
  CHECK(path_proof({2, 1}, {7}, 9, false) != proof);
  CHECK(path_proof(keys, {8}, 9, false) != proof);
  CHECK(path_proof(keys, {7}, 10, false) != proof);
  CHECK(path_proof(keys, {7}, 9, true) != proof);
}
