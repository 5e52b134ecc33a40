// rtaudio_stream on a private JACK server: its sound goes round exactly, and whatever happens to
// the server is told and got over. Skipped (77) where there is no JACK.
//
//     rtaudio_jack [SECONDS]     # of sound that goes round
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <jamnet/platform/jack_midi.hpp>
#include <jamnet/platform/rtaudio_stream.hpp>

#include "../platform/jack_fixture.hpp"
#include "../platform/sound_loop.hpp"

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

int failures = 0;

void check(bool right, const std::string& what) {
  std::printf("%s %s\n", right ? "      " : "WRONG ", what.c_str());
  std::fflush(stdout);
  failures += !right;
}
double ms(nanoseconds t) { return static_cast<double>(t.count()) * 1e-6; }

template <class Layout>
struct player {
  explicit player(audio_stream_options wanted) : options{std::move(wanted)} {
    auto opened = rtaudio_stream<Layout>::open(options);
    if (!opened) {
      refusal = opened.error();
      return;
    }
    stream = std::move(*opened);
    stream->on_event([this](const audio_stream_event& e) {
      if (e.change == audio_change::xrun) return; // the machine's
      std::printf("       %s: %s\n", options.name.c_str(),
                  std::string{to_string(e.change)}.c_str());
      events.push_back(e.change);
    });
  }
  bool start() {
    return stream && stream->start([this](audio_moment now, auto in, auto out) {
      loop.play(now.frame, in, out);
    });
  }
  bool told(audio_change change) const { return !events.empty() && events.back() == change; }

  audio_stream_options options;
  failure refusal{};
  std::unique_ptr<rtaudio_stream<Layout>> stream;
  testing::sound_loop loop;
  std::vector<audio_change> events;
};

// How long it took until all of them said so, or 20 s.
template <class... Players>
nanoseconds wait_until(audio_change change, Players&... players) {
  const auto began = steady_source{}.now();
  for (auto now = began; now - began < 20s; now = steady_source{}.now()) {
    (players.stream->poll(now), ...);
    if ((players.told(change) && ...)) return now - began;
    std::this_thread::sleep_for(50ms);
  }
  return 20s;
}
template <class... Players>
void check_wait(const std::string& what, audio_change change, Players&... players) {
  const auto took = wait_until(change, players...);
  check(took < 20s, what + " (" + std::to_string(static_cast<int>(ms(took))) + " ms)");
}

