#include "laboratory.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

#include <jamnet/core/math.hpp>

namespace sync_lab {

using namespace std::chrono_literals;
using jamnet::nanoseconds;

namespace {

double microseconds(nanoseconds t) { return static_cast<double>(t.count()) * 1e-3; }

double bound(nanoseconds t) {
  constexpr auto unknown = jamnet::clock_drift_arbiter::unknown;
  return t < unknown ? microseconds(t) : std::numeric_limits<double>::infinity();
}

std::string shown(nanoseconds t) {
  const auto ns = static_cast<double>(t.count());
  char text[32];
  if (std::abs(ns) < 1e6)
    std::snprintf(text, sizeof text, "%g us", ns * 1e-3);
  else if (std::abs(ns) < 1e9)
    std::snprintf(text, sizeof text, "%g ms", ns * 1e-6);
  else
    std::snprintf(text, sizeof text, "%g s", ns * 1e-9);
  return text;
}

} // namespace

std::vector<std::string> names_of(std::size_t peers) {
  constexpr std::array first{"ana", "ben", "cem", "dan", "eva", "fay", "gil", "hal",
                             "ida", "jon", "kim", "leo", "mia", "ned", "oda", "pia"};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < peers; ++i)
    names.push_back(i < first.size() ? first[i] : "peer" + std::to_string(i + 1));
  return names;
}

// Peers come within the first two seconds, as people do. For runs of more than ten minutes a look
// each 10 ms would cost more than the run.
laboratory::laboratory(const options& o, journal& journal)
    : net_{o.path, o.loss_percent ? *o.loss_percent * 0.01 : usual_loss(o.path), o.seed},
      journal_{journal},
      end_{jamnet::nearest(o.seconds * 1e9)},
      interval_{o.seconds <= 600 ? 10ms : 100ms} {
  jamnet::random_source random{o.seed};
  const nanoseconds interval{jamnet::nearest(1e9 / o.trains_per_second)};
  for (auto& name : names_of(o.peers)) members_.push_back({.name = std::move(name)});
  for (std::size_t i = 0; i < size(); ++i) {
    jamnet::testing::sim_peer_options all{
        .name = std::string_view{members_[i].name},
        .clock = {.skew_ppm = random.uniform(-o.skew_ppm, o.skew_ppm), .wander_ppm = o.wander_ppm},
        .more = {.max_peers = std::max<std::size_t>(64, o.peers)}};
    auto& probe = all.more.sync.probe;
    probe.interval = interval;
    probe.burst_interval = std::min(probe.burst_interval, interval);
    const auto when =
        std::min<nanoseconds>(2s, end_ / 4) * static_cast<int>(i) / static_cast<int>(size());
    agenda_.emplace(when, [this, i, all] { come(i, all); });
  }
  using jamnet::testing::path_kind;
  if (o.path == path_kind::route || o.path == path_kind::route_asym) { // as clock_path says
    foretell(120s, "the route becomes longer", "longer route");
    foretell(200s, "the route is as before", "route as before");
  }
  for (const accident& a : o.accidents) agenda_.emplace(a.at, [this, a] { happen(a); });
}

void laboratory::foretell(nanoseconds at, const char* what, const char* mark) {
  agenda_.emplace(at, [this, what, mark] { journal_.happened(now_s(), what, mark); });
}

void laboratory::come(std::size_t peer, const jamnet::testing::sim_peer_options& options) {
  member& m = members_[peer];
  m.peer = &net_.add_peer(options);
  m.where = m.peer->platform().where();
  m.came_s = now_s();
  journal_.introduce(peer, m.peer->machine().id());
  m.peer->on_peer(
      [this, peer](const jamnet::peer_status& status) { journal_.told(now_s(), peer, status); });
}

bool laboratory::advance() {
  if (now() >= end_) return false;
  const nanoseconds until = std::min(now() + interval_, end_);
  while (!agenda_.empty() && agenda_.begin()->first <= until) {
    const auto next = agenda_.extract(agenda_.begin());
    net_.run_for(next.key() - now());
    find_truth();
    next.mapped()();
  }
  net_.run_for(until - now());
  find_truth();
  journal_.settle(now_s());
  return true;
}

