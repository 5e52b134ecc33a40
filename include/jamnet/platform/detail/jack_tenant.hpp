// SPDX-License-Identifier: MIT
//
// One of the JACK clients of this process, ours or one that a library makes for us.
//
// They all live in one libjack, and die with their server. Who opens another before the last dead
// one is closed has libjack 1.9.21 free those ("clients are still allocated, cleanup"), and whoever
// then closes his own frees it again. So nobody moves in before all have left.
//
//     auto tenant = jack_tenant::enter(2s);
//     if (!tenant) return errc::device_lost;   // dead ones are still about
//     ... jack_client_open() ... tenant->server_died() ... jack_client_close() ...
//     tenant.reset();                          // not before it is closed
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include <jamnet/core/chrono.hpp>

namespace jamnet::inline v0::detail {

// All of these are [any-thread] [blocks] on a mutex that nobody holds for long.
class jack_tenant {
public:
  /// Before a client is opened. Waits for dead ones to go, but not for longer than `limit`, and
  /// then there is nothing.
  [[nodiscard]] static std::unique_ptr<jack_tenant> enter(std::chrono::nanoseconds limit) {
    house& all = the_house();
    std::unique_lock lock{all.mutex};
    if (!all.emptied.wait_for(lock, limit, [&] { return !all.condemned; })) return nullptr;
    ++all.tenants;
    return std::unique_ptr<jack_tenant>{new jack_tenant};
  }
  /// After it was closed.
  ~jack_tenant() {
    house& all = the_house();
    const std::lock_guard lock{all.mutex};
    if (--all.tenants != 0) return;
    all.condemned = false;
    all.emptied.notify_all();
  }
  jack_tenant(const jack_tenant&) = delete;
  jack_tenant& operator=(const jack_tenant&) = delete;

  /// The server of all who are in is gone: nobody else enters before they have left.
  void server_died() noexcept {
    house& all = the_house();
    const std::lock_guard lock{all.mutex};
    all.condemned = true;
  }

private:
  struct house {
    std::mutex mutex;
    std::condition_variable emptied;
    int tenants = 0;
    bool condemned = false;
  };

  jack_tenant() = default;
  // Of the process, as libjack's clients are.
  static house& the_house() {
    static house all;
    return all;
  }
};

} // namespace jamnet::inline v0::detail
