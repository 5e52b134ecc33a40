// SPDX-License-Identifier: MIT
//
// Multicast over UDP on Asio: which interfaces there are, sockets that share the group's port with
// all peers of this machine to hear it, and sending to it on each of the interfaces.
//
// A datagram to the group leaves by the peer's own sockets, so that it comes from where the peer
// can be answered. Interfaces come and go (a laptop joins a network): whoever announces himself
// looks for new ones.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/multicast.hpp>
#include <asio/ip/udp.hpp>
#include <asio/ip/v6_only.hpp>

#if __has_include(<ifaddrs.h>)
#include <ifaddrs.h>
#include <net/if.h>
#endif

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/bytes.hpp>
#include <jamnet/platform/asio_address.hpp>

namespace jamnet::inline v0 {

struct multicast_options {
  bool enabled = true;
  std::vector<std::string> interfaces{}; ///< by name or address; none: all that are usable
  int hops = 1;         ///< the networks a datagram may cross: more than one needs routers' help
  bool loopback = true; ///< whether peers on this machine hear it too
};

/// An interface that multicast can use, with one of its addresses.
struct multicast_interface {
  std::string name;
  unsigned index = 0;
  asio::ip::address address; ///< any address of IPv4: the system's choice
  bool loopback = false;

  friend bool operator==(const multicast_interface&, const multicast_interface&) = default;
};

/// Those that are up, one for IPv4 and one for IPv6 each; the loopback last. Where the system does
/// not tell, its choice and the loopback. [control-thread] [allocates]
[[nodiscard]] inline std::vector<multicast_interface> multicast_interfaces() {
  std::vector<multicast_interface> all;
#if __has_include(<ifaddrs.h>)
  ::ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) list = nullptr;
  for (const ::ifaddrs* i = list; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || (i->ifa_flags & IFF_UP) == 0) continue;
    const bool loopback = (i->ifa_flags & IFF_LOOPBACK) != 0; // works, and seldom says so
    if (!loopback && ((i->ifa_flags & IFF_MULTICAST) == 0 || (i->ifa_flags & IFF_RUNNING) == 0))
      continue;
    multicast_interface found{i->ifa_name, ::if_nametoindex(i->ifa_name), {}, loopback};
    asio::ip::udp::endpoint endpoint;
    const auto family = i->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    endpoint.resize(family == AF_INET ? sizeof(::sockaddr_in) : sizeof(::sockaddr_in6));
    std::memcpy(endpoint.data(), i->ifa_addr, endpoint.size());
    found.address = endpoint.address();
    const auto same = [&](const multicast_interface& other) {
      return other.index == found.index && other.address.is_v4() == found.address.is_v4();
    };
    if (std::none_of(all.begin(), all.end(), same)) all.push_back(std::move(found));
  }
  if (list != nullptr) ::freeifaddrs(list);
#else
  all.push_back({"", 0, asio::ip::address_v4::any(), false});
  all.push_back({"", 0, asio::ip::address_v4::loopback(), true});
#endif
  std::stable_partition(all.begin(), all.end(), [](const auto& i) { return !i.loopback; });
  return all;
}

/// The group as one peer hears it and sends to it.
template <class Stamps>
class basic_asio_group {
public:
  using socket = asio::ip::udp::socket;
  static constexpr std::uint16_t port = 47801;
  static inline const asio::ip::address_v4 v4{{239, 255, 74, 77}};
  static inline const asio::ip::address_v6 v6{
      {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x4a, 0x4d}};

  explicit basic_asio_group(asio::io_context& io) : shared_{io}, shared6_{io} {}

  /// Joins on the interfaces that `options` choose. What is sent leaves by `own` and `own6`, which
  /// outlive this; one may be closed. False when nothing can be heard. [control-thread] [allocates]
  bool join(const multicast_options& options, socket& own, socket& own6) {
    options_ = options;
    own_ = &own;
    own6_ = &own6;
    if (!options.enabled) return false;
    const bool heard = open(shared_, own, {v4, port});
    const bool heard6 = open(shared6_, own6, {asio::ip::udp::v6(), port});
    if (heard || heard6) refresh();
    return !joined_.empty();
  }
  /// Joins on interfaces that are new, and forgets those that are gone.
  /// [net-thread] [allocates] O(interfaces²)
  void refresh();
  void close() {
    asio::error_code ignored;
    shared_.close(ignored);
    shared6_.close(ignored);
    joined_.clear();
  }
  /// Calls `f(socket&)` for those on which it is heard.
  template <class F>
  void for_each_socket(F&& f) {
    if (shared_.is_open()) f(shared_);
    if (shared6_.is_open()) f(shared6_);
  }
  [[nodiscard]] const std::vector<multicast_interface>& joined() const noexcept { return joined_; }

