// SPDX-License-Identifier: MIT
//
// A Vulkan device that tells its time: one command buffer that writes two timestamps, a fence to
// wait for it, and the calibrated counter where there is one.
#pragma once

#include <jamnet/platform/detail/vulkan_api.hpp>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <jamnet/core/math.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/time/steady_source.hpp>
#include <jamnet/time/timebase.hpp>

namespace jamnet::inline v0 {

/// A device of the application's, which outlives the timebase.
struct vulkan_handles {
  PFN_vkGetInstanceProcAddr entry = nullptr;
  VkInstance instance = nullptr;
  VkPhysicalDevice physical = nullptr;
  VkDevice device = nullptr;
  VkQueue queue = nullptr;     ///< nobody else may submit to it while read() runs
  std::uint32_t family = 0;    ///< … of that queue
  bool has_calibrated = false; ///< the extension was enabled, KHR or EXT
};

namespace detail {

class vulkan_device {
public:
  /// A device of this machine. device_absent or device_clockless without one.
  vulkan_device(const char* loader, const char* part_of_name, bool with_calibrated) noexcept;
  /// The application's.
  explicit vulkan_device(const vulkan_handles& handles) noexcept;
  vulkan_device(const vulkan_device&) = delete;
  vulkan_device& operator=(const vulkan_device&) = delete;
  ~vulkan_device();

  /// Why it cannot be used, if so.
  [[nodiscard]] std::optional<failure> trouble() const noexcept { return trouble_; }
  [[nodiscard]] bool has_calibrated() const noexcept {
    return handles_.has_calibrated && api_.calibrated != nullptr;
  }
  [[nodiscard]] const vulkan_handles& handles() const noexcept { return handles_; }
  [[nodiscard]] tick_format format() const noexcept { return format_; }
  [[nodiscard]] const char* name() const noexcept { return name_; }

  [[nodiscard]] result<timebase_reading> calibrated() noexcept;
  [[nodiscard]] result<timebase_reading> bracketed() noexcept;

private:
  VkResult create_instance() noexcept;
  bool choose_device(const char* part_of_name) noexcept;
  bool choose_family() noexcept;
  VkResult create_device(bool with_calibrated) noexcept;
  void describe() noexcept;
  VkResult prepare() noexcept;

  static failure lost(VkResult why) noexcept {
    return {errc::device_lost, static_cast<std::uint32_t>(why < 0 ? -why : 0)}; // 0: too late
  }
  static failure absent(VkResult why) noexcept {
    return {errc::device_absent, static_cast<std::uint32_t>(-why)};
  }
  timebase_reading between(std::uint64_t ticks, host_time before, host_time after) const noexcept {
    const auto width = std::max(after - before, nanoseconds{1});
    return {ticks & format_.mask(), before + width / 2, width - width / 2};
  }

