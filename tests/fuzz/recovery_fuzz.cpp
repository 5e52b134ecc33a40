// Whatever a network does to datagrams and acknowledgements, in whatever order: each event is
// delivered at most once and in order, nothing leaves that the peer's window would refuse, and when
// the network has come back all that was played is there. Acknowledgements that lie may cost their
// sender events, and nobody anything else.
//
// The input is a row of bytes: what happens next, and how much of it.
#include <jamnet/toast/receive_state.hpp>
#include <jamnet/toast/send_state.hpp>

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

using datagram = std::vector<std::uint8_t>;

struct line_of_two {
  host_time now{1000s};
  event_log log;
  send_state sender;
  receive_state receiver{false};
  std::uint64_t delivered = 0;
  std::uint32_t frames = 0;
  bool honest = true;
  std::vector<datagram> under_way; // held back, to overtake or to come twice

  std::uint64_t most; // events; few, so that much can be tried, or more than the window holds

  line_of_two(unsigned repeats, std::uint64_t events)
      : sender{0, false, {.redundancy = {repeats, 3}}},
        most{events} {}

  void play(unsigned count) {
    for (; count > 0 && log.next() < most; --count) {
      auto text = std::to_string(log.next());
      text.resize(8 + log.next() % 200, ' ');
      log.append(as_bytes(text), log.next() % 5 == 0);
    }
  }
  static std::uint64_t number(bytes_view line) {
    return std::strtoull(std::string{as_text(line)}.c_str(), nullptr, 10);
  }
  void deliver(bytes_view line) {
    require(honest ? number(line) == delivered : number(line) >= delivered);
    delivered = number(line) + 1;
  }
  void take(bytes_view line) {
    const auto seq = number(line);
    auto& window = receiver.window();
    const auto fate = window.offer(seq, line.size());
    require(fate != event_window::verdict::refused || !honest);
    if (fate == event_window::verdict::hold) window.hold(seq, line);
    if (fate != event_window::verdict::deliver) return;
    deliver(line);
    for (bytes_view held; window.pop_ready(held);) deliver(held);
  }
  void arrive(const datagram& d) {
    bytes_view rest = d;
    while (!rest.empty()) {
      const auto end = std::find(rest.begin(), rest.end(), std::uint8_t{'\n'});
      const auto size = static_cast<std::size_t>(end - rest.begin());
      take(rest.first(size));
      rest = rest.subspan(size + 1);
    }
    receiver.came(now);
  }
  // Sends what is due: one bit of `fate` loses a datagram, the next holds it back or doubles it.
  void send(unsigned fate) {
    std::array<std::uint8_t, 1100> out{};
    for (int count = 0; sender.deadline(log) <= now; require(++count < 10'000)) {
      const auto size = sender.fill(log, now, out);
      const datagram d(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
      ++frames;
      fate = fate >> 2 | (fate & 3) << 6;
      if ((fate & 1) != 0) continue;
      if ((fate & 2) != 0 && under_way.size() < 100) under_way.push_back(d);
      receiver.count(frames);
      if ((fate & 2) == 0 || frames % 2 == 0) arrive(d);
    }
    require(sender.unacknowledged() <= event_window::span);
  }
  void acknowledge(bool arrives) {
    if (receiver.due() > now) return;
    const auto a = receiver.report(now);
    receiver.reported(now);
    if (arrives) hear(a);
  }
  void hear(const acknowledgement& a) {
    sender.heard(a, now);
    sender.counted(a.lost, 1, now);
  }
  // As a heartbeat tells it; who was lied to gives up what it does not have any more.
  void give_up() {
    while (receiver.window().skip_below(sender.low(log)))
      for (bytes_view held; receiver.window().pop_ready(held);) deliver(held);
  }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  line_of_two l{data[0] & 3u, data[0] >= 0xc0 ? 6'000u : 600u};
  for (std::size_t i = 1; i + 1 < std::min<std::size_t>(size, 400); i += 2) {
    const unsigned much = data[i + 1];
    switch (data[i] & 7u) {
    case 0: l.play(much); break;
    case 1: l.play(much * 16); break;
    case 2: l.now += nanoseconds{100'000} * much; break;
    case 3:
    case 4: l.send(much); break;
    case 5: l.acknowledge((much & 1) == 0); break;
    case 6:
      if (!l.under_way.empty()) l.arrive(l.under_way[much % l.under_way.size()]);
      break;
    default: {
      l.honest = false;
      acknowledgement lie;
      lie.have_count = lie.want_count = 1;
      lie.have[0] = {much, much * 2};
      lie.want[0] = {0, much * 1000};
      lie.waited_us = much * 1000;
      lie.lost = {much, much % 7, much * 3};
      l.hear(lie);
    }
    }
  }
  const std::uint64_t all = l.log.next();
  for (const auto end = l.now + 60s; l.now < end && l.sender.backlog(l.log) > 0; l.now += 1ms) {
    l.send(0);
    l.acknowledge(true);
    l.give_up();
  }
  require(l.sender.backlog(l.log) == 0);
  require(!l.honest || l.delivered == all);
  return 0;
}