  /// Where events go to all: IPv4's group, or IPv6's where there is no other; none where neither
  /// is. Not both, since who is linked by one takes nothing that comes by the other. [any-thread]
  [[nodiscard]] toast::address events() const noexcept {
    using asio::ip::udp;
    for (const bool four : {true, false})
      for (const auto& i : joined_)
        if (i.address.is_v4() == four)
          return to_address(four ? udp::endpoint{v4, port} : udp::endpoint{v6, port},
                            toast::carrier::multicast);
    return {};
  }
  /// Sends to everybody() on each interface, by IPv4 and IPv6, and to events() by one of them, and
  /// on the loopback only where there is nothing else. [net-thread]
  void send(const toast::address& to, bytes_view datagram);

private:
  [[nodiscard]] bool is_chosen(const multicast_interface& i) const {
    const auto& chosen = options_.interfaces;
    if (chosen.empty()) return !i.loopback || options_.loopback;
    return std::any_of(chosen.begin(), chosen.end(), [&](const std::string& text) {
      asio::error_code error;
      const auto address = asio::ip::make_address(text, error);
      return text == i.name || (!error && address == i.address);
    });
  }
  bool open(socket& shared, socket& own, const asio::ip::udp::endpoint& at) {
    namespace multicast = asio::ip::multicast;
    asio::error_code error, ignored;
    if (!own.is_open()) return false;
    shared.open(at.protocol(), error);
    if (!error && at.protocol() == asio::ip::udp::v6())
      shared.set_option(asio::ip::v6_only{true}, error);
    if (!error) shared.set_option(asio::socket_base::reuse_address{true}, error);
    if (!error) shared.bind(at, error);
    if (!error) shared.non_blocking(true, error);
    if (error) return shared.close(ignored), false;
    Stamps::prepare(shared);
    own.set_option(multicast::hops{options_.hops}, ignored);
    own.set_option(multicast::enable_loopback{options_.loopback}, ignored);
    return true;
  }
  // Whether it was a member already counts as success: it was told twice.
  bool join(const multicast_interface& i) {
    namespace multicast = asio::ip::multicast;
    auto& shared = i.address.is_v4() ? shared_ : shared6_;
    asio::error_code error;
    if (!shared.is_open()) return false;
    if (i.address.is_v4())
      shared.set_option(multicast::join_group{v4, i.address.to_v4()}, error);
    else
      shared.set_option(multicast::join_group{v6, i.index}, error);
    return !error || error == asio::error::address_in_use;
  }
  void send(const multicast_interface& i, bytes_view datagram) {
    namespace multicast = asio::ip::multicast;
    const auto bytes = asio::buffer(datagram.data(), datagram.size());
    asio::error_code ignored;
    if (i.address.is_v4()) {
      own_->set_option(multicast::outbound_interface{i.address.to_v4()}, ignored);
      own_->send_to(bytes, {v4, port}, 0, ignored);
    } else {
      own6_->set_option(multicast::outbound_interface{i.index}, ignored);
      own6_->send_to(bytes, {asio::ip::address_v6{v6.to_bytes(), i.index}, port}, 0, ignored);
    }
  }

  multicast_options options_;
  socket *own_ = nullptr, *own6_ = nullptr;
  socket shared_, shared6_; // bound to the group's port, with others
  std::vector<multicast_interface> joined_;
};

// ------------------------------------------------------------------------------------------------

template <class Stamps>
void basic_asio_group<Stamps>::refresh() {
  auto now = multicast_interfaces();
  std::erase_if(now, [&](const auto& i) {
    const bool known = std::find(joined_.begin(), joined_.end(), i) != joined_.end();
    return !is_chosen(i) || (!known && !join(i));
  });
  joined_ = std::move(now);
}

template <class Stamps>
void basic_asio_group<Stamps>::send(const toast::address& to, bytes_view datagram) {
  const bool all = to == toast::address::everybody();
  if (all) refresh(); // it is an announcement, of which there are few
  bool left = false;
  for (const auto& i : joined_) {
    if (!all && (i.address.is_v4() != to.is_v4() || (i.loopback && left))) continue;
    send(i, datagram);
    left = true;
  }
}

} // namespace jamnet::inline v0
