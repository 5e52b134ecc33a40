#include <jamnet/secure/secret.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::secure;

TEST_CASE("what is derived depends on the key, the label and everything behind it") {
  std::array<std::uint8_t, 64> key{};
  const auto one = derive(key, "a", as_bytes("bc"));
  CHECK(one.equals(derive(key, "a", as_bytes("bc")).bytes()));
  CHECK_FALSE(one.equals(derive(key, "ab", as_bytes("c")).bytes()));
  CHECK_FALSE(one.equals(derive(key, "a", as_bytes("bd")).bytes()));
  key[63] = 1;
  CHECK_FALSE(one.equals(derive(key, "a", as_bytes("bc")).bytes()));
}

TEST_CASE("a secret is 0 after it was wiped") {
  secret<32> s{{1, 2, 3}};
  CHECK(s.equals({1, 2, 3}));
  s.wipe();
  CHECK(s.equals({}));
}

TEST_CASE("randomness is the system's, or what is given") {
  secret<32> a, b;
  entropy{}(a);
  entropy{}(b);
  CHECK_FALSE(a.equals(b.bytes()));
  std::uint8_t next = 5;
  const entropy counting{[](void* self, std::uint8_t* out, std::size_t size) {
                           for (; size > 0; --size) *out++ = (*static_cast<std::uint8_t*>(self))++;
                         },
                         &next};
  counting(a);
  CHECK(a.bytes()[0] == 5);
  CHECK(a.bytes()[31] == 36);
}
