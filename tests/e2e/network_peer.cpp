// A member of a session that only keeps the time, and says in the end how it kept it.
//
//   network_peer found|join ROOM SECONDS [--skew PPM] [--read-stamps]
//
// Its clock is the machine's raw monotonic clock, made wrong by PPM. A line is one look, all in
// nanoseconds: the true time (what the raw clock said), the session's time as applications read
// it, the best estimate of it, the soft and the hard bound. Other processes of this machine, in
// whatever network namespace, have the same true time; so what their lines say can be compared.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <jamnet/platform/native_peer.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

constexpr auto look_each = 50ms;

struct wrong_clock {
  host_time origin{};
  double skew = 0;

  [[nodiscard]] host_time now() const noexcept { return at(steady_source{}.now()); }
  [[nodiscard]] host_time at(host_time truth) const noexcept {
    return truth + nanoseconds{std::llround(static_cast<double>((truth - origin).count()) * skew)};
  }
};

struct options {
  bool founds = false, read_stamps = false;
  const char* room = "";
  double seconds = 0, skew_ppm = 0;
};

struct look {
  host_time truth{};
  session_time shown{}, best{};
  nanoseconds soft{}, hard{};
};

template <class Stamps>
class member {
public:
  explicit member(const options& wish)
      : clock_{steady_source{}.now(), wish.skew_ppm * 1e-6},
        end_{clock_.origin + nanoseconds{std::llround(wish.seconds * 1e9)}},
        peer_{io_,
              {.peer = {.room = wish.room,
                        .found_after = wish.founds ? nanoseconds{0} : peer_options::never}},
              clock_} {
    looks_.reserve(static_cast<std::size_t>((end_ - clock_.origin) / look_each + 1));
  }
  int run() {
    if (!peer_.start()) return 2;
    next();
    io_.run();
    for (const look& l : looks_)
      std::printf("%lld %lld %lld %lld %lld\n", count(l.truth), count(l.shown), count(l.best),
                  static_cast<long long>(l.soft.count()), static_cast<long long>(l.hard.count()));
    return 0;
  }

private:
  template <class Time>
  static long long count(Time t) {
    return t.time_since_epoch().count();
  }
  void next() {
    timer_.expires_after(look_each);
    timer_.async_wait([this](const asio::error_code&) {
      const host_time truth = steady_source{}.now();
      if (truth >= end_) return io_.stop();
      const session_clock& shown = peer_.clock();
      const host_time here = clock_.at(truth);
      if (shown.synchronised())
        looks_.push_back({truth, shown.to_session(here), peer_.machine().timing().best()(here),
                          shown.bound(here), shown.hard_bound(here)});
      next();
    });
  }

  wrong_clock clock_;
  host_time end_;
  asio::io_context io_{1};
  asio::steady_timer timer_{io_};
  basic_native_peer<wrong_clock, Stamps> peer_;
  std::vector<look> looks_;
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  options wish{.founds = argv[1] == std::string_view{"found"},
               .room = argv[2],
               .seconds = std::atof(argv[3])};
  for (int i = 4; i < argc; ++i) {
    if (argv[i] == std::string_view{"--read-stamps"}) wish.read_stamps = true;
    if (argv[i] == std::string_view{"--skew"} && i + 1 < argc) wish.skew_ppm = std::atof(argv[++i]);
  }
  return wish.read_stamps ? member<read_stamps>{wish}.run() : member<receive_stamps>{wish}.run();
}
