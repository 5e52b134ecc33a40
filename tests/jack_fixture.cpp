// jack_fixture [--period FRAMES] [--rate HZ] [--realtime] [--synchronous]
//              [--] COMMAND [ARGUMENT...]
//
// Runs a command beside a private JACK server (platform/jack_fixture.hpp), which ends with it, and
// returns what it returns; skips (77) with a word where JACK is not installed.
//
//     jack_fixture --period 64 jack_lsp
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "platform/jack_fixture.hpp"

using jamnet::testing::jack_server;
using jamnet::testing::jack_server_options;

namespace {

int fail(const char* what, const char* about = "") {
  std::fprintf(stderr, "jack_fixture: %s%s\n", what, about);
  return 2;
}

// What the shell would say of it: 128 and the signal, of one that ended by a signal.
int run(char** command) {
  const pid_t process = ::fork();
  if (process < 0) return fail("cannot start ", command[0]);
  if (process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execvp(command[0], command);
    std::fprintf(stderr, "jack_fixture: cannot start %s\n", command[0]);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool number(const char* text, unsigned& out) {
  char* end = nullptr;
  const unsigned long value = text != nullptr ? std::strtoul(text, &end, 10) : 0;
  if (value == 0 || value > 1'000'000 || *end != '\0') return false;
  out = static_cast<unsigned>(value);
  return true;
}

} // namespace

int main(int, char** argv) {
  jack_server_options options;
  for (++argv; *argv != nullptr && std::strncmp(*argv, "--", 2) == 0; ++argv) {
    if (std::strcmp(*argv, "--realtime") == 0) {
      options.realtime = true;
    } else if (std::strcmp(*argv, "--synchronous") == 0) {
      options.synchronous = true;
    } else if (std::strcmp(*argv, "--period") == 0) {
      if (!number(*++argv, options.period)) return fail("--period wants a number of frames");
    } else if (std::strcmp(*argv, "--rate") == 0) {
      if (!number(*++argv, options.rate)) return fail("--rate wants a number of frames a second");
    } else if (std::strcmp(*argv, "--") == 0) {
      ++argv;
      break;
    } else
      return fail("unknown option ", *argv);
  }
  if (*argv == nullptr) return fail("which command?");

  jack_server server{options};
  if (server.missing()) {
    std::printf("skipped: %s\n", server.trouble().c_str());
    return 77;
  }
  if (!server.running()) return fail(server.trouble().c_str());
  const int returned = run(argv);
  if (!server.running()) return fail("the server died");
  return returned;
}
