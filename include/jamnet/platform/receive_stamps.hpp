// SPDX-License-Identifier: MIT
//
// When did a datagram arrive? Policies of basic_asio_udp, which read one and say how long it had
// waited by then.
//
// A process wakes 5 to 100 µs after a datagram came, and later still while it does something else.
// The kernel knows better: it notes the time in the sender's system call or the card's interrupt.
// It does so on its wall clock, which may be set at any moment, so only the age of the stamp goes
// further, and whoever uses it subtracts that from a clock of its own, an injected one too. Between
// the readings of the two clocks the thread may be held up. That makes the datagram late, as any
// hold-up on the way does, and never early, which a clock estimator would believe.
#pragma once

#include <cstdint>
#include <span>

#include <asio/buffer.hpp>
#include <asio/ip/udp.hpp>

#include <jamnet/core/chrono.hpp>

#if defined(__linux__)
#include <cerrno>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#endif

namespace jamnet::inline v0 {

/// What there was to read.
struct received_datagram {
  std::size_t size = 0;
  std::chrono::nanoseconds waited{}; ///< from its arrival to the end of read(), as far as known
};

/// Where the kernel says nothing: a datagram arrives when it is read.
struct read_stamps {
  /// Prepares a socket that was opened; whether the kernel stamps what it receives.
  /// [control-thread]
  static bool prepare(asio::ip::udp::socket&) noexcept { return false; }
  /// Reads one datagram from a socket that does not block. [net-thread] [rt-safe]
  static received_datagram read(asio::ip::udp::socket& socket, std::span<std::uint8_t> into,
                                asio::ip::udp::endpoint& from, asio::error_code& error) {
    return {socket.receive_from(asio::buffer(into.data(), into.size()), from, 0, error), {}};
  }
};

#if defined(__linux__)

struct kernel_stamps {
  /// A stamp that says more is not believed, and neither is one in the future: the wall clock was
  /// set. To be taken for late does less harm.
  static constexpr std::chrono::nanoseconds longest_wait{1'000'000'000};

  static bool prepare(asio::ip::udp::socket& socket) noexcept {
    const int on = 1;
    return ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0;
  }
  static received_datagram read(asio::ip::udp::socket& socket, std::span<std::uint8_t> into,
                                asio::ip::udp::endpoint& from, asio::error_code& error) noexcept;
  /// How long ago `stamp` was, as of `now`, or 0 if that cannot be. [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr std::chrono::nanoseconds age(const std::timespec& stamp,
                                                              const std::timespec& now) noexcept {
    const std::chrono::seconds whole{now.tv_sec - stamp.tv_sec};
    if (whole.count() < -1 || whole.count() > 2) return {};
    const auto age = whole + std::chrono::nanoseconds{now.tv_nsec - stamp.tv_nsec};
    return age.count() >= 0 && age <= longest_wait ? age : std::chrono::nanoseconds{};
  }
};

inline received_datagram kernel_stamps::read(asio::ip::udp::socket& socket,
                                             std::span<std::uint8_t> into,
                                             asio::ip::udp::endpoint& from,
                                             asio::error_code& error) noexcept {
  ::iovec bytes{into.data(), into.size()};
  alignas(::cmsghdr) std::uint8_t control[CMSG_SPACE(sizeof(std::timespec))];
  ::msghdr message{};
  message.msg_name = from.data();
  message.msg_namelen = static_cast<::socklen_t>(from.capacity());
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const auto size = ::recvmsg(socket.native_handle(), &message, 0);
  if (size < 0) {
    error.assign(errno, asio::error::get_system_category());
    return {};
  }
  error.clear();
  from.resize(message.msg_namelen);
  received_datagram got{static_cast<std::size_t>(size), {}};
  const ::cmsghdr* const note = CMSG_FIRSTHDR(&message); // the only one that was asked for
  if (note != nullptr && note->cmsg_level == SOL_SOCKET && note->cmsg_type == SCM_TIMESTAMPNS) {
    std::timespec stamp{}, now{};
    std::memcpy(&stamp, CMSG_DATA(note), sizeof stamp);
    ::clock_gettime(CLOCK_REALTIME, &now);
    got.waited = age(stamp, now);
  }
  return got;
}

using receive_stamps = kernel_stamps;
#else
using receive_stamps = read_stamps;
#endif

} // namespace jamnet::inline v0
