// How soon ports notice that their server was killed, and from its being back, how soon both are.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "../../tests/platform/jack_fixture.hpp"
#include "../rows.hpp"
#include "numbered_packets.hpp"

namespace jamnet_bench {

// Until both ports are connected, or neither is; ms.
template <class Input, class Output>
double poll_until(bool connected, Input& in, Output& out) {
  using namespace std::chrono_literals;
  const auto start = host_now();
  while ((in.connected() != connected || out.connected() != connected) &&
         host_now() - start < 20s) {
    in.poll(host_now());
    out.poll(host_now());
    std::this_thread::sleep_for(100ms);
  }
  return in_us(host_now() - start) * 1e-3;
}

// The longest of five times.
template <class Input, class Output>
void measure_return(std::vector<row>& rows, const std::string& name,
                    jamnet::testing::jack_server& server, Input& in, Output& out) {
  std::vector<double> noticed_ms, back_ms;
  for (int i = 0; i < 5; ++i) {
    server.kill();
    noticed_ms.push_back(poll_until(false, in, out));
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    if (!server.start()) return;
    back_ms.push_back(poll_until(true, in, out));
  }
  rows.push_back(
      {name + "/lost_after_ms", *std::max_element(noticed_ms.begin(), noticed_ms.end()), "ms"});
  rows.push_back(
      {name + "/back_after_ms", *std::max_element(back_ms.begin(), back_ms.end()), "ms"});
}

} // namespace jamnet_bench
