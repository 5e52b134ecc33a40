#include "capture.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <net/if.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <sys/socket.h>
#endif

#include <jamnet/platform/asio_group.hpp>
#include <jamnet/platform/receive_stamps.hpp>
#include <jamnet/toast/ip_packet.hpp>

namespace toast_dump {

using namespace jamnet::toast;
using jamnet::bytes_view;
using jamnet::errc;

namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}
int complain(const std::string& what, int status = 2) {
  std::cerr << "toast_dump: " << what << std::endl;
  return status;
}
std::string not_a_capture(const options& o, std::uint32_t magic) {
  constexpr std::uint32_t pcapng = 0x0a0d0d0a;
  return o.file + (magic == pcapng ? ": this is pcapng; editcap -F pcap makes a pcap file of it"
                                   : ": not a pcap file");
}

// A capture that comes in pieces.
class file_reader {
public:
  explicit file_reader(const packet_sink& sink) : sink_{sink} {}

  /// Takes the next piece; false when what follows cannot be read.
  bool feed(const char* bytes, std::size_t size) {
    unread_.insert(unread_.end(), bytes, bytes + size);
    std::size_t at = 0;
    if (!format_) {
      const auto format = read_pcap_header(unread_);
      if (!format) return fail(format.error());
      format_ = *format;
      at = pcap_format::size;
    }
    while (at < unread_.size()) {
      const auto record = read_pcap_record(*format_, bytes_view{unread_}.subspan(at));
      if (!record && !fail(record.error())) return false;
      if (!record) break;
      sink_(record->time_ns, format_->link, record->packet);
      at += record->size();
    }
    unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
  }
  [[nodiscard]] bool began() const { return format_.has_value(); }
  [[nodiscard]] bool whole() const { return began() && unread_.empty(); }
  [[nodiscard]] std::uint32_t detail() const { return detail_; }

private:
  bool fail(jamnet::failure why) { // what is only truncated may go on
    detail_ = why.detail;
    return why.code == errc::frame_truncated;
  }

  const packet_sink& sink_;
  std::vector<std::uint8_t> unread_;
  std::optional<pcap_format> format_;
  std::uint32_t detail_ = 0;
};

using group = jamnet::basic_asio_group<jamnet::receive_stamps>;

// Announcements alone, for who may not capture: as packets, so that they look the same.
class announcements {
public:
  announcements(asio::io_context& io, const packet_sink& sink) : socket_{io}, sink_{sink} {}

  bool open(const std::string& interface) {
    namespace ip = asio::ip;
    asio::error_code error, lan, loopback;
    socket_.open(ip::udp::v4(), error);
    if (!error) socket_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) socket_.bind({group::v4, group::port}, error);
    if (error) return false;
    if (interface.empty() || interface == "lo")
      socket_.set_option(ip::multicast::join_group(group::v4, ip::address_v4::loopback()),
                         loopback);
    if (interface != "lo") socket_.set_option(ip::multicast::join_group(group::v4), lan);
    receive();
    return !lan || !loopback;
  }

private:
  void receive() {
    socket_.async_receive_from(
        asio::buffer(bytes_), from_, [this](const asio::error_code& error, std::size_t size) {
          if (error == asio::error::operation_aborted) return;
          const auto& g = group::v4.to_bytes();
          const auto to = address::v4(g[0], g[1], g[2], g[3], group::port);
          const auto written = write_udp(jamnet::to_address(from_, carrier::udp), to,
                                         bytes_view{bytes_}.first(size), packet_);
          if (!error) sink_(now_ns(), link_type::raw_ip, bytes_view{packet_}.first(written));
          receive();
        });
  }

  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint from_;
  const packet_sink& sink_;
  std::array<std::uint8_t, 2048> bytes_{};
  std::array<std::uint8_t, 2048 + ip_overhead> packet_{};
};

#ifdef __linux__
// Every packet that this machine sends or receives, from its IP header on.
class packet_socket {
public:
  packet_socket(asio::io_context& io, const packet_sink& sink) : socket_{io}, sink_{sink} {}

