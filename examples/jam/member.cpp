#include "member.hpp"

#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <unistd.h>

#include <jamnet/midi/note_tracker.hpp>
#include <jamnet/platform/native_peer.hpp>

#include "../shared/sound_thread.hpp"
#include "loudspeaker.hpp"
#include "music.hpp"
#include "net_report.hpp"
#include "player.hpp"

namespace jam {
namespace {

using shared::injected_clock;

long long ns(nanoseconds d) { return static_cast<long long>(d.count()); }
template <class Time>
long long since_zero(Time t) {
  return ns(t.time_since_epoch());
}

class member {
public:
  explicit member(const options& o)
      : options_{o},
        clock_{host_time{o.clock_origin}, o.clock_offset, o.clock_skew},
        peer_{io_, native(o), clock_},
        player_{io_, clock_},
        state_timer_{io_},
        commands_{io_, ::dup(STDIN_FILENO)},
        speaker_{peer_.shared_clock()},
        sound_{clock_} {}

  int run() {
    peer_.on_event([this](const jamnet::received_event& e) { heard(e); });
    peer_.on_peer([](const jamnet::peer_status& s) {
      std::printf("peer %.*s %.*s\n", static_cast<int>(s.name.view().size()), s.name.view().data(),
                  static_cast<int>(to_string(s.change).size()), to_string(s.change).data());
    });
    const auto port = peer_.start();
    if (!port) {
      std::printf("fail %s\n", std::string{to_string(port.error().code)}.c_str());
      return 2;
    }
    const auto id = to_hex(peer_.machine().id());
    std::printf("ready %u %.16s\n", *port, id.data());
    std::fflush(stdout);
    read_command();
    tell_state();
    io_.run();
    return 0;
  }

private:
  static jamnet::native_options native(const options& o) {
    jamnet::native_options n;
    n.peer.name = o.name;
    n.peer.room = o.room;
    n.peer.announce = false;
    n.peer.transport.start_stop_sync = true;
    n.peer.found_after = o.index == 1 ? nanoseconds{0} : jamnet::peer_options::never;
    n.udp = !o.tcp;
    n.tcp = o.tcp || o.both;
    n.peer.stream_beside = o.both;
    return n;
  }

  void read_command() {
    asio::async_read_until(commands_, input_, '\n',
                           [this](const asio::error_code& gone, std::size_t) {
                             if (gone) return io_.stop(); // whoever started us is no more
                             std::istream in{&input_};
                             std::string line;
                             std::getline(in, line);
                             obey(line);
                             if (!finishing_) read_command();
                           });
  }
  void obey(const std::string& line) {
    std::istringstream words{line};
    std::string command, text;
    words >> command >> text;
    if (command == "connect") {
      const auto via = options_.tcp ? jamnet::toast::carrier::tcp : jamnet::toast::carrier::udp;
      if (const auto where = jamnet::resolve(text, via)) peer_.connect(*where);
    } else if (command == "play") {
      play(session_time{nanoseconds{std::stoll(text)}});
    } else if (command == "finish") {
      finish();
    }
  }
  void play(session_time begin) {
    auto loaded = load(options_.file, options_.seconds);
    if (!loaded.value) return io_.stop();
    const auto first = peer_.clock().to_host(begin - std::chrono::milliseconds{500});
    sound_.start(first, loaded.value->duration + std::chrono::seconds{3},
                 [this](std::span<float> out, std::uint64_t sample) {
                   speaker_.render(sound_, out, sample);
                 });
    std::printf("sound %lld\n", since_zero(first));
    if (options_.ensemble)
      loaded.value = deal(*loaded.value, options_.index, options_.peers);
    else if (options_.index != 1)
      loaded.value->events.clear();
    player_.start(
        *loaded.value, options_.latency,
        [this](const jamnet::ump& packet, session_time at) { send(packet, at); }, peer_.clock(),
        peer_.shared_transport());
    begin_ = begin;
    if (options_.index != 1) return;
    const auto why = peer_.transport().send(loaded.value->begins(begin));
    if (why != jamnet::errc{}) std::printf("fail %s\n", std::string{to_string(why)}.c_str());
  }
  void see_to_transport() {
    if (!begin_) return;
    const auto now = peer_.now();
    const double passed = static_cast<double>((now - *begin_).count()) * 1e-9;
    while (const auto wish = options_.agenda.next(passed)) {
      const auto why = shared::ask(peer_.transport(), *wish, now + std::chrono::milliseconds{150});
      if (why != jamnet::errc{}) std::printf("fail %s\n", std::string{to_string(why)}.c_str());
    }
  }
  void send(const jamnet::ump& packet, session_time at) {
    const auto now = jamnet::steady_source{}.now();
    const auto seq = peer_.machine().next_event();
    if (!peer_.send(packet, at)) return;
    sent_.push_back({seq, now, at, jamnet::starts_note(packet)});
    speaker_.play({at, jamnet::midi_event::no_seq, packet});
    sounding_.observe(packet);
  }
  void heard(const jamnet::received_event& e) {
    const auto now = jamnet::steady_source{}.now();
    if (!e.released && !e.recalled) heard_.push_back({e.from, e.seq, now, e.late});
    links_.heard(e);
    speaker_.play(e);
    sounding_.observe(e.packet);
  }

