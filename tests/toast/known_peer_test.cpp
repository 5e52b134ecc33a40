#include <jamnet/toast/known_peer.hpp>

#include <array>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;

namespace {

bool read(std::string_view text, std::array<known_peer, 2>& out, std::size_t& count) {
  json::reader in{text};
  return toast::detail::try_known_peers(in, out, count) && in.finish();
}

} // namespace

TEST_CASE("whom one peer introduces, another finds at the same place") {
  auto v6 = address::v4(0, 0, 0, 0, 65535, carrier::tcp);
  v6.ip = {0xfe, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
  const std::array<known_peer, 2> given{
      {{{7}, address::v4(192, 168, 0, 1, 47800), 47801}, {{8}, v6}}};
  std::array<char, 256> buffer{};
  json::writer out{buffer};
  out.begin_object();
  toast::detail::write_known_peers(out, given);
  const std::string text{out.end_object().text()};
  std::array<known_peer, 2> got{};
  std::size_t count = 0;
  REQUIRE(read(text.substr(9, text.size() - 10), got, count)); // without {"peers": and }
  REQUIRE(count == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(got[i].peer == given[i].peer);
    CHECK(got[i].where == given[i].where);
    CHECK(got[i].streams == given[i].streams);
  }
}

TEST_CASE("more than there is room for are passed over, and nonsense is refused") {
  std::array<known_peer, 2> got{};
  std::size_t count = 0;
  CHECK(read(R"([{"port":1},{"port":2},{"port":3}])", got, count));
  CHECK(count == 2);
  for (const char* bad : {R"([{"port":70000}])", R"([{"ip":"0a00000"}])", R"([{"ip":"0a00000g"}])",
                          R"([{"peer":"1"}])", R"([{"tcp":1}])", R"([7])", R"({})"}) {
    count = 0;
    CHECK_FALSE(read(bad, got, count));
  }
}
