#include <jamnet/platform/asio_group.hpp>

#include <string>
#include <vector>

#include <asio/ip/host_name.hpp>
#include <doctest/doctest.h>
#include <jamnet/platform/native_peer.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

/// What somebody who joined hears of the group while `io` runs.
struct listener {
  listener(asio::io_context& io, const multicast_options& options = {}) : udp{io} {
    port = udp.open(0).value_or(0);
    joined = udp.join_group(options);
    udp.receive([this](const toast::address& who, bytes_view bytes, nanoseconds) {
      from.push_back(who);
      text.emplace_back(as_text(bytes));
    });
  }
  [[nodiscard]] bool heard(bool by_v4) const {
    return std::any_of(from.begin(), from.end(),
                       [&](const toast::address& a) { return a.is_v4() == by_v4; });
  }

  asio_udp udp;
  std::uint16_t port = 0;
  bool joined = false;
  std::vector<toast::address> from;
  std::vector<std::string> text;
};

bool passes(bool v4) {
  asio::io_context io;
  listener a{io}, b{io};
  a.udp.send(toast::address::everybody(), as_bytes("hello"));
  io.run_for(50ms);
  if (!b.heard(v4)) MESSAGE("multicast of IPv", v4 ? 4 : 6, " does not pass here: not tested");
  return b.heard(v4);
}

} // namespace

TEST_CASE("the interfaces that are up are known, the loopback last") {
  const auto all = multicast_interfaces();
  REQUIRE_FALSE(all.empty());
  CHECK(std::is_partitioned(all.begin(), all.end(), [](const auto& i) { return !i.loopback; }));
  for (const auto& i : all) CHECK((i.index != 0 || i.name.empty()));
}

TEST_CASE("what is sent to everybody is heard by who joined, from where he can be answered") {
  for (const bool v4 : {true, false}) {
    if (!passes(v4)) continue;
    asio::io_context io;
    listener a{io}, b{io};
    a.udp.send(toast::address::everybody(), as_bytes("hello"));
    io.run_for(50ms);
    CHECK(b.text.front() == "hello");
    a.from.clear();
    for (const auto& where : b.from)
      if (where.is_v4() == v4) b.udp.send(where, as_bytes("answer"));
    io.run_for(50ms);
    REQUIRE_FALSE(a.text.empty());
    CHECK(a.text.back() == "answer");
    CHECK(b.from.front().port == a.port);
  }
}

TEST_CASE("events go to all by one protocol, and once where there is a network") {
  if (!passes(true)) return;
  asio::io_context io;
  listener a{io}, b{io};
  const auto to = a.udp.group().events();
  CHECK(to.is_v4());
  a.udp.send(to, as_bytes("event"));
  io.run_for(50ms);
  const auto networks =
      std::count_if(a.udp.group().joined().begin(), a.udp.group().joined().end(),
                    [](const multicast_interface& i) { return i.address.is_v4() && !i.loopback; });
  CHECK(b.text.size() == static_cast<std::size_t>(std::max<std::ptrdiff_t>(networks, 1)));
  CHECK_FALSE(b.heard(false));
}

TEST_CASE("interfaces are chosen by name or by address") {
  for (const auto& i : multicast_interfaces()) {
    for (const std::string& choice : {i.name, i.address.to_string()}) {
      CAPTURE(choice);
      asio::io_context io;
      listener a{io, {.interfaces = {choice}}};
      for (const auto& joined : a.udp.group().joined()) CHECK(joined.name == i.name);
    }
  }
  asio::io_context io;
  CHECK_FALSE(listener{io, {.interfaces = {"nosuch0"}}}.joined);
  CHECK_FALSE(listener{io, {.enabled = false}}.joined);
  CHECK(listener{io, {.enabled = false}}.udp.group().events().via == toast::carrier::none);
}

TEST_CASE("without loopback nobody on this machine hears it") {
  asio::io_context io;
  listener a{io, {.loopback = false}}, b{io};
  a.udp.send(toast::address::everybody(), as_bytes("hello"));
  io.run_for(50ms);
  CHECK(b.text.empty());
}

TEST_CASE("three peers find each other by multicast, and one's events leave once for the others") {
  if (!passes(true)) return;
  asio::io_context io;
  const auto options = [](const char* name) {
    native_options o;
    o.peer.name = name;
    o.peer.room = "asio_group_test";
    o.peer.found_after = 50ms;
    return o;
  };
  native_peer a{io, options("ana")}, b{io, options("ben")}, c{io, options("cleo")};
  int heard = 0, grouped = 0, sent = 0;
  for (native_peer* p : {&b, &c}) p->on_event([&](const received_event&) { ++heard; });
  a.on_peer([&](const peer_status& s) { grouped += s.change == peer_change::grouped ? 1 : 0; });
  for (native_peer* p : {&a, &b, &c}) REQUIRE(p->start());
  for (int i = 0; i < 100 && grouped < 2; ++i) {
    sent += a.play(note_on{.channel = 1, .note = 60, .velocity = 9}) ? 1 : 0;
    io.run_for(50ms);
  }
  REQUIRE(grouped == 2);
  const auto before = a.machine().statistics().group_datagrams;
  for (int i = 0; i < 10; ++i) {
    sent += a.play(note_on{.channel = 1, .note = 60, .velocity = 9}) ? 1 : 0;
    io.run_for(10ms);
  }
  io.run_for(50ms);
  CHECK(heard == 2 * sent);
  CHECK(a.machine().statistics().group_datagrams - before >= 10);
  CHECK(b.machine().statistics().duplicates_dropped >= 5); // the redundancy
}
