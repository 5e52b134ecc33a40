#include <jamnet/platform/thread_setup.hpp>

#include <limits>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace jamnet;

namespace {

// On a thread of its own, which what it is granted ends with.
template <class Work>
void on_a_thread(Work work) {
  std::thread{work}.join();
}

} // namespace

TEST_CASE("no wish is refused, and changes nothing") { CHECK(thread_setup{}.apply().none()); }

#if defined(__linux__)

namespace {

std::string name_of_this_thread() {
  char name[16] = {};
  ::pthread_getname_np(::pthread_self(), name, sizeof name);
  return name;
}

cpu_set_t cores_of_this_thread() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  ::sched_getaffinity(0, sizeof cores, &cores);
  return cores;
}

int last_of(const cpu_set_t& cores) {
  int last = CPU_SETSIZE - 1;
  while (last > 0 && !CPU_ISSET(static_cast<unsigned>(last), &cores)) --last;
  return last;
}

struct schedule {
  int policy = 0;
  sched_param wish{};
};
schedule schedule_of_this_thread() {
  schedule now;
  ::pthread_getschedparam(::pthread_self(), &now.policy, &now.wish);
  return now;
}

} // namespace

TEST_CASE("a thread gets the name it asks for; one that is too long is refused") {
  on_a_thread([] {
    CHECK(thread_setup{.name = "jam-worker"}.apply().none());
    CHECK(name_of_this_thread() == "jam-worker");
    CHECK(thread_setup{.name = "fifteen letters"}.apply().none());
    CHECK(thread_setup{.name = "sixteen letters!"}.apply() == thread_refusals{.name = ERANGE});
    CHECK(name_of_this_thread() == "fifteen letters");
  });
}

TEST_CASE("a thread stays on the core it asks for; one that is not there is refused") {
  on_a_thread([] {
    const int core = last_of(cores_of_this_thread());
    for (const int none : {CPU_SETSIZE - 1, CPU_SETSIZE, std::numeric_limits<int>::max()}) {
      CAPTURE(none);
      CHECK(thread_setup{.core = none}.apply() == thread_refusals{.core = EINVAL});
    }
    CHECK(thread_setup{.core = core}.apply().none());
    const auto cores = cores_of_this_thread();
    CHECK(CPU_COUNT(&cores) == 1);
    CHECK(last_of(cores) == core);
    CHECK(::sched_getcpu() == core);
    CHECK(thread_setup{.core = -1}.apply().none());
  });
}

TEST_CASE("a priority is granted or refused, and what is said is so") {
  on_a_thread([] {
    const auto before = schedule_of_this_thread();
    const auto refused = thread_setup{.priority = 3}.apply();
    const auto after = schedule_of_this_thread();
    CAPTURE(refused.priority);
    if (refused.none()) {
      CHECK(after.policy == SCHED_FIFO);
      CHECK(after.wish.sched_priority == 3);
    } else {
      CHECK(refused == thread_refusals{.priority = EPERM});
      CHECK(after.policy == before.policy);
      CHECK(after.wish.sched_priority == before.wish.sched_priority);
    }
  });
}

TEST_CASE("priorities that there are not are refused") {
  on_a_thread([] {
    for (const int priority : {-1, 100, std::numeric_limits<int>::max()}) {
      CAPTURE(priority);
      CHECK(thread_setup{.priority = priority}.apply() == thread_refusals{.priority = EINVAL});
    }
  });
}

TEST_CASE("who may not have a priority has the rest of the wishes granted all the same") {
  const auto child = ::fork();
  if (child == 0) { // without the rights that this process may have
    const ::rlimit none{};
    const bool dropped =
        ::setrlimit(RLIMIT_RTPRIO, &none) == 0 && (::geteuid() != 0 || ::setuid(65'534) == 0);
    const int core = last_of(cores_of_this_thread());
    const auto refused = thread_setup{.priority = 1, .core = core, .name = "refused"}.apply();
    const auto cores = cores_of_this_thread();
    const bool rest = CPU_COUNT(&cores) == 1 && name_of_this_thread() == "refused";
    ::_exit(!dropped ? 1 : refused != thread_refusals{.priority = EPERM} ? 2 : rest ? 0 : 3);
  }
  REQUIRE(child > 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a thread that is started inherits the core") {
  on_a_thread([] {
    const int core = last_of(cores_of_this_thread());
    CHECK(thread_setup{.core = core}.apply().none());
    on_a_thread([core] {
      const auto cores = cores_of_this_thread();
      CHECK(CPU_COUNT(&cores) == 1);
      CHECK(last_of(cores) == core);
    });
  });
}

#elif !defined(__APPLE__)

TEST_CASE("where the system knows none of the wishes, each is refused as such") {
  const auto refused = thread_setup{.priority = 1, .core = 0, .name = "jam"}.apply();
  CHECK(refused == thread_refusals{ENOTSUP, ENOTSUP, ENOTSUP});
}

#endif
