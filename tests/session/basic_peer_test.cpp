#include <jamnet/session/basic_peer.hpp>

#include <doctest/doctest.h>
#include <jamnet/testing/manual_clock.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

struct counting_platform {
  explicit counting_platform(testing::manual_clock c) : time{std::move(c)} {}
  [[nodiscard]] const testing::manual_clock& clock() const noexcept { return time; }
  void wake() noexcept { ++wakes; }
  void flush() noexcept { ++wakes; }

  testing::manual_clock time;
  int wakes = 0;
};
static_assert(peer_platform<counting_platform>);

} // namespace

TEST_CASE("a peer of one founds a session whose time is its own clock, and wakes its platform") {
  testing::manual_clock clock;
  basic_peer<counting_platform> solo{{.name = "solo", .announce = false}, 1, clock};
  CHECK_FALSE(solo.send(note_on{.channel = 1, .note = 60, .velocity = 1}, session_time{}));
  CHECK(solo.platform().wakes == 0);
  std::vector<peer_change> told;
  solo.on_peer([&](const peer_status& s) { told.push_back(s.change); });
  clock.advance(1s);
  CHECK(solo.machine().deadline() <= clock.now());
  solo.machine().poll(clock.now());
  CHECK(told ==
        std::vector{peer_change::founded, peer_change::master_changed, peer_change::synchronised});
  CHECK(solo.clock().synchronised());
  CHECK(solo.now() == session_time{});
  CHECK(solo.shared_clock().read().synchronised());
  CHECK(solo.shared_clock().read().to_session(clock.now()) == session_time{});
  clock.advance(5s);
  CHECK(solo.now() == session_time{5s});
  CHECK(solo.send(note_on{.channel = 1, .note = 60, .velocity = 1}, solo.now()));
  solo.connect(toast::address::v4(10, 0, 0, 1, 1));
  solo.leave();
  CHECK(solo.platform().wakes == 3);
}
