#include <jamnet/core/algorithm.hpp>

static_assert(std::min(1, 2) == 1 && std::max(1, 2) == 2 && std::clamp(5, 1, 3) == 3);
static_assert([] {
  int values[] = {3, 1, 2};
  std::sort(values, values + 3);
  return values[0] == 1 && *std::upper_bound(values, values + 3, 1) == 2 &&
         std::find(values, values + 3, 2) == values + 1;
}());
