// SPDX-License-Identifier: MIT
//
// One peer's part in a session's transport, without any I/O: its copy of the register, the commands
// that it has asked for, and what each of the others knows.
//
// Whoever decides for the session, its clock master, commits what it is asked for; the others ask
// it. Nothing is sent only once, and nothing needs to be: a peer shows with each heartbeat the
// stamp of what it has, whoever has more sends it all again, and commands are asked for until the
// register or an answer shows what became of them. They are numbered, so that none is taken twice,
// not even by a master that takes over.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/callback.hpp>
#include <jamnet/ring/latest.hpp>
#include <jamnet/transport/start_gate.hpp>
#include <jamnet/transport/transport_change.hpp>
#include <jamnet/transport/transport_message.hpp>
#include <jamnet/transport/transport_register.hpp>

namespace jamnet::inline v0 {

struct transport_options {
  static constexpr nanoseconds most_compensation{50'000'000};

  /// Play, record, stop and pause are the session's, this peer's and those of others. Without, this
  /// peer starts and stops by itself (transport/start_gate.hpp), all else is the session's; and
  /// where that stands, it is made to play too, as somebody has to move the music.
  bool start_stop_sync = false;
  nanoseconds compensation{}; ///< 0 to 50 ms: this peer's transport is read so much ahead
  /// While this peer is the clock master, it decides only while it hears more than half of the
  /// members there were: of two halves of a session one at most goes on.
  bool quorum = false;
  transport_limits limits{}; ///< of what this peer asks for, and decides
};

class shared_transport {
public:
  using command = jsonmidi::transport_command;
  using command_action = jsonmidi::transport_action;
  static constexpr std::size_t most_waiting = 16;

  /// What this peer knows of another.
  struct account {
    commit_stamp has{};        ///< as it said last
    transport_answer answer{}; ///< to what it has asked for
    bool answer_due = false;   ///< it has asked again
    bool lacks = false;        ///< it is to be told, whoever else may do so
    host_time told_at{};       ///< when it was last …
    nanoseconds wait{};        ///< … and how long after the time before
  };

  /// [one-thread] [allocates]
  shared_transport(peer_id self, const transport_options& options)
      : self_{self},
        options_{options} {
    waiting_.reserve(most_waiting);
    options_.compensation =
        std::clamp(options.compensation, nanoseconds{0}, options_.most_compensation);
  }

  // All of these are [one-thread], and where they do not say otherwise [allocates].

  void on_change(callback<void(const transport_change&)> f) { on_change_ = std::move(f); }
  /// For other threads. [any-thread] [rt-safe]
  [[nodiscard]] const latest<transport_schedule>& shared() const noexcept { return *shared_; }
  /// As this peer plays it.
  [[nodiscard]] const transport_schedule& schedule() const noexcept { return view_; }
  [[nodiscard]] const transport_register& settled() const noexcept { return register_; }
  [[nodiscard]] const commit_stamp& stamp() const noexcept { return register_.stamp; }

  /// Of the session that this peer is in now nothing is known yet, and what it has asked another
  /// for means nothing here.
  void join(session_id session, session_time now);
  /// This peer asks for something; at once if it decides itself. errc{} if it may come to be. Fails
  /// as check() and commit() do, and with limit_exceeded where too much waits.
  [[nodiscard]] errc ask(command c, session_time now, bool decides);
  /// This peer decides from now on: also about what it has asked for.
  void decide_waiting(session_time now);
  /// What was asked for too long ago, and heard by nobody, is refused.
  void expire(session_time now);
  [[nodiscard]] bool is_waiting() const noexcept { return !waiting_.empty(); }
  /// This peer's time was one thing, and is another.
  void jumped(session_time before, session_time now);

  /// Somebody has that register: takes it where it prevails. False where it does not, or is of
  /// another session, or of a future from which nobody could come back.
  bool hear(const transport_register& r, session_time now);
  /// Somebody asks this peer, which decides, for something; `obstacle`: why it is not to be.
  void hear(account& from, peer_id who, command c, session_time now, errc obstacle);
  /// The one who decides answers.
  void hear(const transport_answer& answer, session_time now);

  /// Lines for somebody, and whether an answer is among them.
  struct told_lines {
    std::string_view lines{};
    bool answers = false;
  };
  /// What is to be told to somebody, if anything: that register if it lacks it and this peer
  /// `spreads` it or was asked to, what this peer asks for if that one `decides`, and answers.
  /// [rt-safe] O(out)
  [[nodiscard]] told_lines write(const account& to, bool decides, bool spreads,
                                 std::span<char> out) const noexcept;
  /// It left whole. [rt-safe] O(1)
  static void wrote(account& to, const told_lines& told) noexcept {
    to.lacks = false;
    if (told.answers) to.answer_due = false;
  }

private:
  [[nodiscard]] errc settle(const command& c, session_time now);
  void replace(const transport_register& r, session_time now);
  void look(session_time now, peer_id by);
  void refused(const command& c, errc why, session_time now);
  void forget_waiting(std::uint64_t up_to) noexcept {
    std::erase_if(waiting_, [&](const command& c) { return *c.seq <= up_to; });
  }
  [[nodiscard]] transport_change change(transport_event what, session_time now) const noexcept {
    return {.what = what,
            .by = self_,
            .at = now,
            .before = view_.position_at(now),
            .after = view_.position_at(now),
            .state = view_.at(now)};
  }

