#include <jamnet/jsonmidi/name_index.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace jamnet;

namespace {
constexpr jsonmidi::name_index fruit{std::to_array<std::string_view>({"apple", "pear", "plum"})};
constexpr jsonmidi::indexed_name<fruit> pear{"pear"}; // "melon" would not compile
} // namespace

TEST_CASE("a name is found at its place, and no other text is found") {
  CHECK(fruit.find("apple") == 0);
  CHECK(fruit.find("plum") == 2);
  CHECK(fruit.find("") == fruit.none);
  CHECK(fruit.find("Apple") == fruit.none);
  CHECK(fruit.find("pear ") == fruit.none);
  CHECK(fruit.find("pea") == fruit.none);
  CHECK(fruit.find(std::string(1000, 'p')) == fruit.none);
  CHECK(fruit.name(1) == "pear");
}

TEST_CASE("a name known to the compiler is its place") {
  static_assert(pear.index == 1);
  CHECK(pear.name() == "pear");
}
