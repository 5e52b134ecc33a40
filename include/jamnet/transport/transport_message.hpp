// SPDX-License-Identifier: MIT
//
// What peers tell each other about their transport, the payload of a TRAN frame: lines of JSON
// (toast/README.md). A whole register takes a line for its state and one for each command ahead; a
// command without an epoch is one that its sender asks for; an answer says up to which command the
// sender was heard, and which of those were refused.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/json/writer.hpp>
#include <jamnet/jsonmidi/members.hpp>
#include <jamnet/transport/transport_register.hpp>

namespace jamnet::inline v0 {

/// What became of somebody's commands up to the number `seq`; those that are not named were taken.
struct transport_answer {
  static constexpr std::size_t most_refused = 16;
  struct refusal {
    std::uint64_t seq = 0;
    errc why{};
    friend constexpr bool operator==(const refusal&, const refusal&) = default;
  };

  std::uint64_t seq = 0; ///< below 2^53
  std::array<refusal, most_refused> refused{};
  std::size_t refused_count = 0;

  /// The oldest is forgotten where there are too many. [any-thread] [rt-safe] O(1)
  constexpr void refuse(std::uint64_t which, errc why) noexcept {
    if (refused_count == refused.size()) {
      std::move(refused.begin() + 1, refused.end(), refused.begin());
      --refused_count;
    }
    refused[refused_count++] = {which, why};
  }
  /// Why it was refused; errc{} where it was not. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr errc why(std::uint64_t which) const noexcept {
    for (std::size_t i = 0; i < refused_count; ++i)
      if (refused[i].seq == which) return refused[i].why;
    return {};
  }
};

struct transport_message {
  static constexpr std::size_t most_proposals = 16;

  std::optional<transport_register> state{};
  std::optional<transport_answer> answer{};
  std::array<jsonmidi::transport_command, most_proposals> proposals{};
  std::size_t proposal_count = 0;
};

/// So many bytes fit every datagram, whatever else it has to hold.
inline constexpr std::size_t transport_payload_limit = 960;

/// Each writes whole lines to the front of `to`; empty when they do not fit.
/// [any-thread] [rt-safe] O(n)
[[nodiscard]] std::string_view encode(const transport_register& r, std::span<char> to) noexcept;
[[nodiscard]] std::string_view encode(const transport_answer& a, std::span<char> to) noexcept;

/// Forgets whose commands are in it, the oldest first, until it fits a datagram. False when it does
/// not even then, or has a number that cannot be written. [any-thread] [rt-safe] O(n)
[[nodiscard]] inline bool try_fit(transport_register& r) noexcept {
  std::array<char, transport_payload_limit> room;
  while (encode(r, room).empty()) {
    if (r.heard_count == 0) return false;
    --r.heard_count;
  }
  return true;
}

/// Reads such lines; unknown types are passed over. All or nothing: a failure's detail is the
/// offset in the text. [any-thread] [rt-safe] O(text)
[[nodiscard]] result<transport_message> decode_transport_message(std::string_view text) noexcept;

// ------------------------------------------------------------------------------------------------

namespace detail {

inline constexpr jsonmidi::name_index transport_line_index{std::to_array<std::string_view>(
    {"type", "session", "state", "timestamp", "position", "bpm", "timeSignature", "bars", "loop",
     "heard", "seq", "refused", "epoch", "committed", "by"})};

/// From the session's beginning, either way: 73 years.
inline constexpr std::int64_t furthest_time = std::int64_t{1} << 61;

inline constexpr auto mode_names =
    std::to_array<std::string_view>({"stopped", "playing", "paused", "recording"});

inline constexpr auto refusal_names =
    std::to_array<std::pair<errc, std::string_view>>({{errc::tempo_range, "tempo"},
                                                      {errc::signature_range, "signature"},
                                                      {errc::position_range, "position"},
                                                      {errc::change_order, "late"},
                                                      {errc::limit_exceeded, "limit"},
                                                      {errc::not_admitted, "conduct"},
                                                      {errc::no_quorum, "quorum"},
                                                      {errc::refused, "refused"}});

constexpr std::string_view name_of(errc why) noexcept {
  for (const auto& [code, name] : refusal_names)
    if (code == why) return name;
  return "refused";
}
constexpr errc refusal_of(std::string_view name) noexcept {
  for (const auto& [code, word] : refusal_names)
    if (word == name) return code;
  return errc::refused;
}

inline void write_id(json::writer& out, std::string_view key, std::uint64_t id) noexcept {
  const auto digits = to_hex(peer_id{id});
  out.member(key, std::string_view{digits.data(), digits.size()});
}

inline void write_state(json::writer& out, const transport_register& r) noexcept {
  const transport_state& s = r.base;
  out.begin_object().member("type", "transportState");
  write_id(out, "session", r.session.value);
  out.member("state", mode_names[static_cast<std::size_t>(s.mode)])
      .member("timestamp", s.since.time_since_epoch().count())
      .member("position", s.position.count())
      .member("bpm", s.bpm);
  out.key("timeSignature").begin_array().value(s.signature.numerator);
  out.value(s.signature.denominator).end_array();
  out.key("bars").begin_array().value(s.bar_line.count()).value(s.bar).end_array();
  if (s.loop_from < s.loop_to) {
    out.key("loop").begin_array().value(s.loop_from.count());
    out.value(s.loop_to.count()).end_array();
  }
  out.key("heard").begin_array();
  for (const auto& asker : r.askers()) {
    const auto digits = to_hex(asker.who);
    out.begin_array().value(std::string_view{digits.data(), digits.size()});
    out.value(asker.seq).end_array();
  }
  out.end_array().member("epoch", r.stamp.epoch);
  out.member("committed", r.stamp.time.time_since_epoch().count());
  write_id(out, "by", r.stamp.by.value);
  out.end_object();
}

/// One line, of a state or an answer.
class transport_line {
public:
  explicit transport_line(std::string_view text) noexcept : text_{text}, members_{text} {}

