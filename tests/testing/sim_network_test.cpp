#include <jamnet/testing/sim_network.hpp>

#include <string>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {
constexpr sim_time start{};
}

TEST_CASE("datagrams arrive in order of time, those of one moment in order of sending") {
  sim_network net{{.delay = 1ms}, 1};
  const auto a = net.add_node(), b = net.add_node();
  net.send(a, b, as_bytes("late"), start + 1ms);
  net.send(a, b, as_bytes("first"), start);
  net.send(b, a, as_bytes("second"), start);
  std::string order;
  while (net.next_arrival()) {
    const auto d = net.deliver();
    order += std::string{as_text(d.bytes)} + std::to_string(d.node) + ' ';
    CHECK(d.from == (d.node == 0 ? b : a));
  }
  CHECK(order == "first1 second0 late1 ");
}

TEST_CASE("what is sent to everybody reaches all others") {
  sim_network net{{}, 1};
  const auto a = net.add_node();
  net.add_node();
  net.add_node();
  net.send(a, toast::address::everybody(), as_bytes("hello"), start);
  int count = 0;
  for (; net.next_arrival(); ++count) CHECK(net.deliver().node != 0);
  CHECK(count == 2);
  CHECK(net.sent_by(a).datagrams == 1); // it leaves once
}

TEST_CASE("what is sent to everybody can be lost by itself, at one who sends or one who hears") {
  sim_network net{{}, 1};
  const auto a = net.add_node(), b = net.add_node();
  net.add_node();
  const auto hear = [&] {
    std::string who;
    net.send(a, toast::address::everybody(), as_bytes("hello"), start);
    net.send(a, b, as_bytes("hello"), start);
    while (net.next_arrival()) who += static_cast<char>('a' + net.deliver().node);
    return who;
  };
  CHECK(hear() == "bcb");
  net.set_deaf(b, true);
  CHECK(hear() == "cb");
  net.set_mute(a, true);
  CHECK(hear() == "b");
  net.set_deaf(b, false);
  net.set_mute(a, false);
  CHECK(hear() == "bcb");
}

TEST_CASE("a partition lets nothing through until it heals") {
  sim_network net{{}, 1};
  const auto a = net.add_node(), b = net.add_node();
  net.partition(b);
  net.send(a, b, as_bytes("x"), start);
  CHECK_FALSE(net.next_arrival());
  net.heal();
  net.send(a, b, as_bytes("x"), start);
  CHECK(net.next_arrival() == start);
}

TEST_CASE("a seed replays the same deliveries, and another seed makes others") {
  const auto run = [](std::uint64_t seed, bool named) {
    sim_network net =
        named
            ? sim_network{path_kind::wifi_home, 0.1, seed}
            : sim_network{
                  {.delay = 1ms, .jitter = 5ms, .loss = 0.2, .duplication = 0.1, .reordering = 0.1},
                  seed};
    const auto a = net.add_node(), b = net.add_node();
    std::string log;
    for (int i = 0; i < 200; ++i) net.send(a, b, as_bytes(std::to_string(i)), start + i * 1ms);
    while (net.next_arrival()) log += std::string{as_text(net.deliver().bytes)} + ' ';
    return log + std::to_string(net.fingerprint());
  };
  for (const bool named : {false, true}) {
    CHECK(run(9, named) == run(9, named));
    CHECK(run(9, named) != run(10, named));
  }
}

TEST_CASE("the fingerprint is of every byte and every moment") {
  const auto run = [](std::string_view text, sim_time at) {
    sim_network net{path_quality{}, 1};
    const auto a = net.add_node(), b = net.add_node();
    net.send(a, b, as_bytes(text), at);
    (void)net.deliver();
    return net.fingerprint();
  };
  CHECK(run("same", start) == run("same", start));
  CHECK(run("same", start) != run("sane", start));
  CHECK(run("same", start) != run("same", start + 1ns));
}

TEST_CASE("once as much was on its way, carrying allocates nothing") {
  sim_network net{path_kind::lan, 0, 1};
  const auto a = net.add_node(), b = net.add_node();
  const auto carry = [&](sim_time at) {
    for (int i = 0; i < 20; ++i) net.send(a, b, as_bytes("twenty of them"), at);
    while (net.next_arrival()) (void)net.deliver();
  };
  carry(start);
  carry(start); // one buffer is still the last delivery's
  {
    const testing::rt_guard guard;
    for (int i = 2; i < 100; ++i) carry(start + i * 1s);
  }
  CHECK(net.in_flight() == 0);
  CHECK(net.sent_by(a).datagrams == 2000);
  CHECK(net.sent_by(a).bytes == 2000 * 14);
  CHECK(net.sent_by(b).datagrams == 0);
}

TEST_CASE("an observer sees what is sent, lost or not") {
  sim_network net{{.loss = 1}, 1};
  const auto a = net.add_node(), b = net.add_node();
  std::string seen;
  net.on_send([&](const toast::address& from, const toast::address& to, bytes_view bytes) {
    CHECK(from == a);
    CHECK((to == b || to == toast::address::everybody()));
    seen += as_text(bytes);
  });
  net.send(a, b, as_bytes("one "), start);
  net.send(a, toast::address::everybody(), as_bytes("all"), start);
  CHECK(seen == "one all");
  CHECK_FALSE(net.next_arrival());
}
