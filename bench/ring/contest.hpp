// Contestants that take turns. The two cores of a machine are sometimes near and sometimes far,
// which moves a figure by a factor from one second to the next. So everything is compared in pairs:
// in each round every contestant takes its turn, in random order; a figure is the median over the
// rounds, and `times_slower` the median of what a contestant took to what the first took in the
// same round.
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <jamnet/core/random.hpp>

#include "../median.hpp"
#include "../rows.hpp"

namespace jamnet_bench {

struct contestant {
  const char* who;
  double (*run)(std::size_t count);
  std::vector<double> ns{}; // an item, round by round
};
struct contest {
  const char* what;
  std::size_t count; // items a round
  std::vector<contestant> all{};
};

template <class... Queues, class Task>
contest compare(const char* what, std::size_t count, Task) {
  contest made{what, count};
  const auto enter = [&made]<class Queue>(std::type_identity<Queue>) {
    if constexpr (!std::is_void_v<Queue>)
      made.all.push_back(
          {Queue::who, [](std::size_t n) { return Task{}.template operator()<Queue>(n); }});
  };
  (enter(std::type_identity<Queues>{}), ...);
  return made;
}

inline void play_round(contest& c, jamnet::random_source& random) {
  std::vector<contestant*> waiting;
  for (auto& each : c.all) waiting.push_back(&each);
  while (!waiting.empty()) {
    std::swap(waiting[random.next() % waiting.size()], waiting.back());
    waiting.back()->ns.push_back(waiting.back()->run(c.count) / static_cast<double>(c.count));
    waiting.pop_back();
  }
}

inline void report(std::vector<row>& rows, const contest& c) {
  for (const auto& each : c.all) {
    const std::string name = std::string{c.what} + "/" + each.who;
    rows.push_back({name, median(each.ns), "ns"});
    if (&each == &c.all.front()) continue;
    std::vector<double> ratios = each.ns;
    for (std::size_t i = 0; i < ratios.size(); ++i) ratios[i] /= c.all.front().ns[i];
    rows.push_back({name + "/times_slower", median(ratios), "x"});
  }
}

} // namespace jamnet_bench