  void tell_state() {
    see_to_transport();
    const auto& machine = peer_.machine();
    const auto& count = machine.statistics();
    int links = 0;
    machine.for_each_link([&](const auto&) { ++links; });
    const bool synchronised = peer_.clock().synchronised();
    if (synchronised) {
      const auto truth = jamnet::steady_source{}.now();
      const auto mine = clock_.at(truth);
      std::printf("clock %lld %lld %lld\n", since_zero(truth),
                  since_zero(peer_.clock().to_session(mine)), ns(peer_.clock().bound(mine)));
      if (machine.timing().role() == jamnet::arbiter_role::master)
        std::printf("timeline %lld\n", since_zero(peer_.clock().to_host(session_time{})));
    }
    if (++ticks_ % 5 == 0)
      std::printf("state %d %d %llu %llu %llu %llu\n", synchronised ? 1 : 0, links,
                  static_cast<unsigned long long>(count.events_received),
                  static_cast<unsigned long long>(count.events_sent),
                  static_cast<unsigned long long>(count.events_late),
                  static_cast<unsigned long long>(count.events_lost));
    std::fflush(stdout);
    state_timer_.expires_after(std::chrono::milliseconds{50});
    state_timer_.async_wait([this](const asio::error_code& stopped) {
      if (!stopped) tell_state();
    });
  }

  void finish() {
    finishing_ = true;
    const auto links = links_.look(peer_.machine(), clock_.now()); // before the others leave
    player_.stop();
    sound_.stop();
    const auto path = options_.out / (options_.name + ".wav");
    if (!shared::write_wav(path, sound_.sound()))
      std::printf("fail cannot write %s\n", path.c_str());
    for (const sending& s : sent_)
      std::printf("sent %llu %lld %lld %d\n", static_cast<unsigned long long>(s.seq),
                  since_zero(s.truth), since_zero(s.sounds), s.starts ? 1 : 0);
    for (const hearing& h : heard_)
      std::printf("heard %.16s %llu %lld %d\n", to_hex(h.from).data(),
                  static_cast<unsigned long long>(h.seq), since_zero(h.at), h.late ? 1 : 0);
    for (const link_report& l : links) std::printf("link %s\n", to_words(l).c_str());
    std::printf("stuck %zu\ndone\n", sounding_.sounding());
    std::fflush(stdout);
    peer_.leave();
    state_timer_.expires_after(std::chrono::milliseconds{50}); // for the goodbye to leave
    state_timer_.async_wait([this](const asio::error_code&) { io_.stop(); });
  }

  struct hearing {
    jamnet::peer_id from;
    std::uint64_t seq = 0;
    host_time at{};
    bool late = false;
  };

  options options_;
  injected_clock clock_;
  asio::io_context io_{1};
  jamnet::basic_native_peer<injected_clock> peer_;
  player<injected_clock> player_;
  asio::steady_timer state_timer_;
  asio::posix::stream_descriptor commands_;
  asio::streambuf input_;
  jamnet::note_tracker sounding_;
  struct sending {
    std::uint64_t seq = 0;
    host_time truth{};
    session_time sounds{};
    bool starts = false; // a note
  };
  std::vector<sending> sent_;
  std::vector<hearing> heard_;
  link_watch links_;
  std::optional<session_time> begin_;
  unsigned ticks_ = 0;
  bool finishing_ = false;
  loudspeaker speaker_;
  shared::sound_thread sound_; // ends before the others do
};

} // namespace

int run_member(const options& o) {
  std::signal(SIGINT, SIG_IGN); // the conductor ends us, in order
  std::signal(SIGPIPE, SIG_IGN);
  return std::make_unique<member>(o)->run();
}

} // namespace jam
