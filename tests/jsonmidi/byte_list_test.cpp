#include <jamnet/jsonmidi/detail/byte_list.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <jamnet/core/random.hpp>

using namespace jamnet;
using jsonmidi::detail::byte_list;

namespace {

// All numbers of a text, `room` at a time; nothing when it is not canonical.
struct outcome {
  bool good = true;
  std::vector<std::uint8_t> bytes;
  std::string rest;
};
outcome read(std::string_view text, unsigned max = 127, std::size_t room = 7) {
  const std::string copy{text}; // so that a sanitizer sees what is read beyond
  byte_list list{copy, max};
  outcome all;
  std::vector<std::uint8_t> some(room);
  while (all.good && !list.closed()) {
    std::size_t count = 0;
    byte_list portable = list;
    all.good = list.try_next(some, count);
    std::vector<std::uint8_t> same(room);
    std::size_t as_many = 0;
    using jsonmidi::detail::portable_digit_map;
    REQUIRE(portable.try_next<portable_digit_map>(same, as_many) == all.good);
    if (all.good) REQUIRE(as_many == count);
    if (all.good) REQUIRE(portable.rest() == list.rest());
    if (all.good)
      REQUIRE(std::equal(same.begin(), same.begin() + static_cast<std::ptrdiff_t>(count),
                         some.begin()));
    if (all.good)
      all.bytes.insert(all.bytes.end(), some.begin(),
                       some.begin() + static_cast<std::ptrdiff_t>(count));
  }
  all.rest = list.rest();
  return all;
}
bool refuses(std::string_view text, unsigned max = 127) { return !read(text, max).good; }

} // namespace

TEST_CASE("numbers of every length, in pieces of every size") {
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    random_source random{seed};
    std::vector<std::uint8_t> bytes(random.next() % 200);
    std::string text;
    for (auto& byte : bytes) {
      byte = static_cast<std::uint8_t>(random.next() % (random.next() % 2 == 0 ? 12 : 256));
      text += (text.empty() ? "" : ",") + std::to_string(byte);
    }
    const auto all = read(text + "]}", 255, 1 + random.next() % 50);
    CAPTURE(seed);
    REQUIRE(all.good);
    REQUIRE(all.bytes == bytes);
    REQUIRE(all.rest == "}");
  }
}

TEST_CASE("one changed character in a long list is told alike by every road") {
  const std::string alphabet = "0123456789,,,]} .-:/;";
  int good = 0;
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    random_source random{seed};
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random.next() % n); };
    std::string text;
    for (std::size_t i = 20 + below(40); i-- > 0;) {
      text += std::to_string(below(below(2) == 0 ? 12 : 256));
      text += i == 0 ? ']' : ',';
    }
    text[below(text.size())] = alphabet[below(alphabet.size())];
    CAPTURE(seed);
    CAPTURE(text);
    const unsigned max = below(2) == 0 ? 127 : 255;
    good += read(text, max, 16 + below(50)).good;
  }
  CHECK(good > 1'000);
}

TEST_CASE("what is not canonical is refused, wherever it lies") {
  for (const std::string_view bad :
       {"",     "1",     "1,",  "1,]", ",1]", "01]",  "00]",        "001]",
        "128]", "1000]", "1 ]", " 1]", "1.]", "1;2]", "-1]",        "1,,2]",
        "+1]",  "1e0]",  "a]",  "1:]", "1/]", "0x1]", "1000000000]"}) {
    CAPTURE(bad);
    CHECK(refuses(bad));
    for (std::size_t before = 1; before < 40; ++before) {
      std::string text;
      for (std::size_t i = 0; i < before; ++i) text += "12,";
      CHECK(refuses(text + std::string{bad}));
    }
  }
  CHECK(refuses("256]", 255));
  CHECK(refuses("300]", 255));
  CHECK(read("0]").bytes == std::vector<std::uint8_t>{0});
  CHECK(read("127]").bytes == std::vector<std::uint8_t>{127});
  CHECK(read("255]", 255).bytes == std::vector<std::uint8_t>{255});
  CHECK(read("]").good);
}
