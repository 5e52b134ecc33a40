#include "live.hpp"

#include <array>
#include <csignal>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <unistd.h>

#include <jamnet/jsonmidi/to_string.hpp>
#include <jamnet/platform/native_peer.hpp>

#include "../shared/printable.hpp"
#include "../shared/raw_terminal.hpp"
#include "../shared/transport_keys.hpp"
#include "../shared/transport_text.hpp"
#include "../shared/transport_words.hpp"
#include "instruments.hpp"
#include "music.hpp"
#include "net_report.hpp"
#include "player.hpp"
#include "privacy.hpp"

namespace jam {
namespace {

// A piano on two rows: a is C, w is C sharp, s is D …
constexpr std::string_view piano = "awsedftgyhujkolp";
constexpr unsigned lowest = 60;

class live_jam {
public:
  live_jam(const options& o, std::optional<music> m, const jamnet::toast::layer_list& layers,
           std::unique_ptr<instruments> devices)
      : options_{o},
        music_{std::move(m)},
        peer_{io_, native(o, layers, devices->ahead())},
        player_{io_, {}},
        tick_{io_},
        report_{io_},
        crowd_{io_},
        patience_{io_},
        keys_{io_, ::dup(STDIN_FILENO)},
        signals_{io_, SIGINT, SIGTERM},
        devices_{std::move(devices)} {}

  int run() {
    peer_.on_event([this](const jamnet::received_event& e) {
      links_.heard(e);
      devices_->play(e, peer_.clock().to_host(e.time));
      std::cout << jamnet::jsonmidi::to_string(e) << (e.late ? "  late" : "")
                << (e.released   ? "  released"
                    : e.recalled ? "  recalled"
                                 : "")
                << std::endl;
    });
    peer_.on_peer([this](const jamnet::peer_status& s) { changed(s); });
    peer_.transport().on_change([this](const jamnet::transport_change& c) { changed(c); });
    const auto port = peer_.start();
    if (!port) {
      const auto why = port.error().code;
      if (why == jamnet::errc::value_range || why == jamnet::errc::address_unavailable)
        return complain("--relay " + options_.relay, why);
      std::cerr << "jam: port " << options_.port << ": " << to_string(why) << std::endl;
      return 2;
    }
    if (!options_.connect.empty()) {
      const auto via = options_.tcp ? jamnet::toast::carrier::tcp : jamnet::toast::carrier::any;
      const auto where = jamnet::resolve(options_.connect, via);
      if (!where) return complain("--connect " + options_.connect, where.error().code);
      peer_.connect(*where);
    }
    std::cout << "room '" << options_.room << "', you are " << options_.name << " at port " << *port
              << (peer_.sealed()
                      ? "\nsealed room: nobody without its pass-phrase can listen or play\n"
                      : "\nopen room: anybody here can listen and play\n")
              << (music_ ? "playing " + options_.file.string()
                         : "keys " + std::string{piano} + " are a piano")
              << "; q or Ctrl-C leaves" << std::endl;
    for (const auto& line : devices_->descriptions())
      std::cout << shared::printable(line) << std::endl;
    const auto wrong = devices_->start(
        io_, peer_.shared_clock(),
        {.heard = [this] { play_what_is_heard(); },
         .news = [](const std::string& line) { std::cout << "-- " << line << std::endl; }});
    if (!wrong.empty()) return std::cerr << "jam: " << wrong << std::endl, 2;
    signals_.async_wait([this](const asio::error_code& none, int) {
      if (!none) leave();
    });
    if (options_.net_report) report_links();
    read_key();
    io_.run();
    return code_;
  }

private:
  static int complain(const std::string& option, jamnet::errc why) {
    std::cerr << "jam: " << option << ": "
              << (why == jamnet::errc::value_range ? "expects HOST:PORT, a port from 1 to 65535"
                                                   : to_string(why))
              << std::endl;
    return 2;
  }
  static jamnet::native_options native(const options& o, const jamnet::toast::layer_list& layers,
                                       nanoseconds ahead) {
    jamnet::native_options n;
    n.peer.name = o.name;
    n.peer.room = o.room;
    n.peer.layers = layers;
    n.peer.ahead = ahead;
    n.peer.transport.start_stop_sync = true;
    n.peer.found_after = o.mode == mode::host ? nanoseconds{0} : jamnet::peer_options::never;
    n.port = o.port;
    n.relay = o.relay;
    n.udp = !o.tcp || o.mode == mode::host; // a host is there for both
    n.tcp = o.tcp || o.both || o.mode == mode::host;
    n.peer.stream_beside = o.both;
    return n;
  }

