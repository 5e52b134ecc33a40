#include <jamnet/testing/sim_source.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

TEST_CASE("a simulated source runs at its oscillator's rate, and says so of the host's") {
  manual_clock host{{.skew_ppm = -30}};
  sim_source source{host, {.drift = {.skew_ppm = 70}, .first = source_time{1h}, .noise_ns = 0}};
  host.advance(10s);
  CHECK(source.now() == source_time{1h + 10s + 700us});
  const auto reading = source.read(host.now());
  REQUIRE(reading.valid);
  CHECK(reading.confirmed == host.now());
  CHECK(reading.map(host.now()) == source.now());
  CHECK(reading.map.skew == doctest::Approx(100e-6).epsilon(1e-3));
}

TEST_CASE("it is heard at its interval, within its bound, and not while it is lost") {
  manual_clock host;
  sim_source source{host, {.interval = 50ms, .noise_ns = 1000, .seed = 5}};
  int heard = 0;
  host_time last{};
  for (int i = 0; i < 1000; ++i) {
    const auto reading = source.read(host.now());
    heard += reading.confirmed != last;
    last = reading.confirmed;
    const auto error = reading.map(host.now()) - source.now();
    REQUIRE(error <= reading.map.bound(host.now()));
    REQUIRE(-error <= reading.map.bound(host.now()));
    host.advance(10ms);
  }
  CHECK(heard == 200);
  source.lose();
  host.advance(1s);
  CHECK(source.read(host.now()).confirmed == last);
  source.restore();
  CHECK(source.read(host.now()).confirmed == host.now());
}

TEST_CASE("it stops, starts, jumps and changes its rate when told to") {
  manual_clock host;
  sim_source source{host, {.drift = {}, .noise_ns = 0}};
  host.advance(1s);
  source.stop();
  host.advance(1s);
  CHECK(source.now() == source_time{1s});
  source.start();
  source.jump(-400ms);
  source.set_skew_ppm(1000);
  host.advance(1s);
  CHECK(source.now() == source_time{1601ms});
}
