#include <jamnet/platform/rtaudio_stream.hpp>

#if defined(JAMNET_HAS_RTAUDIO)

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

#if defined(__linux__)
#include <dlfcn.h>
#endif

// Through a driver that this test is: it has the devices, asks for the blocks, and does what real
// ones do badly. That RtAudio itself behaves as this one, tests/e2e/rtaudio_jack.cpp shows.

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

// What all fake drivers share: the system.
struct fake_audio_system {
  std::atomic<const char*> api{"jack"};
  std::atomic<int> alive{0};
  std::atomic<bool> answers{true};  // else whoever asks waits
  std::atomic<bool> asks{true};     // for a block at the start
  std::atomic<bool> refuses{false}; // to open anything
  std::atomic<unsigned> block{0};   // 0: what is asked for
  std::atomic<unsigned> flags{0};   // of what was opened last

  std::vector<RtAudio::DeviceInfo> devices() const {
    const std::lock_guard lock{mutex};
    return devices_;
  }
  void set_devices(std::vector<RtAudio::DeviceInfo> devices) {
    const std::lock_guard lock{mutex};
    devices_ = std::move(devices);
  }
  void wait_for_answer() const {
    while (!answers) std::this_thread::sleep_for(100us);
  }

private:
  mutable std::mutex mutex;
  std::vector<RtAudio::DeviceInfo> devices_;
};
std::shared_ptr<fake_audio_system> the_system = std::make_shared<fake_audio_system>();

class fake_rtaudio {
public:
  static std::atomic<fake_rtaudio*>& opened() { // the last, if it still is
    static std::atomic<fake_rtaudio*> one{nullptr};
    return one;
  }

  explicit fake_rtaudio(RtAudio::Api) {
    system_->wait_for_answer();
    ++system_->alive;
  }
  ~fake_rtaudio() {
    closeStream();
    --system_->alive;
  }
  static void getCompiledApi(std::vector<RtAudio::Api>& apis) { apis = {RtAudio::UNIX_JACK}; }
  static std::string getApiName(RtAudio::Api) { return the_system->api.load(); }
  void showWarnings(bool) {}
  unsigned getDeviceCount() {
    system_->wait_for_answer();
    return static_cast<unsigned>(system_->devices().size());
  }
  RtAudio::DeviceInfo getDeviceInfo(unsigned id) {
    const auto all = system_->devices();
    if (id >= all.size()) throw RtAudioError("gone", RtAudioError::INVALID_USE);
    return all[id];
  }
  void openStream(RtAudio::StreamParameters* out, RtAudio::StreamParameters* in, RtAudioFormat,
                  unsigned rate, unsigned* block, RtAudioCallback callback, void* user,
                  RtAudio::StreamOptions* options) {
    if (system_->refuses) throw RtAudioError("busy", RtAudioError::SYSTEM_ERROR);
    if (system_->block != 0) *block = system_->block;
    system_->flags = options->flags;
    callback_ = callback;
    user_ = user;
    rate_ = rate;
    frames_ = *block;
    out_.assign(out != nullptr ? std::size_t{out->nChannels} * frames_ : 0, 9.F);
    in_.assign(in != nullptr ? std::size_t{in->nChannels} * frames_ : 0, 0.F);
    open_ = true;
    opened() = this;
  }
  void startStream() {
    running_ = true;
    if (system_->asks) ask();
  }
  void closeStream() {
    open_ = running_ = false;
    fake_rtaudio* self = this;
    opened().compare_exchange_strong(self, nullptr);
    while (asking_) std::this_thread::sleep_for(100us); // as who ends a thread and waits for it
  }
  bool isStreamOpen() const { return open_; }
  bool isStreamRunning() const { return running_; }
  long getStreamLatency() { return 256; }
  unsigned getStreamSampleRate() { return rate_; }

  // On the test's thread, which stands in for the device's.
  const std::vector<float>& ask(unsigned status = 0) {
    asking_ = true;
    std::fill(out_.begin(), out_.end(), 9.F);
    callback_(out_.data(), in_.empty() ? nullptr : in_.data(), frames_, 0, status, user_);
    asking_ = false;
    return out_;
  }
  std::vector<float>& in() { return in_; }
  void die() { open_ = running_ = false; } // as RtAudio does by itself
  void stop_asking() { asking_ = false; }

private:
  std::shared_ptr<fake_audio_system> system_ = the_system; // who hangs does so in a test's own
  std::atomic<bool> open_{false}, running_{false}, asking_{false};
  RtAudioCallback callback_ = nullptr;
  void* user_ = nullptr;
  unsigned rate_ = 0, frames_ = 0;
  std::vector<float> out_, in_;
};

