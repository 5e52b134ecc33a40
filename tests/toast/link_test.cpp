#include <jamnet/toast/link.hpp>

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

constexpr address a_address = address::v4(10, 0, 0, 1, 1), b_address = address::v4(10, 0, 0, 2, 2);
constexpr host_time birth{1000s};

// One end: a link, its sender's log, and all that its handler was given.
struct end {
  explicit end(std::uint64_t id, toast::link l) : ours{std::move(l)} {
    self.self.peer = {id};
    self.self.session = {7};
    self.self.name = id == 1 ? "ana" : "ben";
    self.self.can = 1;
    self.claim = {{7}, {{id}, 3, 0, 100, 2}};
  }
  // The handler.
  void opened(const welcome& w) { welcomes.push_back(w); }
  void closed(const refusal& r) { closings.push_back(r.code); }
  void clock_answered(const clock_answer& a, host_time at) {
    answers.push_back(a);
    answered_at = at;
  }
  void claimed(const clock_claim& c, session_time, bool knows) {
    claims.push_back(c);
    claimant_knew = knows;
  }
  void midi(bytes_view lines, host_time) {
    for (const auto c : as_text(lines)) {
      if (c != '\n')
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
      else
        take(std::exchange(number, 0));
    }
  }
  void transport(bytes_view lines, host_time) { transports.emplace_back(as_text(lines)); }
  void gave_up(std::uint64_t low, host_time) { seq_low = low; }

  void take(std::uint64_t seq) {
    auto& window = ours.window();
    const auto line = std::to_string(seq);
    const auto fate = window.offer(seq, line.size());
    if (fate == event_window::verdict::hold) window.hold(seq, as_bytes(line));
    if (fate != event_window::verdict::deliver) return;
    ++delivered;
    for (bytes_view held; window.pop_ready(held);) ++delivered;
  }
  void play() { log.append(as_bytes(std::to_string(log.next())), false); }

  toast::link ours;
  event_log log;
  sender_view self;
  std::vector<welcome> welcomes;
  std::vector<errc> closings;
  std::vector<clock_answer> answers;
  host_time answered_at{};
  std::vector<clock_claim> claims;
  std::vector<std::string> transports;
  std::vector<known_peer> others;
  bool claimant_knew = false, ask = false;
  std::uint64_t number = 0, seq_low = 0, delivered = 0;
};

using datagram = std::vector<std::uint8_t>;

// The next datagram that is due; empty when none is.
datagram written(end& e, host_time now) {
  datagram bytes(datagram_limit);
  bytes.resize(e.ours.write(bytes, now, e.self, e.log, e.others, std::exchange(e.ask, false)));
  return bytes;
}

std::string types_in(bytes_view bytes) {
  std::string all;
  for (; !bytes.empty(); bytes = bytes.subspan(read_frame(bytes)->size()))
    for (int shift = 24; shift >= 0; shift -= 8)
      all += static_cast<char>(read_frame(bytes)->type.code >> shift & 0xff);
  return all;
}

void take(end& e, bytes_view bytes, host_time now, nanoseconds waited = {}) {
  for (; !bytes.empty(); bytes = bytes.subspan(read_frame(bytes)->size()))
    if (read_frame(bytes)->type != type::hello) e.ours.receive(*read_frame(bytes), now, e, waited);
}

hello hello_in(bytes_view bytes) {
  const auto f = read_frame(bytes.subspan(read_frame(bytes)->size()));
  return *decode_hello(as_text(f->payload));
}

// Two ends whose link is open on both sides.
struct pair {
  explicit pair(carrier via = carrier::udp) {
    auto to_b = b_address, to_a = a_address;
    to_b.via = to_a.via = via;
    a = std::make_unique<end>(1, toast::link{to_b, 9, 0, birth});
    const auto opening = written(*a, birth);
    hello h = via == carrier::udp ? hello_in(opening)
                                  : *decode_hello(as_text(read_frame(opening)->payload));
    b = std::make_unique<end>(2, toast::link{h, to_a, 1, 1, 0, birth});
    exchange(birth);
  }
  void exchange(host_time now, double loss = 0) {
    const auto pass = [&](end& from, end& to) {
      for (auto d = written(from, now); !d.empty(); d = written(from, now))
        if (random.uniform() >= loss) take(to, d, now);
    };
    pass(*a, *b);
    pass(*b, *a);
    pass(*a, *b);
  }
  std::unique_ptr<end> a, b;
  random_source random{1};
};

} // namespace

