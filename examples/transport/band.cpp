#include "band.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <asio/steady_timer.hpp>

#include <jamnet/core/random.hpp>

#include "../shared/alignment.hpp"
#include "../shared/child_process.hpp"
#include "../shared/distribution.hpp"
#include "../shared/print.hpp"
#include "../shared/wav.hpp"

namespace metronome {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Each by another: who comes next asks for it.
constexpr std::array<const char*, 10> plan{
    "play 1",         "tempo 180 beat", "seek 9 bar", "meter 3/4 bar", "tempo 143.7",
    "loop 11 12 bar", "seek 11.2.480",  "stop",       "loop off",      "play 100"};

// One of the band, and what it said.
struct player {
  std::string name;
  shared::injected_clock clock;
  std::unique_ptr<shared::child_process> process;
  std::string port;
  int others = 0;
  bool in_time = false, done = false, ended = false;
  host_time zero{}, first_sample{}; // by its own clock
  std::vector<session_time> clicks;
  int jumps = 0;

  void take(const std::string& line) {
    std::istringstream words{line};
    std::string what;
    std::int64_t number = 0;
    words >> what;
    if (what == "--") {
      const auto ends = [&](const std::string& with) {
        return line.size() >= with.size() &&
               line.compare(line.size() - with.size(), with.size(), with) == 0;
      };
      others += ends(" joined") ? 1 : 0;
      in_time = in_time || ends(" synchronised");
    } else if (const auto at = line.find(" at port "); at != line.npos) {
      port = line.substr(at + 9);
    } else if (what == "done") {
      done = true;
    } else if (words >> number) {
      if (what == "zero") zero = host_time{nanoseconds{number}};
      if (what == "sound") first_sample = host_time{nanoseconds{number}};
      if (what == "click") clicks.push_back(session_time{nanoseconds{number}});
      if (what == "jumps") jumps = static_cast<int>(number);
    }
  }
};

struct report {
  std::size_t clicks = 0, alone = 0, pairs = 0; // alone: clicks that not all made
  int jumps = 0;
  shared::distribution apart; // samples
};

class band {
public:
  explicit band(const options& o) : options_{o}, timer_{io_} {}

  int run() {
    const auto now = jamnet::steady_source{}.now();
    jamnet::random_source random{options_.seed};
    players_.resize(static_cast<std::size_t>(options_.peers));
    for (std::size_t i = 0; i < players_.size(); ++i) {
      players_[i].name = "metronome-" + std::to_string(i + 1);
      players_[i].clock = {now, nanoseconds{static_cast<std::int64_t>(random.uniform(-5e9, 5e9))},
                           std::round(random.uniform(-500, 500)) * 1e-7};
    }
    start(players_[0]);
    since_ = now;
    wait();
    io_.run();
    const bool all = std::all_of(players_.begin(), players_.end(), [](auto& p) { return p.done; });
    if (!all) return std::cerr << "transport: the band did not play" << std::endl, 2;
    const auto r = judge();
    options_.json ? print_json(r) : print_text(r);
    return r.pairs > 0 && r.alone == 0 && r.apart.max <= 48 ? 0 : 1;
  }

private:
  void start(player& p) {
    std::vector<std::string> arguments{
        "--testify", "--room", "band " + std::to_string(::getpid()),       "--name",
        p.name,      "--wav",  (options_.out / (p.name + ".wav")).string()};
    const auto add = [&](const char* option, const std::string& value) {
      arguments.insert(arguments.end(), {option, value});
    };
    add("--clock-origin", std::to_string(p.clock.origin.time_since_epoch().count()));
    add("--clock-offset", std::to_string(p.clock.offset.count()));
    add("--clock-skew", shared::print("%.9f", p.clock.skew));
    if (&p != &players_[0]) add("--connect", "127.0.0.1:" + players_[0].port);
    p.process = std::make_unique<shared::child_process>(io_, std::move(arguments));
    p.process->listen([&p](const std::string& line) { p.take(line); },
                      [this, &p] {
                        p.ended = true;
                        if (!p.done) io_.stop();
                      });
  }