RtAudio::DeviceInfo fake_audio_device(const char* name, unsigned inputs, unsigned outputs) {
  RtAudio::DeviceInfo info;
  info.probed = true;
  info.name = name;
  info.inputChannels = inputs;
  info.outputChannels = outputs;
  info.sampleRates = {48'000};
  info.preferredSampleRate = 48'000;
  return info;
}

template <class Layout = planar<>>
struct played {
  using stream_type = rtaudio_stream<Layout, fake_rtaudio>;

  explicit played(audio_stream_options options = {}) : wanted{std::move(options)} {
    the_system = std::make_shared<fake_audio_system>();
    the_system->set_devices({fake_audio_device("system", 2, 2), fake_audio_device("other", 0, 2)});
  }
  ~played() { the_system->answers = true; }

  failure open() {
    auto opened = stream_type::open(wanted);
    if (!opened) return opened.error();
    stream = std::move(*opened);
    stream->on_event([this](const audio_stream_event& e) { events.push_back(e.change); });
    return {};
  }
  void start(audio_callback<Layout> play = {}) {
    if (!stream) REQUIRE(open() == failure{});
    REQUIRE(stream->start(std::move(play)));
  }
  static fake_rtaudio& device() { return *fake_rtaudio::opened().load(); }
  // So long passes, and the device asks for what it should meanwhile.
  void pass(nanoseconds length, bool plays = true) {
    for (const auto end = now + length; now < end; now += 100ms) {
      if (plays && stream->plays())
        for (int i = 0; i < 37; ++i) device().ask();
      stream->poll(now);
    }
  }
  // What errands do takes as long as it does.
  bool poll_until(audio_change change) {
    for (int i = 0; i < 20'000; ++i) {
      stream->poll(now);
      if (!events.empty() && events.back() == change) return true;
      now += 1ms;
      std::this_thread::sleep_for(500us);
    }
    return false;
  }

  audio_stream_options wanted;
  std::unique_ptr<stream_type> stream;
  std::vector<audio_change> events;
  host_time now = steady_source{}.now();
};
using changes = std::vector<audio_change>;

} // namespace

static_assert(audio_stream<rtaudio_stream<interleaved<>>>);

TEST_CASE("blocks are played in either layout, silent at first, and no allocation is in it") {
  const auto through = [](auto layout) {
    using layout_type = decltype(layout);
    played<layout_type> with{{.block = 4, .inputs = 2, .outputs = 2}};
    std::uint64_t next = 0;
    bool as_said = true;
    with.start([&](audio_moment now, auto in, auto out) {
      as_said &= now.frame == next;
      next += out.frames();
      for (std::size_t f = 0; f < out.frames(); ++f) {
        as_said &= out.sample(0, f) == 0 && out.sample(1, f) == 0;
        out.sample(1, f) = 10 * in.sample(0, f) + in.sample(1, f);
      }
    });
    CHECK(with.stream->format().block == 4);
    CHECK(with.stream->format().latency_frames == 256);
    with.device().in() = {1, 2, 3, 4, 5, 6, 7, 8};
    const auto& out = [&]() -> const std::vector<float>& {
      const testing::rt_guard guard;
      return with.device().ask();
    }();
    CHECK(as_said);
    return out;
  };
  // Channels after one another, or frames.
  CHECK(through(planar<>{}) == std::vector<float>{0, 0, 0, 0, 15, 26, 37, 48});
  CHECK((the_system->flags & RTAUDIO_NONINTERLEAVED) != 0);
  CHECK(through(interleaved<>{}) == std::vector<float>{0, 12, 0, 34, 0, 56, 0, 78});
  CHECK((the_system->flags & RTAUDIO_NONINTERLEAVED) == 0);
}

