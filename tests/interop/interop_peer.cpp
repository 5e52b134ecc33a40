// A member of a session for interop_test.py: tells line by line what happens, and plays.
//
//   interop_peer found|join udp|tcp [--connect HOST:PORT] [--links N] [--events N] [--min V] [--max
//   V]
//
//   ready PORT ID
//   peer CHANGE WHOM WHY VERSION
//   clock HOST_NS SESSION_NS BOUND_NS        the hard bound; every 20 ms; the host's raw monotonic
//   clock sent LINE                                JSONMIDI; begins when it is synchronised and has
//   N links heard WHOM LINE counted UNKNOWN_FRAMES BAD_FRAMES        at the end, which is that of
//   its standard input
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <asio/posix/stream_descriptor.hpp>
#include <unistd.h>

#include <jamnet/jsonmidi/encode.hpp>
#include <jamnet/platform/native_peer.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

struct wishes {
  native_options peer{};
  const char* connect = nullptr;
  int links = 1, events = 0;
};

template <class Time>
long long count(Time t) {
  return static_cast<long long>(t.time_since_epoch().count());
}

class member {
public:
  explicit member(const wishes& w) : wish_{w}, peer_{io_, w.peer}, input_{io_, ::dup(0)} {}

  int run() {
    peer_.on_event([this](const received_event& e) {
      if (!e.released && !e.recalled) tell("heard", e, to_hex(e.from).data());
    });
    peer_.on_peer([this](const peer_status& s) { changed(s); });
    const auto port = peer_.start();
    if (!port) return 2;
    std::printf("ready %u %.16s\n", *port, to_hex(peer_.machine().id()).data());
    if (wish_.connect != nullptr) {
      const auto via = wish_.peer.tcp ? toast::carrier::tcp : toast::carrier::udp;
      const auto where = resolve(wish_.connect, via);
      if (!where) return 2;
      peer_.connect(*where);
    }
    input_.async_read_some(asio::buffer(byte_),
                           [this](const asio::error_code&, std::size_t) { leave(); });
    look();
    io_.run();
    return 0;
  }

private:
  void tell(const char* what, const midi_event& e, const char* whom = nullptr) {
    std::array<char, jsonmidi::max_encoded_size> text;
    const auto line = jsonmidi::encode(e, text);
    if (whom != nullptr)
      std::printf("%s %.16s %.*s\n", what, whom, static_cast<int>(line.size()), line.data());
    else
      std::printf("%s %.*s\n", what, static_cast<int>(line.size()), line.data());
  }
  void changed(const peer_status& s) {
    std::uint32_t version = 0;
    peer_.machine().for_each_link([&](const toast::link& l) {
      if (l.peer() == s.peer) version = l.version();
    });
    const auto change = to_string(s.change), why = to_string(s.why);
    std::printf("peer %.16s %u %.*s: %.*s\n", to_hex(s.peer).data(), version,
                static_cast<int>(change.size()), change.data(), static_cast<int>(why.size()),
                why.data());
  }
  void look() {
    const session_clock& clock = peer_.clock();
    if (clock.synchronised()) {
      const auto now = steady_source{}.now();
      std::printf("clock %lld %lld %lld\n", count(now), count(clock.to_session(now)),
                  static_cast<long long>(clock.hard_bound(now).count()));
      int links = 0;
      unknown_ = bad_ = 0;
      peer_.machine().for_each_link([&](const toast::link& l) {
        ++links;
        unknown_ += l.statistics().frames_unknown;
        bad_ += l.statistics().frames_bad;
      });
      for (int i = 0; i < 10 && links >= wish_.links && played_ < wish_.events; ++i) play();
    }
    std::fflush(stdout);
    timer_.expires_after(20ms);
    timer_.async_wait([this](const asio::error_code& stopped) {
      if (!stopped) look();
    });
  }
  // Three notes, each bent; the number is in the event.
  void play() {
    const auto n = static_cast<unsigned>(played_);
    const ump notes[] = {note_on{.channel = 1, .note = n / 3 % 128, .velocity = 9},
                         pitch_bend{.channel = 1, .value = n % 16384},
                         note_off{.channel = 1, .note = n / 3 % 128}};
    const auto at = peer_.now() + 30ms;
    if (!peer_.send(notes[n % 3], at)) return;
    tell("sent", {at, static_cast<std::uint64_t>(played_++), notes[n % 3]});
  }
  void leave() {
    std::printf("counted %llu %llu\n", static_cast<unsigned long long>(unknown_),
                static_cast<unsigned long long>(bad_));
    peer_.leave();
    timer_.expires_after(20ms); // for the goodbye to leave
    timer_.async_wait([this](const asio::error_code&) { io_.stop(); });
  }

  wishes wish_;
  asio::io_context io_{1};
  asio::steady_timer timer_{io_};
  native_peer peer_;
  asio::posix::stream_descriptor input_;
  std::array<char, 1> byte_{};
  std::uint64_t unknown_ = 0, bad_ = 0;
  int played_ = 0;
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  wishes wish;
  peer_options& peer = wish.peer.peer;
  peer.name = "interop";
  peer.room = "interop";
  peer.announce = false;
  peer.found_after = argv[1] == std::string_view{"found"} ? nanoseconds{0} : peer_options::never;
  wish.peer.tcp = argv[2] == std::string_view{"tcp"};
  wish.peer.udp = !wish.peer.tcp;
  for (int i = 3; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--connect") wish.connect = argv[i + 1];
    if (option == "--links") wish.links = std::atoi(argv[i + 1]);
    if (option == "--events") wish.events = std::atoi(argv[i + 1]);
    if (option == "--min") peer.versions.min = static_cast<std::uint32_t>(std::atoi(argv[i + 1]));
    if (option == "--max") peer.versions.max = static_cast<std::uint32_t>(std::atoi(argv[i + 1]));
  }
  return member{wish}.run();
}