void refusals(testing::jack_server& server) {
  const auto told = [](audio_stream_options wanted) {
    wanted.api = "jack";
    const auto opened = rtaudio_stream<>::open(wanted);
    return opened ? std::string{"opened"}
                  : explain(opened.error(), wanted, rtaudio_stream<>::devices("jack"));
  };
  const auto check_told = [&](const audio_stream_options& wanted, const std::string& line) {
    const auto said = told(wanted);
    check(said == line, said);
  };
  check_told({.device = "sistem"},
             "no audio device \"sistem\"; did you mean \"system\"? There are \"system\"");
  check_told({.rate = 44'100}, "the audio device does not offer 44100 Hz, but 48000");
  check_told({.device = "system", .outputs = 3},
             "\"system\" has not the 0 inputs and 3 outputs that are asked for");
  check_told({.inputs = 0, .outputs = 0}, "no channels: neither in- nor outputs");
  server.stop();
  check_told({}, "no audio device: no server runs, and no sound card is there");
  server.start();
}

template <class Layout>
void goes_round(double seconds) {
  player<Layout> one{
      {.inputs = 1, .outputs = 1, .name = "jamloop", .connect = false, .api = "jack"}};
  check(one.start(), "started");
  if (!one.stream) return;
  const auto& format = one.stream->format();
  check(format.device == "system" && format.rate == 48'000 && format.block == 128,
        "agreed: " + format.device + ", " + std::to_string(format.block) + " frames");
  const int connected = std::system("jack_connect 'jamloop:outport 0' 'jamloop:inport 0'");
  check(connected == 0, "connected");
  std::this_thread::sleep_for(std::chrono::duration<double>{seconds});
  const auto count = one.stream->count();
  one.stream->stop();
  std::printf("       %llu blocks, %llu xruns, of which ours at most %llu\n",
              static_cast<unsigned long long>(count.blocks),
              static_cast<unsigned long long>(count.xruns),
              static_cast<unsigned long long>(count.slow));
  check(one.loop.delay() == format.block, "a period later: " + std::to_string(one.loop.delay()));
  check(one.loop.compared() > 0 && one.loop.wrong() == 0,
        std::to_string(one.loop.wrong()) + " of " + std::to_string(one.loop.compared()) +
            " samples wrong");
}

void server_dies(testing::jack_server& server) {
  player<planar<>> one{{.inputs = 2, .name = "jamone", .api = "jack"}};
  player<interleaved<>> two{{.name = "jamtwo", .api = "jack"}};
  check(one.start() && two.start(), "two play in one process");
  for (int i = 0; i < 3; ++i) {
    server.kill();
    check_wait("the server was killed", audio_change::lost, one, two);
    check(server.start(), "it starts again");
    check_wait("both are back", audio_change::back, one, two);
    const auto before = one.stream->count().blocks;
    std::this_thread::sleep_for(200ms);
    check(one.stream->count().blocks > before, "and play");
  }
  server.stop();
  check_wait("the server ended", audio_change::lost, one, two);
  server.start();
  check_wait("both are back", audio_change::back, one, two);
  server.kill();
  one.stream.reset(); // no hang
  two.stream.reset();
  server.start();
}

void server_sleeps(testing::jack_server& server) {
  player<planar<>> one{{.name = "jamone", .api = "jack"}};
  check(one.start(), "started");
  ::kill(server.process(), SIGSTOP);
  check_wait("the server stands still", audio_change::stuck, one);
  ::kill(server.process(), SIGCONT);
  check_wait("it goes on", audio_change::back, one);
  ::kill(server.process(), SIGSTOP);
  check_wait("it stands still for long", audio_change::lost, one);
  std::this_thread::sleep_for(1s);
  ::kill(server.process(), SIGCONT);
  check_wait("it goes on", audio_change::back, one);
  ::kill(server.process(), SIGSTOP);
  check_wait("it stands still", audio_change::lost, one);
  server.kill();
  server.start();
  check_wait("it died and was restarted", audio_change::back, one);
}

// libjack frees what others of the process have not closed yet (detail/jack_tenant.hpp).
void server_dies_beside_midi(testing::jack_server& server) {
  player<planar<>> sound{{.name = "jamone", .api = "jack"}};
  auto keys = jack_midi_input::open({.virtual_port = "keys", .client = "jamkeys"});
  check(sound.start() && keys, "sound and MIDI in one process");
  if (!keys) return;
  std::vector<port_change> told;
  (*keys)->on_port([&](const midi_port_event& e) {
    std::printf("       jamkeys: %s\n", std::string{to_string(e.change)}.c_str());
    told.push_back(e.change);
  });
  for (int i = 0; i < 5; ++i) {
    server.kill();
    check_wait("the server was killed", audio_change::lost, sound);
    std::this_thread::sleep_for(i * 100ms); // the ports do not know yet
    server.start();
    const auto began = steady_source{}.now();
    auto now = began;
    for (; now - began < 20s && !(sound.told(audio_change::back) && (*keys)->connected());
         now = steady_source{}.now()) {
      sound.stream->poll(now);
      if (now - began > i * 150ms) (*keys)->poll(now); // one looks later than the other
      std::this_thread::sleep_for(20ms);
    }
    check(now - began < 20s,
          "both are back (" + std::to_string(static_cast<int>(ms(now - began))) + " ms)");
    sound.events.clear();
  }
}

void period_changes() {
  player<planar<>> one{{.name = "jamone", .api = "jack"}};
  check(one.start(), "started");
  check(std::system("jack_bufsize 256 >/dev/null") == 0, "another period");
  check_wait("it is lost to RtAudio", audio_change::lost, one);
  check_wait("it is opened anew", audio_change::back, one);
  check(one.stream->format().block == 256, "with blocks of 256");
  (void)std::system("jack_bufsize 128 >/dev/null");
}

} // namespace

int main(int argc, char** argv) {
  testing::jack_server server;
  if (!server.running()) {
    std::printf("skipped: %s\n", server.trouble().c_str());
    return server.missing() ? 77 : 1;
  }
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  goes_round<planar<>>(seconds);
  goes_round<interleaved<>>(seconds);
  refusals(server);
  server_dies(server);
  server_dies_beside_midi(server);
  server_sleeps(server);
  period_changes();
  std::printf("%d wrong\n", failures);
  return failures == 0 ? 0 : 1;
}
