#include <jamnet/json/digits.hpp>

#include <array>
#include <string>

#include <doctest/doctest.h>

#include <jamnet/core/random.hpp>

using namespace jamnet;
using namespace jamnet::json::detail;

TEST_CASE("numbers of every length are written as to_chars writes them") {
  for (std::uint64_t seed = 0; seed < 100'000; ++seed) {
    random_source random{seed};
    const std::uint64_t value = seed < 20'000 ? seed : random.next() >> random.next() % 64;
    const auto number = static_cast<std::int64_t>(random.next() % 2 == 0 ? value : 0 - value);
    std::array<char, 32> buffer;
    REQUIRE(std::string(buffer.data(), write_integer(buffer.data(), value)) ==
            std::to_string(value));
    REQUIRE(std::string(buffer.data(), write_integer(buffer.data(), number)) ==
            std::to_string(number));
  }
}

TEST_CASE("leading digits end before whatever is none") {
  for (unsigned other = 0; other < 256; ++other) {
    if (other >= '0' && other <= '9') continue;
    for (std::size_t size = 0; size <= 8; ++size) {
      std::string text = std::string("12345678").substr(0, size) + std::string(8, '7');
      if (size < 8) text[size] = static_cast<char>(other);
      const digit_run run = leading_digits(load8(text.data()));
      REQUIRE(run.size == size);
      REQUIRE(run.value == (size == 0 ? 0 : std::stoul(text.substr(0, size))));
    }
  }
}
