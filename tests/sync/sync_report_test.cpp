#include <jamnet/sync/sync_report.hpp>

#include <type_traits>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("a report is a small value") {
  static_assert(std::is_trivially_copyable_v<sync_report>);
  CHECK(sizeof(sync_report) <= 16);
}
