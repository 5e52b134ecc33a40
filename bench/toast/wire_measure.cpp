// What does a MIDI event cost on the wire, and what is the redundancy worth?
//
// Two peers in virtual time, 0.2 ms (lan) or 10 ms (wan) apart. One plays 50 or 500 single events
// a second at random moments, for a minute. Each datagram of both is taken apart: what belongs to
// events are MIDI and ACKS frames, headers and all, and the PEER frame of each datagram that holds
// one; the frames of the clock and heartbeats are apart. `wire_overhead` is all that, to the bytes
// of the same events as bare JSONMIDI, one a line, without a number. UDP's and IP's own 28 bytes a
// datagram are not ours: `…/with_ip` has them.
//
// `redundancy`: the same with 5 of 100 datagrams lost on a way of 10 ms, 200 events a second, and
// each event sent again unasked never, once, twice, or as the loss calls for: what it costs, and
// what a loss adds to an event's way with it, to the quantile without loss.
//
//     wire_measure [--json] [--smoke | --full]
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include <jamnet/session/peer.hpp>
#include <jamnet/testing/impairment.hpp>

#include "../rows.hpp"
#include "../sync/quantile.hpp"

using namespace jamnet;
using namespace jamnet_bench;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t seed = 2'026'112'110;

// Bytes that left, by what they are for.
struct account {
  double events = 0, clock = 0, with_ip = 0; // with_ip: of events
  std::size_t datagrams = 0;

  void add(bytes_view datagram) {
    double ours = 0, others = 0;
    bool header = true;
    for (std::size_t at = 0; at < datagram.size();) {
      const auto f = toast::read_frame(datagram.subspan(at));
      if (!f) return;
      const bool event = f->type == toast::type::midi || f->type == toast::type::acknowledge;
      if (!header) (event ? ours : others) += static_cast<double>(f->size());
      header = false;
      at += f->size();
    }
    const auto peer = static_cast<double>(datagram.size()) - ours - others;
    (ours > 0 ? ours : others) += peer;
    events += ours;
    clock += others;
    if (ours > 0) with_ip += ours + 28;
    ++datagrams;
  }
};

// The sender is 0, the receiver 1. Their clocks are the truth; what is asked here is bytes.
class wire {
public:
  wire(const testing::path_quality& path, const peer_options& options)
      : path_{path},
        peers_{peer{with_name(options, "sender", peer_options::never), host_time{1s}, seed},
               peer{with_name(options, "receiver", 0ns), host_time{1s}, seed + 1}} {
    peers_[0].connect(address(1));
    peers_[1].on_event([this](const received_event& e) { heard(e); });
  }

  void run_until(host_time end) {
    for (;;) {
      host_time next = end;
      if (!under_way_.empty()) next = std::min(next, under_way_.front().at);
      for (const peer& p : peers_) next = std::min(next, p.deadline());
      now_ = std::max(now_, next);
      if (now_ >= end) break;
      if (!under_way_.empty() && under_way_.front().at <= now_) {
        const auto d = under_way_.front();
        under_way_.pop_front();
        peers_[d.to].receive(address(1 - d.to), d.bytes, now_);
      }
      for (std::size_t i = 0; i < 2; ++i) serve(i);
    }
  }
  void play(double rate, nanoseconds length) {
    run_until(now_ + 10s);
    sent = {};
    random_source random{seed};
    const host_time end = now_ + length;
    for (std::uint64_t i = 0; now_ < end; ++i) {
      run_until(now_ + nanoseconds{std::llround(-std::log(1 - random.uniform()) / rate * 1e9)});
      const session_time at = peers_[0].clock().to_session(now_) + peers_[0].latency();
      const auto note = static_cast<unsigned>(36 + i / 2 % 60);
      ump packet = note_on{.note = note, .velocity = 1 + note};
      if (i % 2 != 0) packet = note_off{.note = note};
      if (!peers_[0].send(packet, at, now_)) continue;
      played_.push_back(now_);
      std::array<char, jsonmidi::max_encoded_size> line;
      bare +=
          static_cast<double>(jsonmidi::encode({.time = at, .packet = packet}, line).size() + 1);
      serve(0);
    }
    run_until(now_ + 2s);
  }

