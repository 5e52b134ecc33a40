#include <jamnet/toast/captured_stream.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;
using namespace jamnet::toast;

namespace {

struct stream {
  captured_stream in;
  std::string got; // a | stands for a gap

  void operator()(bytes_view bytes, bool behind_gap) {
    got += (behind_gap ? "|" : "") + std::string{as_text(bytes)};
  }
  void take(std::uint32_t sequence, std::string_view text, bool begins = false) {
    ip_packet p;
    p.sequence = sequence;
    p.payload = as_bytes(text);
    p.begins = begins;
    in.take(p, *this);
  }
  void finish() { in.finish(*this); }
};

} // namespace

TEST_CASE("segments in order are the stream") {
  stream s;
  s.take(100, "", true);
  s.take(100, "ab");
  s.take(102, "cd");
  CHECK(s.got == "abcd");
}

TEST_CASE("segments that are late, doubled or overlap are the stream too") {
  stream s;
  s.take(100, "", true);
  s.take(102, "cd");
  s.take(106, "gh");
  s.take(104, "ef");
  CHECK(s.got == "");
  s.take(100, "abc");
  s.take(100, "abcdef");
  s.take(107, "hij");
  CHECK(s.got == "abcdefghij");
  CHECK(s.in.missing() == 0);
}

TEST_CASE("any order of any cuts gives the same stream, across the end of the numbers") {
  random_source random{7};
  std::string sent;
  for (int i = 0; i < 400; ++i) sent += static_cast<char>('a' + i % 26);
  for (int round = 0; round < 100; ++round) {
    const auto start = static_cast<std::uint32_t>(0u - 200u);
    std::vector<std::pair<std::size_t, std::size_t>> cuts;
    for (std::size_t at = 0; at < sent.size();) {
      const auto size = std::min(sent.size() - at, std::size_t{1} + random.next() % 20);
      cuts.emplace_back(at, std::min(sent.size() - at, size + random.next() % 5));
      at += size;
    }
    for (std::size_t i = 1; i < cuts.size(); ++i)
      if (random.next() % 2 == 0) std::swap(cuts[i], cuts[i - 1]);
    stream s;
    s.take(start, "", true);
    for (const auto& [at, size] : cuts)
      s.take(start + static_cast<std::uint32_t>(at), std::string_view{sent}.substr(at, size));
    CAPTURE(round);
    CHECK(s.got == sent);
  }
}

TEST_CASE("a capture that begins amid a stream says that something was before") {
  stream s;
  s.take(100, "ab");
  s.take(102, "cd");
  CHECK(s.got == "|abcd");
}

TEST_CASE("a gap that does not close is given up: when too much waits, or at the end") {
  stream s;
  s.take(0, "", true);
  s.take(10, "k");
  s.finish();
  CHECK(s.got == "|k");
  CHECK(s.in.missing() == 10);
  for (std::uint32_t i = 0; i <= captured_stream::segment_limit; ++i) s.take(20 + 2 * i, "x");
  CHECK(s.got == "|k|x");
  const std::string large(200'000, 'y');
  for (std::uint32_t i = 0; i < 60; ++i) {
    s.take(1'000 + i * 200'001, large);
    CHECK(s.in.waiting() <= captured_stream::byte_limit);
  }
}

TEST_CASE("a new connection with the same ports begins anew, and a SYN that is repeated does not") {
  stream s;
  s.take(100, "", true);
  s.take(100, "ab");
  s.take(100, "", true);
  s.take(102, "cd");
  s.take(3'000'000'000, "", true);
  s.take(3'000'000'000, "ef");
  CHECK(s.got == "abcdef");
  s.take(500'000'000, "gh"); // so far off that its beginning was missed
  CHECK(s.got == "abcdef|gh");
}
