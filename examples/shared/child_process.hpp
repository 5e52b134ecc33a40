// This program once more, as a process of its own, spoken with in lines through two pipes. POSIX.
#pragma once

#include <csignal>
#include <cstdint>
#include <istream>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <asio/write.hpp>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shared {

class child_process {
public:
  /// Starts it. The arguments follow the program's name.
  child_process(asio::io_context& io, std::vector<std::string> arguments) : from_{io}, to_{io} {
    int in[2], out[2];
    if (::pipe(in) != 0 || ::pipe(out) != 0) return;
    for (const int end : {in[1], out[0]}) ::fcntl(end, F_SETFD, FD_CLOEXEC);
    id_ = ::fork();
    if (id_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::close(in[0]);
      ::close(out[1]);
      std::string self = "/proc/self/exe";
      std::vector<char*> argv{self.data()};
      for (auto& a : arguments) argv.push_back(a.data());
      argv.push_back(nullptr);
      ::execv(self.c_str(), argv.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    to_.assign(in[1]);
    from_.assign(out[0]);
  }
  /// Ends it if it has not ended.
  ~child_process() {
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  void tell(const std::string& line) {
    asio::error_code gone;
    asio::write(to_, asio::buffer(line + '\n'), gone);
  }
  /// Calls `line(const std::string&)` for each line it says, and `ended()` when it says no more.
  template <class Line, class Ended>
  void listen(Line line, Ended ended) {
    asio::async_read_until(from_, said_, '\n',
                           [this, line, ended](const asio::error_code& gone, std::size_t) mutable {
                             if (gone) return ended();
                             std::istream in{&said_};
                             std::string text;
                             std::getline(in, text);
                             line(text);
                             listen(std::move(line), std::move(ended));
                           });
  }

private:
  asio::posix::stream_descriptor from_, to_;
  asio::streambuf said_;
  pid_t id_ = -1;
};

} // namespace shared
