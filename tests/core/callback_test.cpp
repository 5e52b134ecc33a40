#include <jamnet/core/callback.hpp>

#include <memory>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("a callback calls what it was given, with what it is given") {
  int sum = 0;
  callback<void(int, int)> add{[&](int a, int b) { sum += a + b; }};
  add(1, 2);
  add(3, 4);
  CHECK(sum == 10);
}

TEST_CASE("an empty callback does nothing") {
  const callback<void(int)> none;
  none(1);
  CHECK_FALSE(none);
}

TEST_CASE("a callback owns its callable, moves it and destroys it once") {
  const auto alive = std::make_shared<int>(0);
  {
    callback<void()> first{[alive] { ++*alive; }};
    callback<void()> second{std::move(first)};
    CHECK_FALSE(first); // NOLINT: the law is about the moved-from object
    second();
    first = std::move(second);
    first();
    CHECK(alive.use_count() == 2);
  }
  CHECK(alive.use_count() == 1);
  CHECK(*alive == 2);
}
