#include <jamnet/toast/sender_view.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("who knows nothing yet says that it is not synchronised, and has nothing to wish") {
  const toast::sender_view view;
  CHECK_FALSE(view.synchronised);
  CHECK(view.wish_ns == 0);
  CHECK(view.lead_ns == 0);
}