  // Every 10 ms: on to the next step as soon as all are ready for it.
  void wait() {
    timer_.expires_after(milliseconds{10});
    timer_.async_wait([this](const asio::error_code&) {
      if (step()) wait();
    });
  }
  bool step() {
    const auto now = jamnet::steady_source{}.now();
    const auto pace = nanoseconds{static_cast<std::int64_t>(options_.pace * 1e9)};
    const auto all = [&](auto&& is) { return std::all_of(players_.begin(), players_.end(), is); };
    if (!started_) {
      if (players_[0].in_time) {
        started_ = true;
        std::for_each(players_.begin() + 1, players_.end(), [this](player& p) { start(p); });
      }
    } else if (next_at_ == host_time{}) {
      if (all([&](const player& p) { return p.in_time && p.others + 1 == options_.peers; })) {
        say("all in time");
        next_at_ = now + 2 * pace; // until they are well in time
      }
    } else if (next_ <= plan.size() + 1) {
      if (now < next_at_) return true;
      next_at_ += pace;
      const bool more = next_ < plan.size();
      player& p = players_[next_ % players_.size()];
      if (more) say(p.name + ": " + plan[next_]);
      if (more) p.process->tell(plan[next_]);
      if (next_ == plan.size()) p.process->tell("stop");
      if (next_ == plan.size() + 1)
        for (player& each : players_) each.process->tell("quit");
      ++next_;
    } else if (all([](const player& p) { return p.ended; })) {
      return false;
    }
    const auto limit = seconds{40} + (2 + plan.size()) * pace;
    return now - since_ < limit || (io_.stop(), false);
  }
  void say(const std::string& line) const {
    if (!options_.json) std::cout << line << std::endl;
  }

  report judge() const {
    report r;
    std::map<session_time, std::size_t> times; // how many clicked then
    std::vector<shared::recording> recordings;
    for (const player& p : players_) {
      for (const session_time t : p.clicks) ++times[t];
      r.jumps += p.jumps;
      recordings.push_back(
          {shared::read_wav(options_.out / (p.name + ".wav")), p.first_sample, p.clock});
    }
    std::vector<host_time> truth; // the first one's clock is the session's
    for (const auto& [t, count] : times) {
      r.alone += count != players_.size() ? 1u : 0u;
      truth.push_back(players_[0].clock.truth(players_[0].zero + t.time_since_epoch()));
    }
    auto apart = shared::onset_errors(recordings, truth);
    r.clicks = times.size();
    r.pairs = apart.size();
    r.apart = shared::distribution_of(std::move(apart));
    return r;
  }
  void print_text(const report& r) const {
    std::printf("%zu clicks each, of which %zu were not made by all; the music of all jumped %d "
                "times\nonsets apart, in %zu pairs of sounds: p50 %.3f, p99 %.3f, max %.3f samples "
                "at 48 kHz\nsound      %s and so on\n",
                r.clicks, r.alone, r.jumps, r.pairs, r.apart.p50, r.apart.p99, r.apart.max,
                (options_.out / (players_[0].name + ".wav")).c_str());
  }
  static void print_json(const report& r) {
    std::printf("{\"clicks\":%zu,\"clicks_alone\":%zu,\"jumps\":%d,\"onset_pairs\":%zu,"
                "\"onset_error_samples\":{\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}}\n",
                r.clicks, r.alone, r.jumps, r.pairs, r.apart.p50, r.apart.p99, r.apart.max);
  }

  options options_;
  asio::io_context io_{1};
  asio::steady_timer timer_;
  std::vector<player> players_;
  host_time since_{}, next_at_{};
  std::size_t next_ = 0; // of the plan
  bool started_ = false;
};

} // namespace

int play_as_band(const options& o) {
  std::signal(SIGPIPE, SIG_IGN);
  return std::make_unique<band>(o)->run();
}

} // namespace metronome
