#include "output.hpp"

#include <cerrno>
#include <cstring>
#include <iostream>
#include <unistd.h>

namespace midi_json {

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

output::output(const std::string& path) : out_{path == "-" ? &std::cout : &file_} {
  if (path == "-") return;
  errno = 0;
  file_.open(path, std::ios::binary | std::ios::trunc);
  note();
}

void output::write(std::string_view text) {
  out_->write(text.data(), static_cast<std::streamsize>(text.size()));
  note();
}

// The first failure is the cause of all others.
void output::note() {
  if (!ok() && error_ == 0) error_ = errno;
}

std::string output::close() {
  out_->flush();
  note();
  if (file_.is_open()) file_.close();
  note();
  if (ok()) return {};
  return error_ != 0 ? std::strerror(error_) : "cannot be written";
}

progress::~progress() {
  if (told_) std::cerr << "\r\x1b[K" << std::flush;
}

void progress::show() {
  told_ = true;
  std::cerr << '\r' << lines_ << " lines" << std::flush;
}

} // namespace midi_json
