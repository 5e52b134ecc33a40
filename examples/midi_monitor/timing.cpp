#include "timing.hpp"

#include <algorithm>

#include "../shared/print.hpp"

namespace midi_monitor {
namespace {

using jamnet::ump_form;

double ms(jamnet::nanoseconds d) { return static_cast<double>(d.count()) * 1e-6; }

// Whether it begins a message.
bool is_first(const jamnet::ump& packet) {
  if (packet.type() != jamnet::ump_type::sysex7) return true;
  const auto form = static_cast<ump_form>(packet.status() >> 4);
  return form == ump_form::complete || form == ump_form::start;
}

constexpr std::uint8_t timing_clock = 0xf8;

} // namespace

void timing::add(const jamnet::received_packet& got, std::string_view name,
                 jamnet::host_time taken) {
  if (!is_first(got.packet)) return;
  ++messages_;
  ++of_name_[name];
  if (last_) intervals_.add(ms(got.at - *last_));
  last_ = got.at;
  later_.add(ms(taken - got.at));
  bound_ms_ = std::max(bound_ms_, got.bound_ns * 1e-6);
  if (got.packet.type() == jamnet::ump_type::system && got.packet.status() == timing_clock)
    clock_.add(got.at);
}

std::string timing::clock_text() const {
  const auto clock = clock_.read();
  return shared::print(
      "clock %.2f beats a minute, ticks off by %.3f ms (median), 1 %% %.3f or more", clock.bpm,
      clock.off_ms.p50, clock.off_ms.p99);
}

std::string timing::brief() const {
  auto line = shared::print("%llu messages", static_cast<unsigned long long>(messages_));
  if (const auto every = intervals_.distribution(); !intervals_.empty())
    line += shared::print("; apart %.3f ms, 1 %% %.3f or more", every.p50, every.p99);
  return clock_.known() ? line + "; " + clock_text() : line;
}

std::string timing::text() const {
  std::string lines;
  const auto add = [&](const std::string& line) { lines += line + '\n'; };
  for (const auto& [name, count] : of_name_)
    add(shared::print("%8llu %.*s", static_cast<unsigned long long>(count),
                      static_cast<int>(name.size()), name.data()));
  if (!intervals_.empty()) {
    const auto every = intervals_.distribution();
    add(shared::print("messages apart: %.3f ms (median), 1 %% %.3f or more, at most %.3f",
                      every.p50, every.p99, every.max));
  }
  if (!later_.empty()) {
    const auto later = later_.distribution();
    add(shared::print("in hand after their stamp: %.3f ms (median), 1 %% %.3f or more, at most "
                      "%.3f; stamps may be off by %.3f",
                      later.p50, later.p99, later.max, bound_ms_));
  }
  if (clock_.known()) add(clock_text());
  return lines;
}

} // namespace midi_monitor
