#include <jamnet/toast/reports.hpp>

#include <string>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;

TEST_CASE("an acknowledgement is read as it was written") {
  acknowledgement a{.of = peer_id{0xa}};
  a.have[0] = {0, 41};
  a.have[1] = {43, 43};
  a.have_count = 2;
  a.want[0] = {42, 42};
  a.want_count = 1;
  a.waited_us = 2000;
  a.lost = {3, 2, 1000};
  std::array<char, 700> buffer{};
  const auto text = encode(a, buffer);
  CHECK(
      text ==
      R"({"of":"000000000000000a","have":[[0,41],[43,43]],"want":[[42,42]],"waited_us":2000,"missed":[3,2,1000]})");
  const auto back = decode_acknowledgement(text);
  REQUIRE(back);
  CHECK(back->of == a.of);
  CHECK(back->have_count == 2);
  CHECK(back->have == a.have);
  CHECK(back->want_count == 1);
  CHECK(back->want == a.want);
  CHECK(back->waited_us == 2000);
  CHECK(back->lost == a.lost);
}

TEST_CASE("where nothing is missing, little is said") {
  acknowledgement a;
  a.have[0] = {0, 41};
  a.have_count = 1;
  std::array<char, 700> buffer{};
  CHECK(encode(a, buffer) == R"({"have":[[0,41]]})");
}

TEST_CASE("the longest acknowledgement fits a datagram beside PEER") {
  acknowledgement a{.of = peer_id{~0ull}};
  a.have.fill({toast::detail::seq_limit, toast::detail::seq_limit});
  a.want = a.have;
  a.have_count = a.want_count = a.have.size();
  a.waited_us = toast::detail::seq_limit;
  a.lost = {a.waited_us, a.waited_us, a.waited_us};
  std::array<char, 1'200 - 72> buffer{};
  CHECK_FALSE(encode(a, buffer).empty());
}

TEST_CASE("ranges beyond those there is room for are skipped; impossible ones are refused") {
  const auto many = decode_acknowledgement(
      R"({"have":[[0,0],[2,2],[4,4],[6,6],[8,8],[10,10],[12,12],[14,14],[16,16],[18,18]]})");
  REQUIRE(many);
  CHECK(many->have_count == 8);
  for (const std::string_view bad :
       {R"({"have":[[1]]})", R"({"have":[[1,2,3]]})", R"({"have":[[2,1]]})", R"({"have":[1]})",
        R"({"want":[[0,9007199254740992]]})", R"({"missed":[2,1,1]})", R"({"missed":[1,1]})",
        R"({"missed":[1,1,1,1]})", R"({"missed":7})", R"({"waited_us":-1})", R"({"want":[[-1,0]]})",
        R"({"of":"x"})", "[]", ""})
    CHECK_FALSE(decode_acknowledgement(bad));
}

TEST_CASE("a heartbeat is read as it was written") {
  for (const bool synchronised : {false, true}) {
    std::array<char, 400> buffer{};
    heartbeat sent{1, 2, 3, 4, 5, 6, synchronised, {7, 1, 9}, synchronised, synchronised, 7, 8};
    sent.answer = synchronised;
    sent.group_lost = {3, 2, 8};
    if (synchronised) sent.transport = {4, session_time{nanoseconds{-5}}, {0xab}};
    const auto back = decode_heartbeat(encode(sent, buffer));
    REQUIRE(back);
    CHECK(back->seq_low == 1);
    CHECK(back->seq_next == 2);
    CHECK(back->late == 3);
    CHECK(back->bound_ns == 4);
    CHECK(back->wish_ns == 5);
    CHECK(back->lead_ns == 6);
    CHECK(back->synchronised == synchronised);
    CHECK(back->lost == loss_report{7, 1, 9});
    CHECK(back->group_lost == sent.group_lost);
    CHECK(back->transport == sent.transport);
    CHECK(back->recall == synchronised);
    CHECK(back->hears == synchronised);
    CHECK(back->answer == synchronised);
    CHECK(back->next == (synchronised ? 7u : 0u)); // which means nothing without it
    CHECK(back->heard == 8);
  }
  CHECK(decode_heartbeat(R"({"more":null})"));
  CHECK_FALSE(decode_heartbeat(R"({"seq_low":9007199254740992})"));
  CHECK_FALSE(decode_heartbeat(R"({"heard":4294967296})"));
  for (const auto* stamp : {"7", "[]", "[1,2]", R"([0,2,"00000000000000ab"])", R"([1,2,"ab"])",
                            R"([1,2,"0000000000000000"])", R"([1,2,"00000000000000ab",3])",
                            R"([9007199254740992,2,"00000000000000ab"])"})
    CHECK_FALSE(decode_heartbeat(std::string{"{\"transport\":"} + stamp + "}"));
}

TEST_CASE("reports are rt-safe") {
  std::array<char, 700> buffer{};
  const testing::rt_guard guard;
  (void)decode_heartbeat(encode(heartbeat{}, buffer));
  (void)decode_acknowledgement(encode(acknowledgement{}, buffer));
}
