#include <jamnet/toast/direct_paths.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

constexpr address home(std::uint64_t id) {
  return address::v4(10, 0, 0, static_cast<std::uint8_t>(id), 5);
}

struct path_letter {
  address to;
  path_message said;
};

// One of those who meet.
struct path_end {
  explicit path_end(std::uint64_t id_) : id{id_}, paths{{id_}, {id_, 9}} {}

  // What it has to say now.
  std::vector<path_letter> say(host_time now, bool relay = true) {
    std::vector<path_letter> all;
    paths.poll(now, relay);
    std::array<std::uint8_t, datagram_limit> out;
    for (outgoing d; paths.deadline() <= now && paths.write(out, now, d);) {
      const auto peer = read_frame(out);
      const auto f = read_frame(bytes_view{out}.subspan(peer->size()));
      REQUIRE(f->type == type::path);
      all.push_back({d.to, *decode_path_message(as_text(f->payload))});
    }
    REQUIRE(paths.deadline() > now);
    for (const auto& c : paths.changes()) ways += c.direct ? "d" : "r";
    return all;
  }

  std::uint64_t id;
  direct_paths paths;
  std::string ways;
};

// Two who meet at a relay, and each sends something to the other every half second.
struct path_pair {
  path_pair() {
    a.paths.introduced({{b.id}, home(b.id)}, now);
    b.paths.introduced({{a.id}, home(a.id)}, now);
  }
  void carry(path_end& from, path_end& to, bool passes) {
    for (const auto& l : from.say(now, relay)) {
      ++said;
      if (l.to.via != carrier::relayed) {
        if (passes) to.paths.heard_directly({from.id}, home(from.id), l.said, now);
      } else if (relay)
        to.paths.heard_relayed({from.id}, l.said, now);
    }
    if (sends && (now - host_time{}) % 500ms == 0ns) {
      const auto* const way = from.paths.way_to({to.id}, now);
      if (way != nullptr && passes && !to.paths.heard({from.id}, home(from.id), now)) ++unheard;
    }
  }
  void run_for(nanoseconds time) {
    for (; time > 0ns; time -= 10ms, now += 10ms) {
      carry(a, b, there);
      carry(b, a, back);
    }
  }
  [[nodiscard]] std::size_t direct() const {
    return std::size_t{a.paths.is_direct({b.id})} + b.paths.is_direct({a.id});
  }

  host_time now{1000s};
  path_end a{1}, b{2};
  bool there = true, back = true, relay = true, sends = true;
  int said = 0, unheard = 0;
};

} // namespace

TEST_CASE("who can reach each other do so soon, and then say nothing of it") {
  path_pair p;
  p.run_for(1s);
  CHECK(p.direct() == 2);
  p.said = 0;
  p.run_for(60s);
  CHECK(p.said == 0);
  CHECK(p.a.ways + p.b.ways == "dd");
  CHECK(p.unheard == 0);
}

TEST_CASE("a way that fails in one direction is left by both in little more than a second") {
  for (const bool there : {true, false}) {
    path_pair p;
    p.run_for(2s);
    REQUIRE(p.direct() == 2);
    (there ? p.there : p.back) = false;
    p.run_for(1300ms);
    CHECK(p.direct() == 0);
    p.run_for(30s);
    CHECK(p.a.ways + p.b.ways == "drdr");
    p.there = p.back = true;
    p.run_for(60s);
    CHECK(p.direct() == 2);
  }
}

TEST_CASE("a way that is lost without a relay is kept, and goes on when it passes again") {
  path_pair p;
  p.run_for(2s);
  p.relay = p.there = p.back = false;
  p.run_for(20s);
  CHECK(p.direct() == 2);
  p.there = p.back = true;
  p.run_for(2s);
  CHECK(p.a.ways + p.b.ways == "dd");
}

TEST_CASE("in vain it is tried seldom, and not at all for who sends nothing") {
  path_pair p;
  p.there = false;
  p.run_for(600s);
  CHECK(p.direct() == 0);
  p.said = 0;
  p.run_for(3600s);
  CHECK(p.said < 3600 / 45 * 2 * (8 + 8 + 3)); // questions, answers and keys of both
  p.sends = false;
  p.run_for(60s);
  p.said = 0;
  p.run_for(3600s);
  CHECK(p.said == 0);
}

TEST_CASE("a key that was lost is given again, and one that is new counts") {
  path_pair p;
  p.relay = false;
  p.run_for(400ms);
  p.relay = true;
  p.run_for(8s);
  CHECK(p.direct() == 2);
  p.b.paths = direct_paths{{2}, {77, 7}}; // started again
  p.b.paths.introduced({{1}, home(1)}, p.now);
  p.run_for(12s);
  CHECK(p.direct() == 2);
  CHECK(p.unheard < 3);
}

TEST_CASE("nobody without the keys has a way, an answer, or a say") {
  path_pair p;
  p.a.paths.heard_directly({2}, home(9), {.ask = 5, .proof = 1}, p.now); // before any key
  CHECK(p.a.say(p.now).empty());
  p.run_for(2s);
  REQUIRE(p.direct() == 2);
  p.a.paths.heard_directly({2}, home(9), {.ask = 5, .proof = 1}, p.now);
  p.a.paths.heard_directly({3}, home(3), {.ask = 5, .proof = 1}, p.now);
  p.a.paths.heard_directly({2}, home(9), {.echo = 5, .proof = 1}, p.now);
  p.a.paths.heard_relayed({3}, {.key = 4, .meet = true}, p.now);
  CHECK(p.a.say(p.now).empty());
  CHECK_FALSE(p.a.paths.heard({2}, home(9), p.now));
  CHECK_FALSE(p.a.paths.heard({3}, home(2), p.now));
  CHECK(p.a.paths.way_to({3}, p.now) == nullptr);
  CHECK(*p.a.paths.way_to({2}, p.now) == home(2));
}

TEST_CASE("who is not seen anywhere is where it asks from") {
  path_pair p;
  p.a.paths = direct_paths{{1}, {1, 9}};
  p.a.paths.introduced({{2}, address::v4(9, 9, 9, 9, 9, carrier::tcp)}, p.now);
  p.run_for(1500ms);
  CHECK(p.direct() == 2);
}

TEST_CASE("of those it is told of it remembers a bounded number, while they are there") {
  path_end e{1};
  host_time now{1000s};
  for (std::uint64_t i = 2; i < 1000; ++i) e.paths.introduced({{i}, home(i % 200)}, now);
  std::size_t asked = 0;
  for (std::uint64_t i = 2; i < 1000; ++i) CHECK(e.paths.way_to({i}, now) == nullptr);
  for (const auto& l : e.say(now)) asked += l.said.meet;
  CHECK(asked == direct_paths::most);
  now += 1000s;
  (void)e.say(now);
  e.paths.introduced({{5000}, home(3)}, now);
  CHECK(e.paths.way_to({5000}, now) == nullptr);
  CHECK(e.say(now).size() == 1);
}
