// What keys ask of a transport. A terminal sends an arrow as three characters, and what is typed
// fast at once.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <jamnet/transport/transport_schedule.hpp>

#include "print.hpp"

namespace shared {

/// Takes the first key off what was typed. Expects that there is one.
[[nodiscard]] inline std::string_view take_key(std::string_view& typed) {
  const auto key = typed.substr(0, typed.substr(0, 2) == "\x1b[" ? 3 : 1);
  typed.remove_prefix(key.size());
  return key;
}

/// What it means (transport_words.hpp) from `soon` on; empty: nothing.
[[nodiscard]] inline std::string words_of_key(std::string_view key,
                                              const jamnet::transport_schedule& transport,
                                              jamnet::session_time soon) {
  const auto& state = transport.at(soon);
  const auto& last = transport.states().back(); // what it comes to, when all is done
  const auto bar = static_cast<long long>(state.bar_at(soon).bar);
  const auto next = bar + (state.rolling() ? 1 : 0);
  const auto faster = [&](double by) {
    return print("tempo %g beat", std::clamp(last.bpm + by, 1.0, 999.0));
  };
  if (key == " ") return state.rolling() ? "stop" : "play";
  if (key == "0") return "stop 1";
  if (key.size() == 1 && key[0] >= '1' && key[0] <= '9') return print("seek %c bar", key[0]);
  if (key == "\x1b[C") return print("seek %lld bar", next + 1);
  if (key == "\x1b[D") return print("seek %lld bar", next - 1);
  if (key == "+" || key == "=") return faster(1);
  if (key == "-") return faster(-1);
  if (key == "\x1b[A") return faster(10);
  if (key == "\x1b[B") return faster(-10);
  if (key == "r")
    return last.loop_from < last.loop_to ? "loop off" : print("loop %lld %lld", bar, bar + 4);
  return {};
}

} // namespace shared