  // Strangers try again and again; once is enough to be told.
  [[nodiscard]] bool is_known(const jamnet::peer_status& s) {
    if (s.change != jamnet::peer_change::refused && s.change != jamnet::peer_change::turned_away)
      return false;
    const auto news = std::pair{s.peer, s.why};
    return std::exchange(strangers_[s.change], news) == news;
  }
  // The latency follows the clocks' bounds by nanoseconds.
  [[nodiscard]] bool is_hardly_another(const jamnet::peer_status& s) {
    if (s.change != jamnet::peer_change::latency_changed) return false;
    const auto text = shared::print("%.1f", static_cast<double>(s.count) * 1e-6);
    return std::exchange(latency_, text) == text;
  }
  void changed(const jamnet::peer_status& s) {
    if (is_known(s) || is_hardly_another(s)) return;
    met_ = met_ || s.change == jamnet::peer_change::joined;
    if (s.change == jamnet::peer_change::joined) names_[s.peer] = s.name.view();
    if (s.change == jamnet::peer_change::refused) {
      const bool connects = !options_.connect.empty() && s.peer != jamnet::toast::relay_id;
      std::cerr << "jam: " << (connects ? options_.connect : std::string{s.name.view()})
                << " refused: " << to_string(s.why) << std::endl;
      if (options_.mode == mode::join && !met_) wait_for_others();
      return;
    }
    std::cout << "-- "
              << (s.name.empty() ? (s.peer ? "somebody" : options_.name)
                                 : std::string{s.name.view()})
              << ' ' << to_string(s.change);
    if (s.change == jamnet::peer_change::unreachable)
      std::cout << ": " << (s.peer ? options_.relay : options_.connect) << ", trying on";
    if (s.change == jamnet::peer_change::latency_changed) std::cout << ": " << latency_ << " ms";
    if (s.change == jamnet::peer_change::master_changed) std::cout << ": " << to_string(s.reason);
    std::cout << std::endl;
    if (s.change == jamnet::peer_change::synchronised && !in_time_since_) {
      in_time_since_ = peer_.now();
      see_to_transport();
    }
  }
  void changed(const jamnet::transport_change& c) {
    const auto& last = peer_.transport().schedule().states().back();
    if (c.what == jamnet::transport_event::refused)
      std::cout << "-- refused: " << to_string(c.why) << std::endl;
    if (c.what == jamnet::transport_event::refused || last == last_) return;
    std::cout << "-- "
              << (c.by == peer_.machine().id() ? "you"
                  : names_.count(c.by) > 0     ? names_[c.by]
                                               : "the session")
              << ": " << shared::difference(last_, last) << std::endl;
    last_ = last;
  }
  // Who comes with a file plays along where the others are; or has them begin, where nothing plays.
  void begin_music() {
    player_.start(
        *music_, options_.latency,
        [this](const jamnet::ump& packet, session_time at) { send(packet, at); }, peer_.clock(),
        peer_.shared_transport());
    const auto soon = peer_.now() + std::chrono::milliseconds{500};
    if (peer_.transport().at(soon).rolling()) return;
    if (const auto why = peer_.transport().send(music_->begins(soon)); why != jamnet::errc{})
      std::cout << "-- not possible: " << to_string(why) << std::endl;
  }
  void see_to_transport() {
    const double passed = static_cast<double>((peer_.now() - *in_time_since_).count()) * 1e-9;
    if (music_ && !plays_ && passed > 0.5) plays_ = (begin_music(), true);
    while (const auto wish = options_.agenda.next(passed)) ask(*wish);
    tick_.expires_after(std::chrono::milliseconds{20});
    tick_.async_wait([this](const asio::error_code& stopped) {
      if (!stopped) see_to_transport();
    });
  }
  void ask(const shared::transport_wish& wish) {
    const auto soon = peer_.now() + std::chrono::milliseconds{150};
    if (const auto why = shared::ask(peer_.transport(), wish, soon); why != jamnet::errc{})
      std::cout << "-- not possible: " << to_string(why) << std::endl;
  }
  // Who refuses need not be of the room: others may let us in.
  void wait_for_others() {
    if (std::exchange(waiting_, true)) return;
    patience_.expires_after(std::chrono::seconds{2});
    patience_.async_wait([this](const asio::error_code& stopped) {
      waiting_ = false;
      if (stopped || met_) return;
      code_ = 2;
      leave();
    });
  }
  void report_links() {
    report_.expires_after(std::chrono::seconds{10});
    report_.async_wait([this](const asio::error_code& stopped) {
      if (stopped) return;
      tell_links();
      report_links();
    });
  }
  void tell_links() {
    std::cout << to_table(options_.name,
                          links_.look(peer_.machine(), jamnet::steady_source{}.now()))
              << std::flush;
  }
  void read_key() {
    keys_.async_read_some(asio::buffer(key_), [this](const asio::error_code& gone, std::size_t n) {
      if (gone) return; // no more keys: we stay and listen
      std::string_view typed{key_.data(), n};
      while (!typed.empty() && !leaving_) press(shared::take_key(typed));
      if (!leaving_) read_key();
    });
  }
  void press(std::string_view key) {
    if (key == "q" || key == "\x04") return leave();
    const auto place = piano.find(key);
    if (place != std::string_view::npos) return strike(lowest + static_cast<unsigned>(place));
    const auto words = shared::words_of_key(key, peer_.transport().schedule(), peer_.now());
    if (const auto wish = shared::read_wish(words)) ask(*wish);
  }
  // A terminal tells no release, so a note lasts a quarter of a second.
  void strike(unsigned note) {
    const auto sounds = peer_.now() + latency();
    const bool sent = send(jamnet::note_on{.note = note, .velocity = 90}, sounds) &&
                      send(jamnet::note_off{.note = note}, sounds + std::chrono::milliseconds{250});
    if (!sent) std::cout << "-- not yet: nobody has told us the time" << std::endl;
  }
  [[nodiscard]] nanoseconds latency() const {
    return options_.own_latency ? options_.latency : peer_.latency();
  }
  // What comes faster than the network takes it waits, and is lost where nothing more can wait.
  void play_what_is_heard() {
    constexpr int at_once = 256;
    constexpr std::uint64_t waiting = 4'096;
    if (leaving_) return;
    jamnet::received_packet next;
    for (int i = 0; i < at_once && peer_.backlog() < waiting; ++i) {
      if (!devices_->try_next(next)) return;
      unsent_ += send(next.packet, peer_.clock().to_session(next.at) + latency()) ? 0u : 1u;
    }
    crowd_.expires_after(std::chrono::milliseconds{1});
    crowd_.async_wait([this](const asio::error_code& stopped) {
      if (!stopped) play_what_is_heard();
    });
  }
  // To the others; and to us, as they hear it.
  bool send(const jamnet::ump& packet, session_time at) {
    if (!peer_.send(packet, at)) return false;
    if (options_.devices.thru)
      devices_->play({at, jamnet::midi_event::no_seq, packet}, peer_.clock().to_host(at));
    return true;
  }
  void leave() {
    if (std::exchange(leaving_, true)) return;
    if (options_.net_report) tell_links();
    report_.cancel();
    crowd_.cancel();
    patience_.cancel();
    player_.stop();
    peer_.leave();
    const auto silence = devices_->fall_silent() - jamnet::steady_source{}.now();
    for (const auto& line : devices_->complaints()) std::cout << "-- " << line << std::endl;
    if (unsent_ != 0)
      std::cout << "-- " << unsent_ << " messages came before anybody told us the time"
                << std::endl;
    tick_.expires_after(silence + std::chrono::milliseconds{50}); // for the goodbye to leave
    tick_.async_wait([this](const asio::error_code&) { io_.stop(); });
  }