  [[nodiscard]] failure error() const noexcept { return members_.error(); }
  /// What it is; empty when the line is not JSON.
  [[nodiscard]] std::string_view type() noexcept {
    std::string_view type;
    if (!members_.prove() || !members_.try_word("type", scratch_, type)) return {};
    return type.empty() ? "?" : type;
  }
  [[nodiscard]] bool try_state(transport_register& out) noexcept;
  [[nodiscard]] bool try_answer(transport_answer& out) noexcept;

private:
  using members_type = jsonmidi::members<transport_line_index>;
  using key = members_type::key;
  static constexpr std::int64_t greatest = static_cast<std::int64_t>(commit_stamp::last_epoch);

  bool out_of_range(key k) noexcept { return members_.fail(errc::value_range, members_.offset(k)); }
  bool try_number(key k, std::uint64_t& out) noexcept {
    std::int64_t value = 0;
    if (!members_.try_integer(k, value, 0, greatest)) return false;
    return out = static_cast<std::uint64_t>(value), true;
  }
  bool try_time(key k, session_time& out) noexcept {
    constexpr std::int64_t far = furthest_time;
    std::int64_t value = 0;
    if (!members_.try_integer(k, value, -far, far)) return false;
    return out = session_time{nanoseconds{value}}, true;
  }
  bool try_quarters(json::reader& in, quarter_notes& out) noexcept {
    const std::size_t at = in.offset();
    double count = 0;
    if (!in.try_double(count)) return false;
    if (!(magnitude(count) <= quarter_notes::most)) return in.fail(errc::value_range, at);
    return out = quarter_notes::from(count), true;
  }
  template <class Tag>
  bool try_id(key k, strong_id<Tag>& out) noexcept {
    std::string_view digits;
    if (!members_.try_word(k, scratch_, digits)) return false;
    return (try_from_hex(digits, out) && out) || out_of_range(k);
  }
  // An array of two, the first and the second read by these.
  template <class First, class Second>
  static bool try_pair(json::reader& in, First&& first, Second&& second) noexcept {
    const std::size_t at = in.offset();
    std::size_t n = 0;
    const bool read = in.try_array([&](json::reader& value) {
      ++n;
      return n == 1 ? first(value) : n == 2 ? second(value) : value.fail(errc::value_range, at);
    });
    return read && (n == 2 || in.fail(errc::value_range, at));
  }
  template <class F>
  bool read(key k, F&& f) noexcept {
    if (!members_.has(k)) return true;
    json::reader in{text_, members_.offset(k)};
    return f(in) || members_.fail(in.error());
  }
  bool try_music(transport_state& out) noexcept;
  bool try_heard(transport_register& out) noexcept;

