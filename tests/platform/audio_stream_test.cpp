#include <jamnet/platform/audio_stream.hpp>

#include <array>
#include <memory>
#include <set>
#include <string_view>

#include <doctest/doctest.h>

using namespace jamnet;

namespace {

// The least that is a stream: its device is whoever calls block().
class least_stream {
public:
  using layout = interleaved<>;

  result<audio_stream_format> start(audio_callback<layout> play) {
    play_ = std::move(play);
    return format();
  }
  void stop() { play_ = {}; }
  void poll(host_time) {}
  void on_event(callback<void(const audio_stream_event&)>) {}
  audio_stream_format format() const { return {.rate = 48'000, .block = 2, .outputs = 1}; }
  audio_stream_counts count() const { return {.blocks = frame_ / 2}; }
  std::uint64_t xruns() const { return count().xruns; }
  audio_stamps& stamps() noexcept { return *stamps_; }

  std::array<float, 2> block() {
    std::array<float, 2> out{};
    play_({.frame = frame_}, {}, {out, 1});
    frame_ += 2;
    return out;
  }

private:
  audio_callback<layout> play_;
  std::uint64_t frame_ = 0;
  std::unique_ptr<audio_stamps> stamps_ = std::make_unique<audio_stamps>();
};
static_assert(audio_stream<least_stream>);
static_assert(!audio_stream<int>);

// What is written for any stream plays through it.
void count_through(audio_stream auto& stream) {
  auto started = stream.start([](audio_moment now, auto in, auto out) {
    CHECK(in.channels() == 0);
    for (std::size_t f = 0; f < out.frames(); ++f)
      out.sample(0, f) = static_cast<float>(now.frame + f);
  });
  REQUIRE(started);
  CHECK(started->block == 2);
}

} // namespace

TEST_CASE("a callback written for any stream plays through one") {
  least_stream stream;
  CHECK(stream.block() == std::array<float, 2>{0, 0}); // nothing is started
  stream.stop();
  const auto before = stream.count().blocks;
  count_through(stream);
  CHECK(stream.block() == std::array<float, 2>{2, 3});
  CHECK(stream.block() == std::array<float, 2>{4, 5});
  stream.stop();
  CHECK(stream.block() == std::array<float, 2>{0, 0});
  CHECK(stream.count().blocks == before + 3);
}

TEST_CASE("each thing that can happen to a stream has words of its own") {
  std::set<std::string_view> words;
  for (const auto change : {audio_change::xrun, audio_change::stuck, audio_change::lost,
                            audio_change::back, audio_change::default_changed, audio_change::ended})
    words.insert(to_string(change));
  CHECK(words.size() == 6);
  CHECK(!words.contains("?"));
  CHECK(to_string(static_cast<audio_change>(99)) == "?");
}
