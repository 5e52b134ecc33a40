#include <jamnet/sync/boot_window.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;

TEST_CASE("the quickest passages each way make the beginning, and the rest its uncertainty") {
  boot_window boot;
  boot.add(0, 0, 1000e3 + 300e3, 1000e3 - 100e3);
  boot.add(0.02, 0, 1000e3 + 100e3, 1000e3 - 500e3);
  CHECK(boot.offset() == 1000e3);
  CHECK(boot.delay() == 100e3);
  CHECK(boot.variance() >= 150e3 * 150e3); // the mean passage took 150 µs more
}

TEST_CASE("one exchange alone trusts nothing but that delays are not negative") {
  boot_window boot;
  boot.add(0, 0, 12e6, 2e6);
  CHECK(boot.offset() == 7e6);
  CHECK(boot.variance() > 8e12); // a sigma of 2.9 ms, at a round trip of 10 ms
}

TEST_CASE("few exchanges that are alike may be so by chance") {
  boot_window two, sixteen;
  for (int i = 0; i < 2; ++i) two.add(0.2, 0, 12e6, 2e6);
  CHECK(two.variance() > 4e5 * 4e5);
  for (int i = 0; i < 16; ++i) sixteen.add(0.2, 0, 12e6, 2e6);
  CHECK(sixteen.variance() < 6e4 * 6e4);
}

TEST_CASE("a known skew does not blur the beginning") {
  boot_window boot;
  for (int i = 0; i < 16; ++i) boot.add(0.02, 1e5, 2e3 * i + 100e3, 2e3 * i - 100e3);
  CHECK(boot.offset() == doctest::Approx(30e3));
  CHECK(boot.delay() == doctest::Approx(100e3));
}

TEST_CASE("sixteen exchanges are enough, or 0.4 s") {
  boot_window many, slow;
  for (int i = 0; i < 16; ++i) {
    CHECK_FALSE(many.complete());
    many.add(0.01, 0, 1, -1);
  }
  CHECK(many.complete());
  slow.add(0.2, 0, 1, -1); // the first begins the window
  slow.add(0.3, 0, 1, -1);
  CHECK_FALSE(slow.complete());
  slow.add(0.2, 0, 1, -1);
  CHECK(slow.complete());
}
