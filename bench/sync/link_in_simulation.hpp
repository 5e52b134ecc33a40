// Ableton Link's own measurement (Debian's ableton-link-dev, GPL-2+), run in virtual time.
//
// Link's classes take clock, timers and sockets as template parameters. Here they get simulated
// ones: its Measurement asks, its PingResponder answers, its MeasurementService takes the median,
// packets travel on a clock_path. Only when to measure again is restated: what Link's Sessions
// does. Stamps are taken the moment a packet arrives, and answers leave at once: nothing counts
// against it.
#pragma once

#if defined(__linux__) && __has_include(<ableton/link/MeasurementService.hpp>) && \
    __has_include(<asio.hpp>)
#define JAMNET_BENCH_LINK 1

#ifndef LINK_PLATFORM_LINUX
#define LINK_PLATFORM_LINUX 1
#endif
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <ableton/link/MeasurementService.hpp>
#include <ableton/util/Log.hpp>
#include <jamnet/testing/clock_path.hpp>
#include <jamnet/testing/wandering_clock.hpp>

namespace jamnet_bench {

/// Two hosts, the path between them, and what will happen; times in ns of true time.
class link_world {
public:
  using endpoint = asio::ip::udp::endpoint;
  using handler = std::function<void(const endpoint&, const std::uint8_t*, const std::uint8_t*)>;
  struct mailbox {
    endpoint where;
    handler receive;
  };

  explicit link_world(jamnet::testing::clock_path path) : path_{std::move(path)} {}

  double now() const { return now_; }
  static asio::ip::address_v4 asker() { return asio::ip::address_v4{0x0a000001}; }
  static asio::ip::address_v4 answerer() { return asio::ip::address_v4{0x0a000002}; }

  void at(double t, std::function<void()> what) { agenda_.emplace(t, std::move(what)); }
  void run_until(double t) {
    while (!agenda_.empty() && agenda_.begin()->first <= t) {
      now_ = agenda_.begin()->first;
      const auto what = std::move(agenda_.begin()->second);
      agenda_.erase(agenda_.begin());
      what();
    }
    now_ = t;
  }

  std::shared_ptr<mailbox> open(const asio::ip::address_v4& where) {
    auto box = std::make_shared<mailbox>();
    box->where = {where, ++last_port_};
    boxes_[box->where] = box;
    return box;
  }
  void send(const endpoint& from, const endpoint& to, const std::uint8_t* bytes, std::size_t size) {
    using jamnet::testing::clock_path;
    const auto way = from.address() == asker() ? clock_path::there : clock_path::back;
    const auto arrival = path_.arrival(way, now_);
    if (!arrival) return;
    at(*arrival, [this, from, to, packet = std::vector<std::uint8_t>(bytes, bytes + size)] {
      const auto box = boxes_[to].lock();
      if (!box) {
        boxes_.erase(to);
        return;
      }
      const handler receive = box->receive; // it may close the mailbox
      if (receive) receive(from, packet.data(), packet.data() + packet.size());
    });
  }

private:
  jamnet::testing::clock_path path_;
  double now_ = 0;
  std::multimap<double, std::function<void()>> agenda_;
  std::map<endpoint, std::weak_ptr<mailbox>> boxes_;
  unsigned short last_port_ = 0;
};

/// What Link calls a Clock: true time, or that of a clock ahead of it.
struct link_clock {
  const link_world* world;
  const jamnet::testing::wandering_clock* ahead = nullptr;

  std::chrono::microseconds micros() const {
    const double t = world->now() + (ahead ? ahead->offset(world->now()) : 0);
    return std::chrono::microseconds{1'000'000'000'000 + std::llround(std::floor(t * 1e-3))};
  }
};

/// What Link calls an IoContext.
struct link_io {
  link_world* world;

  class simulated_socket {
  public:
    simulated_socket(link_world& world, const asio::ip::address_v4& where)
        : world_{&world},
          box_{world.open(where)} {}
    std::size_t send(const std::uint8_t* bytes, std::size_t size,
                     const link_world::endpoint& to) const {
      world_->send(box_->where, to, bytes, size);
      return size;
    }
    template <class Handler>
    void receive(Handler handler) const {
      box_->receive = std::move(handler);
    }
    link_world::endpoint endpoint() const { return box_->where; }

  private:
    link_world* world_;
    std::shared_ptr<link_world::mailbox> box_;
  };

  class simulated_timer {
  public:
    using ErrorCode = bool;
    explicit simulated_timer(link_world& world) : world_{&world} {}
    void cancel() { ++*generation_; }
    template <class Duration>
    void expires_from_now(Duration d) {
      expiry_ =
          world_->now() +
          static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(d).count());
    }
    template <class Handler>
    void async_wait(Handler handler) {
      const std::weak_ptr<std::uint64_t> alive = generation_;
      world_->at(expiry_, [alive, mine = *generation_, handler] {
        const auto generation = alive.lock();
        if (generation && *generation == mine) handler(false);
      });
    }

  private:
    link_world* world_;
    std::shared_ptr<std::uint64_t> generation_ = std::make_shared<std::uint64_t>(0);
    double expiry_ = 0;
  };

  template <std::size_t>
  using Socket = simulated_socket;
  using Timer = simulated_timer;
  using Log = ableton::util::NullLog;

  template <std::size_t>
  simulated_socket openUnicastSocket(const asio::ip::address_v4& where) const {
    return {*world, where};
  }
  simulated_timer makeTimer() const { return simulated_timer{*world}; }
  Log log() const { return {}; }
};

/// A peer that measures a session's clock as Link does, `period` s after it last began to.
class link_peer {
public:
  static constexpr double own_period = 30;
  static constexpr double pings_a_measurement = 51;

  link_peer(const jamnet::testing::wandering_clock& session, jamnet::testing::clock_path path,
            double period)
      : world_{std::move(path)},
        answerer_{link_world::answerer(), session_id(), ableton::link::GhostXForm{1, {}},
                  link_clock{&world_, &session}, ableton::util::injectRef(io_)},
        service_{link_world::asker(),
                 {},
                 ableton::link::GhostXForm{1, {}},
                 link_clock{&world_},
                 ableton::util::injectVal(io_)},
        period_{period * 1e9} {
    world_.at(0, [this] { measure(); });
  }

  void run_until(double t) { world_.run_until(t); }
  /// Of the session's clock, in ns; none before the first measurement succeeded.
  std::optional<double> offset() const { return offset_; }

private:
  static ableton::link::NodeId session_id() {
    return ableton::link::NodeIdArray{{1, 2, 3, 4, 5, 6, 7, 8}};
  }

  // The first success starts the period; from then on a measurement begins with each, however the
  // one before ended. A session that could not be measured is tried when it is next heard of.
  void measure() {
    const ableton::link::PeerState peer{{session_id(), session_id(), {}, {}}, answerer_.endpoint()};
    service_.measurePeer(peer, [this](const ableton::link::GhostXForm& found) {
      const bool failed = found == ableton::link::GhostXForm{};
      const bool first = !offset_;
      if (!failed) offset_ = static_cast<double>(found.hostToGhost({}).count()) * 1e3;
      if (first) world_.at(world_.now() + (failed ? 250e6 : period_), [this] { measure(); });
    });
    if (offset_) world_.at(world_.now() + period_, [this] { measure(); });
  }

  link_world world_;
  link_io io_{&world_};
  ableton::link::PingResponder<link_clock, link_io> answerer_;
  ableton::link::MeasurementService<link_clock, link_io> service_;
  double period_;
  std::optional<double> offset_;
};

} // namespace jamnet_bench
#endif
