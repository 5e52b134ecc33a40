#include <jamnet/testing/sim_network.hpp>

#include <string>

#include <doctest/doctest.h>

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

TEST_CASE("a seed replays the same deliveries") {
  const auto run = [] {
    sim_network net{
        {.delay = 1ms, .jitter = 5ms, .loss = 0.2, .duplication = 0.1, .reordering = 0.1}, 9};
    const auto a = net.add_node(), b = net.add_node();
    std::string log;
    for (int i = 0; i < 200; ++i) net.send(a, b, as_bytes(std::to_string(i)), start + i * 1ms);
    while (net.next_arrival()) log += std::string{as_text(net.deliver().bytes)} + ' ';
    return log;
  };
  CHECK(run() == run());
}
