// sync_lab: peers that share their time, in a simulation that knows the truth.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "chart.hpp"
#include "laboratory.hpp"
#include "options.hpp"
#include "report.hpp"
#include "statistics.hpp"

namespace {

int fail(const std::string& why) {
  std::fprintf(stderr, "sync_lab: %s\n", why.c_str());
  return 2;
}

int run(const sync_lab::options& o) {
  std::ofstream svg;
  if (!o.svg.empty()) { // before the hours pass
    svg.open(o.svg, std::ios::binary);
    if (!svg) return fail(o.svg.string() + " cannot be written");
  }

  const auto names = sync_lab::names_of(o.peers);
  sync_lab::journal journal{names};
  if (!o.json) {
    std::printf("%s\n\n   simulated  what happens, and who reports it\n", title_of(o).c_str());
    journal.on_entry = [&](const sync_lab::journal_entry& e) {
      std::puts(journal.line(e).c_str());
    };
  }
  const std::clock_t began = std::clock();
  sync_lab::laboratory lab{o, journal};
  std::vector<sync_lab::statistics> peers(lab.size(), sync_lab::statistics{o.settling_s});
  sync_lab::chart chart{o};
  while (lab.advance()) {
    for (std::size_t i = 0; i < lab.size(); ++i) {
      const auto seen = lab.look(i);
      peers[i].add(seen);
      chart.add(i, lab.now_s(), seen);
    }
  }
  journal.settle(lab.now_s() + 1);
  const double computed_s = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;

  std::fputs((o.json ? to_json(o, names, peers, journal) : to_table(o, names, peers)).c_str(),
             stdout);
  std::fflush(stdout);
  std::fprintf(stderr, "%.3g simulated hours per second of computing\n",
               lab.now_s() / 3600 / std::max(computed_s, 1e-6));
  if (svg.is_open() && !(svg << chart.svg(names, title_of(o), journal) << std::flush))
    return fail(o.svg.string() + " cannot be written");
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const auto parsed = sync_lab::parse(argc, argv);
  if (!parsed.value) return fail(parsed.error);
  if (parsed.value->help) return std::fputs(sync_lab::usage, stdout), 0;
  return run(*parsed.value);
}
