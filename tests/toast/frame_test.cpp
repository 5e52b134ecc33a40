#include <jamnet/toast/frame.hpp>

#include <array>
#include <cstdint>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;

TEST_CASE("a frame is laid out as the protocol page says") {
  std::array<std::uint8_t, 64> buffer{};
  frame_writer out{buffer};
  REQUIRE(out.try_write("HBEA", 0x0102030405060708, 0x0a0b0c0d, as_bytes("{}")));
  const auto bytes = out.written();
  REQUIRE(bytes.size() == 26);
  CHECK(load_be<std::uint32_t>(bytes.data()) == 22);
  CHECK(as_text(bytes.subspan(4, 4)) == "HBEA");
  CHECK(load_be<std::int64_t>(bytes.data() + 8) == 0x0102030405060708);
  CHECK(load_be<std::uint32_t>(bytes.data() + 16) == 0x0a0b0c0d);
  CHECK(as_text(bytes.subspan(20, 2)) == "{}");
  CHECK(load_be<std::uint32_t>(bytes.data() + 22) == crc32(bytes.first(22)));
}

TEST_CASE("what was written is read back, frame by frame, without an allocation") {
  std::array<std::uint8_t, 256> buffer{};
  bool same = true;
  {
    const testing::rt_guard guard;
    frame_writer out{buffer};
    same &= out.try_write(type::midi, -5, 7, as_bytes("one"));
    same &= out.try_write(type::bye, not_synchronised, 8, {});
    auto rest = out.written();
    const auto first = read_frame(rest);
    same &= first && first->type == type::midi && first->timestamp == -5 && first->sequence == 7 &&
            as_text(first->payload) == "one";
    rest = rest.subspan(first->size());
    const auto second = read_frame(rest);
    same &= second && second->type == type::bye && second->payload.empty() &&
            second->size() == rest.size();
  }
  CHECK(same);
}

TEST_CASE("a frame that does not fit leaves the buffer as it was") {
  std::array<std::uint8_t, 30> buffer{};
  frame_writer out{buffer};
  CHECK_FALSE(out.try_write(type::midi, 0, 0, as_bytes("seven b")));
  CHECK(out.written().empty());
  CHECK(out.try_write(type::midi, 0, 0, as_bytes("six by")));
  CHECK(out.open().empty());
}

TEST_CASE("every cut and every flipped bit is refused") {
  std::array<std::uint8_t, 64> buffer{};
  frame_writer out{buffer};
  REQUIRE(out.try_write(type::midi, 1, 2, as_bytes("payload")));
  const auto size = out.written().size();
  for (std::size_t cut = 0; cut < size; ++cut)
    CHECK(read_frame(out.written().first(cut)).error().code == errc::frame_truncated);
  for (std::size_t bit = 0; bit < 8 * size; ++bit) {
    buffer[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    CHECK_FALSE(read_frame(out.written()));
    buffer[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
}

TEST_CASE("a length beyond the limit is refused before its bytes are waited for") {
  std::array<std::uint8_t, 24> bytes{};
  store_be(bytes.data(), std::uint32_t{payload_limit + 21});
  CHECK(read_frame(bytes).error().code == errc::frame_length);
  store_be(bytes.data(), std::uint32_t{19});
  CHECK(read_frame(bytes).error().code == errc::frame_length);
}

TEST_CASE("a type of other characters is refused") {
  std::array<std::uint8_t, 24> buffer{};
  frame_writer out{buffer};
  REQUIRE(out.try_write("MIDi", 0, 0, {}));
  CHECK(read_frame(out.written()).error().code == errc::frame_type);
}
