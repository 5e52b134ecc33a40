// Whatever others claim and answer, in whatever order: a peer in time stays in time, its clock
// neither runs back nor jumps unless it reports that it rejoined, and there is always a deadline.
#include <cstdint>
#include <cstdlib>

#include <jamnet/core/bytes.hpp>
#include <jamnet/sync/clock_drift_arbiter.hpp>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

struct listener {
  clock_drift_arbiter arbiter{peer_id{1}, {}, host_time{nanoseconds{1'000'000'000'000}}, 7};
  host_time now{nanoseconds{1'000'000'000'000}};
  host_time asked_at[8]{};
  session_time shown{};
  bool in_time = false;

  void pass(nanoseconds time) {
    now += time;
    look(time);
  }
  // After each call: the clock that an application reads.
  void look(nanoseconds passed) {
    bool rejoined = false;
    if (const auto r = arbiter.take_report()) rejoined = r->what == sync_report::kind::rejoined;
    const bool now_in_time = arbiter.synchronised();
    const session_time t = arbiter.compensate(now);
    const auto moved = detail::wrapping_difference(t, shown);
    if (in_time && now_in_time && !rejoined)
      require(moved >= nanoseconds{-1} && moved <= passed + passed / 10 + nanoseconds{2});
    shown = t;
    in_time = now_in_time;
    require(arbiter.clock().map.bound_ns >= 0 && arbiter.clock().hard_bound_ns >= 0);
    require((arbiter.role() == arbiter_role::orphan) == !arbiter.master());
  }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  byte_reader in{{data, size}};
  listener l;
  std::uint8_t kind = 0, who = 0;
  std::int64_t number = 0;
  while (in.try_read(kind) && in.try_read(who) && in.try_read(number)) {
    const peer_id peer{std::uint64_t{who} % 8};
    auto& a = l.arbiter;
    switch (kind % 10) {
    case 0: a.found(l.now); break;
    case 1:
      a.heard({.master = peer,
               .epoch = static_cast<std::uint64_t>(number),
               .priority = static_cast<std::int32_t>(number),
               .quality_ns = static_cast<std::uint32_t>(number),
               .yields = (kind & 32) != 0},
              peer, l.now, (kind & 64) != 0);
      break;
    case 2: a.handle_connection_loss(peer, l.now, (kind & 32) != 0); break;
    case 3: a.hand_over(l.now); break;
    case 4: a.give_up(); break;
    case 5: a.ask_instead(peer, l.now); break;
    case 6: {
      const peer_id witnesses[]{peer, peer_id{std::uint64_t{kind} / 10 % 8}};
      a.call_witnesses(witnesses, l.now);
      break;
    }
    case 7:
    case 8:
      if (a.asks(peer)) a.asked(peer, l.asked_at[peer.value] = l.now);
      break;
    default: {
      const bool honest = (kind & 32) != 0; // or nearly so: by up to 8 s
      const nanoseconds lie = honest ? nanoseconds{number % 8'000'000'000} : nanoseconds{number};
      const session_time theirs = honest ? a.best()(l.now) + lie : session_time{lie};
      a.answered({l.asked_at[peer.value], theirs, theirs, l.now}, nanoseconds{kind}, who, peer,
                 l.now);
    }
    }
    l.look(nanoseconds{0});
    l.pass(nanoseconds{std::int64_t{who} * 400'000});
    a.poll(l.now, who, (kind & 128) == 0);
    l.look(nanoseconds{0});
    require(a.deadline() > host_time::min() || a.role() == arbiter_role::master);
  }
  return 0;
}
