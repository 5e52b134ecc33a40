// Ctrl-C as a question: whether the user has had enough.
//
//     const shared::interruption enough;
//     while (!enough) work();
#pragma once

#include <atomic>
#include <csignal>

namespace shared {

/// From its making on SIGINT and SIGTERM end no process.
class interruption {
public:
  interruption() {
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { asked = true; });
  }
  operator bool() const { return asked; }

private:
  static_assert(std::atomic<bool>::is_always_lock_free); // a handler may touch nothing else
  static inline std::atomic<bool> asked{false};
};

} // namespace shared
