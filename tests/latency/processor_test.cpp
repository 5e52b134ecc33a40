#include <jamnet/latency/processor.hpp>

#include <doctest/doctest.h>

#include "echo.hpp"

using namespace jamnet;

namespace {

struct no_reset {
  void prepare(const processor_format&) {}
  void process(planar_block<float>, std::span<const block_event>) {}
};

} // namespace

TEST_CASE("a processor can be prepared, process and be reset") {
  CHECK(processor<echo>);
  CHECK_FALSE(processor<no_reset>);
  CHECK_FALSE(processor<int>);
}
