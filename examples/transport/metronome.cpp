#include "metronome.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <istream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/read_until.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/streambuf.hpp>
#include <unistd.h>

#include <jamnet/platform/native_peer.hpp>

#include "../shared/live_sound.hpp"
#include "../shared/raw_terminal.hpp"
#include "../shared/sound_thread.hpp"
#include "../shared/transport_keys.hpp"
#include "../shared/transport_text.hpp"
#include "click_track.hpp"

namespace metronome {
namespace {

using namespace std::chrono_literals;
using shared::bar_text;
using shared::difference;
using shared::mode_text;

class live_metronome {
public:
  explicit live_metronome(const options& o)
      : options_{o},
        peer_{io_, native(o), o.clock},
        tick_{io_},
        input_{io_, ::dup(STDIN_FILENO)},
        signals_{io_, SIGINT, SIGTERM},
        clicks_{peer_.shared_transport(), peer_.shared_clock()},
        recorder_{o.clock} {
    card_.on_change([this](const std::string& what) { say("-- " + what); });
  }

  int run() {
    peer_.on_peer([this](const jamnet::peer_status& s) { changed(s); });
    peer_.transport().on_change([this](const jamnet::transport_change& c) { changed(c); });
    const auto port = peer_.start();
    if (!port) return complain("port " + std::to_string(options_.port), port.error().code);
    if (!options_.connect.empty()) {
      const auto where = jamnet::resolve(options_.connect, jamnet::toast::carrier::any);
      if (!where) return complain("--connect " + options_.connect, where.error().code);
      peer_.connect(*where);
    }
    say("room '" + options_.room + "', you are " + options_.name + " at port " +
        std::to_string(*port));
    if (terminal_.is_one())
      say("space starts and stops, 0 to the start, 1-9 to a bar, arrows, + and -, l loops, q "
          "leaves");
    if (options_.audio_out)
      if (const auto wrong = sound(); !wrong.empty())
        return std::cerr << "transport: --audio-out: " << wrong << std::endl, 2;
    signals_.async_wait([this](const asio::error_code& none, int) {
      if (!none) leave();
    });
    terminal_.is_one() ? read_key() : read_line();
    tick();
    io_.run();
    return code_;
  }

private:
  static jamnet::native_options native(const options& o) {
    jamnet::native_options n;
    n.peer.name = o.name;
    n.peer.room = o.room;
    n.peer.transport.start_stop_sync = true;
    if (!o.connect.empty()) n.peer.found_after = jamnet::peer_options::never;
    n.port = o.port;
    return n;
  }
  static int complain(const std::string& what, jamnet::errc why) {
    std::cerr << "transport: " << what << ": " << to_string(why) << std::endl;
    return 2;
  }
  // A line that stays; the one that changes is written again below it.
  void say(const std::string& line) const {
    std::cout << (in_place_ ? "\r\x1b[K" : "") << line << std::endl;
  }

  void changed(const jamnet::peer_status& s) {
    using enum jamnet::peer_change;
    const std::string name{s.name.view()};
    if (s.change == joined) names_[s.peer] = name;
    if (s.change == left || s.change == vanished) names_.erase(s.peer);
    const bool news = s.change == founded || s.change == joined || s.change == left ||
                      s.change == vanished || s.change == merged || s.change == synchronised ||
                      s.change == rejoined || s.change == unreachable || s.change == refused;
    if (news) say("-- " + (s.peer ? name : options_.name) + ' ' + std::string{to_string(s.change)});
    if (s.change == refused)
      std::cerr << "transport: " << name << " refused: " << to_string(s.why) << std::endl;
    if (s.change == synchronised && begins_ == host_time{}) begin();
  }
  void changed(const jamnet::transport_change& c) {
    if (c.what == jamnet::transport_event::refused)
      return say("-- refused: " + std::string{to_string(c.why)});
    const auto& last = peer_.transport().schedule().states().back();
    if (last == last_ && !c.jumps()) return;
    jumps_ += c.jumps() ? 1u : 0u;
    const auto who = c.by == peer_.machine().id() ? "you"
                     : names_.count(c.by) > 0     ? names_[c.by]
                                                  : "the session";
    news_ = who + ": " + difference(last_, last) + (c.jumps() ? " (the music jumped)" : "");
    last_ = last;
    if (!in_place_) say("-- " + news_);
  }

  // Through the card, clicks are heard at their time: they are known early enough.
  std::string sound() {
    if (auto wrong = card_.open(*options_.audio_out, "transport"); !wrong.empty()) return wrong;
    live_clicks_ =
        std::make_unique<click_track>(peer_.shared_transport(), peer_.shared_clock(), card_.rate());
    say("sounds on " + card_.description());
    return card_.start([this](std::span<float> out, std::uint64_t first) {
      live_clicks_->render(card_, out, first);
    });
  }
  // The sound begins with the session's second that has begun, so that those of all can be laid
  // side by side.
  void begin() {
    begins_ = options_.clock.now();
    if (options_.wav.empty()) return;
    const auto second = peer_.now().time_since_epoch() / 1s;
    sounds_from_ = session_time{second * 1s};
    const auto length = options_.seconds > 0
                            ? nanoseconds{static_cast<std::int64_t>((options_.seconds + 1) * 1e9)}
                            : nanoseconds{10min};
    recorder_.start(peer_.clock().to_host(sounds_from_), length,
                    [this](std::span<float> out, std::uint64_t first) {
                      clicks_.render(recorder_, out, first);
                    });
  }

