// SPDX-License-Identifier: MIT
//
// Keeps ALSA from telling stderr at length what it did not find, for as long as this lives: to look
// for a device is no error. Whoever hears what it has to say is put back. Does nothing where the
// program has no ALSA.
#pragma once

#if __has_include(<dlfcn.h>)
#include <dlfcn.h>
#endif

namespace jamnet::inline v0::detail {

#if __has_include(<dlfcn.h>)

class alsa_silence {
public:
  alsa_silence() noexcept
      : set_{reinterpret_cast<setter>(::dlsym(RTLD_DEFAULT, "snd_lib_error_set_handler"))} {
    auto* const now = static_cast<handler*>(::dlsym(RTLD_DEFAULT, "snd_lib_error"));
    if (set_ == nullptr || now == nullptr) return;
    before_ = *now;
    set_(say_nothing);
  }
  alsa_silence(const alsa_silence&) = delete;
  alsa_silence& operator=(const alsa_silence&) = delete;
  ~alsa_silence() {
    if (before_ != nullptr) set_(before_);
  }

private:
  using handler = void (*)(const char* file, int line, const char* function, int error,
                           const char* format, ...);
  using setter = int (*)(handler);

  static void say_nothing(const char*, int, const char*, int, const char*, ...) {}

  setter set_;
  handler before_ = nullptr;
};

#else

class alsa_silence {};

#endif

} // namespace jamnet::inline v0::detail
