// SPDX-License-Identifier: MIT
//
// One command to the transport, as a value and as its line of JSON (README.md here):
//
//     {"type":"transport","command":"SEEK","timestamp":2000000000,"position":16,"boundary":"bar"}
//
// What a command needs and may have is a table, so encoder and decoder agree. The members that a
// command has no use for are skipped like unknown keys.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <jamnet/core/result.hpp>
#include <jamnet/core/strong_id.hpp>
#include <jamnet/json/writer.hpp>
#include <jamnet/jsonmidi/members.hpp>
#include <jamnet/time/time_signature.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0::jsonmidi {

enum class transport_action : std::uint8_t {
  play,
  stop,
  pause,
  record,
  seek,
  tempo,
  time_signature,
  loop
};

/// When a command takes effect: at its time, or at the first beat or bar from then on.
enum class transport_boundary : std::uint8_t { now, beat, bar };

using jamnet::time_signature;

/// In quarter notes from the start; `from` is before `to`.
struct loop_range {
  double from = 0, to = 0;
  friend constexpr bool operator==(const loop_range&, const loop_range&) = default;
};

struct transport_command {
  transport_action action = transport_action::stop;
  session_time time{};              ///< when it takes effect; may lie ahead
  std::optional<double> position{}; ///< quarter notes from the start
  std::optional<double> bpm{};      ///< 1 to 999
  std::optional<time_signature> signature{};
  std::optional<loop_range> loop{}; ///< with the action `loop`, none ends looping
  transport_boundary boundary = transport_boundary::now;
  bool here = false; ///< play, record, stop, pause: position and tempo only inform, they stay
  std::optional<std::uint64_t> seq{};   ///< below 2^53
  std::optional<std::uint64_t> epoch{}; ///< below 2^53; set when committed
  peer_id by{};                         ///< who asks for it; zero: not said

  friend constexpr bool operator==(const transport_command&, const transport_command&) = default;
};

/// The canonical JSON of the command, at the front of `to`; empty when it does not fit, lacks what
/// its action needs or has a value out of range. What its action has no use for is left out.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] std::string_view encode(const transport_command& command,
                                      std::span<char> to) noexcept;

/// A buffer of this size takes any command.
inline constexpr std::size_t max_transport_size = 384;

/// Reads a command, or one of the bare words PLAY, STOP, PAUSE and RECORD, with or without quotes:
/// they mean now, `now`, at the position and tempo there is. A failure's detail is the offset, as
/// in decode. [any-thread] [rt-safe] O(text)
[[nodiscard]] result<transport_command> decode_transport(std::string_view text,
                                                         session_time now) noexcept;

namespace detail {

inline constexpr name_index transport_index{std::to_array<std::string_view>(
    {"type", "command", "timestamp", "position", "bpm", "timeSignature", "loop", "boundary", "here",
     "seq", "epoch", "by"})};

inline constexpr auto action_names = std::to_array<std::string_view>(
    {"PLAY", "STOP", "PAUSE", "RECORD", "SEEK", "TEMPO", "TIME_SIGNATURE", "LOOP"});
inline constexpr std::size_t bare_actions = 4; // the first of them may stand alone
inline constexpr auto boundary_names = std::to_array<std::string_view>({"now", "beat", "bar"});

// `position` and `bpm` may accompany any action; the others only where they mean something.
enum class use : std::uint8_t { none, may, needs };
struct transport_row {
  use position, bpm, signature, loop;
};
inline constexpr auto transport_rows = std::to_array<transport_row>({
    {use::needs, use::needs, use::may, use::none}, // play
    {use::needs, use::may, use::none, use::none},  // stop
    {use::needs, use::may, use::none, use::none},  // pause
    {use::needs, use::needs, use::may, use::none}, // record
    {use::needs, use::may, use::none, use::none},  // seek
    {use::may, use::needs, use::none, use::none},  // tempo
    {use::may, use::may, use::needs, use::none},   // time_signature
    {use::may, use::may, use::none, use::needs},   // loop
});

inline constexpr std::int64_t max_transport_integer = (std::int64_t{1} << 53) - 1;

constexpr bool in_range(double bpm) noexcept { return bpm >= 1 && bpm <= 999; }
constexpr bool in_range(const loop_range& l) noexcept { return l.from < l.to; }

class transport_decoder {
public:
  explicit transport_decoder(std::string_view text) noexcept : text_{text}, members_{text} {}
  bool decode(transport_command& out) noexcept;
  failure error() const noexcept { return members_.error(); }

private:
  using members_type = members<transport_index>;
  using key = members_type::key;

