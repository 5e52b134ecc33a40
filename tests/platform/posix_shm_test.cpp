#include <jamnet/platform/posix_shm.hpp>

#if defined(__unix__) || defined(__APPLE__)

#include <chrono>
#include <string>

#include <doctest/doctest.h>
#include <jamnet/ring/shm_ring.hpp>
#include <sys/wait.h>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

// A name of this process and test, free before and after.
struct unused_name {
  explicit unused_name(const char* what)
      : text{"/jamnet-" + std::to_string(process_id()) + "-" + what} {
    posix_shm::remove(*this);
  }
  ~unused_name() { posix_shm::remove(*this); }
  operator const char*() const { return text.c_str(); }

  std::string text;
};

failure refused(int error) { return {errc::system, static_cast<std::uint32_t>(error)}; }

} // namespace

TEST_CASE("memory is made of zeros, and who opens its name sees the same bytes") {
  const unused_name name{"same"};
  const auto made = posix_shm::create(name, 1000);
  REQUIRE(made);
  REQUIRE(made->bytes().size() >= 1000);
  for (const auto byte : made->bytes()) REQUIRE(byte == std::byte{0});
  const auto opened = posix_shm::open(name);
  REQUIRE(opened);
  CHECK(opened->bytes().data() != made->bytes().data());
  CHECK(opened->bytes().size() == made->bytes().size());
  made->bytes()[999] = std::byte{7};
  CHECK(opened->bytes()[999] == std::byte{7});
}

TEST_CASE("a name is made once, and opened only while it is there; what is mapped stays") {
  const unused_name name{"once"};
  CHECK(posix_shm::open(name).error() == refused(ENOENT));
  auto made = posix_shm::create(name, 1);
  REQUIRE(made);
  CHECK(posix_shm::create(name, 1).error() == refused(EEXIST));
  CHECK(posix_shm::remove(name));
  CHECK_FALSE(posix_shm::remove(name));
  CHECK(posix_shm::open(name).error() == refused(ENOENT));
  made->bytes()[0] = std::byte{1};
  auto moved = *std::move(made);
  CHECK(moved.bytes()[0] == std::byte{1});
}

TEST_CASE("sizes and names that cannot be are refused, and leave no name behind") {
  const unused_name name{"size"};
  CHECK(posix_shm::create(name, 0).error() == refused(EINVAL));
  CHECK(posix_shm::create(name, ~std::size_t{0}).error() == refused(EINVAL));
  CHECK_FALSE(posix_shm::create(name, std::size_t{1} << 60));
  CHECK_FALSE(posix_shm::create("/a/b", 1));
  CHECK_FALSE(posix_shm::open(""));
  CHECK(posix_shm::open(name).error() == refused(ENOENT));
}

TEST_CASE("memory that has no size yet is not mapped") {
  const unused_name name{"early"};
  const int descriptor = ::shm_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  REQUIRE(descriptor >= 0);
  CHECK(posix_shm::open(name).error() == failure{errc::shm_truncated, 0});
  ::close(descriptor);
}

TEST_CASE("a ring in shared memory is opened by its name") {
  const unused_name name{"ring"};
  const auto memory = posix_shm::create(name, shm_ring<int>::bytes_for(16));
  REQUIRE(memory);
  CHECK(shm_ring<int>::open(posix_shm::open(name)->bytes()).error().code == errc::shm_magic);
  auto in = shm_ring<int>::create(memory->bytes(), 16)->attach_producer(process_id(), 1s);
  REQUIRE(in->try_push(5));
  const auto again = posix_shm::open(name);
  auto out = shm_ring<int>::open(again->bytes())->attach_consumer(process_id(), 1s);
  int got = 0;
  CHECK(out->try_pop(got));
  CHECK(got == 5);
}

TEST_CASE("a process is alive until it has ended and its parent knows") {
  CHECK(process_is_alive(process_id()));
  CHECK(process_is_alive(1)); // somebody else's
  for (const std::uint32_t nobody : {0u, 0x7fff'ffffu, 0x8000'0000u, 0xffff'ffffu})
    CHECK_FALSE(process_is_alive(nobody));
  const auto child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(child > 0);
  ::waitpid(child, nullptr, 0);
  CHECK_FALSE(process_is_alive(static_cast<std::uint32_t>(child)));
}

#endif
