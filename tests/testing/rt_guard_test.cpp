#include <jamnet/testing/rt_guard.hpp>

#include <csignal>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <vector>

#include <doctest/doctest.h>

using namespace jamnet::testing;

#if defined(__linux__)
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// Whether `breach` aborts a process that does it inside an rt_guard.
template <class Breach>
bool aborts(Breach breach) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
    {
      const rt_guard guard;
      breach();
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

struct alignas(128) wide {
  char bytes[128];
};

template <class T>
void make_and_drop() {
  T* volatile made = new T; // volatile: else the compiler may leave out both
  delete made;
}

} // namespace

TEST_CASE("an allocation inside a guard aborts, aligned or not") {
  CHECK(aborts(make_and_drop<int>));
  CHECK(aborts(make_and_drop<wide>));
  CHECK(aborts([] {
    int* volatile made = new (std::nothrow) int[3];
    delete[] made;
  }));
}

TEST_CASE("a deallocation inside a guard aborts, unless there is nothing to free") {
  auto one = std::make_unique<int>(1);
  CHECK(aborts([&] { one.reset(); }));
  CHECK_FALSE(aborts([] { std::unique_ptr<int>{}.reset(); }));
}

#if !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
TEST_CASE("a lock inside a guard aborts, even one that nobody holds") {
  std::mutex mutex;
  std::shared_mutex shared;
  CHECK(aborts([&] { const std::lock_guard lock{mutex}; }));
  CHECK(aborts([&] { const std::lock_guard lock{shared}; }));
  CHECK(aborts([&] { const std::shared_lock lock{shared}; }));
}
#endif

TEST_CASE("arithmetic inside a guard does not abort") {
  int x = 1;
  CHECK_FALSE(aborts([&] { ++x; }));
}
#endif

TEST_CASE("guards nest, and outside of the last one everything is allowed") {
  CHECK_FALSE(in_rt_section());
  {
    const rt_guard outer;
    {
      const rt_guard inner;
    }
    CHECK(in_rt_section());
  }
  CHECK_FALSE(in_rt_section());
  std::vector<int> v(10);
  CHECK(v.size() == 10);
}
