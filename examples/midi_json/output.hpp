// Where the output goes.
#pragma once

#include <fstream>
#include <ostream>
#include <string>
#include <string_view>

namespace midi_json {

/// Whether a file descriptor is somebody looking on.
[[nodiscard]] bool is_terminal(int descriptor);

class output {
public:
  /// Opens a file, which it empties, or standard output for `-`.
  explicit output(const std::string& path);

  void write(std::string_view text);
  [[nodiscard]] bool ok() const { return out_->good(); }
  /// Writes what is left; why not all was written, or nothing.
  [[nodiscard]] std::string close();

private:
  void note();

  std::ofstream file_;
  std::ostream* out_;
  int error_ = 0;
};

/// Tells on a terminal how far a long conversion is, unless the output comes there too.
class progress {
public:
  progress() : shown_{is_terminal(2) && !is_terminal(1)} {}
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// One more line is done.
  void step() {
    if (shown_ && (++lines_ & 0xffff) == 0) show();
  }

private:
  void show();

  bool shown_;
  bool told_ = false;
  unsigned long long lines_ = 0;
};

} // namespace midi_json
