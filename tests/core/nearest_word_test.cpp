#include <jamnet/core/nearest_word.hpp>

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("edits are counted, either way") {
  CHECK(edits("", "") == 0);
  CHECK(edits("abc", "abc") == 0);
  CHECK(edits("", "abc") == 3);
  CHECK(edits("port", "ports") == 1);
  CHECK(edits("prot", "port") == 2);
  CHECK(edits("kitten", "sitting") == 3);
  CHECK(edits("sitting", "kitten") == 3);
}

TEST_CASE("what is typed may be anywhere in a longer text") {
  CHECK(edits_into("abc", "xxabcxx") == 0);
  CHECK(edits_into("abc", "xxaxcxx") == 1);
  CHECK(edits_into("abc", "") == 3);
  CHECK(edits_into("", "abc") == 0);
  CHECK(edits_into("sitting", "a kitten sits") == 3);
}

TEST_CASE("the nearest word is what was meant, if it is near") {
  const std::array<std::string, 3> ports{"Piano", "Organ", "Drums"};
  CHECK(nearest_word("piano", ports) == "Piano");
  CHECK(nearest_word("Drum", ports) == "Drums");
  CHECK(nearest_word("Trumpet", ports).empty());
  CHECK(nearest_word("", ports).empty());
  CHECK(nearest_word("Piano", std::array<std::string_view, 0>{}).empty());
}

TEST_CASE("of equally near words the first") {
  CHECK(nearest_word("ab", std::array{std::string_view{"ac"}, std::string_view{"ad"}}) == "ac");
}