  bool wants(use u, key k) const noexcept { return u == use::needs || (u == use::may && has(k)); }
  bool has(key k) const noexcept { return members_.has(k); }
  bool decode_musical(transport_command& out, const transport_row& row) noexcept;
  bool decode_committed(transport_command& out) noexcept;
  bool decode_signature(time_signature& out) noexcept;
  bool decode_loop(std::optional<loop_range>& out) noexcept;
  bool out_of_range(key k) noexcept { return members_.fail(errc::value_range, members_.offset(k)); }

  std::string_view text_;
  members_type members_;
};

/// The action of one of the bare words; false for any other word.
constexpr bool try_bare_action(std::string_view word, transport_action& out) noexcept {
  for (std::size_t i = 0; i < bare_actions; ++i)
    if (word == action_names[i]) return out = static_cast<transport_action>(i), true;
  return false;
}

} // namespace detail

inline std::string_view encode(const transport_command& c, std::span<char> to) noexcept {
  using detail::use;
  const auto action = static_cast<std::size_t>(c.action);
  const detail::transport_row& row = detail::transport_rows[action];
  const auto finite = [](double d) { return d - d == 0; };
  const auto too_great = [](const std::optional<std::uint64_t>& n) {
    return n && *n > static_cast<std::uint64_t>(detail::max_transport_integer);
  };
  if ((row.position == use::needs && !c.position) || (row.bpm == use::needs && !c.bpm) ||
      (row.signature == use::needs && !c.signature) || too_great(c.seq) || too_great(c.epoch))
    return {};
  if ((c.position && !finite(*c.position)) || (c.bpm && !detail::in_range(*c.bpm))) return {};

  json::writer out{to};
  out.begin_object().member("type", "transport").member("command", detail::action_names[action]);
  out.member("timestamp", c.time.time_since_epoch().count());
  if (c.position) out.member("position", *c.position);
  if (c.bpm) out.member("bpm", *c.bpm);
  if (row.signature != use::none && c.signature) {
    if (!c.signature->valid()) return {};
    out.key("timeSignature").begin_array().value(c.signature->numerator);
    out.value(c.signature->denominator).end_array();
  }
  if (row.loop != use::none) {
    out.key("loop");
    if (!c.loop) {
      out.null();
    } else {
      if (!detail::in_range(*c.loop) || !finite(c.loop->from) || !finite(c.loop->to)) return {};
      out.begin_array().value(c.loop->from).value(c.loop->to).end_array();
    }
  }
  if (c.boundary != transport_boundary::now)
    out.member("boundary", detail::boundary_names[static_cast<std::size_t>(c.boundary)]);
  if (c.here && action < detail::bare_actions) out.member("here", true);
  if (c.seq) out.member("seq", *c.seq);
  if (c.epoch) out.member("epoch", *c.epoch);
  const auto by = to_hex(c.by);
  if (c.by) out.member("by", std::string_view{by.data(), by.size()});
  return out.end_object().text();
}

inline result<transport_command> decode_transport(std::string_view text,
                                                  session_time now) noexcept {
  transport_command command{.time = now};
  json::reader in{text};
  const json::kind kind = in.peek();
  if (kind == json::kind::none) {
    const std::size_t begin = in.offset();
    const std::size_t end = text.find_last_not_of(" \t\r\n") + 1;
    if (end > begin && detail::try_bare_action(text.substr(begin, end - begin), command.action))
      return command;
  } else if (kind == json::kind::string) {
    const std::size_t offset = in.offset();
    char scratch[16];
    std::string_view word;
    if (!in.try_string(scratch, word) || !in.finish()) return in.error();
    if (!detail::try_bare_action(word, command.action)) in.fail(errc::value_range, offset);
    return in.ok() ? result<transport_command>{command} : in.error();
  }
  detail::transport_decoder decoder{text};
  if (!decoder.decode(command)) return decoder.error();
  return command;
}

