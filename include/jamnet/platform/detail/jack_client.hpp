// SPDX-License-Identifier: MIT
//
// A client of a JACK server with one MIDI port.
#pragma once

#include <jamnet/platform/detail/jack_cycle.hpp>
#include <jamnet/platform/detail/jack_request.hpp>
#include <jamnet/platform/detail/jack_tenant.hpp>
#include <jamnet/platform/detail/uncancelled.hpp>

#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace jamnet::inline v0::detail {

class jack_client {
public:
  using process = void (*)(void* owner, jack_nframes_t frames);

  explicit jack_client(const jack_library& jack) noexcept : jack_{jack} {}
  jack_client(const jack_client&) = delete;
  jack_client& operator=(const jack_client&) = delete;
  ~jack_client() { close(); }

  /// Under `name`, or one like it that is free. Fails with value_range if it is too long for one,
  /// with device_absent: there is no server; or with device_lost, if dead clients of this process
  /// are not closed within `patience`.
  failure open(const char* name, nanoseconds patience) noexcept;
  /// Makes the port, and calls `each_period` from now on. Fails with value_range if there can be no
  /// such name, or with device_lost.
  failure begin(const char* port, JackPortFlags direction, process each_period,
                void* owner) noexcept;
  /// Afterwards nobody is in the callback. Quick with a dead server, too.
  void close() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return client_ != nullptr; }
  /// The server has ended or thrown us out: there is nothing left to do but close().
  [[nodiscard]] bool died() const noexcept { return died_.load(std::memory_order_acquire); }

  /// The names of all MIDI ports of that direction but our own.
  [[nodiscard]] std::vector<std::string> ports(JackPortFlags direction) const;
  [[nodiscard]] bool connect_from(const std::string& port) const noexcept {
    return connect(port.c_str(), jack_.port_name(port_));
  }
  [[nodiscard]] bool connect_to(const std::string& port) const noexcept {
    return connect(jack_.port_name(port_), port.c_str());
  }
  [[nodiscard]] bool connected_to(const std::string& port) const noexcept {
    return jack_.port_connected_to(port_, port.c_str()) != 0;
  }
  [[nodiscard]] bool connected_to_any() const noexcept { return jack_.port_connections(port_) > 0; }
  /// What the ports connected to ours declare, in frames.
  [[nodiscard]] jack_latency_range_t latency(jack_latency_callback_mode_t mode) const noexcept {
    jack_latency_range_t range{};
    jack_.port_latency(port_, mode, &range);
    return range;
  }

  // From the callback only.
  [[nodiscard]] const jack_library& jack() const noexcept { return jack_; }
  [[nodiscard]] void* buffer(jack_nframes_t frames) const noexcept {
    return jack_.port_buffer(port_, frames);
  }
  [[nodiscard]] jack_cycle read_cycle() noexcept { return clock_.read(jack_, client_); }

private:
  bool connect(const char* from, const char* to) const noexcept;
  // JACK ends its thread from outside, wherever that is just then (pthread_cancel). So close()
  // first sees to it that it is not in our code.
  static int on_period(jack_nframes_t frames, void* self) {
    auto& me = *static_cast<jack_client*>(self);
    me.inside_ = true;
    if (!me.closing_) me.each_period_(me.owner_, frames);
    me.inside_ = false;
    return 0;
  }
  static void on_end(void* self) {
    uncancelled([&me = *static_cast<jack_client*>(self)] {
      me.tenant_->server_died();
      me.died_.store(true, std::memory_order_release);
    });
  }

  const jack_library jack_;
  std::unique_ptr<jack_tenant> tenant_;
  ::jack_client_t* client_ = nullptr;
  ::jack_port_t* port_ = nullptr;
  process each_period_ = nullptr;
  void* owner_ = nullptr;
  jack_clock clock_{1, 1};
  std::atomic<bool> died_{false};
  std::atomic<bool> inside_{false}, closing_{false}; // each is set, then the other looked at
};

inline failure jack_client::open(const char* name, nanoseconds patience) noexcept {
  // JACK 2 counts the null character twice, and says of longer names that the server failed.
  if (std::strlen(name) + 2 > static_cast<std::size_t>(jack_.client_name_size()))
    return {errc::value_range};
  tenant_ = jack_tenant::enter(patience);
  if (!tenant_) return {errc::device_lost};
  client_ = jack_open_client(jack_, name);
  if (client_ == nullptr) {
    tenant_.reset();
    return {errc::device_absent};
  }
  died_ = closing_ = false;
  clock_ = jack_clock{static_cast<double>(jack_.sample_rate(client_)),
                      static_cast<double>(jack_.buffer_size(client_))};
  jack_.on_shutdown(client_, on_end, this);
  return {};
}

inline failure jack_client::begin(const char* port, JackPortFlags direction, process each_period,
                                  void* owner) noexcept {
  const jack_request careful{jack_};
  each_period_ = each_period;
  owner_ = owner;
  port_ = jack_.port_register(client_, port, JACK_DEFAULT_MIDI_TYPE, direction, 0);
  if (port_ == nullptr) return {errc::value_range};
  if (jack_.set_process_callback(client_, on_period, this) != 0 || jack_.activate(client_) != 0)
    return {errc::device_lost};
  return {};
}

inline void jack_client::close() noexcept {
  if (client_ == nullptr) return;
  closing_ = true;
  while (inside_) std::this_thread::yield();
  const jack_request careful{jack_};
  jack_.client_close(client_);
  client_ = nullptr;
  port_ = nullptr;
  tenant_.reset();
}

// Until the next period nothing passes: JACK only notes down what is to be connected.
inline bool jack_client::connect(const char* from, const char* to) const noexcept {
  const jack_request careful{jack_};
  const int result = jack_.connect(client_, from, to);
  if (result != 0 && result != EEXIST) return false;
  for (int i = 0; i < 100 && !connected_to_any() && !died(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  return true;
}

inline std::vector<std::string> jack_client::ports(JackPortFlags direction) const {
  std::vector<std::string> names;
  const std::string ours = std::string{jack_.client_name(client_)} + ":";
  const char** const all =
      jack_.ports(client_, nullptr, JACK_DEFAULT_MIDI_TYPE, static_cast<unsigned long>(direction));
  for (const char** name = all; name != nullptr && *name != nullptr; ++name)
    if (!std::string_view{*name}.starts_with(ours)) names.emplace_back(*name);
  if (all != nullptr) jack_.free(all);
  return names;
}

} // namespace jamnet::inline v0::detail

#endif
