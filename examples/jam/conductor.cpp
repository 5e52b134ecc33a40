#include "conductor.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include "../shared/child_process.hpp"
#include "music.hpp"
#include "piece.hpp"
#include "relay.hpp"
#include "testimony.hpp"

namespace jam {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What the terminal shows: a line for each peer and a bar, drawn over again; on anything that is
// no terminal a plain line now and then; with --json nothing.
class display {
public:
  explicit display(const options& o) : silent_{o.json}, live_{!o.json && ::isatty(STDOUT_FILENO)} {}

  void say(const std::string& line) const {
    if (!silent_) std::cout << line << std::endl;
  }
  void show(const std::vector<testimony>& members, double progress) {
    if (silent_ || (!live_ && ++calls_ % 10 != 1)) return;
    if (live_ && drawn_ > 0) std::cout << "\x1b[" << drawn_ << "A";
    for (const testimony& m : members) line(m, members.front());
    bar(progress);
    std::cout.flush();
    drawn_ = static_cast<int>(members.size()) + 1;
  }

private:
  void line(const testimony& m, const testimony& master) const {
    char clock[96] = "no time yet";
    if (m.synchronised && !m.readings.empty()) {
      const auto& r = m.readings.back();
      const auto error = r.session - true_session_time(master, r.truth);
      std::snprintf(clock, sizeof clock, "clock off %+8.2f us, bound %7.2f us",
                    static_cast<double>(error.count()) * 1e-3,
                    static_cast<double>(r.bound.count()) * 1e-3);
    }
    std::printf("%s%-10s %-12s %-42s in %5llu out %5llu late %llu lost %llu%s",
                live_ ? "\x1b[2K" : "", m.name.c_str(), m.synchronised ? "synchronised" : "joining",
                clock, static_cast<unsigned long long>(m.in),
                static_cast<unsigned long long>(m.out), static_cast<unsigned long long>(m.late),
                static_cast<unsigned long long>(m.lost), "\n");
  }
  void bar(double progress) const {
    constexpr int width = 50;
    const int full = static_cast<int>(progress * width);
    std::printf("%s[", live_ ? "\x1b[2K" : "");
    for (int i = 0; i < width; ++i) std::putchar(i < full ? '#' : '.');
    std::printf("] %3.0f %%\n", 100 * progress);
    std::fflush(stdout);
  }

  bool silent_, live_;
  int drawn_ = 0, calls_ = 0;
};

class conductor {
public:
  conductor(const options& o, music m)
      : options_{o},
        music_{std::move(m)},
        display_{o},
        timer_{io_},
        signals_{io_, SIGINT, SIGTERM} {}

  int run() {
    signals_.async_wait([this](const asio::error_code& none, int) {
      if (none) return;
      interrupted_ = true;
      if (began_)
        finish();
      else
        io_.stop();
    });
    began_at_ = jamnet::steady_source{}.now();
    start_members();
    wait();
    io_.run();
    children_.clear();
    return conclude();
  }

private:
  void start_members() {
    jamnet::random_source random{options_.seed};
    const auto room = "jam on this machine " + std::to_string(::getpid());
    members_.resize(static_cast<std::size_t>(options_.peers));
    for (std::size_t i = 0; i < members_.size(); ++i) {
      testimony& m = members_[i];
      m.name = "peer-" + std::to_string(i + 1);
      m.clock = {began_at_, nanoseconds{static_cast<std::int64_t>(random.uniform(-5e9, 5e9))},
                 std::round(random.uniform(-500, 500)) * 1e-7};
      char skew[32];
      std::snprintf(skew, sizeof skew, "%.9f", m.clock.skew);
      std::vector<std::string> arguments{
          "member",
          "--index",
          std::to_string(i + 1),
          "--peers",
          std::to_string(options_.peers),
          "--room",
          room,
          "--name",
          m.name,
          "--out",
          options_.out.string(),
          "--latency",
          std::to_string(static_cast<double>(options_.latency.count()) * 1e-6),
          "--clock-origin",
          std::to_string(m.clock.origin.time_since_epoch().count()),
          "--clock-offset",
          std::to_string(m.clock.offset.count()),
          "--clock-skew",
          skew,
          "--file",
          options_.file.string()};
      const auto add = [&](const char* option, const std::string& value) {
        arguments.insert(arguments.end(), {option, value});
      };
      const double length = static_cast<double>(music_.duration.count()) * 1e-9;
      if (options_.todo.empty() && options_.seconds > 0)
        add("--seconds", std::to_string(options_.seconds));
      if (!options_.todo.empty() && i == 0) // who seeks may need all of it
        add("--do", std::to_string(length) + " stop");
      for (std::size_t turn = i; turn < options_.todo.size(); turn += members_.size())
        add("--do", options_.todo[turn]);
      if (options_.ensemble) arguments.push_back("--ensemble");
      if (options_.tcp) arguments.push_back("--tcp");
      if (options_.both) arguments.push_back("--both");
      auto& child = children_.emplace_back(std::make_unique<shared::child_process>(io_, arguments));
      child->listen([&m](const std::string& line) { m.take(line); },
                    [this, &m] {
                      m.ended = true;
                      if (!m.done && !finishing_)
                        fail(m.name +
                             (m.failure.empty() ? ": ended unexpectedly" : ": " + m.failure));
                    });
    }
    display_.say("jam: " + std::to_string(options_.peers) +
                 " peers, each a process with a clock of its own" +
                 (options_.tcp    ? ", over TCP"
                  : options_.both ? ", over UDP and TCP"
                                  : ", over UDP") +
                 (impaired() ? ", through a bad network" : "") + "; seed " +
                 std::to_string(options_.seed));
  }
  [[nodiscard]] bool impaired() const { return options_.loss > 0 || options_.jitter.count() > 0; }

