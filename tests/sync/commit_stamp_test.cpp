#include <jamnet/sync/commit_stamp.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("of two stamps the greater epoch prevails, then the later time, then the greater id") {
  const session_time early{nanoseconds{5}}, late{nanoseconds{9}};
  CHECK_FALSE(commit_stamp{});
  CHECK(commit_stamp{1, early, {1}});
  CHECK(commit_stamp{2, early, {1}} > commit_stamp{1, late, {9}});
  CHECK(commit_stamp{2, late, {1}} > commit_stamp{2, early, {9}});
  CHECK(commit_stamp{2, late, {9}} > commit_stamp{2, late, {1}});
  CHECK(commit_stamp{1, session_time::min(), {1}} > commit_stamp{});
}

TEST_CASE("what replaces something has the greater stamp, whatever the clock says") {
  const session_time now{nanoseconds{1'000}};
  CHECK(stamp_after({}, now, {7}) == commit_stamp{1, now, {7}});
  CHECK(stamp_after({4, session_time::max(), {9}}, now, {7}) == commit_stamp{5, now, {7}});
  const commit_stamp end{commit_stamp::last_epoch, now, {9}}; // somebody said that, or waited long
  CHECK(stamp_after(end, now - nanoseconds{1}, {7}) > end);
  CHECK(stamp_after(end, now, {7}) > end);
  CHECK(stamp_after(end, now, {7}).epoch == commit_stamp::last_epoch);
}
