// What the programs share that measure whole processes: one that runs beside this one and ends
// with it, memory that both see, a core to be pinned to, and how much of it was used. Linux.
#pragma once

#include <csignal>
#include <cstdlib>
#include <new>
#include <utility>

#include <jamnet/platform/native_peer.hpp>
#include <jamnet/time/steady_source.hpp>

#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jamnet_bench {

inline std::int64_t now_ns() { return jamnet::steady_source{}.now().time_since_epoch().count(); }

// A T that this process and its children see alike; lasts as long as the process.
template <class T>
T& shared() {
  void* const memory =
      ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::exit(2);
  return *new (memory) T;
}

// This process, and those it starts, run on that core alone, where there are so many.
inline void pin(std::size_t core) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

// Seconds of processor time that this process used so far.
inline double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Runs `work` in a process of its own, which ends when this object does.
class child {
public:
  template <class Work>
  explicit child(Work&& work) : id_{::fork()} {
    if (id_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    work();
    std::_Exit(0);
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    if (id_ > 0) ::kill(id_, SIGKILL);
    wait();
  }
  // Until it ends by itself.
  void wait() {
    if (id_ > 0) ::waitpid(std::exchange(id_, 0), nullptr, 0);
  }
  [[nodiscard]] pid_t id() const { return id_; }

private:
  pid_t id_;
};

inline jamnet::toast::address loopback(int port, jamnet::toast::carrier via) {
  auto where = jamnet::toast::address::v4(127, 0, 0, 1, static_cast<std::uint16_t>(port));
  where.via = via;
  return where;
}

// Who founds the session, or who only joins; neither is found by strangers.
inline jamnet::native_options member(const char* name, bool founds, jamnet::toast::carrier via) {
  return {.peer = {.name = name,
                   .found_after = founds ? jamnet::nanoseconds{0} : jamnet::peer_options::never,
                   .announce = false},
          .udp = via == jamnet::toast::carrier::udp,
          .tcp = via == jamnet::toast::carrier::tcp};
}

} // namespace jamnet_bench
