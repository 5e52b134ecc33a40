// MIDI through ports on a private JACK server: how late it is, how evenly it comes, how well it is
// stamped, what is lost, and how soon ports are back where the server was killed.
//
// `p99_us` of rtmidi: from try_send() to the consumer's thread, of packets at random times; JACK
// passes them on once a period. `jitter_us` of jack_midi: how far the frames at which packets come
// are from where their even moments put them, on the line through all; `stamp_error_p99_us`: how
// far the moment of what came is from the moment for which it was sent. `road`: from the begin
// of the period that brings a packet from the keyboard's port, by a peer, UDP on loopback and a
// peer in another process, to its try_send() into the synthesiser's port. So without the periods
// for which it waits at either end; how many those are is the row beside it.
//
// Quantiles are medians of five parts of a run, because others share the machine; `max_us`, and
// what was lost or misplaced, are of all of it. What is even is looked at in tenths of a second,
// those in which the server itself was held up and lost time left out: `undisturbed` is how many
// remain.
//
// The server waits for who is late (jackd -S). As most have it, it does not, and a machine that has
// no time for a period loses, or repeats, all that was in it, whoever sent that.
//
//   midi_measure [--json] [--smoke | --full] [--asynchronous]
#include <jamnet/platform/jack_midi.hpp>

#include <cstdio>
#include <cstring>
#include <vector>

#include "../rows.hpp"

#if __has_include(<jack/jack.h>) && defined(__linux__)

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <thread>

#include <asio/posix/stream_descriptor.hpp>

#include <jamnet/core/random.hpp>
#include <jamnet/midi/message.hpp>
#if defined(JAMNET_BENCH_RTMIDI)
#include <jamnet/platform/rtmidi_input.hpp>
#include <jamnet/platform/rtmidi_output.hpp>
#endif

#include "../../tests/platform/jack_fixture.hpp"
#include "../median.hpp"
#include "../sync/quantile.hpp"
#include "../toast/processes.hpp"

using namespace jamnet;
using namespace jamnet_bench;
using namespace std::chrono_literals;
using jamnet::testing::jack_server;

