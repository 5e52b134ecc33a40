#include <jamnet/toast/group_sender.hpp>

#include <array>
#include <string>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

struct sender {
  explicit sender(const group_options& options = {}) : group{options} {
    group.set_audience(true);
    group.start(0);
  }
  void play(int events, std::size_t size = 1) {
    for (int i = 0; i < events; ++i) {
      const std::string line(size, static_cast<char>('a' + log.next() % 26));
      log.append(as_bytes(line), false);
    }
  }
  /// What leaves now: one letter for each line.
  std::string send(std::size_t room = 1000) {
    std::array<std::uint8_t, 4000> out{};
    const auto size = group.fill(log, now, std::span{out}.first(room));
    if (size > 0) group.sent(now);
    std::string letters;
    for (std::size_t i = 0; i < size; ++i)
      if (i + 1 == size || out[i + 1] == '\n')
        if (out[i] != '\n') letters += static_cast<char>(out[i]);
    return letters;
  }

  event_log log;
  group_sender group;
  host_time now{1000s};
};

} // namespace

TEST_CASE("an event leaves at once, and once more 5 ms later or with the next after that") {
  sender s;
  CHECK(s.group.deadline(s.log) == host_time::max());
  s.play(2);
  CHECK(s.group.deadline(s.log) <= s.now);
  CHECK(s.send() == "ab");
  CHECK(s.group.deadline(s.log) == s.now + 5ms);
  s.now += 3ms;
  s.play(1);
  CHECK(s.send() == "c");
  s.now += 2ms;
  CHECK(s.send() == "ab");
  s.now += 10ms;
  s.play(1);
  CHECK(s.send() == "dc");
  s.now += 5ms;
  CHECK(s.send() == "d");
  CHECK(s.group.deadline(s.log) == host_time::max());
}

TEST_CASE("the redundancy is a knob from 0 to 3") {
  for (unsigned copies = 0; copies <= 4; ++copies) {
    sender s{{.copies = {copies, copies}}};
    s.play(1);
    std::string all;
    for (int i = 0; i < 100; ++i, s.now += 1ms) all += s.send();
    CHECK(all == std::string(1 + std::min(copies, 3u), 'a'));
    CHECK(s.group.repeated() == std::min(copies, 3u));
  }
}

TEST_CASE("more copies are made of what is to come, not of what went before; and fewer again") {
  sender s;
  const auto run = [&] {
    std::string all;
    for (int i = 0; i < 100; ++i, s.now += 1ms) all += s.send();
    return all;
  };
  s.play(3);
  CHECK(run() == "abcabc");
  CHECK_FALSE(s.group.set_copies(1));
  CHECK(s.group.set_copies(3));
  CHECK(s.group.deadline(s.log) == host_time::max());
  s.play(2);
  CHECK(run() == "dededede");
  CHECK(s.group.set_copies(0));
  s.play(1);
  CHECK(run() == "f");
  CHECK(s.group.set_copies(2));
  s.play(1);
  CHECK(run() == "ggg");
  CHECK(s.group.set_copies(9));
  s.play(1);
  CHECK(run() == "hhhh");
}

TEST_CASE("what is asked for goes again at once, but not sooner than it could have come") {
  sender s{{.copies = {0, 0}}};
  s.play(10);
  CHECK(s.send() == "abcdefghij");
  CHECK(s.group.request({2, 3}, s.log, s.now + 4ms) == 0);
  s.now += 5ms;
  CHECK(s.group.request({2, 3}, s.log, s.now, 6ms) == 0); // the way is longer
  CHECK(s.group.request({5, 5}, s.log, s.now) == 1);
  CHECK(s.group.request({2, 3}, s.log, s.now) == 2);
  CHECK(s.group.request({3, 4}, s.log, s.now) == 1); // the rest of it
  CHECK(s.group.deadline(s.log) <= s.now);
  s.play(1);
  CHECK(s.send() == "kcdef"); // new ones first
  CHECK(s.group.deadline(s.log) == host_time::max());
  CHECK(s.group.request({10, 99}, s.log, s.now + 5ms) == 1); // what was sent
  CHECK(s.group.request({11, 99}, s.log, s.now + 5ms) == 0);
}

TEST_CASE("a request is for 256 events at most, and none that is not kept") {
  sender s{{.copies = {0, 0}}};
  s.play(static_cast<int>(event_log::capacity) + 1000);
  while (s.group.next() < s.log.next()) (void)s.send();
  s.now += 1s;
  CHECK(s.group.request({0, ~std::uint64_t{0} >> 11}, s.log, s.now) == 256);
  CHECK(s.group.request({0, 10}, s.log, s.now) == 0);
  std::size_t again = 0;
  for (int i = 0; i < 10; ++i) again += s.send().size();
  CHECK(again == 256);
}

TEST_CASE("a burst of 32 datagrams leaves at once, and then one each millisecond") {
  sender s{{.copies = {0, 0}}};
  s.play(4000, 99);
  int sent = 0;
  const auto run = [&] {
    while (s.group.deadline(s.log) <= s.now && !s.send().empty()) ++sent;
  };
  run();
  CHECK(sent == 32);
  for (int i = 0; i < 100; ++i, s.now += 1ms) run();
  CHECK(sent == 131);
}

TEST_CASE("an event too large for a datagram is left to the links") {
  sender s{{.copies = {1, 1}}};
  s.play(1);
  s.play(1, group_sender::largest_event + 1);
  s.play(1);
  CHECK(s.send() == "a");
  CHECK(s.group.next() == 1);
  CHECK(s.send() == "c");
  CHECK(s.group.first_new() == 2);
  s.now += 5ms;
  CHECK(s.send() == "ac");
  CHECK(s.group.request({0, 2}, s.log, s.now + 5ms) == 3);
  s.now += 5ms;
  CHECK(s.send() == "ac");
  CHECK(s.group.deadline(s.log) == host_time::max());
}

TEST_CASE(
    "quiet is broken by reports: soon, then twice a second, until 10 s after the last event") {
  sender s;
  CHECK_FALSE(s.group.reports(s.now));
  const auto began = s.now;
  s.group.played(s.now);
  s.play(1);
  std::string at;
  for (; s.now < began + 12s; s.now += 5ms) {
    (void)s.send();
    if (!s.group.reports(s.now)) continue;
    CHECK(s.group.deadline(s.log) <= s.now);
    s.group.reported(s.now);
    at += std::to_string((s.now - began).count() / 1'000'000) + " ";
  }
  CHECK(at.substr(0, 24) == "20 100 420 920 1420 1920");
  CHECK(at.substr(at.size() - 10) == "9420 9920 ");
  s.group.set_audience(false);
  s.group.played(s.now);
  CHECK_FALSE(s.group.reports(s.now));
}

TEST_CASE("who serves nobody sends nothing, and begins where the links are") {
  sender s;
  s.group.stop();
  s.play(5);
  CHECK(s.send() == "");
  CHECK(s.group.request({0, 4}, s.log, s.now) == 0);
  CHECK(s.group.deadline(s.log) == host_time::max());
  s.group.start(5);
  s.play(1);
  CHECK(s.send() == "f");
}

TEST_CASE("sending to a group is rt-safe") {
  sender s;
  s.play(20);
  std::array<std::uint8_t, 1000> out{};
  const testing::rt_guard guard;
  (void)s.group.deadline(s.log);
  (void)s.group.fill(s.log, s.now, out);
  (void)s.group.request({0, 19}, s.log, s.now + 10ms);
  (void)s.group.fill(s.log, s.now + 10ms, out);
}
