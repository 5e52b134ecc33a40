#include <jamnet/secure/seal.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::secure;

namespace {

struct sealed_datagram {
  secret<32> key{{1, 2, 3}};
  std::vector<std::uint8_t> front{9, 8, 7, 6}, frames{10, 20, 30, 40, 50}, bytes;

  explicit sealed_datagram(toast::seal_header h) {
    bytes.resize(front.size() + frames.size() + toast::seal_header::overhead);
    std::copy(front.begin(), front.end(), bytes.begin());
    CHECK(seal(key, h, bytes, front.size(), frames) == bytes.size());
  }
  // Whether `bytes` still say what was sealed.
  [[nodiscard]] bool opens(bytes_view changed) const {
    const auto f = toast::read_frame(changed.subspan(front.size()));
    if (!f || f->type != toast::type::seal) return false;
    const auto h = toast::decode_seal_header(f->payload);
    if (!h) return false;
    std::vector<std::uint8_t> out(sealed_size(f->payload));
    return try_open(key, *h, changed, front.size(), out.data()) && out == frames;
  }
};

// With the checksum made right again, as who forges would.
void checksum_again(std::vector<std::uint8_t>& bytes, std::size_t front) {
  const std::size_t size = bytes.size() - front - 4;
  store_be(bytes.data() + front + size, crc32({bytes.data() + front, size}));
}

} // namespace

TEST_CASE("what was sealed opens, and no bit of the datagram can be another") {
  const sealed_datagram d{{5, 77}};
  CHECK(d.opens(d.bytes));
  for (std::size_t bit = 0; bit < 8 * (d.bytes.size() - 4); ++bit) {
    auto forged = d.bytes;
    forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ 1u << bit % 8);
    checksum_again(forged, d.front.size());
    CHECK_FALSE(d.opens(forged));
  }
  auto other = d;
  other.key = secret<32>{{1, 2, 4}};
  CHECK_FALSE(other.opens(d.bytes));
}

TEST_CASE("the same frames look different under each counter, and sealing allocates nothing") {
  const sealed_datagram a{{0, 1}}, b{{0, 2}};
  CHECK_FALSE(std::equal(a.bytes.begin() + 40, a.bytes.begin() + 45, b.bytes.begin() + 40));
  auto out = a.bytes;
  const testing::rt_guard guard;
  CHECK(seal(a.key, {0, 3}, out, a.front.size(), a.frames) == out.size());
}
