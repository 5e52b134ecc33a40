#include <jamnet/toast/frame_splitter.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;
using namespace jamnet::toast;

namespace {

std::vector<std::uint8_t> stream_of(const std::vector<std::string>& payloads) {
  std::vector<std::uint8_t> stream(65536);
  frame_writer out{stream};
  std::uint32_t sequence = 0;
  for (const auto& p : payloads) REQUIRE(out.try_write(type::midi, 0, sequence++, as_bytes(p)));
  stream.resize(out.written().size());
  return stream;
}

} // namespace

TEST_CASE("a stream yields the same frames however it is cut") {
  const std::vector<std::string> sent{"a", "", std::string(3000, 'x'), "end"};
  const auto stream = stream_of(sent);
  random_source random{5};
  for (int round = 0; round < 200; ++round) {
    frame_splitter in;
    std::vector<std::string> got;
    for (bytes_view rest{stream}; !rest.empty();) {
      const auto size =
          std::min(rest.size(), std::size_t{1} + random.next() % (round < 100 ? 7 : 900));
      REQUIRE(in.feed(rest.first(size),
                      [&](const frame& f, bytes_view) { got.emplace_back(as_text(f.payload)); }));
      rest = rest.subspan(size);
    }
    CHECK(got == sent);
  }
}

TEST_CASE("a stream that lost its place is refused, whole or in pieces") {
  auto stream = stream_of({"hello", "world"});
  stream[32] ^= 1;
  frame_splitter whole, pieces;
  std::size_t frames = 0;
  const auto count = [&](const frame&, bytes_view) { ++frames; };
  CHECK(whole.feed(stream, count).error().code == errc::frame_crc);
  CHECK(frames == 1);
  bool refused = false;
  for (const auto byte : stream) {
    const auto fed = pieces.feed({&byte, 1}, count);
    if (!fed) {
      refused = fed.error().code == errc::frame_crc;
      break;
    }
  }
  CHECK(refused);
}

TEST_CASE("a lying length is refused as soon as it is known") {
  frame_splitter in;
  const std::array<std::uint8_t, 4> huge{0xff, 0xff, 0xff, 0xff};
  const auto ignore = [](const frame&, bytes_view) {};
  CHECK(in.feed(bytes_view{huge}.first(2), ignore));
  CHECK(in.feed(bytes_view{huge}.last(2), ignore).error().code == errc::frame_length);
}