  std::string_view text_;
  members_type members_;
  char scratch_[16];
};

inline bool transport_line::try_music(transport_state& out) noexcept {
  std::size_t mode = 0;
  std::uint64_t beats = out.signature.numerator, note = out.signature.denominator;
  const auto quarters = [&](quarter_notes& to) {
    return [this, &to](json::reader& in) { return try_quarters(in, to); };
  };
  const auto small = [](std::uint64_t& to) {
    return [&to](json::reader& in) { return in.try_unsigned(to, 1, 255); };
  };
  const auto whole = [&](json::reader& in) { return in.try_integer(out.bar, -greatest, greatest); };
  if (!members_.try_choice("state", mode_names, mode) || !try_time("timestamp", out.since) ||
      !members_.try_double("bpm", out.bpm))
    return false;
  const bool all =
      read("position", quarters(out.position)) &&
      read("timeSignature", [&](auto& in) { return try_pair(in, small(beats), small(note)); }) &&
      read("bars", [&](auto& in) { return try_pair(in, quarters(out.bar_line), whole); }) &&
      read("loop",
           [&](auto& in) { return try_pair(in, quarters(out.loop_from), quarters(out.loop_to)); });
  if (!(out.loop_from < out.loop_to)) out.loop_from = out.loop_to = {};
  out.mode = static_cast<transport_mode>(mode);
  out.signature = {static_cast<std::uint8_t>(beats), static_cast<std::uint8_t>(note)};
  return all && (out.valid() || out_of_range("state"));
}

inline bool transport_line::try_heard(transport_register& out) noexcept {
  return read("heard", [&](json::reader& in) {
    return in.try_array([&](json::reader& pair) {
      if (out.heard_count == out.heard.size()) return pair.skip();
      auto& asker = out.heard[out.heard_count++];
      const auto id = [&](json::reader& value) {
        const std::size_t at = value.offset();
        std::string_view digits;
        return value.try_string(scratch_, digits) &&
               ((try_from_hex(digits, asker.who) && asker.who) ||
                value.fail(errc::value_range, at));
      };
      return try_pair(pair, id, [&](json::reader& value) {
        return value.try_unsigned(asker.seq, 0, commit_stamp::last_epoch);
      });
    });
  });
}

inline bool transport_line::try_state(transport_register& out) noexcept {
  if (!try_id("session", out.session) || !try_music(out.base) || !try_heard(out)) return false;
  if (!try_number("epoch", out.stamp.epoch) || !try_time("committed", out.stamp.time)) return false;
  return try_id("by", out.stamp.by) && (out.stamp || out_of_range("epoch"));
}

inline bool transport_line::try_answer(transport_answer& out) noexcept {
  return try_number("seq", out.seq) && read("refused", [&](json::reader& in) {
           return in.try_array([&](json::reader& pair) {
             std::uint64_t seq = 0;
             std::string_view why;
             const auto number = [&](json::reader& value) {
               return value.try_unsigned(seq, 0, commit_stamp::last_epoch);
             };
             const auto word = [&](json::reader& value) { return value.try_string(scratch_, why); };
             if (!try_pair(pair, number, word)) return false;
             out.refuse(seq, refusal_of(why));
             return true;
           });
         });
}

} // namespace detail

inline std::string_view encode(const transport_register& r, std::span<char> to) noexcept {
  const auto within = [](std::int64_t number, std::int64_t most) {
    return number >= -most && number <= most;
  };
  if (!within(r.base.bar, static_cast<std::int64_t>(commit_stamp::last_epoch)) ||
      !within(r.base.since.time_since_epoch().count(), detail::furthest_time) ||
      !within(r.stamp.time.time_since_epoch().count(), detail::furthest_time))
    return {};
  std::size_t size = 0;
  const auto end_line = [&](std::size_t line) {
    if (line == 0 || size + line == to.size()) return false;
    to[size + line] = '\n';
    size += line + 1;
    return true;
  };
  json::writer out{to};
  detail::write_state(out, r);
  if (!end_line(out.text().size())) return {};
  for (const auto& command : r.commands())
    if (!end_line(jsonmidi::encode(command, to.subspan(size)).size())) return {};
  return {to.data(), size};
}

inline std::string_view encode(const transport_answer& a, std::span<char> to) noexcept {
  json::writer out{to.first(to.empty() ? 0 : to.size() - 1)};
  out.begin_object().member("type", "transportAnswer").member("seq", a.seq);
  if (a.refused_count > 0) {
    out.key("refused").begin_array();
    for (std::size_t i = 0; i < a.refused_count; ++i)
      out.begin_array()
          .value(a.refused[i].seq)
          .value(detail::name_of(a.refused[i].why))
          .end_array();
    out.end_array();
  }
  const std::size_t size = out.end_object().text().size();
  if (size == 0) return {};
  to[size] = '\n';
  return {to.data(), size + 1};
}

inline result<transport_message> decode_transport_message(std::string_view text) noexcept {
  transport_message message;
  std::size_t at = 0; // where the line begins
  const auto fail = [&](failure why) {
    return failure{why.code, why.detail + static_cast<std::uint32_t>(at)};
  };
  for (std::string_view line; at < text.size(); at += line.size() + 1) {
    line = text.substr(at, text.find('\n', at) - at);
    if (line.empty()) continue;
    detail::transport_line members{line};
    const std::string_view type = members.type();
    if (type.empty()) return fail(members.error());
    if (type == "transportState") {
      if (message.state) return fail({errc::key_duplicate});
      if (!members.try_state(message.state.emplace())) return fail(members.error());
    } else if (type == "transportAnswer") {
      if (!members.try_answer(message.answer.emplace())) return fail(members.error());
    } else if (type == "transport") {
      const auto command = jsonmidi::decode_transport(line, {});
      if (!command) return fail(command.error());
      const bool settled = command->epoch.has_value();
      if (settled && !message.state) return fail({errc::value_range});
      auto& count = settled ? message.state->ahead_count : message.proposal_count;
      const auto most = settled ? message.state->ahead.size() : message.proposals.size();
      if (count == most) return fail({errc::limit_exceeded});
      (settled ? message.state->ahead.data() : message.proposals.data())[count++] = *command;
    }
  }
  return message;
}

} // namespace jamnet::inline v0
