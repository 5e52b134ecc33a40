// midi_vandal NAME: a stand-in for an instrument that is broken, on a JACK server. Lines on its
// standard input say what goes out by NAME:midi, and in what it differs from MIDI; each is answered
// with `done` when all of it went.
//
//     garbage COUNT SEED  events of random bytes, of 1 to 40 each
//     flood COUNT         all notes begin, and end; behind either so much pressure, as fast as can
//     be torn                a SysEx without its end, and the end of one that never began running
//     data bytes whose status another event had, and half of a message note NUMBER VELOCITY  one
//     that begins and ends, as it should nan                 from now on by NAME:sound samples that
//     are no numbers
#include <jamnet/platform/detail/jack_library.hpp>

#include <cstdio>

#if defined(__linux__) && __has_include(<jack/jack.h>)

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <jamnet/core/random.hpp>

namespace {

using message = std::vector<std::uint8_t>;

class vandal {
public:
  bool open(const char* name) {
    const auto found = jamnet::detail::jack_library::load();
    if (!found) return false;
    jack_ = *found;
    client_ = jack_.client_open(name, JackNoStartServer, nullptr);
    if (client_ == nullptr) return false;
    midi_ = jack_.port_register(client_, "midi", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
    sound_ = jack_.port_register(client_, "sound", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    const auto process = [](jack_nframes_t frames, void* self) {
      static_cast<vandal*>(self)->write(frames);
      return 0;
    };
    return jack_.set_process_callback(client_, process, this) == 0 && jack_.activate(client_) == 0;
  }
  ~vandal() {
    if (client_ != nullptr) jack_.client_close(client_);
  }

  void obey(const std::string& line) {
    std::istringstream words{line};
    std::string what;
    unsigned count = 0, seed = 0;
    words >> what >> count >> seed;
    messages_.clear();
    if (what == "garbage") add_garbage(count, seed);
    if (what == "flood") add_flood(count);
    if (what == "torn") {
      messages_.push_back(message(1000, 0x11));
      messages_.back().front() = 0xf0;
      add_note(1);
      messages_.push_back({0x22, 0x23, 0xf7});
    }
    if (what == "running") messages_.insert(messages_.end(), {{0x90, 50, 1}, {51, 1}, {0x90, 52}});
    if (what == "note") add_note(count, seed);
    if (what == "nan") level_ = std::numeric_limits<float>::quiet_NaN();
    next_ = 0;
    at_work_ = true;
    while (at_work_) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }

private:
  void add_note(unsigned number, unsigned velocity = 100) {
    const auto note = static_cast<std::uint8_t>(number);
    messages_.push_back({0x90, note, static_cast<std::uint8_t>(velocity)});
    messages_.push_back({0x80, note, 0});
  }
  void add_flood(unsigned count) {
    for (const std::uint8_t status : {std::uint8_t{0x90}, std::uint8_t{0x80}}) {
      for (std::uint8_t note = 0; note < 128; ++note) messages_.push_back({status, note, 100});
      for (unsigned i = 0; i < count; ++i)
        messages_.push_back({0xd0, static_cast<std::uint8_t>(i % 128)});
    }
  }
  void add_garbage(unsigned count, unsigned seed) {
    jamnet::random_source random{seed};
    for (unsigned i = 0; i < count; ++i) {
      messages_.emplace_back(1 + random.next() % 40);
      for (auto& byte : messages_.back()) byte = static_cast<std::uint8_t>(random.next() >> 56);
    }
  }
  // JACK's thread; it has the messages while it is at work.
  void write(jack_nframes_t frames) {
    void* const buffer = jack_.port_buffer(midi_, frames);
    jack_.clear_buffer(buffer);
    const auto sound = static_cast<float*>(jack_.port_buffer(sound_, frames));
    for (jack_nframes_t i = 0; i < frames; ++i) sound[i] = level_;
    if (!at_work_) return;
    for (; next_ < messages_.size(); ++next_) {
      const message& m = messages_[next_];
      if (jack_.room(buffer) < m.size()) return; // the rest in the next period
      (void)jack_.event_write(buffer, 0, m.data(), m.size());
    }
    at_work_ = false;
  }

  jamnet::detail::jack_library jack_;
  jack_client_t* client_ = nullptr;
  jack_port_t *midi_ = nullptr, *sound_ = nullptr;
  std::atomic<float> level_{0};
  std::atomic<bool> at_work_{false};
  std::vector<message> messages_;
  std::size_t next_ = 0;
};

} // namespace

int main(int argc, char** argv) {
  vandal here;
  if (!here.open(argc > 1 ? argv[1] : "vandal")) return std::puts("no JACK server"), 77;
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    here.obey(line);
    std::cout << "done" << std::endl;
  }
  return 0;
}

#else

int main() { return 77; }

#endif
