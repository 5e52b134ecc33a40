// SPDX-License-Identifier: MIT
//
// A MIDI port of ours on a JACK server, and the port of others that it is to be connected to:
// opened, looked after, and taken up again after either was gone.
#pragma once

#include <jamnet/platform/detail/jack_client.hpp>

#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <jamnet/platform/midi_device.hpp>
#include <jamnet/platform/midi_port_list.hpp>

namespace jamnet::inline v0::detail {

/// What an input and an output are asked for alike.
struct jack_port_wish {
  std::string port, virtual_port, client;
  port_return returns = port_return::same;
  bool input = false;
};

class jack_midi_port {
public:
  jack_midi_port(const jack_library& jack, jack_port_wish wish)
      : wish_{std::move(wish)},
        client_{jack} {}

  /// `process` is called in each period, from then on and after each return of the server.
  failure open(jack_client::process process, void* owner);
  /// Afterwards nobody is in the callback.
  void close() noexcept { client_.close(); }

  /// Tells `on_change(const midi_port_event&)` what changed since. `on_end()` is called when the
  /// server has ended: nobody is in the callback then.
  template <class OnEnd>
  void poll(host_time now, const callback<void(const midi_port_event&)>& on_change, OnEnd&& on_end);

  [[nodiscard]] bool has_server() const noexcept { return client_.is_open(); }
  [[nodiscard]] bool connected() const noexcept {
    return connected_.load(std::memory_order_relaxed);
  }
  /// Whether anybody is at the other end; of a virtual port that is for others to say.
  [[nodiscard]] bool heard() const noexcept { return heard_.load(std::memory_order_relaxed); }
  /// Of the port we are connected to, in frames: the middle of what it declares, and how far off
  /// that may be.
  [[nodiscard]] std::pair<double, double> latency() const noexcept {
    const double low = latency_low_.load(std::memory_order_relaxed);
    const double high = latency_high_.load(std::memory_order_relaxed);
    return {(low + high) / 2, (high - low) / 2};
  }
  [[nodiscard]] jack_client& client() noexcept { return client_; } // for the callback

  static std::vector<midi_port> all(const jack_library& jack, bool inputs);

private:
  // To reopen where there is no server costs little, but it is not free.
  static constexpr nanoseconds between_tries{100'000'000};
  static constexpr nanoseconds patience{2'000'000'000}; // with others who have to close theirs

  [[nodiscard]] bool is_virtual() const noexcept { return !wish_.virtual_port.empty(); }
  [[nodiscard]] midi_port partner() const {
    return is_virtual() ? midi_port{wish_.virtual_port, 0} : partner_;
  }
  // What we can be connected to: an input to the outputs of others.
  static JackPortFlags others(bool input) noexcept {
    return input ? JackPortIsOutput : JackPortIsInput;
  }
  failure open_client(nanoseconds wait);
  bool connect(const std::string& name) {
    return wish_.input ? client_.connect_from(name) : client_.connect_to(name);
  }
  void look_around() noexcept;

  jack_port_wish wish_;
  jack_client client_;
  jack_client::process process_ = nullptr;
  void* owner_ = nullptr;
  midi_port_list list_;
  midi_port partner_; // who we are connected to, or wait for
  bool away_ = false; // it was gone, so it is taken up; who was only disconnected by hand is not
  bool given_up_ = false;
  host_time tried_{};
  std::atomic<bool> connected_{false}, heard_{false};
  std::atomic<jack_nframes_t> latency_low_{0}, latency_high_{0};
};

inline failure jack_midi_port::open(jack_client::process process, void* owner) {
  process_ = process;
  owner_ = owner;
  if (wish_.port.empty() == wish_.virtual_port.empty() || wish_.client.empty())
    return {errc::value_range};
  if (const failure why = open_client(patience); why != failure{}) return why;
  if (!is_virtual()) {
    const auto names = client_.ports(others(wish_.input));
    midi_port_list seen; // by poll() all there are are news
    seen.look(names, [](const midi_port_event&) {});
    const auto found = seen.find(wish_.port);
    if (found.size() != 1) return {errc::device_absent, static_cast<std::uint32_t>(found.size())};
    partner_ = seen[found[0]];
    if (!connect(names[found[0]])) return {errc::device_taken};
  }
  connected_ = true;
  look_around();
  return {};
}

inline failure jack_midi_port::open_client(nanoseconds wait) {
  const std::string name = is_virtual() ? wish_.virtual_port : wish_.input ? "in" : "out";
  failure why = client_.open(wish_.client.c_str(), wait);
  if (why == failure{})
    why = client_.begin(name.c_str(), wish_.input ? JackPortIsInput : JackPortIsOutput, process_,
                        owner_);
  if (why != failure{}) client_.close();
  return why;
}

template <class OnEnd>
void jack_midi_port::poll(host_time now, const callback<void(const midi_port_event&)>& on_change,
                          OnEnd&& on_end) {
  const auto tell = [&](port_change change, const midi_port& port) {
    on_change(midi_port_event{change, port});
  };
  const auto lose = [&] {
    if (connected_.exchange(false)) tell(port_change::lost, partner());
    given_up_ = wish_.returns == port_return::never;
  };
  if (client_.is_open() && client_.died()) {
    client_.close();
    heard_ = false;
    on_end();
    lose();
    list_.look({}, on_change);
    away_ = true;
    tried_ = now;
    return;
  }
  if (!client_.is_open()) {
    if (given_up_ || now - tried_ < between_tries) return;
    tried_ = now;
    if (open_client(nanoseconds{0}) != failure{}) return;
    if (is_virtual()) {
      connected_ = true;
      tell(port_change::connected, partner());
    }
  }

  const auto names = client_.ports(others(wish_.input));
  list_.look(names, on_change);
  if (is_virtual()) return look_around();
  const auto place = list_.place_of(partner_, wish_.returns);
  if (!place) away_ = true;
  if (connected() && !(place && client_.connected_to(names[*place]))) lose();
  if (!connected() && place && !given_up_ &&
      (away_ ? connect(names[*place]) : client_.connected_to(names[*place]))) {
    partner_ = list_[*place];
    away_ = false;
    connected_ = true;
    tell(port_change::connected, partner_);
  }
  look_around();
}

inline void jack_midi_port::look_around() noexcept {
  heard_ = connected() && client_.connected_to_any();
  const auto range = client_.latency(wish_.input ? JackCaptureLatency : JackPlaybackLatency);
  latency_low_ = range.min;
  latency_high_ = range.max >= range.min ? range.max : range.min;
}

inline std::vector<midi_port> jack_midi_port::all(const jack_library& jack, bool inputs) {
  jack_client client{jack};
  if (client.open("jamnet-list", patience) != failure{}) return {};
  midi_port_list list;
  list.look(client.ports(others(inputs)), [](const midi_port_event&) {});
  return list.ports();
}

} // namespace jamnet::inline v0::detail

#endif
