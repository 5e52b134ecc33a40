#include <jamnet/time/timeline.hpp>

#include <type_traits>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

template <class A, class B>
concept have_difference = requires(A a, B b) { a - b; };
template <class A, class B>
concept are_ordered = requires(A a, B b) { a < b; };

} // namespace

TEST_CASE("points of one timeline have a difference and an order") {
  static_assert(have_difference<host_time, host_time>);
  CHECK(session_time{5ms} - session_time{2ms} == 3ms);
  CHECK(session_time{2ms} < session_time{5ms});
  CHECK(host_time{} + 1s == host_time{1s});
}

TEST_CASE("points of two timelines have neither, and do not convert") {
  static_assert(!have_difference<host_time, session_time>);
  static_assert(!are_ordered<host_time, session_time>);
  static_assert(!std::is_constructible_v<host_time, session_time>);
}

TEST_CASE("a point is eight bytes that can be copied anywhere") {
  static_assert(sizeof(session_time) == 8);
  static_assert(std::is_trivially_copyable_v<session_time>);
}
