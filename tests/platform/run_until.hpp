// Real sockets, for as long as it takes.
#pragma once

#include <asio/io_context.hpp>
#include <jamnet/time/steady_source.hpp>

namespace jamnet::inline v0::testing {

/// Runs them until `done()`; false when it took too long.
template <class Condition>
[[nodiscard]] bool run_until(asio::io_context& io, Condition&& done) {
  const auto give_up = steady_source{}.now() + std::chrono::seconds{20};
  while (!done()) {
    if (steady_source{}.now() > give_up) return false;
    io.restart();
    io.run_for(std::chrono::milliseconds{5});
  }
  return true;
}

} // namespace jamnet::inline v0::testing