TEST_CASE("what was agreed is said; what nobody asked for is not there") {
  played with{{.rate = 0, .outputs = 1, .connect = false}};
  the_system->block = 512;
  REQUIRE(with.open() == failure{});
  const auto& format = with.stream->format();
  CHECK(format.device == "system");
  CHECK(format.api == "jack");
  CHECK(format.rate == 48'000);
  CHECK(format.block == 512);
  CHECK(format.inputs == 0);
  CHECK((the_system->flags & RTAUDIO_JACK_DONT_CONNECT) != 0);
  std::size_t inputs = 99;
  with.start([&](audio_moment, planar_block<const float> in, planar_block<float>) {
    inputs = in.channels();
  });
  CHECK(inputs == 0);
}

TEST_CASE("what cannot be opened is refused by name") {
  const auto refused = [](const audio_stream_options& wanted, auto&& prepare) {
    played with{wanted};
    prepare(*the_system);
    return with.open();
  };
  const auto nothing = [](auto&) {};
  CHECK(refused({.device = "nobody"}, nothing) == failure{errc::device_absent});
  CHECK(refused({}, [](auto& all) { all.set_devices({}); }) == failure{errc::device_absent});
  CHECK(refused({.api = "alsa"}, nothing) == failure{errc::device_absent});
  CHECK(refused({.rate = 44'100}, nothing) == failure{errc::audio_rate, 48'000});
  CHECK(refused({.outputs = 0}, nothing) == failure{errc::audio_channels});
  CHECK(refused({.device = "other", .inputs = 1}, nothing) == failure{errc::audio_channels, 1});
  CHECK(refused({.block = 0}, nothing) == failure{errc::audio_block});
  CHECK(refused({}, [](auto& all) { all.refuses = true; }) == failure{errc::device_taken});
  CHECK(the_system->alive == 0);
}

TEST_CASE("a device that asks for nothing does not start, and is given back") {
  played with;
  REQUIRE(with.open() == failure{});
  the_system->asks = false;
  const auto started = with.stream->start({});
  CHECK(started.error() == failure{errc::device_lost});
  the_system->asks = true;
  CHECK(with.stream->start({})); // another try is a new one
  with.stream.reset();
  CHECK(the_system->alive == 0);
}

TEST_CASE("after stop() nothing is played, and the frames of the next start count anew") {
  played with;
  std::vector<std::uint64_t> frames;
  const auto play = [&](audio_moment now, auto, auto) { frames.push_back(now.frame); };
  with.start(play);
  with.device().ask();
  with.stream->stop();
  with.start(play);
  CHECK(frames == std::vector<std::uint64_t>{0, 128, 0});
  CHECK(with.events.empty());
  CHECK(with.stream->count().blocks == 3);
}

TEST_CASE("frames that were lost are counted, told with their time, and the callback hears of it") {
  played with;
  bool xrun = false;
  with.start([&](audio_moment now, auto, auto) { xrun = now.xrun; });
  CHECK(!xrun);
  with.device().ask(RTAUDIO_OUTPUT_UNDERFLOW);
  CHECK(xrun);
  with.device().ask();
  CHECK(!xrun);
  const auto after = steady_source{}.now();
  host_time told{};
  with.stream->on_event([&](const audio_stream_event& e) {
    if (e.change == audio_change::xrun) told = e.at;
  });
  with.stream->poll(with.now);
  CHECK(with.stream->xruns() == 1);
  CHECK(told > host_time{});
  CHECK(told <= after);
  for (int i = 0; i < 1000; ++i) with.device().ask(RTAUDIO_INPUT_OVERFLOW);
  CHECK(with.stream->xruns() == 1001); // though not all are told one by one
}

TEST_CASE("a callback that takes longer than its block is counted") {
  played with{{.block = 1}};
  bool slow = false;
  with.start([&](audio_moment, auto, auto) {
    const auto end = steady_source{}.now() + (slow ? 1ms : 0ms);
    while (steady_source{}.now() < end) {
    }
  });
  const auto before = with.stream->count().slow;
  slow = true;
  with.device().ask();
  CHECK(with.stream->count().slow == before + 1);
}

TEST_CASE("each block leaves a stamp") {
  played with;
  with.start();
  with.device().ask();
  audio_stamp first, second;
  REQUIRE(with.stream->stamps().try_pop(first));
  REQUIRE(with.stream->stamps().try_pop(second));
  CHECK(first.frame == 0);
  CHECK(second.frame == 128);
  CHECK(second.at > first.at);
}

TEST_CASE("a device that falls silent for a moment is stuck, then back") {
  played with;
  with.start();
  with.pass(1s);
  CHECK(with.events.empty());
  with.pass(600ms, false);
  CHECK(with.events == changes{audio_change::stuck});
  with.pass(1s);
  CHECK(with.events == changes{audio_change::stuck, audio_change::back});
  CHECK(with.stream->count().stuck == 1);
  CHECK(with.stream->count().losses == 0);
}

TEST_CASE("a device that dies is lost; the same one is taken again when it is there") {
  played with{{.device = "SYS"}};
  std::uint64_t frame = 0;
  with.start([&](audio_moment now, auto, auto) { frame = now.frame; });
  with.pass(1s);
  const auto before = frame;
  auto& all = *the_system;
  all.set_devices({fake_audio_device("other", 0, 2), fake_audio_device("system too", 2, 2)});
  with.device().die();
  with.pass(100ms, false);
  CHECK(with.events == changes{audio_change::lost});
  for (int i = 0; i < 5; ++i) { // neither of those is it
    with.pass(300ms, false);
    std::this_thread::sleep_for(5ms);
  }
  CHECK(with.events == changes{audio_change::lost});
  all.block = 64;
  all.set_devices({fake_audio_device("other", 0, 2), fake_audio_device("system", 2, 2)});
  CHECK(with.poll_until(audio_change::back));
  CHECK(with.stream->format().block == 64);
  CHECK(with.stream->format().device == "system");
  CHECK(frame == before + 128); // it goes on counting
  CHECK(with.stream->count().losses == 1);
  CHECK(with.stream->count().returns == 1);
}

TEST_CASE("by policy another takes its place, or none") {
  played any{{.device = "system", .recovery = device_return::any_default}};
  any.start();
  the_system->set_devices({fake_audio_device("other", 0, 2)});
  any.device().die();
  CHECK(any.poll_until(audio_change::back));
  CHECK(any.stream->format().device == "other");
  any.stream.reset();

  played none{{.recovery = device_return::none}};
  none.start();
  none.device().die();
  none.pass(5s, false);
  CHECK(none.events == changes{audio_change::lost});
  CHECK(!none.stream->plays());
  CHECK(none.stream->start({})); // unless it is asked to
}

TEST_CASE("a driver that hangs holds nobody up") {
  played with;
  with.start();
  with.device().die();
  auto& all = *the_system;
  all.answers = false;
  with.pass(30s, false);
  CHECK(with.events == changes{audio_change::lost});
  all.answers = true;
  CHECK(with.poll_until(audio_change::back));
}

TEST_CASE("a callback that does not return is no reason for a second one at the same time") {
  played with;
  std::atomic<bool> hold{false}, held{false};
  std::atomic<int> inside{0}, most{0};
  with.start([&](audio_moment, auto, auto) {
    most = std::max(most.load(), ++inside);
    for (held = hold.load(); hold;) std::this_thread::sleep_for(100us);
    --inside;
  });
  hold = true;
  auto* const device = fake_rtaudio::opened().load();
  std::thread stuck{[&] { device->ask(); }};
  while (!held) std::this_thread::yield();
  with.pass(5s, false);
  CHECK(with.events == changes{audio_change::stuck, audio_change::lost});
  hold = false;
  stuck.join();
  CHECK(with.poll_until(audio_change::back));
  CHECK(most == 1);
}

TEST_CASE("a device that only pretends to play is lost, where none may render at its own pace") {
  for (const char* const api : {"alsa", "jack"}) {
    CAPTURE(api);
    played with;
    the_system->api = api;
    with.start();
    with.pass(500ms);
    for (int i = 0; i < 10'000; ++i) with.device().ask();
    with.stream->poll(with.now);
    CHECK(with.events == (api == std::string{"alsa"} ? changes{audio_change::lost} : changes{}));
  }
}

TEST_CASE("another default device is told, and followed by policy") {
  for (const auto recovery : {device_return::same, device_return::any_default}) {
    played with{{.recovery = recovery}};
    auto& all = *the_system;
    all.api = "pulse";
    auto devices = all.devices();
    devices[0].isDefaultOutput = true;
    all.set_devices(devices);
    with.start();
    with.pass(3s);
    CHECK(with.events.empty());
    std::swap(devices[0].isDefaultOutput, devices[1].isDefaultOutput);
    all.set_devices(devices);
    if (recovery == device_return::same) {
      for (int i = 0; i < 1000 && with.events.empty(); ++i) {
        with.pass(100ms);
        std::this_thread::sleep_for(1ms);
      }
      CHECK(with.events == changes{audio_change::default_changed});
      CHECK(with.stream->format().device == "system");
      continue;
    }
    for (int i = 0; i < 1000 && with.events.size() < 2; ++i) {
      with.pass(100ms);
      std::this_thread::sleep_for(1ms);
    }
    CHECK(with.events == changes{audio_change::default_changed, audio_change::back});
    CHECK(with.stream->format().device == "other");
    CHECK(with.stream->count().losses == 0);
  }
}

TEST_CASE("who has followed the default because his device was lost is not interrupted again") {
  played with{{.recovery = device_return::any_default}};
  auto& all = *the_system;
  all.api = "pulse";
  auto devices = all.devices();
  devices[0].isDefaultOutput = true;
  all.set_devices(devices);
  with.start();
  devices.erase(devices.begin());
  devices[0].isDefaultOutput = true;
  all.set_devices(devices);
  with.device().die();
  REQUIRE(with.poll_until(audio_change::back));
  CHECK(with.stream->format().device == "other");
  with.events.clear();
  for (int i = 0; i < 1000 && with.events.empty(); ++i) {
    with.pass(100ms);
    std::this_thread::sleep_for(1ms);
  }
  CHECK(with.events == changes{audio_change::default_changed});
  with.pass(1s);
  CHECK(with.events.size() == 1);
  CHECK(with.stream->plays());
  CHECK(with.stream->count().returns == 1);
}

#if defined(__linux__)
TEST_CASE("a driver may end its thread between two blocks, but in none") {
  struct ending { // as JACK does: at once, wherever it is
    played<> with;
    fake_rtaudio* device = nullptr;
    std::atomic<bool> inside{false}, cancelled{false}, returned{false};

    static void* run(void* self) {
      auto& me = *static_cast<ending*>(self);
      ::pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
      me.device->ask();
      me.returned = true;
      return nullptr;
    }
  } all;
  bool whole = false;
  all.with.start([&](audio_moment now, auto, auto) {
    if (now.frame == 0) return;
    all.inside = true;
    while (!all.cancelled) std::this_thread::yield();
    whole = true;
  });
  all.device = &all.with.device();
  ::pthread_t thread{};
  REQUIRE(::pthread_create(&thread, nullptr, ending::run, &all) == 0);
  while (!all.inside) std::this_thread::yield();
  ::pthread_cancel(thread);
  all.cancelled = true;
  ::pthread_join(thread, nullptr);
  CHECK(whole);
  CHECK(!all.returned);
  CHECK(all.with.stream->count().blocks == 2);
  all.device->stop_asking(); // whoever asked did not come back
}

TEST_CASE("a priority is granted to the device's thread, or what the system said is passed on") {
  played with{{.priority = 100}}; // there is none such
  with.start();
  CHECK(with.stream->format().priority_refused == EINVAL);
}
#endif

TEST_CASE("devices are listed with what they can do") {
  const played<> with;
  const auto found = decltype(with)::stream_type::devices();
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "system");
  CHECK(found[0].inputs == 2);
  CHECK(found[1].rates == std::vector<std::uint32_t>{48'000});
  CHECK(decltype(with)::stream_type::devices("alsa").empty());
}

#if defined(__linux__)
TEST_CASE("ALSA is silent as long as anybody looks for devices, and then heard as before") {
  using handler = void (*)(const char*, int, const char*, int, const char*, ...);
  (void)::dlopen("libasound.so.2", RTLD_NOW | RTLD_GLOBAL); // as who links RtAudio has it
  const auto* const heard = static_cast<handler*>(::dlsym(RTLD_DEFAULT, "snd_lib_error"));
  if (heard == nullptr) {
    MESSAGE("skipped: no ALSA here");
    return;
  }
  const handler before = *heard;
  std::optional<detail::alsa_silence> one, other;
  one.emplace();
  const handler silent = *heard;
  CHECK((silent != before));
  other.emplace();
  one.reset();
  CHECK((*heard == silent));
  other.reset();
  CHECK((*heard == before));
}
#endif

#endif
