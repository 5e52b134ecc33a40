#include <jamnet/platform/file_stream.hpp>

#if __has_include(<sndfile.h>)

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#if defined(__linux__)
#include <sys/resource.h>
#endif

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

// Files that go with the test.
struct sound_folder {
  sound_folder() { std::filesystem::create_directory(path); }
  ~sound_folder() { std::filesystem::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }

  std::filesystem::path path =
      std::filesystem::temp_directory_path() /
      ("jamnet-sound-" + std::to_string(steady_source{}.now().time_since_epoch().count()));
};

struct sound {
  int rate = 0, channels = 0;
  std::vector<float> samples; // interleaved

  static sound read(const std::string& name) {
    ::SF_INFO about{};
    ::SNDFILE* const file = ::sf_open(name.c_str(), SFM_READ, &about);
    REQUIRE(file != nullptr);
    sound all{about.samplerate, about.channels, {}};
    all.samples.resize(static_cast<std::size_t>(about.frames * about.channels));
    CHECK(::sf_readf_float(file, all.samples.data(), about.frames) == about.frames);
    ::sf_close(file);
    return all;
  }
  void write(const std::string& name) const {
    ::SF_INFO about{};
    about.samplerate = rate;
    about.channels = channels;
    about.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
    ::SNDFILE* const file = ::sf_open(name.c_str(), SFM_WRITE, &about);
    REQUIRE(file != nullptr);
    const auto frames = static_cast<sf_count_t>(samples.size()) / channels;
    CHECK(::sf_writef_float(file, samples.data(), frames) == frames);
    ::sf_close(file);
  }
};

sound ramp(int channels, std::size_t frames) {
  sound all{44'100, channels, {}};
  for (std::size_t i = 0; i < frames * static_cast<std::size_t>(channels); ++i)
    all.samples.push_back(static_cast<float>(i));
  return all;
}

template <class Layout>
std::unique_ptr<file_stream<Layout>> stream_of(const file_stream_options& options) {
  auto stream = file_stream<Layout>::open(options);
  REQUIRE(stream);
  return std::move(*stream);
}
failure file_refusal_of(const file_stream_options& options) {
  return file_stream<>::open(options).error();
}
// As its events say.
template <class Stream>
bool plays_to_the_end(Stream& stream) {
  bool end = false;
  stream.on_event([&](const audio_stream_event& e) { end |= e.change == audio_change::ended; });
  for (int i = 0; i < 20'000 && !end; ++i) {
    stream.poll(steady_source{}.now());
    std::this_thread::sleep_for(500us);
  }
  return end;
}

} // namespace

static_assert(audio_stream<file_stream<interleaved<>>>);