  vulkan_loader library_;
  vulkan_api api_;
  vulkan_handles handles_;
  bool owned_; // or the application's
  tick_format format_;
  std::optional<failure> trouble_;
  char name_[VK_MAX_PHYSICAL_DEVICE_NAME_SIZE] = "";
  VkQueryPool queries_ = nullptr;
  VkCommandPool pool_ = nullptr;
  VkCommandBuffer commands_ = nullptr;
  VkFence fence_ = nullptr;
};

inline vulkan_device::vulkan_device(const char* loader, const char* part_of_name,
                                    bool with_calibrated) noexcept
    : library_{loader},
      owned_{true} {
  handles_.entry = library_.entry();
  if (handles_.entry == nullptr) {
    trouble_ = failure{errc::device_absent};
  } else if (const VkResult r = create_instance(); r != VK_SUCCESS) {
    trouble_ = absent(r);
  } else if (!choose_device(part_of_name)) {
    trouble_ = failure{errc::device_absent};
  } else if (!choose_family()) {
    trouble_ = failure{errc::device_clockless};
  } else if (const VkResult made = create_device(with_calibrated); made != VK_SUCCESS) {
    trouble_ = absent(made);
  } else {
    describe();
  }
}

inline vulkan_device::vulkan_device(const vulkan_handles& handles) noexcept
    : handles_{handles},
      owned_{false} {
  if (handles.entry == nullptr || !api_.load_instance(handles.entry, handles.instance) ||
      !api_.load_device(handles.device))
    trouble_ = failure{errc::device_absent};
  else
    describe();
}

inline vulkan_device::~vulkan_device() {
  const VkDevice device = handles_.device;
  if (device != nullptr && api_.wait_idle != nullptr) {
    if (owned_) api_.wait_idle(device);
    if (fence_ != nullptr) api_.destroy_fence(device, fence_, nullptr);
    if (pool_ != nullptr) api_.destroy_command_pool(device, pool_, nullptr);
    if (queries_ != nullptr) api_.destroy_query_pool(device, queries_, nullptr);
    if (owned_) api_.destroy_device(device, nullptr);
  }
  if (owned_ && handles_.instance != nullptr && api_.destroy_instance != nullptr)
    api_.destroy_instance(handles_.instance, nullptr);
}

inline VkResult vulkan_device::create_instance() noexcept {
  const auto create =
      reinterpret_cast<PFN_vkCreateInstance>(handles_.entry(nullptr, "vkCreateInstance"));
  if (create == nullptr) return VK_ERROR_INITIALIZATION_FAILED;
  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.apiVersion = VK_API_VERSION_1_1;
  VkInstanceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  info.pApplicationInfo = &application;
  if (const VkResult r = create(&info, nullptr, &handles_.instance); r != VK_SUCCESS) return r;
  return api_.load_instance(handles_.entry, handles_.instance) ? VK_SUCCESS
                                                               : VK_ERROR_INITIALIZATION_FAILED;
}

inline bool vulkan_device::choose_device(const char* part_of_name) noexcept {
  std::uint32_t count = 0;
  api_.enumerate_devices(handles_.instance, &count, nullptr);
  std::vector<VkPhysicalDevice> all(count);
  if (count == 0 || api_.enumerate_devices(handles_.instance, &count, all.data()) < 0) return false;
  all.resize(count);
  for (const bool cpu_too : {false, true})
    for (const VkPhysicalDevice candidate : all) {
      VkPhysicalDeviceProperties about;
      api_.device_properties(candidate, &about);
      if (about.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU && !cpu_too) continue;
      if (std::strstr(about.deviceName, part_of_name) == nullptr) continue;
      handles_.physical = candidate;
      return true;
    }
  return false;
}

// The first that has timestamps, and can do more than copy if there is one.
inline bool vulkan_device::choose_family() noexcept {
  std::uint32_t count = 0;
  api_.queue_families(handles_.physical, &count, nullptr);
  std::vector<VkQueueFamilyProperties> all(count);
  api_.queue_families(handles_.physical, &count, all.data());
  constexpr VkQueueFlags computes = VK_QUEUE_COMPUTE_BIT | VK_QUEUE_GRAPHICS_BIT;
  for (const VkQueueFlags wanted : {computes, ~VkQueueFlags{0}})
    for (std::uint32_t i = 0; i < count; ++i)
      if (all[i].timestampValidBits != 0 && (all[i].queueFlags & wanted) != 0) {
        handles_.family = i;
        return true;
      }
  return false;
}

inline VkResult vulkan_device::create_device(bool with_calibrated) noexcept {
  std::uint32_t count = 0;
  api_.device_extensions(handles_.physical, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> all(count);
  api_.device_extensions(handles_.physical, nullptr, &count, all.data());
  const char* extension = nullptr;
  for (const char* name : {"VK_EXT_calibrated_timestamps", "VK_KHR_calibrated_timestamps"})
    for (const auto& offered : all)
      if (with_calibrated && std::strcmp(offered.extensionName, name) == 0) extension = name;

  const float priority = 1;
  VkDeviceQueueCreateInfo queue{};
  queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue.queueFamilyIndex = handles_.family;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  VkDeviceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  info.enabledExtensionCount = extension != nullptr;
  info.ppEnabledExtensionNames = &extension;
  const VkResult r = api_.create_device(handles_.physical, &info, nullptr, &handles_.device);
  if (r != VK_SUCCESS) return r;
  if (!api_.load_device(handles_.device)) return VK_ERROR_INITIALIZATION_FAILED;
  api_.device_queue(handles_.device, handles_.family, 0, &handles_.queue);
  handles_.has_calibrated = extension != nullptr;
  return VK_SUCCESS;
}

inline void vulkan_device::describe() noexcept {
  VkPhysicalDeviceProperties about;
  api_.device_properties(handles_.physical, &about);
  std::copy_n(about.deviceName, sizeof name_, name_);
  std::uint32_t count = 0;
  api_.queue_families(handles_.physical, &count, nullptr);
  std::vector<VkQueueFamilyProperties> all(count);
  api_.queue_families(handles_.physical, &count, all.data());
  const unsigned bits = handles_.family < count ? all[handles_.family].timestampValidBits : 0;
  format_ = {static_cast<double>(about.limits.timestampPeriod), std::min(bits, 64u)};
  if (bits < 8 || !(format_.period_ns > 0))
    trouble_ = failure{errc::device_clockless};
  else if (const VkResult r = prepare(); r != VK_SUCCESS)
    trouble_ = lost(r);
}

// One command buffer for all looks: two timestamps, at the beginning of the pipeline and its end.
inline VkResult vulkan_device::prepare() noexcept {
  const VkDevice device = handles_.device;
  VkQueryPoolCreateInfo queries{};
  queries.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
  queries.queryType = VK_QUERY_TYPE_TIMESTAMP;
  queries.queryCount = 2;
  VkCommandPoolCreateInfo pool{};
  pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  pool.queueFamilyIndex = handles_.family;
  VkFenceCreateInfo fence{};
  fence.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
  VkResult r = api_.create_query_pool(device, &queries, nullptr, &queries_);
  if (r == VK_SUCCESS) r = api_.create_command_pool(device, &pool, nullptr, &pool_);
  if (r == VK_SUCCESS) r = api_.create_fence(device, &fence, nullptr, &fence_);
  if (r != VK_SUCCESS) return r;

  VkCommandBufferAllocateInfo buffer{};
  buffer.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  buffer.commandPool = pool_;
  buffer.commandBufferCount = 1;
  VkCommandBufferBeginInfo begin{};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  r = api_.allocate_command_buffers(device, &buffer, &commands_);
  if (r == VK_SUCCESS) r = api_.begin_command_buffer(commands_, &begin);
  if (r != VK_SUCCESS) return r;
  api_.reset_query_pool(commands_, queries_, 0, 2);
  api_.write_timestamp(commands_, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, queries_, 0);
  api_.write_timestamp(commands_, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries_, 1);
  return api_.end_command_buffer(commands_);
}

inline result<timebase_reading> vulkan_device::calibrated() noexcept {
  VkCalibratedTimestampInfoEXT what{};
  what.sType = VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT;
  what.timeDomain = VK_TIME_DOMAIN_DEVICE_EXT;
  std::uint64_t ticks = 0, deviation = 0;
  const host_time before = steady_source{}.now();
  const VkResult r = api_.calibrated(handles_.device, 1, &what, &ticks, &deviation);
  const host_time after = steady_source{}.now();
  if (r != VK_SUCCESS) return lost(r);
  return between(ticks, before, after);
}

inline result<timebase_reading> vulkan_device::bracketed() noexcept {
  VkSubmitInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  info.commandBufferCount = 1;
  info.pCommandBuffers = &commands_;
  const host_time before = steady_source{}.now();
  VkResult r = api_.submit(handles_.queue, 1, &info, fence_);
  constexpr std::uint64_t longest = 1'000'000'000; // to look for it without pause is no quicker
  if (r == VK_SUCCESS) r = api_.wait_for_fences(handles_.device, 1, &fence_, VK_TRUE, longest);
  const host_time after = steady_source{}.now();
  std::uint64_t stamps[2] = {};
  if (r == VK_SUCCESS)
    r = api_.query_results(handles_.device, queries_, 0, 2, sizeof stamps, stamps, sizeof stamps[0],
                           VK_QUERY_RESULT_64_BIT);
  if (r == VK_SUCCESS) r = api_.reset_fences(handles_.device, 1, &fence_);
  if (r != VK_SUCCESS) return lost(r);
  // The first was written when as much time was left as passed until the second, or more.
  const auto apart = static_cast<double>(format_.between(stamps[0], stamps[1]));
  const nanoseconds least{nearest(std::clamp(apart * format_.period_ns, 0.0, 1e9))};
  return between(stamps[0], before, std::max(after - least, before));
}

} // namespace detail
} // namespace jamnet::inline v0

#endif
