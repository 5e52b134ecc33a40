#include <jamnet/transport/transport_change.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("music jumps by more than rounding, in either direction") {
  transport_change c{.before = quarter_notes::from(4), .after = quarter_notes::from(4)};
  CHECK_FALSE(c.jumps());
  c.after.parts += 3;
  CHECK_FALSE(c.jumps());
  c.after = quarter_notes::from(4.0001);
  CHECK(c.jumps());
  c.after = quarter_notes::from(3.9999);
  CHECK(c.jumps());
  CHECK(to_string(transport_event::refused) == "refused");
}