TEST_CASE("HELO is padded, repeated unchanged every 250 ms, and numbered anew each time") {
  end a{1, toast::link{b_address, 9, 5, birth}};
  const auto first = written(a, birth);
  CHECK(types_in(first) == "PEERHELO");
  CHECK(first.size() == 2 * frame_overhead + peer_header::size + hello_padding);
  CHECK(written(a, birth).empty());
  CHECK(a.ours.deadline(a.log) == birth + 250ms);
  for (int i = 0; i < 9; ++i) a.play();
  CHECK(written(a, birth + 250ms) == first);
  CHECK(hello_in(first).attempt == 9);
  CHECK(hello_in(first).seq_next == 5);
}

TEST_CASE("CHAL has HELO said again at once with its cookie, but not more than twice as often") {
  end a{1, toast::link{b_address, 9, 0, birth}};
  (void)written(a, birth);
  const auto challenged = [&](std::uint64_t c, std::uint32_t attempt, host_time now) {
    std::array<char, 100> text{};
    const frame f{type::challenge, not_synchronised, 1,
                  as_bytes(encode(challenge{{c}, attempt}, text))};
    a.ours.receive(f, now, a);
    return written(a, now);
  };
  CHECK(challenged(5, 8, birth + 1ms).empty()); // of another attempt
  const auto again = challenged(5, 9, birth + 2ms);
  CHECK(hello_in(again).cookie == cookie{5});
  CHECK(hello_in(again).attempt == 9);
  CHECK(challenged(5, 9, birth + 3ms).empty()); // doubled by the network
  CHECK(a.ours.deadline(a.log) == birth + 252ms);
  int said = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) said += !challenged(100 + i, 9, birth + 1ms * i).empty();
  CHECK(said <= 8);
}

TEST_CASE("a link opens: WELC says what HELO asked, and both know each other") {
  pair p;
  CHECK(p.a->ours.is_open());
  CHECK(p.b->ours.is_open());
  CHECK(p.a->ours.peer() == peer_id{2});
  CHECK(p.b->ours.peer() == peer_id{1});
  CHECK(p.a->ours.name() == short_text{"ben"});
  CHECK(p.b->ours.name() == short_text{"ana"});
  REQUIRE(p.a->welcomes.size() == 1);
  CHECK(p.a->welcomes[0].attempt == 9);
  CHECK(p.a->welcomes[0].session == session_id{7});
  CHECK(p.a->ours.version() == 1);
  CHECK(p.a->ours.statistics().frames_missed == 0);
  CHECK(p.b->ours.statistics().frames_missed == 0);
}

TEST_CASE(
    "a WELC that was lost is repeated, with the same numbers; one of another attempt is none") {
  end a{1, toast::link{b_address, 9, 0, birth}};
  const auto h = hello_in(written(a, birth));
  end b{2, toast::link{h, a_address, 1, 1, 4, birth}};
  for (int i = 0; i < 6; ++i) b.play();
  (void)written(b, birth);
  b.ours.welcome_again();
  const auto again = written(b, birth + 1ms);
  end other{1, toast::link{b_address, 10, 0, birth}};
  take(other, again, birth + 1ms);
  CHECK_FALSE(other.ours.is_open());
  take(a, again, birth + 1ms);
  REQUIRE(a.ours.is_open());
  CHECK(a.welcomes[0].seq_next == 4);
  take(a, again, birth + 2ms); // doubled by the network
  CHECK(a.welcomes.size() == 1);
}