  std::array<account, 2> sent;
  double bare = 0;
  std::vector<float> delays_ms;
  [[nodiscard]] std::size_t lost() const { return played_.size() - delays_ms.size(); }
  [[nodiscard]] std::size_t played() const { return played_.size(); }

private:
  struct flight {
    host_time at;
    std::size_t to;
    std::vector<std::uint8_t> bytes;
  };
  static toast::address address(std::size_t i) {
    return toast::address::v4(10, 0, 0, static_cast<std::uint8_t>(1 + i), 47800);
  }
  static peer_options with_name(peer_options o, const char* name, nanoseconds found_after) {
    o.name = name;
    o.found_after = found_after;
    o.announce = false;
    return o;
  }
  void heard(const received_event&) {
    if (delays_ms.size() < played_.size()) // they come in order, or not at all
      delays_ms.push_back(static_cast<float>(
          static_cast<double>((now_ - played_[delays_ms.size()]).count()) * 1e-6));
  }
  void serve(std::size_t i) {
    peer& p = peers_[i];
    if (p.deadline() > now_) return;
    p.poll(now_);
    std::array<std::uint8_t, toast::datagram_limit> out;
    peer::datagram d;
    while (p.write(out, now_, d)) {
      const auto bytes = bytes_view{out}.first(d.size);
      sent[i].add(bytes);
      const auto fate = testing::impair(path_, random_);
      for (std::size_t n = 0; n < fate.count; ++n)
        under_way_.push_back({now_ + fate.after[n], 1 - i, {bytes.begin(), bytes.end()}});
    }
  }

  testing::path_quality path_; // without jitter, so that flights stay in order
  random_source random_{seed};
  std::array<peer, 2> peers_;
  std::deque<flight> under_way_;
  host_time now_{1s};
  std::vector<host_time> played_;
};

void overhead(std::vector<row>& rows, const std::string& name, double rate, nanoseconds delay,
              nanoseconds length) {
  wire w{{.delay = delay}, {}};
  w.play(rate, length);
  const double events = w.sent[0].events + w.sent[1].events;
  const auto n = static_cast<double>(w.played());
  rows.push_back({name, events / w.bare, "x"});
  rows.push_back({name + "/with_ip", (w.sent[0].with_ip + w.sent[1].with_ip) / w.bare, "x"});
  rows.push_back({name + "/bytes_an_event", events / n, "bytes"});
  rows.push_back({name + "/bare_bytes_an_event", w.bare / n, "bytes"});
  rows.push_back({name + "/others_KB_s",
                  (w.sent[0].clock + w.sent[1].clock) * 1e6 / static_cast<double>(length.count()),
                  "KB/s"}); // clock, claims and heartbeats, of both
  if (w.lost() > 0) std::fprintf(stderr, "%s: %zu events lost\n", name.c_str(), w.lost());
}

void redundancy(std::vector<row>& rows, nanoseconds length) {
  struct setting {
    const char* name;
    toast::redundancy_limits limits;
  };
  constexpr double rate = 200;
  for (const auto& s :
       {setting{"0", {0, 0}}, setting{"1", {1, 1}}, setting{"2", {2, 2}}, setting{"auto", {}}}) {
    wire whole{{.delay = 10ms}, {.redundancy = s.limits}},
        lossy{{.delay = 10ms, .loss = 0.05}, {.redundancy = s.limits}};
    whole.play(rate, length);
    lossy.play(rate, length);
    const auto name = std::string{"toast/redundancy_"} + s.name;
    const auto cost = [](const wire& w) { return (w.sent[0].events + w.sent[1].events) / w.bare; };
    rows.push_back({name + "/overhead_without_loss", cost(whole), "x"});
    rows.push_back({name + "/overhead_loss_5", cost(lossy), "x"});
    for (const auto& [q, text] : {std::pair{0.99, "p99"}, std::pair{0.999, "p999"}})
      rows.push_back({name + "/added_" + text + "_ms",
                      quantile(lossy.delays_ms, q) - quantile(whole.delays_ms, 0.99), "ms"});
    if (whole.lost() + lossy.lost() > 0) std::fprintf(stderr, "%s: lost events\n", name.c_str());
  }
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  nanoseconds length = 60s;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) length = 2s;
    if (std::strcmp(argv[i], "--full") == 0) length = 600s;
  }
  std::vector<row> rows;
  overhead(rows, "toast/wire_overhead", 50, 200us, length);
  overhead(rows, "toast/wire_overhead_500", 500, 200us, length);
  overhead(rows, "toast/wire_overhead/wan", 50, 10ms, length);
  overhead(rows, "toast/wire_overhead_500/wan", 500, 10ms, length);
  redundancy(rows, length);
  jamnet_bench::print(rows, json);
}