  /// 0, or why not.
  int open(const std::string& interface) {
    const int fd = ::socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK, htons(ETH_P_ALL));
    if (fd < 0) return errno;
    socket_.assign(fd);
    const int room = 16 * 1024 * 1024;
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (!interface.empty()) {
      sockaddr_ll where{};
      where.sll_family = AF_PACKET;
      where.sll_protocol = htons(ETH_P_ALL);
      where.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
      if (::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) return errno;
    }
    wait();
    return 0;
  }
  [[nodiscard]] std::uint64_t lost() {
    tpacket_stats s{};
    socklen_t size = sizeof s;
    ::getsockopt(socket_.native_handle(), SOL_PACKET, PACKET_STATISTICS, &s, &size);
    return s.tp_drops;
  }

private:
  void wait() {
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [this](const asio::error_code& stopped) {
                         if (stopped) return;
                         read();
                         wait();
                       });
  }
  void read() {
    for (int i = 0; i < 256; ++i) {
      sockaddr_ll from{};
      socklen_t size = sizeof from;
      const auto got = ::recvfrom(socket_.native_handle(), bytes_.data(), bytes_.size(), 0,
                                  reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 0) return;
      // What a machine sends to itself is seen twice, on its way out and in.
      if (from.sll_hatype == ARPHRD_LOOPBACK && from.sll_pkttype == PACKET_OUTGOING) continue;
      sink_(now_ns(), link_type::raw_ip, bytes_view{bytes_}.first(static_cast<std::size_t>(got)));
    }
  }

  asio::posix::stream_descriptor socket_;
  const packet_sink& sink_;
  std::array<std::uint8_t, 65536> bytes_{};
};
#endif

} // namespace

int read_capture(const options& o, const packet_sink& sink) {
  const bool pipe = o.file == "-";
  std::ifstream file;
  if (!pipe) file.open(o.file, std::ios::binary);
  if (!pipe && !file) return complain(o.file + ": " + std::strerror(errno));
  file_reader reader{sink};
  std::vector<char> piece(65536);
  for (;;) {
    std::size_t size = 0;
    if (pipe) {
      const auto got = ::read(STDIN_FILENO, piece.data(), piece.size());
      size = got > 0 ? static_cast<std::size_t>(got) : 0;
    } else {
      file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
      size = static_cast<std::size_t>(file.gcount());
    }
    if (size == 0) break;
    if (reader.feed(piece.data(), size)) continue;
    if (!reader.began()) return complain(not_a_capture(o, reader.detail()));
    return complain(o.file + ": a record that cannot be; what follows is lost", 1);
  }
  if (!reader.began()) return complain(not_a_capture(o, 0));
  return reader.whole() ? 0 : complain(o.file + ": ends amid a packet", 1);
}

int listen(const options& o, const packet_sink& sink) {
  asio::io_context io;
  if (!o.interface.empty() && ::if_nametoindex(o.interface.c_str()) == 0)
    return complain(o.interface + ": no such interface");
  announcements announced{io, sink};
#ifdef __linux__
  packet_socket all{io, sink};
  const int why = all.open(o.interface);
#else
  const int why = ENOTSUP;
#endif
  if (why != 0) {
    std::cerr << "toast_dump: cannot capture here (" << std::strerror(why)
              << "): only announcements are heard. Run it as root, or: tcpdump -U -w - | "
                 "toast_dump -\n";
    if (!announced.open(o.interface)) return complain("nor can announcements be heard");
  } else {
    std::cerr << "listening on " << (o.interface.empty() ? "all interfaces" : o.interface)
              << "; Ctrl-C ends\n";
  }
  asio::signal_set signals{io, SIGINT, SIGTERM};
  signals.async_wait([&](const asio::error_code&, int) { io.stop(); });
  asio::steady_timer timer{io};
  if (o.seconds > 0) {
    timer.expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>{o.seconds}));
    timer.async_wait([&](const asio::error_code&) { io.stop(); });
  }
  io.run();
#ifdef __linux__
  if (why == 0)
    if (const auto lost = all.lost(); lost > 0)
      std::cerr << "toast_dump: " << lost << " packets were too many to look at\n";
#endif
  return 0;
}

} // namespace toast_dump
