#include <jamnet/latency/time_stamp.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("a stamp says which of its times are there") {
  time_stamp stamp;
  CHECK(stamp.knows(0));
  CHECK_FALSE(stamp.knows(time_stamp::has_gpu));
  stamp.known = time_stamp::has_session | time_stamp::has_music | 0x80; // a bit of a later version
  CHECK(stamp.knows(time_stamp::has_session));
  CHECK(stamp.knows(time_stamp::has_session | time_stamp::has_music));
  CHECK_FALSE(stamp.knows(time_stamp::has_session | time_stamp::has_gpu));
}
