// SPDX-License-Identifier: MIT
//
// Keeps ALSA from telling stderr at length what it did not find, for as long as one of these lives:
// to look for a device is no error. Whoever hears what it has to say is put back by the last. Does
// nothing where the program has no ALSA.
#pragma once

#if __has_include(<dlfcn.h>)
#include <mutex>

#include <dlfcn.h>
#endif

namespace jamnet::inline v0::detail {

#if __has_include(<dlfcn.h>)

class alsa_silence {
public:
  alsa_silence() noexcept {
    listener& all = the_listener();
    const std::lock_guard lock{all.mutex};
    if (all.silences++ != 0) return;
    all.set = reinterpret_cast<setter>(::dlsym(RTLD_DEFAULT, "snd_lib_error_set_handler"));
    auto* const now = static_cast<handler*>(::dlsym(RTLD_DEFAULT, "snd_lib_error"));
    if (now == nullptr) all.set = nullptr;
    if (all.set == nullptr) return;
    all.before = *now;
    all.set(say_nothing);
  }
  alsa_silence(const alsa_silence&) = delete;
  alsa_silence& operator=(const alsa_silence&) = delete;
  ~alsa_silence() {
    listener& all = the_listener();
    const std::lock_guard lock{all.mutex};
    if (--all.silences == 0 && all.set != nullptr) all.set(all.before);
  }

private:
  using handler = void (*)(const char* file, int line, const char* function, int error,
                           const char* format, ...);
  using setter = int (*)(handler);
  struct listener {
    std::mutex mutex;
    int silences = 0;
    setter set = nullptr;     // ALSA's, if it is there
    handler before = nullptr; // before the first of them
  };

  static void say_nothing(const char*, int, const char*, int, const char*, ...) {}
  // Of the process, as ALSA's is; streams look for devices on threads of their own.
  static listener& the_listener() noexcept {
    static listener all;
    return all;
  }
};

#else

class alsa_silence {};

#endif

} // namespace jamnet::inline v0::detail
