#include <jamnet/toast/stream_beside.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {
constexpr host_time opened_at{1000s};
constexpr address far_end = address::v4(10, 0, 0, 2, 47800, carrier::tcp);
} // namespace

TEST_CASE("what must not wait goes by datagrams, what only has to arrive by the stream") {
  for (const auto t : {type::midi, type::acknowledge, type::clock_question, type::clock_answer,
                       type::clock_master, type::welcome})
    CHECK(way_of(t) == way::datagrams);
  constexpr frame_type state{"STAT"}; // named: clang 14 crashes otherwise
  for (const auto t : {type::bye, type::error, state, type::transport})
    CHECK(way_of(t) == way::stream);
  CHECK(way_of(type::heartbeat) == way::both);
}

TEST_CASE("four times nothing new by datagrams diverts all, three times something new ends that") {
  stream_beside s;
  s.seek({5}, 47800, opened_at);
  s.asked(far_end, opened_at);
  s.stands(opened_at);
  std::uint32_t newest = 0xfffffff0; // and on through 0
  const auto next = [&] { return s.judge(newest += 9); };
  CHECK_FALSE(s.judge(0x80000001)); // any number is new at first
  for (int i = 0; i < 3; ++i) CHECK_FALSE(next());
  for (int i = 0; i < 3; ++i) CHECK_FALSE(s.judge(newest));
  CHECK_FALSE(next()); // which starts that over
  for (int i = 0; i < 3; ++i) CHECK_FALSE(s.judge(newest));
  CHECK(s.judge(newest));
  s.divert(true);
  CHECK(next());
  CHECK(s.judge(newest));
  CHECK(next());
  CHECK(next());
  CHECK_FALSE(next());
}

TEST_CASE("it is opened by one side, again and more seldom while in vain, and admits by the key") {
  stream_beside opener{7}, other;
  other.await({5});
  CHECK(other.admits({5}));
  CHECK_FALSE(other.admits({6}));
  CHECK_FALSE(stream_beside{}.admits({}));
  CHECK_FALSE(stream_beside{}.is_wanted());
  opener.seek({5}, 47800, opened_at);
  CHECK_FALSE(opener.admits({5})); // to its own opener nobody brings one
  host_time now = opened_at;
  for (int i = 0; i < 10; ++i) {
    CHECK(opener.hello_at() == now);
    opener.asked(far_end, now);
    opener.lost(now);
    CHECK_FALSE(opener.is_connected());
    now = opener.hello_at();
  }
  CHECK(now - opened_at > 60s);
  CHECK(now - opened_at < 120s);
  opener.asked(far_end, now);
  opener.stands(now);
  CHECK(opener.is_trusted());
  CHECK(opener.hello_at() == host_time::max());
  opener.lost(now);
  CHECK(opener.hello_at() <= now + 250ms);
}
