// SPDX-License-Identifier: MIT
//
// What surrounds each request to a JACK server, which may not be there, or die meanwhile.
#pragma once

#include <jamnet/platform/detail/jack_library.hpp>

#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)

#include <chrono>
#include <csignal>
#include <mutex>
#include <thread>

namespace jamnet::inline v0::detail {

/// Keeps JACK from printing that there is no server, for as long as one of these lives: to look for
/// one a few times a second is no news. Whoever hears what it has to say is put back by the last.
class jack_silence {
public:
  explicit jack_silence(const jack_library& jack) noexcept : jack_{jack} {
    listeners& all = the_listeners();
    const std::lock_guard lock{all.mutex};
    if (all.silences++ != 0) return;
    all.error = *jack.error_function;
    all.info = *jack.info_function;
    jack.set_error_function(say_nothing);
    jack.set_info_function(say_nothing);
  }
  jack_silence(const jack_silence&) = delete;
  jack_silence& operator=(const jack_silence&) = delete;
  ~jack_silence() {
    listeners& all = the_listeners();
    const std::lock_guard lock{all.mutex};
    if (--all.silences != 0) return;
    jack_.set_error_function(all.error);
    jack_.set_info_function(all.info);
  }

private:
  struct listeners {
    std::mutex mutex;
    int silences = 0;
    void (*error)(const char*) = nullptr; // before the first of them
    void (*info)(const char*) = nullptr;
  };

  static void say_nothing(const char*) {}
  // Of the process, as libjack's are.
  static listeners& the_listeners() noexcept {
    static listeners all;
    return all;
  }

  const jack_library& jack_;
};

/// Where the writes of a request to a server that died would end the process (SIGPIPE), and what
/// JACK prints would tell nobody anything new: neither, on this thread, for as long as this lives.
class jack_request {
public:
  explicit jack_request(const jack_library& jack) noexcept : silence_{jack} {
    ::sigset_t pending;
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  jack_request(const jack_request&) = delete;
  jack_request& operator=(const jack_request&) = delete;
  ~jack_request() {
    int taken = 0;
    ::sigset_t pending;
    ::sigpending(&pending);
    if (!was_pending_ && ::sigismember(&pending, SIGPIPE) == 1) ::sigwait(&pipe_, &taken);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

private:
  jack_silence silence_;
  ::sigset_t pipe_, before_;
  bool was_pending_ = false;
};

/// A client under that name, or one like it that is free; null without a server. Where two of one
/// name are opened at once, be it on two servers, libjack has the one take the other's socket, and
/// the server gives up: then it is asked again, for a fifth of a second.
/// [control-thread] [blocks]
[[nodiscard]] inline ::jack_client_t* jack_open_client(const jack_library& jack,
                                                       const char* name) noexcept {
  const jack_request careful{jack};
  ::jack_client_t* client = nullptr;
  for (int tries = 0; client == nullptr && tries < 20; ++tries) {
    if (tries != 0) std::this_thread::sleep_for(std::chrono::milliseconds{10});
    ::jack_status_t status{};
    client = jack.client_open(name, JackNoStartServer, &status);
    if ((status & JackServerError) == 0) break;
  }
  return client;
}

} // namespace jamnet::inline v0::detail

#endif
