// Keeps what libraries tell stderr from it: ALSA, JACK and PulseAudio say at length what they did
// not find. POSIX.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

namespace shared {

/// For as long as it lives, for the whole process.
class hush {
public:
  hush() {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
    if (nowhere >= 0) ::close(nowhere);
  }
  ~hush() {
    if (stderr_ < 0) return;
    ::dup2(stderr_, STDERR_FILENO);
    ::close(stderr_);
  }
  hush(const hush&) = delete;
  hush& operator=(const hush&) = delete;

private:
  int stderr_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
};

/// Keeps libjack, where it is loaded, from saying that a server died: whoever lost a port says so.
inline void hush_jack() noexcept {
  using listener = void (*)(const char*);
  void* const jack = ::dlopen("libjack.so.0", RTLD_LAZY | RTLD_NOLOAD);
  if (jack == nullptr) return;
  for (const char* set : {"jack_set_error_function", "jack_set_info_function"})
    if (void* const found = ::dlsym(jack, set))
      reinterpret_cast<void (*)(listener)>(found)([](const char*) {});
}

} // namespace shared
