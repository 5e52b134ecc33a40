// A frame that is read is written again as the same bytes; a stream gives the same frames wherever
// it is cut; a payload that is understood is encoded and understood as the same.
#include <jamnet/toast/frame_splitter.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include <jamnet/toast/clock_messages.hpp>
#include <jamnet/toast/handshake.hpp>
#include <jamnet/toast/path_messages.hpp>
#include <jamnet/toast/peer_header.hpp>
#include <jamnet/toast/relay_messages.hpp>
#include <jamnet/toast/reports.hpp>
#include <jamnet/toast/sealed_messages.hpp>

#include "mended.hpp"

using namespace jamnet;
using namespace jamnet::toast;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

// What is encoded, decoded and encoded again is the same text; failures lie inside the text.
template <class Decode>
void check_text(std::string_view text, Decode&& decode) {
  const auto first = decode(text);
  if (!first) return require(first.error().detail <= text.size());
  std::array<char, 4096> buffer{}, again{};
  const auto written = encode(*first, buffer);
  require(!written.empty());
  const auto second = decode(written);
  require(second && encode(*second, again) == written);
}

template <class Decode>
void check_binary(bytes_view bytes, Decode&& decode) {
  const auto message = decode(bytes);
  if (!message) return;
  std::array<std::uint8_t, 64> again{};
  message->write(again.data());
  // The last three bytes of CLKR are not looked at.
  require(std::equal(bytes.begin(), bytes.end() - (bytes.size() == clock_answer::size ? 3 : 0),
                     again.begin()));
}

void check_payload(bytes_view payload) {
  const auto text = as_text(payload);
  check_text(text, decode_hello);
  check_text(text, decode_welcome);
  check_text(text, decode_refusal);
  check_text(text, decode_clock_claim);
  check_text(text, decode_acknowledgement);
  check_text(text, decode_heartbeat);
  check_text(text, decode_challenge);
  check_text(text, decode_sealed_hello);
  check_text(text, decode_sealed_welcome);
  check_text(text, decode_sealed_proof);
  if (const auto r = decode_sealed_refusal(text); !r || r->code != errc::refused) // an unknown word
    check_text(text, decode_sealed_refusal);
  check_text(text, decode_room_news);
  check_text(text, decode_registration);
  check_text(text, decode_introduction);
  check_text(text, decode_path_message);
  check_binary(payload, decode_peer_header);
  check_binary(payload, decode_clock_question);
  check_binary(payload, decode_clock_answer);
}

struct heard {
  std::vector<std::vector<std::uint8_t>> frames;
  errc end{};
  friend bool operator==(const heard&, const heard&) = default;
};

heard split(bytes_view bytes, std::size_t piece) {
  frame_splitter splitter;
  heard all;
  while (!bytes.empty() && all.end == errc{}) {
    const auto n = std::min(piece, bytes.size());
    const auto fed = splitter.feed(bytes.first(n), [&](const frame& f, bytes_view whole) {
      all.frames.emplace_back(whole.begin(), whole.end());
      std::vector<std::uint8_t> again(whole.size());
      frame_writer out{again};
      require(out.try_write(f.type, f.timestamp, f.sequence, f.payload));
      require(again == all.frames.back());
      if (piece > 7) check_payload(f.payload);
    });
    if (!fed) all.end = fed.error().code;
    bytes = bytes.subspan(n);
  }
  return all;
}

void check(bytes_view bytes) {
  const heard whole = split(bytes, bytes.size() + 8);
  require(whole == split(bytes, 1) && whole == split(bytes, 7));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view bytes{data, size};
  check(bytes);
  check(testing::mended(bytes)); // a mutation seldom has a good checksum
  check_payload(bytes);
  return 0;
}