namespace {

constexpr unsigned ids = 128 * 128 - 128; // a note-on's two data bytes; a velocity of 0 is none

struct sizes {
  unsigned packets, ticks, road;
  bool synchronous = true;
};
host_time host_now() { return steady_source{}.now(); }
double in_us(nanoseconds d) { return static_cast<double>(d.count()) * 1e-3; }

ump numbered(unsigned i) { return note_on{.note = i % 128, .velocity = 1 + i / 128 % 127}; }
unsigned number_of(const ump& packet) {
  const auto on = note_on::from(packet);
  return on ? on->note + 128 * (on->velocity - 1) : ids;
}
void sleep_until(host_time when) {
  const auto left = when - host_now();
  if (left > 0ns) std::this_thread::sleep_for(left);
}

// Of `parts` in a row what is in the middle of what `figure(first, last)` says of each.
constexpr std::size_t parts = 5;
template <class Figure>
double in_the_middle(std::size_t count, Figure&& figure) {
  std::vector<double> of;
  for (std::size_t i = 0; i < parts; ++i)
    of.push_back(figure(count * i / parts, count * (i + 1) / parts));
  return median(of);
}
double usual(const std::vector<float>& values, double q) {
  return in_the_middle(values.size(), [&](std::size_t first, std::size_t last) {
    std::vector<float> part(values.begin() + static_cast<std::ptrdiff_t>(first),
                            values.begin() + static_cast<std::ptrdiff_t>(last));
    return quantile(part, q);
  });
}

// What a consumer that waits hears: when, and whether in the order of the numbers.
template <class Input>
class listener {
public:
  explicit listener(Input& in) : in_{in}, thread_{[this] { run(); }} {}
  ~listener() {
    stopping_ = true;
    in_.signal().notify();
    thread_.join();
  }
  [[nodiscard]] unsigned heard() const { return heard_; }
  [[nodiscard]] unsigned misplaced() const { return misplaced_; }
  // Waits until so many were heard, or none for a second.
  void wait_for(unsigned count) const {
    for (unsigned quiet = 0, before = 0; heard_ < count && quiet < 100; ++quiet) {
      std::this_thread::sleep_for(10ms);
      if (const unsigned now = heard_; now != before) quiet = 0, before = now;
    }
  }
  std::array<std::atomic<std::int64_t>, ids> at{}; // of the number that was heard last, ns

private:
  void run() {
    unsigned expected = 0;
    while (!stopping_) {
      in_.expect_wake();
      for (received_packet p; in_.try_next(p);) {
        const unsigned number = number_of(p.packet);
        if (number == ids) continue;
        at[number] = now_ns();
        if (number != expected) misplaced_ = misplaced_ + 1;
        expected = (number + 1) % ids;
        heard_ = heard_ + 1;
      }
      (void)in_.signal().wait_until(forever);
      in_.signal().clear();
    }
  }
  Input& in_;
  std::atomic<unsigned> heard_{0}, misplaced_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// `count` packets at random times, for now, and a burst of a thousand.
template <class Input, class Output>
void latency(std::vector<row>& rows, const std::string& name, Input& in, Output& out,
             unsigned count) {
  listener<Input> ear{in};
  random_source random{1};
  std::vector<float> latencies_us;
  std::vector<std::int64_t> sent(ids);
  unsigned refused = 0;
  for (unsigned first = 0; first < count; first += ids) {
    const unsigned last = std::min(count, first + ids);
    auto due = host_now();
    for (unsigned i = first; i < last; ++i) {
      due += nanoseconds{static_cast<std::int64_t>(random.uniform(50e3, 350e3))};
      sleep_until(due);
      sent[i % ids] = now_ns();
      refused += out.try_send(numbered(i % ids), host_now()) ? 0u : 1u;
    }
    ear.wait_for(last - refused);
    for (unsigned i = first; i < last; ++i)
      if (const auto at = ear.at[i % ids].exchange(0); at != 0)
        latencies_us.push_back(static_cast<float>(static_cast<double>(at - sent[i % ids]) * 1e-3));
  }
  const unsigned before = ear.heard();
  for (unsigned i = 0; i < 1'000; ++i)
    refused += out.try_send(numbered((count + i) % ids), host_now()) ? 0u : 1u;
  ear.wait_for(before + 1'000);
  rows.push_back({name + "/p50_us", usual(latencies_us, 0.5), "us"});
  rows.push_back({name + "/p99_us", usual(latencies_us, 0.99), "us"});
  rows.push_back({name + "/max_us", quantile(latencies_us, 1), "us"});
  rows.push_back({name + "/lost", static_cast<double>(count - before), "packets"});
  rows.push_back({name + "/burst_lost", before + 1'000.0 - ear.heard(), "packets"});
  rows.push_back({name + "/misplaced", static_cast<double>(ear.misplaced()), "packets"});
}

// An ear of JACK's own: at which frame a packet came, and when its period had begun.
class raw_ear {
public:
  struct heard {
    std::atomic<std::uint32_t> frame{0};
    std::atomic<std::int64_t> begun{0}; // ns of host time; 0: not heard
  };
  explicit raw_ear(const std::string& port) : client_{*detail::jack_library::load()} {
    const auto process = [](void* self, jack_nframes_t frames) {
      static_cast<raw_ear*>(self)->hear(frames);
    };
    works_ = client_.open("raw-ear", 2s) == failure{} &&
             client_.begin("in", JackPortIsInput, process, this) == failure{} &&
             client_.connect_from(port);
  }
  ~raw_ear() { client_.close(); }
  [[nodiscard]] bool works() const { return works_; }
  std::array<heard, ids> of{};
  struct period {
    std::uint32_t frame;
    std::int64_t start; // as we map it
  };
  std::vector<period> periods = std::vector<period>(1 << 17);
  std::atomic<std::size_t> count{0};

private:
  void hear(jack_nframes_t frames) {
    const auto cycle = client_.read_cycle();
    if (const auto n = count.load(); n < periods.size()) {
      periods[n] = {cycle.first, cycle.start.time_since_epoch().count()};
      count = n + 1;
    }
    void* const buffer = client_.buffer(frames);
    jack_midi_event_t event;
    for (std::uint32_t i = 0; i < client_.jack().event_count(buffer); ++i) {
      if (client_.jack().event_get(&event, buffer, i) != 0 || event.size != 3) continue;
      const unsigned number = number_of(midi1(event.buffer[0], event.buffer[1], event.buffer[2]));
      if (number == ids) continue;
      of[number].frame = cycle.first + event.time;
      of[number].begun = cycle.start.time_since_epoch().count();
    }
  }
  detail::jack_client client_;
  bool works_ = false;
};

// How far points are from the line through all of them.
std::vector<float> off_the_line(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double mx = 0, my = 0, xx = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) mx += x[i] / n, my += y[i] / n;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mx) * (x[i] - mx);
    xy += (x[i] - mx) * (y[i] - my);
  }
  std::vector<float> off;
  for (std::size_t i = 0; i < x.size(); ++i)
    off.push_back(static_cast<float>(std::abs(y[i] - my - (x[i] - mx) * xy / xx)));
  return off;
}

struct even_run {
  static constexpr nanoseconds step{1'234'567};
  host_time start{};
  std::vector<float> errors_us; // of stamps; below 0: not received
  unsigned beyond = 0;          // their bounds

  [[nodiscard]] host_time due(unsigned i) const { return start + i * step; }
  [[nodiscard]] unsigned count() const { return static_cast<unsigned>(errors_us.size()); }
};

// Sends packets at even moments, and keeps what their stamps say.
bool send_evenly(even_run& run, jack_midi_output& out, jack_midi_input& in) {
  const auto collect = [&] {
    for (received_packet p; in.try_next(p);) {
      const unsigned number = number_of(p.packet);
      if (number >= run.count()) continue;
      const auto error = std::chrono::abs(p.at - run.due(number));
      run.errors_us[number] = static_cast<float>(in_us(error));
      run.beyond += error > nanoseconds{p.bound_ns} ? 1u : 0u;
    }
  };
  run.start = host_now() + 20ms;
  for (unsigned i = 0; i < run.count(); ++i) {
    sleep_until(run.due(i) - 15ms);
    if (!out.try_send(numbered(i), run.due(i))) return false;
    collect();
  }
  std::this_thread::sleep_for(200ms);
  collect();
  return true;
}

bool exactness(std::vector<row>& rows, unsigned count) {
  auto out = jack_midi_output::open({.virtual_port = "out", .client = "even"});
  if (!out) return false;
  auto in = jack_midi_input::open({.port = "even:out", .client = "stamps"});
  raw_ear ear{"even:out"};
  if (!in || !ear.works()) return false;
  std::this_thread::sleep_for(1s);
  even_run run;
  run.errors_us.resize(count, -1);
  if (!send_evenly(run, **out, **in)) return false;

  std::vector<std::int64_t> held_up; // when the server was, and lost time
  for (std::size_t i = 1; i < ear.count; ++i) {
    const auto &before = ear.periods[i - 1], &period = ear.periods[i];
    const double frames = period.frame - before.frame;
    const auto lost = static_cast<double>(period.start - before.start) - frames / 48'000e-9;
    if (std::abs(lost) > 100e3) held_up.push_back(period.start);
  }
  constexpr unsigned part = 100;
  std::vector<float> jitter_us, errors_us;
  unsigned undisturbed = 0, lost = 0;
  for (unsigned first = 0; first + part <= count; first += part) {
    const auto from = (run.due(first) - 20ms).time_since_epoch().count();
    const auto to = (run.due(first + part) + 60ms).time_since_epoch().count();
    bool whole = std::none_of(held_up.begin(), held_up.end(),
                              [&](std::int64_t at) { return at > from && at < to; });
    std::vector<double> due_us, frame_us;
    for (unsigned i = first; i < first + part; ++i) {
      const bool received = ear.of[i].begun != 0 && run.errors_us[i] >= 0;
      lost += received ? 0u : 1u;
      whole = whole && received;
      due_us.push_back(in_us(i * run.step));
      frame_us.push_back((ear.of[i].frame - ear.of[first].frame) / 48'000e-6);
    }
    if (!whole) continue;
    ++undisturbed;
    const auto off = off_the_line(due_us, frame_us);
    jitter_us.insert(jitter_us.end(), off.begin(), off.end());
    const auto of_part = run.errors_us.begin() + first;
    errors_us.insert(errors_us.end(), of_part, of_part + part);
  }
  const std::string name = "devices/jack_midi/";
  rows.push_back({name + "jitter_us", quantile(jitter_us, 1), "us"});
  rows.push_back({name + "jitter_p99_us", quantile(jitter_us, 0.99), "us"});
  rows.push_back({name + "stamp_error_p99_us", quantile(errors_us, 0.99), "us"});
  rows.push_back({name + "stamp_error_max_us", quantile(errors_us, 1), "us"});
  rows.push_back({name + "bound_held", 100.0 - 100.0 * run.beyond / count, "%"});
  rows.push_back({name + "undisturbed", 100.0 * undisturbed * part / count, "%"});
  rows.push_back({name + "even_lost", static_cast<double>(lost), "packets"});
  return true;
}

// From the server's being back to that of both ports.
template <class Open>
void comes_back(std::vector<row>& rows, const std::string& name, jack_server& server, Open&& open) {
  auto ports = open();
  if (!ports.first || !ports.second) return;
  auto& in = **ports.first;
  auto& out = **ports.second;
  std::vector<double> noticed_ms, back_ms;
  const auto poll_until = [&](bool connected) {
    const auto start = host_now();
    while ((in.connected() != connected || out.connected() != connected) &&
           host_now() - start < 20s) {
      in.poll(host_now());
      out.poll(host_now());
      std::this_thread::sleep_for(100ms);
    }
    return in_us(host_now() - start) * 1e-3;
  };
  for (int i = 0; i < 5; ++i) {
    server.kill();
    noticed_ms.push_back(poll_until(false));
    std::this_thread::sleep_for(300ms);
    if (!server.start()) return;
    back_ms.push_back(poll_until(true));
  }
  rows.push_back(
      {name + "/lost_after_ms", *std::max_element(noticed_ms.begin(), noticed_ms.end()), "ms"});
  rows.push_back(
      {name + "/back_after_ms", *std::max_element(back_ms.begin(), back_ms.end()), "ms"});
}

struct road_page {
  std::atomic<int> port{0};
  std::array<std::atomic<std::int64_t>, ids> given{}; // to the synthesiser's port
};

// The other end: a peer whose events go to a port at once.
void synthesiser(road_page& page) {
  auto out = jack_midi_output::open({.virtual_port = "out", .client = "far"});
  asio::io_context io{1};
  native_peer peer{io, member("far", true, toast::carrier::udp)};
  const auto port = peer.start();
  if (!out || !port) return;
  peer.on_event([&](const received_event& e) {
    const unsigned number = number_of(e.packet);
    if (number != ids) page.given[number] = now_ns();
    (void)(*out)->try_send(e.packet, host_now());
  });
  page.port = *port;
  io.run();
}

bool road(std::vector<row>& rows, unsigned count) {
  auto& page = shared<road_page>();
  const child far{[&] { synthesiser(page); }};
  auto keyboard = jack_midi_output::open({.virtual_port = "keys", .client = "keyboard"});
  auto keys = jack_midi_input::open({.port = "keyboard:keys", .client = "near"});
  if (!keyboard || !keys) return false;
  for (int i = 0; i < 500 && page.port == 0; ++i) std::this_thread::sleep_for(10ms);
  raw_ear struck{"keyboard:keys"}, played{"far:out"};
  if (page.port == 0 || !struck.works() || !played.works()) return false;

  asio::io_context io{1};
  native_peer me{io, member("near", false, toast::carrier::udp)};
  if (!me.start()) return false;
  me.connect(loopback(page.port, toast::carrier::udp));
  asio::posix::stream_descriptor watched{io, *(*keys)->signal().descriptor()};
  const auto drain = [&] {
    (*keys)->signal().clear();
    (*keys)->expect_wake();
    for (received_packet p; (*keys)->try_next(p);) (void)me.play(p.packet);
  };
  const auto watch = [&](const auto& again) -> void {
    watched.async_wait(asio::posix::stream_descriptor::wait_read, [&](const asio::error_code& e) {
      if (e) return;
      drain();
      again(again);
    });
  };
  drain();
  watch(watch);
  for (int i = 0; i < 1000 && !me.clock().synchronised(); ++i) io.run_for(10ms);
  if (!me.clock().synchronised()) return false;
  io.run_for(500ms);

  std::thread player{[&] {
    random_source random{2};
    auto due = host_now() + 100ms;
    for (unsigned i = 0; i < count; ++i) {
      due += nanoseconds{static_cast<std::int64_t>(random.uniform(1.5e6, 2.5e6))};
      sleep_until(due - 20ms);
      (void)(*keyboard)->try_send(numbered(i), due);
    }
    std::this_thread::sleep_for(500ms);
    asio::post(io, [&] { io.stop(); });
  }};
  io.restart();
  io.run();
  player.join();
  watched.release();

  std::vector<float> road_us, periods;
  for (unsigned i = 0; i < count; ++i) {
    if (page.given[i] == 0 || struck.of[i].begun == 0 || played.of[i].begun == 0) continue;
    road_us.push_back(
        static_cast<float>(static_cast<double>(page.given[i] - struck.of[i].begun) * 1e-3));
    const auto apart = static_cast<double>(played.of[i].begun - struck.of[i].begun) * 1e-9;
    periods.push_back(static_cast<float>(std::round(apart * 48'000 / 128)));
  }
  rows.push_back({"devices/road/p50_us", usual(road_us, 0.5), "us"});
  rows.push_back({"devices/road/p99_us", usual(road_us, 0.99), "us"});
  rows.push_back({"devices/road/max_us", quantile(road_us, 1), "us"});
  rows.push_back({"devices/road/periods_p99", usual(periods, 0.99), "periods"});
  rows.push_back({"devices/road/lost", static_cast<double>(count - road_us.size()), "packets"});
  return true;
}

template <class Input, class Output>
auto opened(const char* input, const char* output) {
  auto in = Input::open({.virtual_port = "in", .client = input});
  auto out = Output::open({.port = std::string{input} + ":in", .client = output});
  return std::pair{std::move(in), std::move(out)};
}

bool fail(const char* what) {
  std::fprintf(stderr, "midi_measure: %s\n", what);
  return false;
}

bool at_period(std::vector<row>& rows, unsigned period, const sizes& size) {
  jack_server server{{.period = period, .synchronous = size.synchronous}};
  if (!server.running()) {
    std::fprintf(stderr, "not run: %s\n", server.trouble().c_str());
    return false;
  }
  const std::string which = period == 128 ? "" : "/" + std::to_string(period);
  {
    auto [in, out] = opened<jack_midi_input, jack_midi_output>("ear", "mouth");
    if (!in || !out) return fail("jack_midi does not open");
    latency(rows, "devices/jack_midi" + which, **in, **out, size.packets);
  }
#if defined(JAMNET_BENCH_RTMIDI)
  {
    auto in = rtmidi_input::open({.virtual_port = "in", .client = "rt-ear"}, "jack");
    auto out = rtmidi_output::open({.port = "rt-ear:in", .client = "rt-mouth"}, "jack");
    if (!in || !out) return fail("rtmidi does not open");
    latency(rows, "devices/rtmidi" + which, **in, **out, size.packets);
  }
#endif
  if (period != 128) return true;
  if (!exactness(rows, size.ticks)) return fail("what is even does not come");
  if (!road(rows, size.road)) return fail("the road is not open");
  comes_back(rows, "devices/jack_midi", server,
             [] { return opened<jack_midi_input, jack_midi_output>("ear", "mouth"); });
#if defined(JAMNET_BENCH_RTMIDI)
  comes_back(rows, "devices/rtmidi", server, [] {
    auto in = rtmidi_input::open({.virtual_port = "in", .client = "rt-ear"}, "jack");
    auto out = rtmidi_output::open({.port = "rt-ear:in", .client = "rt-mouth"}, "jack");
    return std::pair{std::move(in), std::move(out)};
  });
#endif
  return true;
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  sizes size{20'000, 8'000, 4'000};
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) size = {1'000, 400, 200};
    if (std::strcmp(argv[i], "--full") == 0) size = {100'000, ids, 12'000};
  }
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--asynchronous") == 0) size.synchronous = false;
  std::vector<row> rows;
  if (at_period(rows, 128, size)) at_period(rows, 64, size);
  print(rows, json);
  return 0;
}

#else

int main(int argc, char** argv) {
  std::fputs("not run: no JACK headers (libjack-jackd2-dev), or not Linux\n", stderr);
  jamnet_bench::print({}, argc > 1 && std::strcmp(argv[1], "--json") == 0);
  return 0;
}

#endif