TEST_CASE("what comes in goes through the callback and out, to the last frame, in either layout") {
  const sound_folder folder;
  const auto song = ramp(2, 1000); // no whole number of blocks
  song.write(folder / "in.wav");
  const auto through = [&](auto layout) {
    const auto stream = stream_of<decltype(layout)>(
        {.in = folder / "in.wav", .out = folder / "out.wav", .outputs = 1, .paced = false});
    CHECK(stream->format().rate == 44'100);
    CHECK(stream->format().inputs == 2);
    std::uint64_t frames = 0;
    REQUIRE(stream->start([&](audio_moment now, auto in, auto out) {
      CHECK(now.frame == frames);
      frames += in.frames();
      for (std::size_t f = 0; f < out.frames(); ++f)
        out.sample(0, f) = in.sample(1, f) - in.sample(0, f) + in.sample(0, f);
    }));
    CHECK(plays_to_the_end(*stream));
    CHECK(stream->ended());
    CHECK(frames == 1000);
    CHECK(stream->count().blocks == 8);
  };
  for (const bool planes : {true, false}) {
    planes ? through(planar<>{}) : through(interleaved<>{});
    const auto heard = sound::read(folder / "out.wav");
    CHECK(heard.rate == 44'100);
    REQUIRE(heard.channels == 1);
    REQUIRE(heard.samples.size() == 1000);
    for (std::size_t f = 0; f < 1000; ++f) REQUIRE(heard.samples[f] == song.samples[2 * f + 1]);
  }
  std::ifstream file{folder / "out.wav", std::ios::binary};
  std::string head(4, ' ');
  file.read(head.data(), 4);
  CHECK(head == "RIFF"); // and not RF64, which few read
}

TEST_CASE("without files it is a clock, and ends when it is told to") {
  const auto stream = stream_of<planar<>>({.rate = 96'000, .block = 960, .frames = 9'600});
  CHECK(stream->format().rate == 96'000);
  const auto began = steady_source{}.now();
  REQUIRE(stream->start([](audio_moment, auto in, auto out) {
    CHECK(in.channels() == 0);
    CHECK(out.channels() == 2);
    CHECK(out.frames() == 960);
  }));
  CHECK(plays_to_the_end(*stream));
  CHECK(steady_source{}.now() - began >= 90ms); // the last of ten blocks was asked for then
  CHECK(stream->count().blocks == 10);
  audio_stamp stamp;
  REQUIRE(stream->stamps().try_pop(stamp));
  CHECK(stamp.frame == 0);
}

TEST_CASE("after a stop the files go on where they were") {
  const sound_folder folder;
  ramp(1, 100'000).write(folder / "in.wav");
  const auto stream = stream_of<planar<>>(
      {.in = folder / "in.wav", .out = folder / "out.wav", .outputs = 1, .paced = false});
  const auto copy_it = [](audio_moment, auto in, auto out) { copy(in, out); };
  for (int i = 0; i < 20; ++i) {
    REQUIRE(stream->start(copy_it));
    stream->stop();
    const auto heard = sound::read(folder / "out.wav"); // whole at any time
    CHECK(heard.samples.size() == stream->count().blocks * 128);
  }
  REQUIRE(stream->start(copy_it));
  CHECK(plays_to_the_end(*stream));
  stream->stop();
  const auto heard = sound::read(folder / "out.wav");
  REQUIRE(heard.samples.size() == 100'000);
  for (std::size_t f = 0; f < heard.samples.size(); ++f)
    REQUIRE(heard.samples[f] == static_cast<float>(f));
}

TEST_CASE("files that are not there, are none or do not fit are refused by name") {
  const sound_folder folder;
  ramp(1, 10).write(folder / "in.wav");
  std::ofstream{folder / "text.wav"} << "these are words\n";
  const auto system = [](int error) {
    return failure{errc::system, static_cast<std::uint32_t>(error)};
  };
  CHECK(file_refusal_of({.in = folder / "none.wav"}) == system(ENOENT));
  CHECK(file_refusal_of({.out = folder / "no/such/folder.wav"}) == system(ENOENT));
  CHECK(file_refusal_of({.in = folder / "text.wav"}).code == errc::audio_file);
  CHECK(file_refusal_of({.in = folder / "in.wav", .rate = 48'000}) ==
        failure{errc::audio_rate, 44'100});
  CHECK(file_refusal_of({.outputs = 0}) == failure{errc::audio_channels});
  CHECK(file_refusal_of({.outputs = 2000}) == failure{errc::audio_channels, 2000});
  CHECK(file_refusal_of({.block = 0}) == failure{errc::audio_block});
  CHECK(file_refusal_of({.rate = -1}) == failure{errc::audio_rate});
  CHECK(!std::filesystem::exists(folder / "no/such/folder.wav"));

  std::filesystem::create_hard_link(folder / "in.wav", folder / "same.wav");
  CHECK(file_refusal_of({.in = folder / "in.wav", .out = folder / "same.wav"}) ==
        failure{errc::value_range});
  CHECK(sound::read(folder / "in.wav").samples.size() == 10); // it is as it was
  sound{1'000'000'000, 1, {0.F}}.write(folder / "fast.wav");
  CHECK(file_refusal_of({.in = folder / "fast.wav"}) == failure{errc::audio_rate});
}

#if defined(__linux__)
TEST_CASE("a priority is granted to the stream's thread, or what the system said is passed on") {
  const auto stream = stream_of<planar<>>({.priority = 100}); // there is none such
  const auto started = stream->start([](audio_moment, auto, auto) {});
  REQUIRE(started);
  CHECK(started->priority_refused == EINVAL);
  CHECK(stream->format().priority_refused == EINVAL);
}

TEST_CASE("where no more can be written the stream is lost, and says so") {
  const sound_folder folder;
  const auto stream = stream_of<planar<>>({.out = folder / "out.wav", .paced = false});
  ::rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const ::rlimit full{1 << 20, before.rlim_max};
  const auto signal = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
  std::vector<audio_change> events;
  stream->on_event([&](const audio_stream_event& e) { events.push_back(e.change); });
  REQUIRE(stream->start([](audio_moment, auto, auto) {}));
  for (int i = 0; i < 20'000 && events.empty(); ++i) {
    stream->poll(steady_source{}.now());
    std::this_thread::sleep_for(500us);
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, signal);
  CHECK(events == std::vector<audio_change>{audio_change::lost});
  CHECK(stream->count().losses == 1);
}
#endif

TEST_CASE("a callback that does not return is seen") {
  std::atomic<bool> hold{true};
  const auto stream = stream_of<planar<>>({.paced = false});
  std::vector<audio_change> events;
  stream->on_event([&](const audio_stream_event& e) { events.push_back(e.change); });
  REQUIRE(stream->start([&](audio_moment, auto, auto) {
    while (hold) std::this_thread::sleep_for(100us);
  }));
  auto now = steady_source{}.now();
  for (int i = 0; i < 100; ++i) stream->poll(now += 100ms);
  CHECK(events == std::vector<audio_change>{audio_change::stuck});
  hold = false;
  for (int i = 0; i < 20'000 && events.size() < 2; ++i) {
    stream->poll(now += 1ms);
    std::this_thread::sleep_for(500us);
  }
  CHECK(events == std::vector<audio_change>{audio_change::stuck, audio_change::back});
}

#endif
