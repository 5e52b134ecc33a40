// The laws that all messages keep together; the tests of each header have its words.
#include <jamnet/midi/data_message.hpp>

#include <array>
#include <tuple>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/midi/flex_message.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/midi/midi2_message.hpp>
#include <jamnet/midi/stream_message.hpp>
#include <jamnet/midi/system_message.hpp>
#include <jamnet/midi/utility_message.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

// All those of one message type.
using utility =
    std::tuple<utility_message::noop, utility_message::jr_clock, utility_message::jr_timestamp,
               utility_message::delta_clockstamp_ticks, utility_message::delta_clockstamp>;
using system_kind =
    std::tuple<system_message::time_code, system_message::song_position,
               system_message::song_select, system_message::tune_request,
               system_message::timing_clock, system_message::start, system_message::continue_,
               system_message::stop, system_message::active_sensing, system_message::system_reset>;
using midi1_voice = std::tuple<note_off, note_on, polyphonic_aftertouch, control_change,
                               program_change, channel_aftertouch, pitch_bend>;
using midi2_voice =
    std::tuple<midi2::note_off, midi2::note_on, midi2::polyphonic_aftertouch, midi2::control_change,
               midi2::program_change, midi2::channel_aftertouch, midi2::pitch_bend,
               midi2::registered_controller, midi2::assignable_controller,
               midi2::relative_registered_controller, midi2::relative_assignable_controller,
               midi2::registered_per_note_controller, midi2::assignable_per_note_controller,
               midi2::per_note_pitch_bend, midi2::per_note_management>;
using data = std::tuple<sysex7, sysex8, mixed_data_set_header, mixed_data_set_payload>;
using flex_data = std::tuple<flex_message::set_tempo, flex_message::set_time_signature,
                             flex_message::set_metronome, flex_message::set_key_signature,
                             flex_message::set_chord_name, flex_message::flex_text>;
using stream =
    std::tuple<stream_message::endpoint_discovery, stream_message::endpoint_info,
               stream_message::device_identity, stream_message::endpoint_name,
               stream_message::product_instance_id, stream_message::stream_configuration_request,
               stream_message::stream_configuration_notification,
               stream_message::function_block_discovery, stream_message::function_block_info,
               stream_message::function_block_name, stream_message::start_of_clip,
               stream_message::end_of_clip>;
using every_message = decltype(std::tuple_cat(utility{}, system_kind{}, midi1_voice{},
                                              midi2_voice{}, data{}, flex_data{}, stream{}));
constexpr std::size_t count = std::tuple_size_v<every_message>;

/// The packets that the messages are without a value given.
constexpr std::array<ump, count> plain = std::apply(
    [](auto... messages) { return std::array<ump, count>{ump(messages)...}; }, every_message{});

using claims = std::array<std::uint64_t, count>; // how many packets each message claimed

enum class asking { all, same_type };

/// Whether the message claims the packet; then `kept` says whether it gives it back as it was.
template <class Message>
bool claimed_by(const ump& packet, bool& kept) {
  const auto found = Message::from(packet);
  if (found && ump(*found) != packet) kept = false;
  return found.has_value();
}
template <class... Messages>
constexpr auto askers_of(std::tuple<Messages...>) {
  return std::array{claimed_by<Messages>...};
}
constexpr auto askers = askers_of(every_message{});

/// How many messages claim the packet. To ask those of its type alone saves time in slow builds:
/// the type is a part of what every message compares.
std::size_t claim(const ump& packet, claims& of, asking whom = asking::all) {
  std::size_t claimed = 0;
  bool kept = true;
  for (std::size_t i = 0; i < count; ++i) {
    if (whom == asking::same_type && plain[i].type() != packet.type()) continue;
    if (!askers[i](packet, kept)) continue;
    ++claimed;
    ++of[i];
  }
  if (!kept || claimed > 1) {
    CAPTURE(packet.words[0]);
    CAPTURE(packet.words[1]);
    CHECK(kept);
    CHECK(claimed <= 1);
  }
  return claimed;
}

ump random_packet(random_source& random) {
  // A message that there is, some of its bits changed, mostly few: its neighbours and its values.
  ump packet = plain[random.next() % count];
  const auto some = [&] { return static_cast<std::uint32_t>(random.next() & random.next()); };
  const std::uint64_t how = random.next();
  for (std::size_t i = 0; i < packet.size(); ++i) {
    std::uint32_t change = some();
    if (how & 1) change &= 0x7f7f7f7f;
    if (how & 2) change &= some();
    if (i == 0) change &= how & 4 ? 0x0f0fffff : how & 8 ? 0x0fffffff : how & 16 ? ~0u : 0u;
    if ((how >> (8 + i) & 3) != 0) packet.words[i] ^= change;
  }
  for (std::size_t i = packet.size(); i < 4; ++i) packet.words[i] = 0;
  return packet;
}

} // namespace

TEST_CASE("a message without a value given is claimed by itself alone") {
  claims of{};
  for (const auto& packet : plain) CHECK(claim(packet, of) == 1);
  for (const auto times : of) CHECK(times == 1);
}

TEST_CASE("of a million packets none is claimed by two messages, and all that are come back") {
  constexpr std::uint64_t seed = 20231110;
  CAPTURE(seed);
  random_source random{seed};
  claims of{};
  std::uint64_t claimed = 0;
  for (int i = 0; i < 1'000'000; ++i)
    claimed += claim(random_packet(random), of, i % 32 == 0 ? asking::all : asking::same_type);
  CHECK(claimed > 300'000);
  CHECK(claimed < 900'000);
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(i);
    CHECK(of[i] > 500); // none is left out
  }
}

TEST_CASE("every type, group and status has one message at most") {
  claims of{};
  for (std::uint32_t high = 0; high < 0x10000; ++high)
    for (const std::uint32_t low : {0x0000u, 0x0101u, 0x7f7fu})
      claim(ump{{high << 16 | low}}, of, low == 0 ? asking::all : asking::same_type);
  // Sixteen groups, sixteen channels.
  CHECK(of[std::tuple_size_v<utility> + std::tuple_size_v<system_kind>] == 3 * 256);
}

TEST_CASE("reading and making messages is rt-safe") {
  claims of{};
  std::size_t claimed = 0;
  {
    const testing::rt_guard guard;
    for (const auto& packet : plain) claimed += claim(packet, of);
  }
  CHECK(claimed == count);
}

TEST_CASE("the rows of JSONMIDI have a name for just the packets that a message here claims") {
  claims of{};
  random_source random{7};
  for (int i = 0; i < 200'000; ++i) {
    const ump packet = random_packet(random);
    const bool claimed = claim(packet, of, asking::same_type) == 1;
    CAPTURE(packet.words[0]);
    CAPTURE(packet.words[1]);
    REQUIRE((jsonmidi::find_message(packet) != nullptr) == claimed);
  }
}