namespace detail {

inline bool transport_decoder::decode(transport_command& out) noexcept {
  char scratch[16];
  std::string_view type;
  std::size_t action = 0, boundary = 0;
  std::int64_t time = 0;
  if (!members_.prove() || !members_.try_word("type", scratch, type)) return false;
  if (type != "transport") return members_.fail(errc::type_unknown, members_.offset("type"));
  if (!members_.try_choice("command", action_names, action)) return false;
  if (!members_.try_integer("timestamp", time, INT64_MIN, INT64_MAX)) return false;
  if (has("boundary") && !members_.try_choice("boundary", boundary_names, boundary)) return false;
  out.action = static_cast<transport_action>(action);
  out.time = session_time{nanoseconds{time}};
  out.boundary = static_cast<transport_boundary>(boundary);
  if (action < bare_actions && has("here") && !members_.try_bool("here", out.here)) return false;
  return decode_musical(out, transport_rows[action]) && decode_committed(out);
}

inline bool transport_decoder::decode_musical(transport_command& out,
                                              const transport_row& row) noexcept {
  if (wants(row.position, "position") && !members_.try_double("position", out.position.emplace()))
    return false;
  if (wants(row.bpm, "bpm")) {
    if (!members_.try_double("bpm", out.bpm.emplace())) return false;
    if (!in_range(*out.bpm)) return out_of_range("bpm");
  }
  if (wants(row.signature, "timeSignature") && !decode_signature(out.signature.emplace()))
    return false;
  return !wants(row.loop, "loop") || decode_loop(out.loop);
}

inline bool transport_decoder::decode_signature(time_signature& out) noexcept {
  if (!members_.try_array("timeSignature")) return false;
  integer_array in{text_, members_.offset("timeSignature")};
  std::int64_t n = 0, d = 0, more = 0;
  const bool two = in.try_next(n, 1, 255) && in.try_next(d, 1, 64);
  if (!in.ok()) return members_.fail(in.error());
  const bool end = !in.try_next(more, 0, 0) && in.ok(); // any third is one too many
  out = {static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(d)};
  return (two && end && out.valid()) || out_of_range("timeSignature");
}

inline bool transport_decoder::decode_loop(std::optional<loop_range>& out) noexcept {
  if (members_.kind("loop") == json::kind::null) return true;
  if (!members_.try_array("loop")) return false;
  const std::size_t offset = members_.offset("loop");
  json::reader in{text_, offset};
  double ends[2] = {};
  std::size_t size = 0;
  const bool read = in.try_array([&](json::reader& value) {
    return size < 2 ? value.try_double(ends[size++]) : value.fail(errc::value_range, offset);
  });
  if (!read) return members_.fail(in.error());
  out = loop_range{ends[0], ends[1]};
  return (size == 2 && in_range(*out)) || out_of_range("loop");
}

inline bool transport_decoder::decode_committed(transport_command& out) noexcept {
  const auto integer = [&](key k, std::optional<std::uint64_t>& to) {
    std::int64_t value = 0;
    if (!has(k)) return true;
    if (!members_.try_integer(k, value, 0, max_transport_integer)) return false;
    to = static_cast<std::uint64_t>(value);
    return true;
  };
  if (!integer("seq", out.seq) || !integer("epoch", out.epoch)) return false;
  if (!has("by")) return true;
  char scratch[16];
  std::string_view by;
  if (!members_.try_word("by", scratch, by)) return false;
  return (try_from_hex(by, out.by) && out.by) || out_of_range("by");
}

} // namespace detail

} // namespace jamnet::inline v0::jsonmidi
