// A private JACK server on its dummy driver, which has no sound card: for tests and measurements of
// what talks to JACK, on any machine, beside any server that runs there.
//
//     jack_server server{{.period = 64}};
//     if (!server.running()) return skip(server.trouble());
//     ...                                   // everything JACK opens here meets on it
//     server.kill(), server.start();        // as after a crash
//
// For as long as it lives this process, and what it starts, finds that server and no other. Linux.
#pragma once

#if defined(__linux__)

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sanitised.hpp"

namespace jamnet::inline v0::testing {

/// Sets an environment variable, and puts it back as it was. To be made before there are threads.
class environment_entry {
public:
  environment_entry(const char* name, const std::string& value) : name_{name} {
    if (const char* const old = std::getenv(name)) before_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  environment_entry(const environment_entry&) = delete;
  environment_entry& operator=(const environment_entry&) = delete;
  ~environment_entry() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }

private:
  const char* name_;
  std::optional<std::string> before_;
};

/// libjack calls the socket of a client by the client's name and nothing else, so two of one name
/// that come and go at once take each other's, though on two servers, and get each other's mail.
/// So one process after the other has servers; but who waits for long goes on all the same.
class jack_turn {
public:
  jack_turn() {
    if (holders()++ != 0) return;
    file_ = ::open("/dev/shm/jamnet-jack-turn", O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
    for (int i = 0; i < 1'000 && ::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
         ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  jack_turn(const jack_turn&) = delete;
  jack_turn& operator=(const jack_turn&) = delete;
  ~jack_turn() {
    --holders();
    if (file_ >= 0) ::close(file_);
  }

private:
  static int& holders() { // of this process
    static int count = 0;
    return count;
  }
  int file_ = -1;
};

struct jack_server_options {
  unsigned period = 128; ///< frames
  unsigned rate = 48'000;
  bool realtime = false; ///< as far as the system lets it
  unsigned channels = 2; ///< of the system's audio ports, each way
  /// Waits for clients that are late: on a machine that has no time for them nothing is lost, as it
  /// is by JACK as most have it.
  bool synchronous = false;
};

class jack_server {
public:
  /// Starts it, and waits until it can be talked to.
  explicit jack_server(const jack_server_options& options = {})
      : options_{options},
        name_{unused_name()},
        named_{"JACK_DEFAULT_SERVER", name_},
        shy_{"JACK_NO_AUDIO_RESERVATION", "1"},
        passive_{"JACK_NO_START_SERVER", "1"} {
    start();
  }
  jack_server(const jack_server&) = delete;
  jack_server& operator=(const jack_server&) = delete;
  ~jack_server() {
    stop();
    if (killed_) bury(name_);
    remove_remains(name_);
  }

  /// Again, after stop() or kill(), under the same name. False if it does not: see trouble().
  bool start();
  /// Asks it to end, and waits.
  void stop() { end(SIGTERM); }
  /// Ends it in the midst of what it does. What it leaves behind is its successor's to clear.
  void kill() {
    killed_ = running();
    end(SIGKILL);
  }

  [[nodiscard]] bool running() {
    if (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) == process_) process_ = 0;
    return process_ > 0;
  }
  /// Why it does not run, in a few words; `missing()` if that is no fault: it is not installed,
  /// say.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] bool missing() const { return missing_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] pid_t process() const { return process_; }

private:
  static std::string unused_name() {
    static int made = 0;
    return "jam" + std::to_string(::getpid()) + "-" + std::to_string(made++);
  }
  [[nodiscard]] std::vector<std::string> command(const std::string& name) const {
    using namespace std::string_literals;
    const auto text = [](unsigned n) { return std::to_string(n); };
    // A synchronous server waits ten such times for a client that died in the midst of a period.
    std::vector<std::string> words{"jackd", "-n", name, "-m", "-t", "500"};
    words.emplace_back(options_.realtime ? "-R" : "-r");
    if (options_.synchronous) words.emplace_back("-S");
    for (const auto& more :
         {"-d"s, "dummy"s, "-r"s, text(options_.rate), "-p"s, text(options_.period), "-C"s,
          text(options_.channels), "-P"s, text(options_.channels)})
      words.push_back(more);
    return words;
  }
  bool launch(const std::string& name);
  [[nodiscard]] static bool answers(const std::string& name);
  void end(int signal);
  void bury(const std::string& name);
  void bury_others();
  static void remove_remains(const std::string& name);
  bool fail(int status, int log);

  jack_server_options options_;
  jack_turn turn_;
  std::string name_;
  environment_entry named_, shy_, passive_;
  pid_t process_ = 0;
  std::string trouble_;
  bool missing_ = false, killed_ = false;
};

inline bool jack_server::start() {
  if (running()) return true;
  if (thread_sanitised) {
    missing_ = true;
    trouble_ = "ThreadSanitizer does not see how the clients of JACK wait for each other";
    return false;
  }
  if (!launch(name_) && !missing_) { // if that was for want of a grave
    bury_others();
    launch(name_);
  }
  killed_ = killed_ && !running();
  return running();
}

// JACK knows of eight servers on a machine, and of one that was killed until another of its name
// has ended as it should.
inline void jack_server::bury(const std::string& name) {
  const auto trouble = trouble_;
  if (launch(name)) stop();
  remove_remains(name);
  trouble_ = trouble;
}

// Of processes that are no more. JACK's register has all names, each as "jack-UID:NAME:".
inline void jack_server::bury_others() {
  std::ifstream file{"/dev/shm/jack-shm-registry", std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const std::string mark = "jack-" + std::to_string(::getuid()) + ":jam";
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const auto name = at + mark.size() - 3, end = text.find(':', name);
    const auto owner = std::strtol(text.c_str() + name + 3, nullptr, 10);
    if (owner > 0 && ::kill(static_cast<pid_t>(owner), 0) != 0) bury(text.substr(name, end - name));
  }
}

inline bool jack_server::launch(const std::string& name) {
  auto words = command(name);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int log = ::memfd_create("jackd", MFD_CLOEXEC);
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM); // it ends with the thread that started it
    ::dup2(log, STDERR_FILENO);         // what it says elsewhere is how it is called
    ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  using namespace std::chrono_literals;
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  int status = 0;
  while (process_ > 0 && std::chrono::steady_clock::now() < give_up) {
    if (::waitpid(process_, &status, WNOHANG) == process_)
      process_ = 0;
    else if (answers(name)) {
      ::close(log);
      trouble_.clear();
      return true;
    } else
      std::this_thread::sleep_for(5ms);
  }
  end(SIGKILL);
  return fail(status, log);
}

// The way by which clients ask it for all they want. To come and go is no offence there.
inline bool jack_server::answers(const std::string& name) {
  const auto path = "/dev/shm/jack_" + name + "_" + std::to_string(::getuid()) + "_0";
  ::sockaddr_un where{};
  where.sun_family = AF_UNIX;
  path.copy(where.sun_path, sizeof where.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool there =
      ::connect(socket, reinterpret_cast<const ::sockaddr*>(&where), sizeof where) == 0;
  ::close(socket);
  return there;
}

inline void jack_server::end(int signal) {
  if (!running()) return;
  ::kill(process_, signal);
  for (int i = 0; i < 300 && running(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  if (running()) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
    killed_ = true;
  }
}

inline void jack_server::remove_remains(const std::string& name) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator{"/dev/shm", none}) {
    const auto file = entry.path().filename().string();
    if (file.starts_with("jack_") && file.find("_" + name + "_") != std::string::npos)
      std::filesystem::remove(entry.path(), none);
  }
}

// Says why in its own last words, and closes the log.
inline bool jack_server::fail(int status, int log) {
  missing_ = WIFEXITED(status) && WEXITSTATUS(status) == 127;
  std::string text(4096, '\0');
  const auto size = ::pread(log, text.data(), text.size(), 0);
  ::close(log);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  trouble_ = missing_ ? "no JACK server here (Debian: jackd2)"
                      : "jackd did not start: " + text.substr(text.rfind('\n') + 1);
  return false;
}

} // namespace jamnet::inline v0::testing

#endif
