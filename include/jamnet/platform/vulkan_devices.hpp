// SPDX-License-Identifier: MIT
//
// Which devices of this machine Vulkan knows, and what clocks they have: for who lets one choose
// what vulkan_timebase opens. Without Vulkan's headers this header is empty.
#pragma once

#include <jamnet/platform/detail/vulkan_instance.hpp>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <cstring>
#include <vector>

namespace jamnet::inline v0 {

struct vulkan_found {
  char name[VK_MAX_PHYSICAL_DEVICE_NAME_SIZE] = ""; ///< as its driver calls it
  bool software = false;                            ///< the processor in a GPU's clothes
  double period_ns = 0;                             ///< of the counter, as it claims
  unsigned valid_bits = 0;                          ///< 0: it does not tell its time
  bool calibrated = false;                          ///< it can be read without a submission
};

/// Empty without a loader or a driver. [one-thread] [allocates] [blocks]
[[nodiscard]] inline std::vector<vulkan_found>
vulkan_devices(const char* loader = "libvulkan.so.1") noexcept {
  const detail::vulkan_instance instance{loader};
  std::vector<vulkan_found> all;
  if (instance.trouble()) return all;
  const detail::vulkan_api& api = instance.api();
  for (const VkPhysicalDevice device : instance.devices()) {
    VkPhysicalDeviceProperties about;
    api.device_properties(device, &about);
    const auto families = detail::vulkan_families(api, device);
    const auto clock = detail::vulkan_clock_family(families);
    vulkan_found& found = all.emplace_back();
    std::memcpy(found.name, about.deviceName, sizeof found.name);
    found.software = about.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
    found.period_ns = static_cast<double>(about.limits.timestampPeriod);
    found.valid_bits = clock ? families[*clock].timestampValidBits : 0;
    found.calibrated = detail::vulkan_calibration(api, device) != nullptr;
  }
  return all;
}

} // namespace jamnet::inline v0

#endif
