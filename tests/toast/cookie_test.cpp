#include <jamnet/toast/cookie.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

TEST_CASE("a cookie is good for who asked, at its address, for half a minute to a minute") {
  const cookie_jar jar{{1, 2}};
  const auto where = address::v4(10, 0, 0, 1, 99);
  for (const auto now : {host_time{0s}, host_time{29'999ms}, host_time{1h}}) {
    const auto c = jar.make(where, peer_id{7}, now);
    CHECK(c);
    CHECK(jar.knows(c, where, peer_id{7}, now));
    CHECK(jar.knows(c, where, peer_id{7}, now + 30s));
    CHECK_FALSE(jar.knows(c, where, peer_id{7}, now + 60s));
    CHECK_FALSE(jar.knows(c, where, peer_id{8}, now));
    CHECK_FALSE(jar.knows(c, address::v4(10, 0, 0, 2, 99), peer_id{7}, now));
    CHECK_FALSE(jar.knows(c, address::v4(10, 0, 0, 1, 98), peer_id{7}, now));
    CHECK_FALSE(jar.knows({c.value ^ 1}, where, peer_id{7}, now));
    CHECK_FALSE(jar.knows({}, where, peer_id{7}, now));
    CHECK_FALSE(cookie_jar{{1, 3}}.knows(c, where, peer_id{7}, now));
  }
}