  // Every 100 ms: on to the next step as soon as all are ready for it.
  void wait() {
    timer_.expires_after(milliseconds{100});
    timer_.async_wait([this](const asio::error_code& stopped) {
      if (stopped) return;
      step();
      wait();
    });
  }
  void step() {
    const auto now = jamnet::steady_source{}.now();
    const auto all = [&](auto&& is) { return std::all_of(members_.begin(), members_.end(), is); };
    if (!connected_) {
      if (all([](const testimony& m) { return m.port != 0; })) connect();
    } else if (!began_) {
      const bool ready =
          all([&](const testimony& m) { return m.synchronised && m.links + 1 == options_.peers; });
      if (ready) play(now);
    } else if (!finishing_) {
      if (now > ends_at_) finish();
    } else if (all([](const testimony& m) { return m.ended; })) {
      io_.stop();
    }
    const auto limit = finishing_ ? seconds{60} : seconds{30};
    if ((!began_ || finishing_) && now - waiting_since_ > limit && waiting_since_ != host_time{})
      fail(finishing_ ? "a member did not finish within 60 s"
                      : "the members did not find each other within 30 s");
    if (waiting_since_ == host_time{}) waiting_since_ = now;
    if (!failed_ && ++steps_ % 2 == 0) display_.show(members_, progress(now));
  }
  [[nodiscard]] double progress(host_time now) const {
    if (!began_) return 0;
    const double total = static_cast<double>((ends_at_ - plays_at_).count());
    return std::clamp(static_cast<double>((now - plays_at_).count()) / total, 0.0, 1.0);
  }

  // All connect to the first; whom it knows it tells them, and they find each other.
  void connect() {
    connected_ = true;
    std::vector<std::uint16_t> ports;
    for (const testimony& m : members_) ports.push_back(m.port);
    if (impaired())
      relay_.emplace(
          ports, jamnet::testing::path_quality{.jitter = options_.jitter, .loss = options_.loss},
          options_.seed);
    const auto first = relay_ ? relay_->port(0) : ports[0];
    for (std::size_t i = 1; i < children_.size(); ++i)
      children_[i]->tell("connect 127.0.0.1:" + std::to_string(first));
  }
  void play(host_time now) {
    began_ = true;
    begin_ = true_session_time(members_.front(), now) + milliseconds{1500};
    plays_at_ = truth_of(members_.front(), begin_);
    ends_at_ = plays_at_ + music_.duration + milliseconds{1500};
    for (auto& c : children_) c->tell("play " + std::to_string(begin_.time_since_epoch().count()));
  }
  void finish() {
    if (finishing_) return;
    finishing_ = true;
    waiting_since_ = jamnet::steady_source{}.now();
    for (auto& c : children_) c->tell("finish");
  }
  void fail(const std::string& why) {
    if (!failed_) std::cerr << "jam: " << why << std::endl;
    failed_ = true;
    io_.stop();
  }

  int conclude() {
    if (failed_) return 2;
    if (!began_) {
      std::cerr << "jam: interrupted before it began" << std::endl;
      return 2;
    }
    const report r = judge(members_, options_, music_, began_at_);
    const auto json = to_json(r);
    std::ofstream{options_.out / "report.json"} << json;
    std::ofstream{options_.out / "timeline.svg"} << to_svg(draw(members_, begin_));
    if (options_.json)
      std::cout << json;
    else
      std::cout << to_table(r) << "\nsound      " << (options_.out / "peer-1.wav").string()
                << " and so on"
                << "\nreport     " << (options_.out / "report.json").string() << "\npicture    "
                << (options_.out / "timeline.svg").string() << std::endl;
    if (interrupted_) std::cerr << "jam: interrupted" << std::endl;
    return r.clean() ? 0 : 1;
  }

  options options_;
  music music_;
  display display_;
  asio::io_context io_{1};
  asio::steady_timer timer_;
  asio::signal_set signals_;
  std::vector<testimony> members_;
  std::vector<std::unique_ptr<shared::child_process>> children_;
  std::optional<relay> relay_;
  host_time began_at_{}, waiting_since_{}, plays_at_{}, ends_at_{};
  session_time begin_{};
  int steps_ = 0;
  bool connected_ = false, began_ = false, finishing_ = false, failed_ = false,
       interrupted_ = false;
};

} // namespace

int conduct(const options& asked) {
  options o = asked;
  std::signal(SIGPIPE, SIG_IGN);
  auto loaded = load(o.file, o.seconds);
  if (!loaded.value) {
    std::cerr << "jam: " << loaded.error << std::endl;
    return 2;
  }
  std::error_code error;
  std::filesystem::create_directories(o.out, error);
  if (error) {
    std::cerr << "jam: " << o.out.string() << ": " << error.message() << std::endl;
    return 2;
  }
  if (o.file.empty()) { // its own piece is played from a file too, like any other
    const auto bytes = frere_jacques();
    o.file = o.out / "frere-jacques.mid";
    std::ofstream{o.file, std::ios::binary}.write(reinterpret_cast<const char*>(bytes.data()),
                                                  static_cast<std::streamsize>(bytes.size()));
    loaded = load(o.file, o.seconds);
    if (!loaded.value) {
      std::cerr << "jam: " << loaded.error << std::endl;
      return 2;
    }
  }
  return conductor{o, std::move(*loaded.value)}.run();
}

} // namespace jam
