// SPDX-License-Identifier: MIT
//
// How connections come, are served, and go.
//
// Callbacks of a connection hold it alive and look at nothing else once it is over. Reading and
// writing are done when the system says that they can be, so that an idle connection has neither
// a buffer nor an operation of its own.
#pragma once

#include <algorithm>

#include <jamnet/platform/asio_tcp.hpp>

namespace jamnet::inline v0 {

template <class Handler>
asio::error_code asio_tcp<Handler>::listen(const asio::ip::tcp& protocol, std::uint16_t port) {
  asio::error_code error, ignored;
  acceptor_.close(ignored);
  acceptor_.open(protocol, error);
  if (!error && protocol == asio::ip::tcp::v6())
    acceptor_.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind({protocol, port}, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) acceptor_.close(ignored);
  return error;
}

template <class Handler>
void asio_tcp<Handler>::accept() {
  accepting_ = true;
  acceptor_.async_accept([this, alive = std::weak_ptr<char>{alive_}](const asio::error_code& error,
                                                                     asio::ip::tcp::socket socket) {
    if (alive.expired() || !acceptor_.is_open()) return;
    if (error) { // no descriptors left: again a little later
      accepting_ = false;
      return sweep_later();
    }
    accepted(std::move(socket));
    accept();
  });
}

template <class Handler>
void asio_tcp<Handler>::accepted(asio::ip::tcp::socket socket) {
  asio::error_code lost;
  const auto from = to_address(socket.remote_endpoint(lost), toast::carrier::tcp);
  socket.non_blocking(true, lost);
  if (lost || connections_.contains(from)) return;
  const auto neighbours =
      std::count_if(connections_.begin(), connections_.end(),
                    [&](const auto& known) { return known.first.ip == from.ip; });
  const bool full = connections_.size() >= options_.connection_limit;
  if (full || static_cast<std::size_t>(neighbours) >= options_.address_limit) {
    ++statistics_.refused;
    return refuse(socket, full ? errc::room_full : errc::limit_exceeded);
  }
  ++statistics_.accepted;
  begin(add(std::move(socket), from));
}

namespace detail {

/// A frame that says why a stream ends. [any-thread] [rt-safe]
[[nodiscard]] inline bytes_view refusal_frame(errc why, std::span<std::uint8_t> buffer) noexcept {
  toast::frame_writer out{buffer};
  const auto room = out.open();
  const auto text =
      encode(toast::refusal{why, {}}, {reinterpret_cast<char*>(room.data()), room.size()});
  out.close(toast::type::error, toast::not_synchronised, 0, text.size());
  return out.written();
}

} // namespace detail

template <class Handler>
void asio_tcp<Handler>::refuse(asio::ip::tcp::socket& socket, errc why) {
  std::array<std::uint8_t, 256> bytes;
  const auto frame = detail::refusal_frame(why, bytes);
  asio::error_code ignored;
  socket.write_some(asio::buffer(frame.data(), frame.size()), ignored);
  socket.shutdown(asio::socket_base::shutdown_send, ignored);
}

template <class Handler>
auto asio_tcp<Handler>::add(asio::ip::tcp::socket socket, const toast::address& where)
    -> connection& {
  sweep_later();
  return *(connections_[where] = std::make_shared<connection>(std::move(socket), where));
}

template <class Handler>
void asio_tcp<Handler>::connect(connection& c) {
  c.socket.async_connect(to_endpoint<asio::ip::tcp>(c.where),
                         [this, kept = c.shared_from_this()](const asio::error_code& error) {
                           if (kept->over) return;
                           asio::error_code failed;
                           if (!error) kept->socket.non_blocking(true, failed);
                           if (error || failed) return end(*kept);
                           begin(*kept);
                           write(*kept);
                         });
}

template <class Handler>
void asio_tcp<Handler>::begin(connection& c) {
  asio::error_code ignored;
  c.connected = true;
  c.since = now();
  c.socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  c.socket.set_option(asio::socket_base::keep_alive(true), ignored);
#if defined(TCP_KEEPIDLE) && defined(TCP_KEEPINTVL) && defined(TCP_KEEPCNT)
  namespace option = asio::detail::socket_option;
  c.socket.set_option(option::integer<IPPROTO_TCP, TCP_KEEPIDLE>(10), ignored);
  c.socket.set_option(option::integer<IPPROTO_TCP, TCP_KEEPINTVL>(5), ignored);
  c.socket.set_option(option::integer<IPPROTO_TCP, TCP_KEEPCNT>(3), ignored);
#endif
  read(c);
}

template <class Handler>
void asio_tcp<Handler>::read(connection& c) {
  c.socket.async_wait(asio::socket_base::wait_read,
                      [this, kept = c.shared_from_this()](const asio::error_code& error) {
                        if (kept->over) return;
                        if (error || !drain(*kept)) return end(*kept);
                        if (!kept->over) read(*kept);
                      });
}

// What is there, but not for ever: others wait for this thread too. False at the stream's end.
template <class Handler>
bool asio_tcp<Handler>::drain(connection& c) {
  for (int i = 0; i < 4 && !c.over; ++i) {
    asio::error_code error;
    const auto size = c.socket.read_some(asio::buffer(incoming_), error);
    if (error == asio::error::would_block) break;
    if (error) return false;
    if (c.ending) continue; // nobody listens any more
    const auto fed = c.splitter.feed(bytes_view{incoming_}.first(size),
                                     [&](const toast::frame&, bytes_view whole) {
                                       if (!c.over && !c.ending) handler_.frames(c.where, whole);
                                     });
    if (c.over) break;
    if (!fed) {
      ++statistics_.bad;
      drop(c, errc::frame_crc);
    } else if (!c.answered && (c.heard += size) > options_.unanswered_limit) {
      ++statistics_.unanswered;
      drop(c, errc::limit_exceeded);
    }
    if (size < incoming_.size()) break;
  }
  return true;
}

// All that is due in this turn of the event loop leaves together. One send for each of a hundred
// frames to each of a hundred connections would be all that the machine does.
template <class Handler>
void asio_tcp<Handler>::mark(connection& c) {
  if (!std::exchange(c.changed, true)) changed_.push_back(c.shared_from_this());
  if (std::exchange(flush_due_, true)) return;
  const auto go = guarded([this] { flush(); });
  if (connections_.size() <= options_.crowd) return asio::post(io_, go);
  pace_.expires_at(flushed_at_ + options_.crowd_interval);
  pace_.async_wait(go);
}

template <class Handler>
void asio_tcp<Handler>::flush() {
  flush_due_ = false;
  flushed_at_ = now();
  flushing_.swap(changed_);
  for (const auto& c : flushing_) {
    c->changed = false;
    if (!c->over && c->connected && !c->blocked) write(*c);
  }
  flushing_.clear();
}

template <class Handler>
void asio_tcp<Handler>::write(connection& c) {
  while (!c.queue.empty()) {
    asio::error_code error;
    const auto front = c.queue.front();
    const auto size = c.socket.write_some(asio::buffer(front.data(), front.size()), error);
    ++statistics_.writes;
    if (error == asio::error::would_block) {
      c.blocked = true;
      c.socket.async_wait(asio::socket_base::wait_write,
                          [this, kept = c.shared_from_this()](const asio::error_code& failed) {
                            if (kept->over) return;
                            kept->blocked = false;
                            if (failed) return end(*kept);
                            write(*kept);
                          });
      break;
    }
    if (error) return end(c);
    c.queue.sent(size);
    if (!c.ending) c.since = now();
  }
  if (c.ending && c.queue.empty()) {
    asio::error_code ignored;
    c.socket.shutdown(asio::socket_base::shutdown_send, ignored);
  }
  if (c.ending || !c.slow || c.queue.size() > options_.slow_at / 4) return;
  c.slow = false;
  if constexpr (requires { handler_.writable(c.where); }) handler_.writable(c.where);
}

// Says why, in place of all that was not begun, and closes behind it.
template <class Handler>
void asio_tcp<Handler>::drop(connection& c, errc why) {
  if (why == errc::peer_slow) ++statistics_.slow;
  std::array<std::uint8_t, 256> bytes;
  c.queue.forget_unsent();
  c.queue.append(detail::refusal_frame(why, bytes));
  finish(c);
  mark(c);
}

template <class Handler>
void asio_tcp<Handler>::finish(connection& c) {
  c.ending = true;
  c.since = now();
}

template <class Handler>
void asio_tcp<Handler>::end(connection& c) {
  const auto kept = c.shared_from_this();
  c.close();
  connections_.erase(c.where);
  handler_.disconnected(c.where);
}

template <class Handler>
void asio_tcp<Handler>::sweep_later() {
  if (std::exchange(sweeping_, true)) return;
  sweep_.expires_after(sweep_interval);
  sweep_.async_wait(guarded([this] { sweep(); }));
}

template <class Handler>
void asio_tcp<Handler>::sweep() {
  sweeping_ = false;
  if (acceptor_.is_open() && !accepting_) accept();
  const auto at = now();
  flushing_.clear();
  for (const auto& [where, c] : connections_) flushing_.push_back(c);
  for (const auto& c : flushing_)
    if (!c->over) judge(*c, at);
  flushing_.clear();
  if (!connections_.empty()) sweep_later();
}

template <class Handler>
void asio_tcp<Handler>::judge(connection& c, moment at) {
  const auto waited = at - c.since;
  if (c.ending) {
    if (waited >= farewell) end(c);
  } else if (!c.connected) {
    if (waited >= options_.answer_limit) end(c);
  } else if (!c.answered) {
    if (waited < options_.answer_limit) return;
    ++statistics_.unanswered;
    drop(c, errc::limit_exceeded);
  } else if (!c.queue.empty() && waited >= options_.stall_limit) {
    drop(c, errc::peer_slow);
  }
}

} // namespace jamnet::inline v0
