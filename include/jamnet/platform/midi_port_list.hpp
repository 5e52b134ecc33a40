// SPDX-License-Identifier: MIT
//
// The MIDI ports of a system, look after look: which came, which went, which is which, and which
// one a user meant. It asks no system itself; whoever does hands it the names.
//
//     midi_port_list list;
//     list.look(names, [&](const midi_port_event& e) { on_port(e); });   // a few times a second
//     const auto found = list.find("launchkey");
//     if (found.size() != 1) return fail(list.explain("launchkey"));     // one line
//     open(found[0]);                                                    // its place in `names`
//
// Two instruments of one make have one name, and the numbers that systems add tell which was
// plugged in first today. So a port keeps its number for as long as its full name stays in the
// list, and one that comes gets the lowest that is free: that of the one that went, as a rule.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/platform/detail/device_names.hpp>
#include <jamnet/platform/midi_device.hpp>

namespace jamnet::inline v0 {

/// A system's name without what changes daily: the client and port number that ALSA's end with.
/// [any-thread] [rt-safe] O(n)
[[nodiscard]] constexpr std::string_view lasting_name(std::string_view name) noexcept {
  const auto digits_end = [&](std::size_t end) {
    while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9') --end;
    return end;
  };
  const auto port = digits_end(name.size());
  if (port == name.size() || port == 0 || name[port - 1] != ':') return name;
  const auto client = digits_end(port - 1);
  if (client == port - 1 || client < 2 || name[client - 1] != ' ') return name;
  return name.substr(0, client - 1);
}

class midi_port_list {
public:
  midi_port_list() = default;
  /// Of ports that somebody else listed. [control-thread] [allocates] O(n)
  explicit midi_port_list(std::span<const midi_port> ports) {
    for (const midi_port& port : ports) ports_.push_back({to_string(port), port});
  }

  /// Takes what the system has now, in its order, and hands to `sink(const midi_port_event&)` what
  /// vanished since the last look, then what appeared. A port that came back under another full
  /// name between two looks did both. [control-thread] [allocates] O(n²)
  template <class Sink>
  void look(std::span<const std::string> names, Sink&& sink);

  /// What the last look saw, in the system's order. [control-thread] [allocates] O(n)
  [[nodiscard]] std::vector<midi_port> ports() const;
  /// The port at `index` of the last look. [control-thread] [rt-safe] O(1)
  [[nodiscard]] const midi_port& operator[](std::size_t index) const noexcept {
    return ports_[index].port;
  }
  [[nodiscard]] std::size_t size() const noexcept { return ports_.size(); }

  /// Where `port` is in the last look, or one that may stand in for it; nothing if it is not there.
  /// [control-thread] [rt-safe] O(n)
  [[nodiscard]] std::optional<std::size_t>
  place_of(const midi_port& port, port_return returns = port_return::same) const noexcept;

  /// The places of what a user may mean: the port called exactly so, with its number or with the
  /// system's, else those called so in another case, else those whose names contain it, in any
  /// case. [control-thread] [allocates] O(n)
  [[nodiscard]] std::vector<std::size_t> find(std::string_view typed) const;

  /// Why find() found none, or several: one line, with the nearest name and all there are.
  /// [control-thread] [allocates] O(n)
  [[nodiscard]] std::string explain(std::string_view typed) const;

  /// The name most like what was typed, if more than half of that is in it.
  /// [control-thread] [allocates] O(n)
  [[nodiscard]] std::optional<std::size_t> nearest_to(std::string_view typed) const;

private:
  struct entry {
    std::string full; // as the system says it
    midi_port port;
  };

  static constexpr unsigned no_number = std::numeric_limits<unsigned>::max();

  static unsigned free_number(std::string_view name, std::span<const entry> taken);
  std::vector<std::string> readable() const;

  std::vector<entry> ports_;
};

template <class Sink>
void midi_port_list::look(std::span<const std::string> names, Sink&& sink) {
  std::vector<entry> now;
  now.reserve(names.size());
  std::vector<bool> stays(ports_.size()), knew(names.size());
  for (const std::string& name : names) {
    entry next{name, {std::string{lasting_name(name)}, no_number}};
    for (std::size_t i = 0; i < ports_.size(); ++i) {
      if (stays[i] || ports_[i].full != name) continue;
      stays[i] = knew[now.size()] = true;
      next.port.which = ports_[i].port.which;
      break;
    }
    now.push_back(std::move(next));
  }
  for (entry& e : now)
    if (e.port.which == no_number) e.port.which = free_number(e.port.name, now);

  const auto before = std::exchange(ports_, std::move(now));
  for (std::size_t i = 0; i < before.size(); ++i)
    if (!stays[i]) sink(midi_port_event{port_change::vanished, before[i].port});
  for (std::size_t i = 0; i < ports_.size(); ++i)
    if (!knew[i]) sink(midi_port_event{port_change::appeared, ports_[i].port});
}

inline std::vector<midi_port> midi_port_list::ports() const {
  std::vector<midi_port> all;
  all.reserve(ports_.size());
  for (const entry& e : ports_) all.push_back(e.port);
  return all;
}

inline std::optional<std::size_t> midi_port_list::place_of(const midi_port& port,
                                                           port_return returns) const noexcept {
  std::optional<std::size_t> other;
  for (std::size_t i = 0; i < ports_.size() && returns != port_return::never; ++i) {
    if (ports_[i].port == port) return i;
    if (returns == port_return::by_name && !other && ports_[i].port.name == port.name) other = i;
  }
  return other;
}

inline std::vector<std::size_t> midi_port_list::find(std::string_view typed) const {
  const auto names = readable();
  std::vector<std::size_t> found;
  if (std::find(names.begin(), names.end(), typed) == names.end())
    for (std::size_t i = 0; i < ports_.size(); ++i)
      if (ports_[i].full == typed) found.push_back(i);
  return found.empty() ? detail::meant_by(typed, names) : found;
}

inline std::string midi_port_list::explain(std::string_view typed) const {
  return detail::explain_names("MIDI port", typed, readable(), find(typed));
}

inline std::optional<std::size_t> midi_port_list::nearest_to(std::string_view typed) const {
  return detail::nearest_name(typed, readable());
}

inline unsigned midi_port_list::free_number(std::string_view name, std::span<const entry> taken) {
  std::vector<bool> used(taken.size() + 1); // one of so many is free
  for (const entry& e : taken)
    if (e.port.which < used.size() && e.port.name == name) used[e.port.which] = true;
  return static_cast<unsigned>(std::find(used.begin(), used.end(), false) - used.begin());
}

// As users read them.
inline std::vector<std::string> midi_port_list::readable() const {
  std::vector<std::string> all;
  all.reserve(ports_.size());
  for (const entry& e : ports_) all.push_back(to_string(e.port));
  return all;
}

} // namespace jamnet::inline v0
