// MIDI through a JACK server (jack_fixture runs this beside one), the callbacks of both ports
// between marks that strace sees: the script beside this looks at what they call in between.
//
//   jack_callback_syscalls [--wake]     // the consumer sleeps and is woken, as in an event loop
#include <jamnet/platform/jack_midi.hpp>

#include <cstdio>
#include <cstring>

#if __has_include(<jack/jack.h>)

#include <array>
#include <chrono>
#include <thread>

#include <jamnet/midi/message.hpp>
#include <jamnet/time/steady_source.hpp>

#include <unistd.h>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

struct marked_callback {
  JackProcessCallback process = nullptr;
  void* self = nullptr;
};
std::array<marked_callback, 2> marked;
std::size_t count_marked = 0;
decltype(&::jack_set_process_callback) set_unmarked = nullptr;

void mark(const char* what) {
  [[maybe_unused]] const auto fails = ::write(-1, what, std::strlen(what));
}
int call_marked(jack_nframes_t frames, void* callback) {
  const auto& real = *static_cast<marked_callback*>(callback);
  mark("callback begins");
  const int result = real.process(frames, real.self);
  mark("callback ends");
  return result;
}
int set_marked(jack_client_t* client, JackProcessCallback process, void* self) {
  auto& real = marked.at(count_marked++);
  real = {process, self};
  return set_unmarked(client, call_marked, &real);
}

} // namespace

int main(int argc, char** argv) {
  const bool wake = argc > 1 && std::strcmp(argv[1], "--wake") == 0;
  auto jack = detail::jack_library::load();
  if (!jack) return 77;
  set_unmarked = jack->set_process_callback;
  jack->set_process_callback = set_marked;
  auto in = jack_midi_input::open({.virtual_port = "in", .client = "ear"}, *jack);
  auto out = jack_midi_output::open({.port = "ear:in", .client = "mouth"}, *jack);
  if (!in || !out) return 77;

  const steady_source clock;
  constexpr unsigned count = 200;
  unsigned heard = 0;
  const host_time start = clock.now() + 100ms;
  for (unsigned i = 0; i < count; ++i)
    if (!(*out)->try_send(note_on{.note = i % 128}, start + i * 1ms)) return 1;
  for (const host_time give_up = start + 20s; heard < count && clock.now() < give_up;) {
    for (received_packet p; (*in)->try_next(p);) ++heard;
    if (wake) (*in)->expect_wake();
    std::this_thread::sleep_for(5ms);
  }
  std::printf("%u packets\n", heard);
  return heard == count ? 0 : 1;
}

#else

int main() { return 77; }

#endif