TEST_CASE("WELC names as many of the others as fit, but never itself or whom it greets") {
  end a{1, toast::link{b_address, 9, 0, birth}};
  const auto h = hello_in(written(a, birth));
  for (const std::size_t count : {0u, 3u, 13u}) {
    end b{2, toast::link{h, a_address, 1, 1, 0, birth}};
    b.self.self.name = std::string(short_text::capacity, '\x01'); // the longest there is in JSON
    b.others.push_back({peer_id{1}, a_address});
    for (std::size_t i = 0; i < count; ++i) {
      address v6{.port = 65535, .via = carrier::tcp};
      v6.ip.fill(0xab);
      b.others.push_back({peer_id{100 + i}, v6});
    }
    const auto d = written(b, birth);
    CHECK(types_in(d).substr(0, 8) == "PEERWELC");
    end fresh{1, toast::link{b_address, 9, 0, birth}};
    take(fresh, d, birth);
    REQUIRE(fresh.ours.is_open());
    const auto& w = fresh.welcomes[0];
    CHECK(w.peer_count == (count < 4 ? count : w.peer_count));
    CHECK(w.peer_count >= std::min<std::size_t>(count, 5));
    for (std::size_t i = 0; i < w.peer_count; ++i) CHECK(w.peers[i].peer != peer_id{1});
  }
}

TEST_CASE("a clock question is answered in the next datagram, by who knows the time") {
  pair p;
  p.a->ask = true;
  take(*p.b, written(*p.a, birth + 1s), birth + 1s + 3ms);
  (void)written(*p.b, birth + 1s + 4ms); // does not know
  p.exchange(birth + 1s + 4ms);
  CHECK(p.a->answers.empty());

  p.b->self.synchronised = true;
  p.b->self.clock = {.from = birth};
  p.b->self.bound_ns = 77;
  p.b->self.hops = 2;
  p.a->ask = true;
  take(*p.b, written(*p.a, birth + 2s), birth + 2s + 3ms);
  take(*p.a, written(*p.b, birth + 2s + 5ms), birth + 2s + 9ms);
  REQUIRE(p.a->answers.size() == 1);
  CHECK(p.a->answers[0].asked == birth + 2s);
  CHECK(p.a->answers[0].received == session_time{2s + 3ms});
  CHECK(p.a->answers[0].answered == session_time{2s + 5ms});
  CHECK(p.a->answers[0].bound_ns == 77);
  CHECK(p.a->answers[0].hops == 2);
  CHECK(p.a->answered_at == birth + 2s + 9ms);
}

TEST_CASE("time spent in a buffer is not taken for time on the way") {
  pair p;
  p.b->self.synchronised = true;
  p.b->self.clock = {.from = birth};
  p.a->ask = true;
  take(*p.b, written(*p.a, birth + 2s), birth + 2s + 3ms, 1ms);
  take(*p.a, written(*p.b, birth + 2s + 5ms), birth + 2s + 9ms, 2ms);
  REQUIRE(p.a->answers.size() == 1);
  CHECK(p.a->answers[0].received == session_time{2s + 2ms});
  CHECK(p.a->answered_at == birth + 2s + 7ms);
  CHECK(p.a->ours.heard() == birth + 2s + 9ms);
}

TEST_CASE("a claim is told once for each announce()") {
  pair p;
  p.b->ours.announce();
  p.exchange(birth + 1ms);
  p.exchange(birth + 2ms);
  REQUIRE(p.a->claims.size() == 1);
  CHECK(p.a->claims[0].session == session_id{7});
  CHECK(p.a->claims[0].claim.epoch == 3);
  CHECK_FALSE(p.a->claimant_knew);
}

TEST_CASE("every event arrives once, whatever is lost; then nothing is sent but heartbeats") {
  for (const double loss : {0.0, 0.3}) {
    pair p;
    auto now = birth;
    for (int i = 0; i < 2000; ++i, now += 1ms) {
      if (i % 4 == 0) p.a->play();
      p.exchange(now, loss);
    }
    for (int i = 0; i < 3000; ++i, now += 1ms) p.exchange(now, i < 2000 ? loss : 0);
    CHECK(p.b->delivered == 500);
    CHECK(p.a->ours.sent().unacknowledged() == 0);
    CHECK((p.a->ours.sent().repeated() == 0) == (loss == 0));
    CHECK((p.b->ours.statistics().frames_missed == 0) == (loss == 0));
    CHECK(p.b->seq_low == 500);
    std::string idle;
    for (int i = 0; i < 1000; ++i, now += 1ms) idle += types_in(written(*p.a, now));
    CHECK(idle == "PEERHBEAPEERHBEA");
  }
}