  peer_id self_;
  transport_options options_;
  transport_register register_{};
  start_gate gate_{};
  transport_schedule view_{};
  std::unique_ptr<latest<transport_schedule>> shared_ =
      std::make_unique<latest<transport_schedule>>();
  std::vector<command> waiting_; // for the one who decides, in their order
  std::uint64_t last_seq_ = 0;
  callback<void(const transport_change&)> on_change_;
};

// ------------------------------------------------------------------------------------------------

inline void shared_transport::join(session_id session, session_time now) {
  for (const command& c : std::exchange(waiting_, {})) refused(c, errc::wrong_room, now);
  const bool news = static_cast<bool>(stamp());
  register_ = {.session = session};
  last_seq_ = 0;
  if (news) look(now, {});
}

// A peer that is started again counts on from where it was, as session time does.
inline errc shared_transport::ask(command c, session_time now, bool decides) {
  if (const errc why = check(c, now, options_.limits); why != errc{}) return why;
  if (!options_.start_stop_sync && start_gate::turns(c.action)) {
    gate_.turn(c);
    look(now, self_);
    const bool starts = c.action == command_action::play || c.action == command_action::record;
    if (!starts || schedule_of(register_).at(c.time).rolling()) return {};
    c.action = command_action::play;
  }
  const std::int64_t us = now.time_since_epoch().count() / 1'000;
  last_seq_ = std::max(last_seq_ + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0)));
  c.seq = last_seq_;
  c.epoch.reset();
  c.by = self_;
  if (decides) return settle(c, now);
  if (waiting_.size() == most_waiting) return errc::limit_exceeded;
  waiting_.push_back(c);
  return {};
}

inline void shared_transport::decide_waiting(session_time now) {
  for (const command& c : std::exchange(waiting_, {}))
    if (const errc why = settle(c, now); why != errc{}) refused(c, why, now);
}

inline void shared_transport::expire(session_time now) {
  while (!waiting_.empty() && waiting_.front().time < now - options_.limits.late) {
    const command c = waiting_.front();
    waiting_.erase(waiting_.begin());
    refused(c, errc::change_order, now);
  }
}

inline void shared_transport::jumped(session_time before, session_time now) {
  auto report = change(transport_event::jumped, now);
  report.before = view_.position_at(before);
  on_change_(report);
}

inline bool shared_transport::hear(const transport_register& r, session_time now) {
  if (r.session != register_.session || !(r.stamp > register_.stamp)) return false;
  if (r.stamp.time > now + options_.limits.ahead) return false;
  replace(r, now);
  return true;
}

inline void shared_transport::hear(account& from, peer_id who, command c, session_time now,
                                   errc obstacle) {
  const std::uint64_t seq = c.seq.value_or(0);
  if (seq == 0) return; // nobody can be told what became of it
  from.answer_due = true;
  const bool again = seq <= std::max(from.answer.seq, register_.last_of(who));
  from.answer.seq = std::max(from.answer.seq, seq);
  if (again) return;
  c.by = who;
  c.epoch.reset();
  const errc why = obstacle != errc{} ? obstacle : settle(c, now);
  if (why != errc{}) from.answer.refuse(seq, why);
}

inline void shared_transport::hear(const transport_answer& answer, session_time now) {
  const auto asked = waiting_;
  forget_waiting(answer.seq);
  for (const command& c : asked)
    if (const errc why = answer.why(*c.seq); *c.seq <= answer.seq && why != errc{})
      refused(c, why, now);
}

inline errc shared_transport::settle(const command& c, session_time now) {
  auto next = commit(register_, c, now, self_, options_.limits);
  if (!next) return next.error().code;
  if (!try_fit(*next)) return errc::limit_exceeded;
  replace(*next, now);
  return {};
}

inline void shared_transport::replace(const transport_register& r, session_time now) {
  register_ = r;
  forget_waiting(r.last_of(self_));
  look(now, r.heard_count > 0 ? r.heard[0].who : peer_id{});
}

// What the register makes this peer play.
inline void shared_transport::look(session_time now, peer_id by) {
  auto report = change(transport_event::changed, now);
  const auto session = schedule_of(register_);
  view_ = (options_.start_stop_sync ? session : gate_.behind(session, now))
              .sooner_by(options_.compensation);
  shared_->store(view_);
  report.by = by;
  report.after = view_.position_at(now);
  report.state = view_.at(now);
  on_change_(report);
}

inline void shared_transport::refused(const command& c, errc why, session_time now) {
  auto report = change(transport_event::refused, now);
  report.why = why;
  report.action = c.action;
  on_change_(report);
}

inline shared_transport::told_lines shared_transport::write(const account& to, bool decides,
                                                            bool spreads,
                                                            std::span<char> out) const noexcept {
  std::size_t size = 0;
  const auto add = [&](std::string_view line) {
    size += line.size();
    return !line.empty();
  };
  if (register_.stamp > to.has && (spreads || to.lacks)) add(encode(register_, out));
  const bool answers = to.answer_due && add(encode(to.answer, out.subspan(size)));
  for (std::size_t i = 0; decides && i < waiting_.size(); ++i) {
    const auto line = jsonmidi::encode(waiting_[i], out.subspan(size));
    if (line.empty() || size + line.size() == out.size()) break;
    size += line.size();
    out[size++] = '\n';
  }
  return {{out.data(), size}, answers};
}

} // namespace jamnet::inline v0
