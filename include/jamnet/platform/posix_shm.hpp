// SPDX-License-Identifier: MIT
//
// Memory that processes share by a name, as POSIX has it. Where a shm_ring may live:
//
//     auto memory = posix_shm::create("/jam-notes", shm_ring<note>::bytes_for(1024));
//     auto ring = shm_ring<note>::create(memory->bytes(), 1024);
//
// The name and what is behind it outlive the mapping, and the process, until remove(). Whoever may
// open the memory, programs of the same user, may also write it, or cut it short: no reader can
// defend itself against that signal (SIGBUS). Untested on macOS, where a name has 30 characters
// at most.
#pragma once

#if defined(__unix__) || defined(__APPLE__)

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

#include <fcntl.h>
#include <jamnet/core/result.hpp>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jamnet::inline v0 {

class posix_shm {
public:
  /// New memory of `bytes` zeros under `name`: a "/" and no other, 30 characters at most. Fails
  /// with EEXIST if the name is in use, with ENOSPC if the system has no such memory left, with
  /// EINVAL for no bytes. [any-thread] [blocks]
  static result<posix_shm> create(const char* name, std::size_t bytes) noexcept;

  /// All the memory under `name`. Fails with ENOENT if there is none, and with shm_truncated if its
  /// maker has not given it a size yet. [any-thread] [blocks]
  static result<posix_shm> open(const char* name) noexcept;

  /// Takes the name away, for its maker or whoever finds it left behind; the memory stays until
  /// nobody maps it. False if there is no such name, or it is not ours. [any-thread] [blocks]
  static bool remove(const char* name) noexcept { return ::shm_unlink(name) == 0; }

  posix_shm(posix_shm&& other) noexcept : bytes_{std::exchange(other.bytes_, {})} {}
  posix_shm& operator=(posix_shm&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~posix_shm() {
    if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
  }

  /// The memory, from the beginning of a page. [any-thread] [rt-safe] O(1)
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

private:
  explicit posix_shm(std::span<std::byte> bytes) noexcept : bytes_{bytes} {}

  static failure refused(int error) noexcept {
    return {errc::system, static_cast<std::uint32_t>(error)};
  }
  static int reserve(int descriptor, ::off_t size) noexcept;
  static result<posix_shm> map(int descriptor) noexcept;

  std::span<std::byte> bytes_;
};

/// This process, as shm_ring wants it. [any-thread] [rt-safe] O(1)
[[nodiscard]] inline std::uint32_t process_id() noexcept {
  return static_cast<std::uint32_t>(::getpid());
}

/// Whether there is a process of this id: perhaps another that got the id since, and a killed one
/// counts until its parent has waited for it. Asks the system, which does not wait.
/// [any-thread] [blocks]
[[nodiscard]] inline bool process_is_alive(std::uint32_t pid) noexcept {
  if (pid == 0 || pid > std::numeric_limits<::pid_t>::max()) return false; // to kill(): groups
  return ::kill(static_cast<::pid_t>(pid), 0) == 0 || errno == EPERM;
}

inline result<posix_shm> posix_shm::create(const char* name, std::size_t bytes) noexcept {
  if (bytes == 0 || bytes > std::numeric_limits<::off_t>::max()) return refused(EINVAL);
  const int descriptor = ::shm_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) return refused(errno);
  const int error = reserve(descriptor, static_cast<::off_t>(bytes));
  auto memory = error == 0 ? map(descriptor) : refused(error);
  ::close(descriptor);
  if (!memory) remove(name);
  return memory;
}

inline result<posix_shm> posix_shm::open(const char* name) noexcept {
  const int descriptor = ::shm_open(name, O_RDWR | O_CLOEXEC, 0);
  if (descriptor < 0) return refused(errno);
  auto memory = map(descriptor);
  ::close(descriptor);
  return memory;
}

// Gives it its size; where one can ask for that, with memory behind it: to find none on the first
// write would be the end of the process.
inline int posix_shm::reserve(int descriptor, ::off_t size) noexcept {
#if defined(__linux__)
  int error = EINTR;
  while (error == EINTR) error = ::posix_fallocate(descriptor, 0, size);
  return error;
#else
  return ::ftruncate(descriptor, size) == 0 ? 0 : errno;
#endif
}

inline result<posix_shm> posix_shm::map(int descriptor) noexcept {
  struct ::stat status{};
  if (::fstat(descriptor, &status) != 0) return refused(errno);
  if (status.st_size <= 0) return errc::shm_truncated;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (at == MAP_FAILED) return refused(errno);
  return posix_shm{{static_cast<std::byte*>(at), size}};
}

} // namespace jamnet::inline v0

#endif
