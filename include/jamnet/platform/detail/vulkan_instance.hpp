// SPDX-License-Identifier: MIT
//
// Vulkan's loader, opened, and what it says of the devices there are.
#pragma once

#include <jamnet/platform/detail/vulkan_api.hpp>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include <jamnet/core/result.hpp>

namespace jamnet::inline v0::detail {

class vulkan_instance {
public:
  explicit vulkan_instance(const char* loader) noexcept : library_{loader} {
    if (library_.entry() == nullptr)
      trouble_ = failure{errc::device_absent};
    else if (const VkResult r = create(); r != VK_SUCCESS)
      trouble_ = failure{errc::device_absent, static_cast<std::uint32_t>(-r)};
  }
  vulkan_instance(const vulkan_instance&) = delete;
  vulkan_instance& operator=(const vulkan_instance&) = delete;
  ~vulkan_instance() {
    if (handle_ != nullptr && api_.destroy_instance != nullptr)
      api_.destroy_instance(handle_, nullptr);
  }

  /// Why it cannot be used, if so.
  [[nodiscard]] std::optional<failure> trouble() const noexcept { return trouble_; }
  [[nodiscard]] PFN_vkGetInstanceProcAddr entry() const noexcept { return library_.entry(); }
  [[nodiscard]] VkInstance handle() const noexcept { return handle_; }
  /// With an instance's functions, not yet a device's.
  [[nodiscard]] const vulkan_api& api() const noexcept { return api_; }
  [[nodiscard]] std::vector<VkPhysicalDevice> devices() const noexcept;

private:
  VkResult create() noexcept;

  vulkan_loader library_;
  VkInstance handle_ = nullptr;
  vulkan_api api_;
  std::optional<failure> trouble_;
};

inline VkResult vulkan_instance::create() noexcept {
  const auto make =
      reinterpret_cast<PFN_vkCreateInstance>(library_.entry()(nullptr, "vkCreateInstance"));
  if (make == nullptr) return VK_ERROR_INITIALIZATION_FAILED;
  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.apiVersion = VK_API_VERSION_1_1;
  VkInstanceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  info.pApplicationInfo = &application;
  if (const VkResult r = make(&info, nullptr, &handle_); r != VK_SUCCESS) return r;
  return api_.load_instance(library_.entry(), handle_) ? VK_SUCCESS
                                                       : VK_ERROR_INITIALIZATION_FAILED;
}

inline std::vector<VkPhysicalDevice> vulkan_instance::devices() const noexcept {
  std::uint32_t count = 0;
  api_.enumerate_devices(handle_, &count, nullptr);
  std::vector<VkPhysicalDevice> all(count);
  if (count == 0 || api_.enumerate_devices(handle_, &count, all.data()) < 0) return {};
  all.resize(count);
  return all;
}

inline std::vector<VkQueueFamilyProperties> vulkan_families(const vulkan_api& api,
                                                            VkPhysicalDevice device) noexcept {
  std::uint32_t count = 0;
  api.queue_families(device, &count, nullptr);
  std::vector<VkQueueFamilyProperties> all(count);
  api.queue_families(device, &count, all.data());
  return all;
}

/// The first that has timestamps, and computes if one does. Those that only copy cannot be asked.
inline std::optional<std::uint32_t>
vulkan_clock_family(const std::vector<VkQueueFamilyProperties>& all) noexcept {
  for (const VkQueueFlags wanted : {VK_QUEUE_COMPUTE_BIT, VK_QUEUE_GRAPHICS_BIT})
    for (std::uint32_t i = 0; i < all.size(); ++i)
      if (all[i].timestampValidBits != 0 && (all[i].queueFlags & wanted) != 0) return i;
  return {};
}

/// The extension that calibrates timestamps, by the name it has there, or nullptr.
inline const char* vulkan_calibration(const vulkan_api& api, VkPhysicalDevice device) noexcept {
  std::uint32_t count = 0;
  api.device_extensions(device, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> all(count);
  api.device_extensions(device, nullptr, &count, all.data());
  for (const char* name : {"VK_KHR_calibrated_timestamps", "VK_EXT_calibrated_timestamps"})
    for (const auto& offered : all)
      if (std::strcmp(offered.extensionName, name) == 0) return name;
  return nullptr;
}

} // namespace jamnet::inline v0::detail

#endif
