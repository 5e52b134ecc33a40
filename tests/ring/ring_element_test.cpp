#include <jamnet/ring/ring_element.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("numbers, pointers and plain structures are ring elements; what owns memory is not") {
  struct plain {
    std::array<char, 3> text{};
    std::uint32_t number = 7;
  };
  static_assert(ring_element<int>);
  static_assert(ring_element<const char*>);
  static_assert(ring_element<plain>);
  static_assert(!ring_element<std::string>);
  static_assert(!ring_element<std::unique_ptr<int>>);
}

TEST_CASE("a ring element can be made from nothing: the slots exist before there are values") {
  struct from_number {
    explicit from_number(int n) : number{n} {}
    int number;
  };
  static_assert(!ring_element<from_number>);
  static_assert(!ring_element<int&>);
}