TEST_CASE("who speaks all the time still says each half second how it is") {
  pair p;
  int beats = 0;
  for (auto now = birth + 1s; now < birth + 6s; now += 10ms) {
    p.a->play();
    const auto d = written(*p.a, now);
    beats += types_in(d).find("HBEA") != std::string::npos;
    take(*p.b, d, now);
    take(*p.a, written(*p.b, now + 5ms), now + 5ms);
  }
  CHECK(beats == 10);
  CHECK(p.b->ours.report().seq_next >= 450);
}

TEST_CASE("heartbeats come at the interval of the room, and once sooner when that is told") {
  pair p;
  p.exchange(birth);
  p.a->self.heartbeat = 2s;
  const auto due = [&] { return p.a->ours.deadline(p.a->log); };
  const auto beat = [&](host_time now) {
    CHECK(p.a->ours.reports(now));
    CHECK(types_in(written(*p.a, now)) == "PEERHBEA");
    CHECK_FALSE(p.a->ours.reports(now));
  };
  beat(birth + 500ms);
  CHECK(due() == birth + 2500ms);
  p.a->ours.report_by(birth + 3s);
  CHECK(due() == birth + 2500ms);
  p.a->ours.report_by(birth + 1s);
  beat(birth + 1s);
  CHECK(due() == birth + 3s);
}

TEST_CASE("who asks for a sign of life gets a heartbeat at once, and only for that") {
  pair p;
  p.exchange(birth);
  const host_time later = birth + 100ms;
  CHECK(written(*p.b, later).empty());
  p.a->ours.ask_sign();
  take(*p.b, written(*p.a, later), later);
  const datagram answer = written(*p.b, later);
  CHECK(types_in(answer) == "PEERHBEA");
  take(*p.a, answer, later);
  CHECK(written(*p.a, later).empty());
}

TEST_CASE("BYE_ comes behind the last events, and closes both ends") {
  pair p;
  for (int i = 0; i < 500; ++i) p.a->play(); // more than one datagram holds
  p.a->ours.leave();
  p.exchange(birth + 1ms);
  CHECK(p.b->delivered == 500);
  CHECK(p.b->closings == std::vector{errc{}});
  CHECK(p.a->ours.state() == toast::link::phase::closed);
  CHECK(p.b->ours.state() == toast::link::phase::closed);
  CHECK(p.a->ours.deadline(p.a->log) == host_time::max());
  CHECK(written(*p.a, birth + 1h).empty());
}

TEST_CASE("a link that leaves before it is open says nothing more") {
  end a{1, toast::link{b_address, 9, 0, birth}};
  a.ours.leave();
  CHECK(a.ours.state() == toast::link::phase::closed);
  CHECK(written(a, birth).empty());
}

TEST_CASE("TRAN holds what it is given, when it is due, and HBEA shows what a side has") {
  pair p;
  const std::string lines(900, 'x');
  p.a->self.transport_lines = lines;
  p.a->self.transport = {3, session_time{nanoseconds{5}}, {0xab}};
  CHECK(p.a->ours.deadline(p.a->log) > birth);
  p.a->ours.transport_by(birth + 5ms);
  CHECK(p.a->ours.deadline(p.a->log) == birth + 5ms);
  p.exchange(birth + 4ms);
  CHECK(p.b->transports.empty());
  p.a->ours.announce(); // so long a claim leaves no room: it goes in a datagram of its own
  p.a->self.heartbeat = 1ms;
  p.exchange(birth + 5ms);
  REQUIRE(p.b->transports.size() == 1);
  CHECK(p.b->transports[0] == lines);
  CHECK(p.a->ours.transport_at() == host_time::max());
  p.exchange(birth + 500ms);
  CHECK(p.b->ours.report().transport == p.a->self.transport);
  CHECK_FALSE(p.a->ours.report().transport);
  p.a->self.transport_lines = {};
  p.a->ours.transport_by(host_time::min()); // nothing to say after all
  p.exchange(birth + 600ms);
  CHECK(p.b->transports.size() == 1);
}

