// Keys as they are pressed, one by one. POSIX.
#pragma once

#include <termios.h>
#include <unistd.h>

namespace shared {

/// The terminal shows no keys and waits for no line, unless the input is no terminal; as it was
/// before when this goes.
class raw_terminal {
public:
  raw_terminal()
      : terminal_{::isatty(STDIN_FILENO) != 0 && ::tcgetattr(STDIN_FILENO, &before_) == 0} {
    if (!terminal_) return;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  ~raw_terminal() {
    if (terminal_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  raw_terminal(const raw_terminal&) = delete;
  raw_terminal& operator=(const raw_terminal&) = delete;

  /// Whether there is somebody to press keys.
  [[nodiscard]] bool is_one() const noexcept { return terminal_; }

private:
  termios before_{};
  bool terminal_;
};

} // namespace shared
