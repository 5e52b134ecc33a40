// What comes as TRAN from the one who decides, and from others while this peer does: payloads one
// after the other, each behind a line that begins with '#' (and then who it is from). All of it is
// refused by name, or leads to a register that is the same on both sides of a wire and only ever
// gets a greater stamp, and to states that can be, in their order.
#include <jamnet/transport/shared_transport.hpp>

#include <cstdlib>

#include <jamnet/core/bytes.hpp>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

constexpr session_id friday{0xf};

struct room {
  shared_transport transport{{0xa}, {.start_stop_sync = true}};
  shared_transport behind_a_gate{{0xb}, {.compensation = nanoseconds{20'000'000}}};
  shared_transport::account other{};
  session_time now{nanoseconds{1'000'000'000}};

  room() {
    transport.join(friday, now);
    behind_a_gate.join(friday, now);
  }
  void check() {
    const auto& r = transport.settled();
    for (const shared_transport* t : {&transport, &behind_a_gate}) {
      session_time last = session_time::min();
      for (const transport_state& s : t->schedule().states()) {
        require(s.valid() && s.since >= last);
        last = s.since;
      }
      require(t->shared().read() == t->schedule());
      transport_moment beat{};
      if (t->schedule().try_next_beat(now, beat)) require(beat.time >= now);
    }
    std::array<char, 2'000> text;
    const auto lines = encode(r, text);
    if (!r.stamp) return;
    const auto back = decode_transport_message(lines);
    require(back && back->state && *back->state == r);
  }
};

void take(room& in, std::string_view lines, bool decides) {
  const auto m = decode_transport_message(lines);
  if (!m) return require(m.error().detail <= lines.size());
  const commit_stamp before = in.transport.stamp();
  if (m->state) {
    (void)in.transport.hear(*m->state, in.now);
    (void)in.behind_a_gate.hear(*m->state, in.now);
  }
  for (std::size_t i = 0; decides && i < m->proposal_count; ++i)
    in.transport.hear(in.other, {0xc}, m->proposals[i], in.now, {});
  for (std::size_t i = 0; !decides && i < m->proposal_count; ++i)
    (void)in.behind_a_gate.ask(m->proposals[i], in.now, (i & 1) != 0);
  if (m->answer) in.behind_a_gate.hear(*m->answer, in.now);
  require(in.transport.stamp() >= before);
  in.check();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  room in;
  auto text = as_text({data, size});
  for (int i = 0; i < 64 && !text.empty(); ++i) {
    const bool decides = text.starts_with("#d");
    if (text.starts_with('#')) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    const auto lines = text.substr(0, text.find('#'));
    text.remove_prefix(lines.size());
    take(in, lines, decides);
    in.now += nanoseconds{400'000'000};
    in.transport.expire(in.now);
  }
  return 0;
}