TEST_CASE("frames are counted: missing ones, unknown types, payloads that make no sense") {
  pair p;
  const auto frame_of = [](frame_type t, std::uint32_t sequence, std::string_view payload) {
    return frame{t, not_synchronised, sequence, as_bytes(payload)};
  };
  const auto before = p.b->ours.statistics();
  constexpr std::uint32_t far = 1'000;
  p.b->ours.receive(frame_of(frame_type{"WHAT"}, far, ""), birth, *p.b);
  const auto missed = p.b->ours.statistics().frames_missed;
  CHECK(missed > 900);
  p.b->ours.receive(frame_of(type::heartbeat, far - 5, "{}"), birth, *p.b); // late, not lost
  p.b->ours.receive(frame_of(type::heartbeat, far + 3, "[]"), birth, *p.b);
  CHECK(p.b->ours.statistics().frames_missed == missed - 1 + 2);
  CHECK(p.b->ours.statistics().frames_unknown == before.frames_unknown + 1);
  CHECK(p.b->ours.statistics().frames_bad == before.frames_bad + 1);
  p.b->ours.receive(frame_of(type::clock_question, far + 4, "1234567"), birth, *p.b);
  p.b->ours.receive(frame_of(type::clock_answer, far + 5, "12345678"), birth, *p.b);
  p.b->ours.receive(frame_of(type::acknowledge, far + 6, R"({"have":[[2,1]]})"), birth, *p.b);
  p.b->ours.receive(frame_of(type::clock_master, far + 7, "{}"), birth, *p.b);
  p.b->ours.receive(frame_of(type::error, far + 8, "full"), birth, *p.b);
  CHECK(p.b->ours.statistics().frames_bad == before.frames_bad + 6);
  CHECK(p.b->ours.is_open());
}

TEST_CASE("ERRO closes a link, opening or open, and says why") {
  end a{1, toast::link{b_address, 9, 0, birth}};
  const frame full{type::error, not_synchronised, 1, as_bytes(R"({"code":"full","text":"no"})")};
  a.ours.receive(full, birth, a);
  CHECK(a.closings == std::vector{errc::room_full});
  CHECK(a.ours.state() == toast::link::phase::closed);
  pair p;
  p.b->ours.receive(full, birth, *p.b);
  CHECK(p.b->closings == std::vector{errc::room_full});
}

TEST_CASE("a stream has no PEER frames, no padding and no repetitions") {
  pair p{carrier::tcp};
  REQUIRE(p.a->ours.is_open());
  p.a->play();
  CHECK(types_in(written(*p.a, birth + 1ms)) == "MIDI");
  auto now = birth + 1ms;
  for (; now < birth + 400ms; now += 1ms) CHECK(written(*p.a, now).empty());
  CHECK(p.a->ours.sent().repeated() == 0);
}

TEST_CASE("an open link allocates nothing") {
  pair p;
  std::array<std::uint8_t, datagram_limit> bytes{};
  p.a->self.synchronised = p.b->self.synchronised = true;
  p.a->answers.reserve(1000);
  auto now = birth + 1s;
  const auto pass = [&](end& from, end& to, bool ask) {
    const auto size = from.ours.write(bytes, now, from.self, from.log, {}, ask);
    for (bytes_view rest = bytes_view{bytes}.first(size); !rest.empty();) {
      const auto f = read_frame(rest);
      to.ours.receive(*f, now, to);
      rest = rest.subspan(f->size());
    }
  };
  const testing::rt_guard guard;
  for (int i = 0; i < 500; ++i, now += 1ms) {
    p.a->log.append(as_bytes("1"), false);
    pass(*p.a, *p.b, true);
    pass(*p.b, *p.a, false);
  }
  CHECK(p.a->answers.size() == 500);
}