// Of several masters, as in a split, the one to whom all will belong.
void laboratory::find_truth() {
  const sim_peer* master = nullptr;
  for (const member& m : members_) {
    if (m.peer == nullptr) continue;
    const auto& timing = m.peer->machine().timing();
    if (timing.role() != jamnet::arbiter_role::master) continue;
    if (master == nullptr || prevails(timing.claim(), master->machine().timing().claim()))
      master = m.peer;
  }
  if (master != nullptr) truth_.follow(*master);
}

laboratory::member* laboratory::clock() {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const member& m) {
    return m.peer != nullptr && truth_.known() && m.peer->machine().id() == truth_.master();
  });
  return found != members_.end() ? &*found : nullptr;
}

// The last that is awake and not the clock: its accidents are its own.
laboratory::member* laboratory::victim() {
  const auto found = std::find_if(members_.rbegin(), members_.rend(),
                                  [&](const member& m) { return awake(m) && &m != clock(); });
  return found != members_.rend() ? &*found : nullptr;
}

void laboratory::happen(const accident& a) {
  const bool to_master = a.kind == accident_kind::kill_master || a.kind == accident_kind::liar;
  member* const m = to_master ? clock() : victim();
  if (m == nullptr) return journal_.happened(now_s(), "nobody is there for an accident", "");
  sim_peer* const peer = m->peer;
  const auto say = [&](const std::string& what, const std::string& mark) {
    journal_.happened(now_s(), m->name + " " + what, m->name + " " + mark);
  };
  switch (a.kind) {
  case accident_kind::kill_master:
    m->peer = nullptr;
    m->died_s = now_s();
    net_.remove(*peer);
    return say("dies", "dies");
  case accident_kind::partition: return split(a.by);
  case accident_kind::suspend:
    net_.suspend(*peer, a.by);
    m->wakes_up = now() + a.by;
    return say("sleeps for " + shown(a.by), "sleeps");
  case accident_kind::stall:
    net_.stall(*peer, a.by);
    m->wakes_up = now() + a.by;
    return say("stalls for " + shown(a.by), "stalls");
  case accident_kind::step_clock:
    net_.step_clock(*peer, a.by);
    return say("has its clock set by " + shown(a.by), "is set by " + shown(a.by));
  case accident_kind::step_skew: {
    net_.set_skew_ppm(*peer, peer->platform().clock().skew_ppm() + a.ppm);
    char text[64];
    std::snprintf(text, sizeof text, "runs %+g ppm faster", a.ppm);
    return say(text, text);
  }
  case accident_kind::liar:
    net_.step_clock(*peer, a.by);
    truth_.clock_set(a.by);
    return say("lies by " + shown(a.by), "lies by " + shown(a.by));
  }
}

void laboratory::split(nanoseconds duration) {
  for (std::size_t i = (size() + 1) / 2; i < size(); ++i)
    if (members_[i].peer != nullptr) net_.partition(*members_[i].peer);
  journal_.happened(now_s(), "the network splits", "split");
  agenda_.emplace(now() + duration, [this] {
    net_.heal();
    journal_.happened(now_s(), "the network heals", "healed");
  });
}

observation laboratory::look(std::size_t i) const {
  using role = observation::role;
  const member& m = members_[i];
  observation o;
  if (m.where == jamnet::toast::address{}) return o;
  o.age_s = (m.died_s < 0 ? now_s() : m.died_s) - m.came_s;
  o.packets = net_.network().sent_by(m.where).datagrams;
  o.bytes = net_.network().sent_by(m.where).bytes;
  if (!awake(m)) return o;
  const auto& machine = m.peer->machine();
  const auto& timing = machine.timing();
  o.is = role::lost;
  o.hops = timing.hops();
  if (!truth_.known() || !timing.synchronised() || machine.session() != truth_.session()) return o;

  const auto here = m.peer->platform().clock().now();
  const auto& clock = m.peer->clock();
  const bool is_master = timing.role() == jamnet::arbiter_role::master;
  o.is = is_master ? role::clock : role::follows;
  o.is_truth = is_master && machine.id() == truth_.master();
  o.judged = !is_master && (timing.master() == truth_.master() || !timing.master());
  o.error_us = microseconds(clock.to_session(here) - truth_.now());
  o.soft_us = bound(clock.bound(here));
  o.hard_us = bound(clock.hard_bound(here));
  o.skew_ppm = (0 - timing.best().skew) * 1e6;
  const double own_rate = 1 + m.peer->platform().clock().skew_ppm() * 1e-6;
  o.true_skew_ppm = (own_rate / truth_.rate() - 1) * 1e6;
  return o;
}

} // namespace sync_lab
