// Does a band always agree on its transport? Sixteen peers in virtual time, who ask for commands of
// all kinds at once while datagrams are lost and the band falls apart (testing/transport_jam.hpp).
//
//     transport_sim_measure [--json] [--smoke | --full | --seeds N] [--from SEED]
//
// A seed that breaks a law is named, with the law.
#include <cstdlib>
#include <string_view>

#include <jamnet/testing/transport_jam.hpp>

#include "../rows.hpp"

using namespace jamnet::testing;

int main(int argc, char** argv) {
  bool json = false;
  std::uint64_t seeds = 24, first = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") json = true;
    if (option == "--smoke") seeds = 1;
    if (option == "--full") seeds = 1'000;
    if (option == "--seeds" && i + 1 < argc) seeds = std::strtoull(argv[++i], nullptr, 10);
    if (option == "--from" && i + 1 < argc) first = std::strtoull(argv[++i], nullptr, 10);
  }
  double diverged = 0;
  transport_jam all;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const auto jam = transport_jam::play(seed);
    all.asked += jam.asked;
    all.refused += jam.refused;
    all.changes += jam.changes;
    all.jumped += jam.jumped;
    all.splits += jam.splits;
    if (jam.breaches.empty()) continue;
    ++diverged;
    std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(seed),
                 jam.breaches.c_str());
  }
  const auto each = [&](std::size_t n) {
    return static_cast<double>(n) / static_cast<double>(seeds);
  };
  jamnet_bench::print({{"transport/sim/diverged", diverged, "seeds"},
                       {"transport/sim/seeds", static_cast<double>(seeds), "seeds"},
                       {"transport/sim/asked", each(all.asked), "a seed"},
                       {"transport/sim/refused", each(all.refused), "a seed"},
                       {"transport/sim/changes_told", each(all.changes), "a seed"},
                       {"transport/sim/jumps_told", each(all.jumped), "a seed"},
                       {"transport/sim/splits", each(all.splits), "a seed"}},
                      json);
  return diverged > 0 ? 1 : 0;
}
