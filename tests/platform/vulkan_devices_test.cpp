#include <jamnet/platform/vulkan_devices.hpp>

#include <doctest/doctest.h>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <string_view>

#include <jamnet/platform/vulkan_timebase.hpp>

#include "sanitised.hpp"

using namespace jamnet;

TEST_CASE("a machine without a loader has no devices") {
  CHECK(vulkan_devices("libthere-is-no-such.so").empty());
}

TEST_CASE("what is listed with a clock can be opened by its name, and has that clock") {
  if (sanitised) return; // Mesa leaks
  for (const auto& found : vulkan_devices()) {
    CAPTURE(std::string_view{found.name});
    const auto gpu = vulkan_timebase::open({.device = found.name});
    CHECK(gpu.has_value() == (found.valid_bits != 0));
    if (!gpu) continue;
    CHECK(std::string_view{gpu->name()} == found.name);
    CHECK(gpu->format() == tick_format{found.period_ns, found.valid_bits});
    CHECK((found.calibrated || gpu->how() == vulkan_timebase::method::bracketed));
  }
}

#endif