  void tick() {
    if (begins_ != host_time{}) {
      const double seconds = static_cast<double>((options_.clock.now() - begins_).count()) * 1e-9;
      while (const auto wish = options_.agenda.next(seconds)) ask(*wish);
      if (options_.seconds > 0 && seconds > options_.seconds) return leave();
    }
    if (live_clicks_) card_.poll(jamnet::steady_source{}.now());
    if (in_place_) show();
    tick_.expires_after(in_place_ ? 40ms : 10ms);
    tick_.async_wait([this](const asio::error_code& stopped) {
      if (!stopped) tick();
    });
  }
  void show() {
    if (!peer_.clock().synchronised()) return;
    const auto now = peer_.now();
    const auto state = peer_.transport().at(now);
    const auto at = state.position_at(now);
    std::printf("\r\x1b[K%s %s %g bpm %s %s, %zu here  %.60s", bar_text(state, at).c_str(),
                shared::beat_text(state, at).c_str(), state.bpm,
                shared::signature_text(state.signature).c_str(), mode_text(state.mode),
                names_.size() + 1, news_.c_str());
    std::fflush(stdout);
  }

  void ask(const shared::transport_wish& wish) {
    const auto why = shared::ask(peer_.transport(), wish, peer_.now() + options_.ahead);
    if (why != jamnet::errc{}) say("-- not possible: " + std::string{to_string(why)});
  }
  void ask(const std::string& words) {
    if (const auto wish = shared::read_wish(words))
      ask(*wish);
    else if (words == "quit")
      leave();
    else
      say("-- not understood: '" + words + "'; see transport --help");
  }

  void read_line() {
    asio::async_read_until(input_, lines_, '\n', [this](const asio::error_code& gone, std::size_t) {
      if (gone) return options_.testifies ? leave() : void(); // else: no more commands
      std::istream in{&lines_};
      std::string line;
      std::getline(in, line);
      ask(line);
      if (!leaving_) read_line();
    });
  }
  void read_key() {
    input_.async_read_some(asio::buffer(key_), [this](const asio::error_code& gone, std::size_t n) {
      if (gone) return leave();
      std::string_view typed{key_.data(), n};
      while (!typed.empty() && !leaving_) press(shared::take_key(typed));
      if (!leaving_) read_key();
    });
  }
  void press(std::string_view key) {
    if (key == "q" || key == "\x04") return leave();
    const auto words =
        shared::words_of_key(key, peer_.transport().schedule(), peer_.now() + options_.ahead);
    if (!words.empty()) ask(words);
  }

  void leave() {
    if (leaving_) return;
    leaving_ = true;
    tick_.cancel();
    recorder_.stop();
    card_.stop();
    if (in_place_) say("");
    if (sounds_from_ != session_time::min()) write_sound();
    if (options_.testifies) testify();
    peer_.leave();
    tick_.expires_after(50ms); // for the goodbye to leave
    tick_.async_wait([this](const asio::error_code&) { io_.stop(); });
  }
  void write_sound() {
    std::error_code ignored; // writing says it
    if (options_.wav.has_parent_path())
      std::filesystem::create_directories(options_.wav.parent_path(), ignored);
    if (!shared::write_wav(options_.wav, recorder_.sound())) {
      std::cerr << "transport: " << options_.wav.string() << ": cannot be written" << std::endl;
      code_ = 2;
      return;
    }
    say(options_.wav.string() + ": " + std::to_string(clicks_.clicked().size()) +
        " clicks, from second " + std::to_string(sounds_from_.time_since_epoch() / 1s) +
        " of the session on");
  }
  // For a band (band.hpp), in lines.
  void testify() {
    const auto ns = [](auto time) {
      return static_cast<long long>(time.time_since_epoch().count());
    };
    if (peer_.machine().timing().role() == jamnet::arbiter_role::master)
      std::printf("zero %lld\n", ns(peer_.clock().to_host(session_time{})));
    std::printf("sound %lld\njumps %u\n", ns(recorder_.first_sample()), jumps_);
    for (const session_time t : clicks_.clicked()) std::printf("click %lld\n", ns(t));
    std::printf("done\n");
    std::fflush(stdout);
  }

  options options_;
  shared::raw_terminal terminal_;
  bool in_place_ = ::isatty(STDOUT_FILENO) != 0;
  asio::io_context io_{1};
  jamnet::basic_native_peer<shared::injected_clock> peer_;
  asio::steady_timer tick_;
  asio::posix::stream_descriptor input_;
  asio::signal_set signals_;
  asio::streambuf lines_;
  std::array<char, 64> key_{};
  std::map<jamnet::peer_id, std::string> names_; // of the others
  jamnet::transport_state last_{};               // as it will be, when all is done
  std::string news_;
  host_time begins_{};
  session_time sounds_from_ = session_time::min();
  unsigned jumps_ = 0;
  int code_ = 0;
  bool leaving_ = false;
  click_track clicks_;
  std::unique_ptr<click_track> live_clicks_;
  shared::sound_thread recorder_; // ends before the others do
  shared::live_sound card_;       // likewise
};

} // namespace

int run(const options& asked) {
  options o = asked;
  if (o.name.empty()) o.name = "peer " + std::to_string(::getpid());
  return std::make_unique<live_metronome>(o)->run();
}

} // namespace metronome
