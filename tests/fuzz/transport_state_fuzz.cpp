// Lines of commands, one after the other: each is refused by name, or leads to a valid state in
// which time only goes forward, lines come when they say, and applying it again gives the same.
#include <jamnet/transport/apply.hpp>

#include <cstdlib>

#include <jamnet/core/bytes.hpp>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

void check(const transport_state& s, session_time t) {
  const quarter_notes here = s.position_at(t);
  require(s.rolling() || here == s.position);
  require(!s.looping() || here < s.loop_to);
  const musical_position bar = s.bar_of(here);
  require(bar.beat >= 1 && bar.beat <= s.signature.numerator);
  for (const transport_moment line : {s.next_bar(t), s.next_beat(t)}) {
    require(line.time >= t);
    // After 104 days nothing moves on, and so no line comes.
    if (!s.rolling() || line.time - s.since >= steady_tempo::longest) continue;
    std::int64_t beyond = (s.position_at(line.time) - line.position).parts;
    // A loop may end within the nanosecond.
    if (s.looping() && beyond < 0) beyond += (s.loop_to - s.loop_from).parts;
    require(beyond >= 0 && beyond < 80);
    session_time then{};
    require(s.try_next(line.position, t, then) && then == line.time);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = as_text({data, size});
  transport_state state;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    const auto command = jsonmidi::decode_transport(line, state.since + nanoseconds{500'000'000});
    if (!command) continue;
    const auto next = apply(state, *command);
    if (!next) {
      const errc why = next.error().code;
      require(why == errc::change_order || why == errc::position_range);
      continue;
    }
    require(next->valid() && next->since >= command->time && next->since >= state.since);
    require(*apply(state, *command) == *next);
    check(*next, next->since);
    check(*next, next->since + nanoseconds{123'456'789'012});
    state = *next;
  }
  return 0;
}
