#include <jamnet/testing/sim_nat.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;
using toast::address;

namespace {

constexpr address inside = address::v4(10, 0, 0, 1, 47800), shown = address::v4(203, 0, 0, 1, 0);
constexpr address a = address::v4(198, 51, 100, 1, 1), a2 = address::v4(198, 51, 100, 1, 2),
                  b = address::v4(198, 51, 100, 2, 1);
constexpr sim_time begin_at{};

} // namespace

TEST_CASE("a NAT shows one sender to all, but a symmetric one each another") {
  for (const auto kind : {nat_kind::full_cone, nat_kind::restricted, nat_kind::port_restricted,
                          nat_kind::symmetric}) {
    sim_nat nat{kind, shown, 30s};
    const auto seen = nat.send(inside, a, begin_at);
    CHECK(seen.ip == shown.ip);
    CHECK(nat.send(inside, a, begin_at) == seen);
    CHECK((nat.send(inside, b, begin_at) == seen) == (kind != nat_kind::symmetric));
    CHECK(nat.owner(seen.port) == inside);
    CHECK_FALSE(nat.owner(9).has_value());
    auto other = inside;
    other.ip[15] = 2;
    CHECK_FALSE(nat.send(other, a, begin_at) == seen);
  }
}

TEST_CASE("whom a NAT lets in depends on its kind and on who was spoken to, and not for ever") {
  struct row {
    nat_kind kind;
    bool other_port, stranger;
  };
  for (const row& r :
       {row{nat_kind::full_cone, true, true}, row{nat_kind::restricted, true, false},
        row{nat_kind::port_restricted, false, false}, row{nat_kind::symmetric, false, false}}) {
    sim_nat nat{r.kind, shown, 30s};
    const auto port = nat.send(inside, a, begin_at).port;
    CHECK(nat.lets_in(a, port, begin_at));
    CHECK(nat.lets_in(a2, port, begin_at) == r.other_port);
    CHECK(nat.lets_in(b, port, begin_at) == r.stranger);
    CHECK_FALSE(nat.lets_in(a, static_cast<std::uint16_t>(port + 1), begin_at));
    CHECK(nat.lets_in(a, port, begin_at + 29s));
    CHECK_FALSE(nat.lets_in(a, port, begin_at + 30s));
    const auto again = nat.send(inside, a, begin_at + 30s).port;
    CHECK(again != port);
    nat.forget();
    CHECK_FALSE(nat.lets_in(a, again, begin_at + 30s));
    CHECK(nat.send(inside, a, begin_at + 30s).port > again);
  }
}
