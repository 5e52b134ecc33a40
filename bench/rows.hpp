// What the programs that measure distributions print: a row a figure, as a table or as JSON.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace jamnet_bench {

struct row {
  std::string name;
  double value;
  const char* unit;
};

inline void print(const std::vector<row>& rows, bool json) {
  if (json) std::puts("[");
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (json)
      std::printf(" {\"name\": \"%s\", \"value\": %.3f, \"unit\": \"%s\"}%s\n",
                  rows[i].name.c_str(), rows[i].value, rows[i].unit,
                  i + 1 < rows.size() ? "," : "");
    else
      std::printf("%-44s %10.2f %s\n", rows[i].name.c_str(), rows[i].value, rows[i].unit);
  if (json) std::puts("]");
}

} // namespace jamnet_bench