  options options_;
  std::optional<music> music_;
  asio::io_context io_{1};
  jamnet::native_peer peer_;
  player<jamnet::steady_source> player_;
  asio::steady_timer tick_, report_, crowd_, patience_;
  link_watch links_;
  std::map<jamnet::peer_change, std::pair<jamnet::peer_id, jamnet::errc>> strangers_;
  asio::posix::stream_descriptor keys_;
  asio::signal_set signals_;
  std::array<char, 64> key_{};
  int code_ = 0;
  unsigned unsent_ = 0;                          // of what came from our instruments
  std::map<jamnet::peer_id, std::string> names_; // of the others
  jamnet::transport_state last_{};               // as it will be, when all is done
  std::optional<session_time> in_time_since_;
  std::string latency_; // in ms, as it was told
  bool plays_ = false, leaving_ = false;
  bool waiting_ = false, met_ = false;   // anybody of the room
  std::unique_ptr<instruments> devices_; // end before all that they use
};

} // namespace

int play_live(const options& asked) {
  options o = asked;
  if (o.mode == mode::host && o.port == 0) o.port = 47800;
  if (o.name.empty())
    o.name = o.mode == mode::host ? "host" : "guest " + std::to_string(::getpid());
  std::optional<music> m;
  if (!o.file.empty()) {
    auto loaded = load(o.file, o.seconds);
    if (!loaded.value) {
      std::cerr << "jam: " << loaded.error << std::endl;
      return 2;
    }
    m = std::move(loaded.value);
  }
  privacy seal;
  jamnet::toast::layer_list layers;
  if (const auto wrong = seal.apply(o, layers); !wrong.empty()) {
    std::cerr << "jam: " << wrong << std::endl;
    return 2;
  }
  auto devices = std::make_unique<instruments>();
  if (const auto wrong = devices->open(o.devices); !wrong.empty()) {
    std::cerr << "jam: " << shared::printable(wrong) << std::endl;
    return 2;
  }
  const shared::raw_terminal terminal;
  return std::make_unique<live_jam>(o, std::move(m), layers, std::move(devices))->run();
}

} // namespace jam
