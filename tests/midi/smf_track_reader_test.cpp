#include <jamnet/midi/smf_track_reader.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

using bytes = std::vector<std::uint8_t>;

failure failure_of(const bytes& chunk) {
  smf_track_reader reader{chunk};
  for (smf_event e; reader.try_next(e);) {
  }
  return reader.failed() ? reader.error() : failure{};
}

bytes data_of(const smf_event& e) { return {e.data.begin(), e.data.end()}; }

} // namespace

TEST_CASE("a track gives its events in order, their ticks summed up") {
  const bytes chunk{0x00, 0x90, 60, 100, 0x81, 0x00, 0x80, 60, 0, 0x00, 0xff, 0x2f, 0x00};
  smf_track_reader reader{chunk, 7};
  smf_event e;
  CHECK(reader.try_next(e));
  CHECK((e.tick == 0 && e.track == 7 && e.status == 0x90 && data_of(e) == bytes{60, 100}));
  CHECK(reader.try_next(e));
  CHECK((e.tick == 128 && e.status == 0x80 && data_of(e) == bytes{60, 0}));
  CHECK(reader.try_next(e));
  CHECK((e.status == 0xff && e.meta == 0x2f && e.data.empty()));
  CHECK_FALSE(reader.try_next(e));
  CHECK_FALSE(reader.failed());
}

TEST_CASE("running status is resolved, and goes on after a meta event as some programs write it") {
  const bytes chunk{0, 0xc5, 1, 0, 2, 0, 0xff, 1, 1, 'x', 0, 3};
  smf_track_reader reader{chunk};
  smf_event e;
  for (const auto program : bytes{1, 2}) {
    CHECK(reader.try_next(e));
    CHECK((e.status == 0xc5 && data_of(e) == bytes{program}));
    CHECK(e.running == (program == 2));
  }
  CHECK(reader.try_next(e));
  CHECK((e.kind() == smf_kind::meta && !e.running));
  CHECK(reader.try_next(e));
  CHECK((e.status == 0xc5 && e.running && data_of(e) == bytes{3}));
  CHECK_FALSE(reader.try_next(e));
  CHECK_FALSE(reader.failed());
}

TEST_CASE("SysEx and escape events give the bytes after their length") {
  const bytes chunk{0, 0xf0, 3, 1, 2, 0xf7, 0xff, 0xff, 0xff, 0x7f, 0xf7, 1, 0xfa};
  smf_track_reader reader{chunk};
  smf_event e;
  CHECK(reader.try_next(e));
  CHECK((e.kind() == smf_kind::sysex && data_of(e) == bytes{1, 2, 0xf7}));
  CHECK(reader.try_next(e));
  CHECK((e.kind() == smf_kind::escape && data_of(e) == bytes{0xfa}));
  CHECK(e.tick == 0x0fffffff);
}

TEST_CASE("nothing is read after the end of the track, and a track may lack one") {
  CHECK(failure_of({0, 0xff, 0x2f, 0, 0xff, 0xff, 0xff}) == failure{});
  CHECK(failure_of({}) == failure{});
  CHECK(failure_of({0, 0xc0, 1}) == failure{});
}

TEST_CASE("whatever is not a track is refused at the byte where it ceases to be one") {
  struct {
    bytes chunk;
    failure why;
  } const cases[] = {
      {{0x80}, {errc::midi_truncated, 1}},                                  // in a delta
      {{0x00}, {errc::midi_truncated, 1}},                                  // no event
      {{0x80, 0x80, 0x80, 0x80, 0x00}, {errc::midi_length, 0}},             // five bytes long
      {{0, 60, 100}, {errc::midi_status, 1}},                               // no running status
      {{0, 0xf8}, {errc::midi_status, 1}},                                  // not in a file
      {{0, 0xf1, 0}, {errc::midi_status, 1}},                               //
      {{0, 0x90, 60}, {errc::midi_truncated, 3}},                           //
      {{0, 0x90, 60, 0x80}, {errc::midi_data, 3}},                          //
      {{0, 0xc0, 1, 0, 0x90, 0xff, 0}, {errc::midi_data, 5}},               //
      {{0, 0xff}, {errc::midi_truncated, 2}},                               //
      {{0, 0xff, 0x80, 0}, {errc::midi_data, 2}},                           // no such meta event
      {{0, 0xff, 1}, {errc::midi_truncated, 3}},                            // no length
      {{0, 0xff, 1, 2, 'x'}, {errc::midi_length, 3}},                       //
      {{0, 0xf0, 0xff, 0xff, 0xff, 0x7f, 1, 0xf7}, {errc::midi_length, 2}}, //
  };
  for (const auto& c : cases) {
    CAPTURE(&c - cases);
    CHECK(failure_of(c.chunk) == c.why);
  }
}

TEST_CASE("reading a track never allocates") {
  const bytes chunk{0, 0x90, 60, 100, 0, 61, 100, 0, 0xff, 0x2f, 0};
  unsigned count = 0;
  {
    testing::rt_guard guard;
    smf_track_reader reader{chunk};
    for (smf_event e; reader.try_next(e);) ++count;
  }
  CHECK(count == 3);
}
