// SPDX-License-Identifier: MIT
//
// A Vulkan device that tells its time: by the calibrated counter where there is one, or by a
// timestamp that one command buffer asks for.
//
// When such a timestamp was taken is learnt from memory that both sides see, for who waits is woken
// late, and the work begins late. We write there how much time has passed, over and over; the
// device copies what it finds, takes its timestamp and sets an event, for which we look.
#pragma once

#include <jamnet/platform/detail/vulkan_instance.hpp>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include <jamnet/core/math.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/platform/detail/vulkan_buffer.hpp>
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
  bool choose_device(const char* part_of_name) noexcept;
  VkResult create_device(bool with_calibrated) noexcept;
  void describe() noexcept;
  VkResult prepare() noexcept;
  VkResult record() noexcept;
  host_time watch(host_time begin) noexcept;

  static failure lost(VkResult why) noexcept {
    return {errc::device_lost, static_cast<std::uint32_t>(why < 0 ? -why : 0)}; // 0: too late
  }
  timebase_reading between(std::uint64_t ticks, host_time before, host_time after) const noexcept {
    const auto width = std::max(after - before, nanoseconds{1});
    return {ticks & format_.mask(), before + width / 2, width - width / 2};
  }

  std::optional<vulkan_instance> own_; // or the application's
  vulkan_api api_;
  vulkan_handles handles_;
  tick_format format_;
  std::optional<failure> trouble_;
  char name_[VK_MAX_PHYSICAL_DEVICE_NAME_SIZE] = "";
  VkQueryPool queries_ = nullptr;
  VkCommandPool pool_ = nullptr;
  VkCommandBuffer commands_ = nullptr;
  VkFence fence_ = nullptr;
  VkEvent event_ = nullptr;
  struct shared_words { // the device copies the first over the second
    std::uint32_t passed, found;
  };
  std::optional<vulkan_buffer> shared_;
  shared_words* words_ = nullptr;
};

inline vulkan_device::vulkan_device(const char* loader, const char* part_of_name,
                                    bool with_calibrated) noexcept {
  const vulkan_instance& instance = own_.emplace(loader);
  api_ = instance.api();
  handles_.entry = instance.entry();
  handles_.instance = instance.handle();
  if (instance.trouble()) {
    trouble_ = instance.trouble();
  } else if (!choose_device(part_of_name)) {
    trouble_ = failure{errc::device_absent};
  } else if (const auto family = vulkan_clock_family(vulkan_families(api_, handles_.physical));
             !family) {
    trouble_ = failure{errc::device_clockless};
  } else {
    handles_.family = *family;
    if (const VkResult r = create_device(with_calibrated); r != VK_SUCCESS)
      trouble_ = failure{errc::device_absent, static_cast<std::uint32_t>(-r)};
    else
      describe();
  }
}

inline vulkan_device::vulkan_device(const vulkan_handles& handles) noexcept : handles_{handles} {
  if (handles.entry == nullptr || !api_.load_instance(handles.entry, handles.instance) ||
      !api_.load_device(handles.device))
    trouble_ = failure{errc::device_absent};
  else
    describe();
}

inline vulkan_device::~vulkan_device() {
  const VkDevice device = handles_.device;
  if (device == nullptr || api_.wait_idle == nullptr) return;
  if (own_) api_.wait_idle(device);
  shared_.reset();
  if (event_ != nullptr) api_.destroy_event(device, event_, nullptr);
  if (fence_ != nullptr) api_.destroy_fence(device, fence_, nullptr);
  if (pool_ != nullptr) api_.destroy_command_pool(device, pool_, nullptr);
  if (queries_ != nullptr) api_.destroy_query_pool(device, queries_, nullptr);
  if (own_) api_.destroy_device(device, nullptr);
}

inline bool vulkan_device::choose_device(const char* part_of_name) noexcept {
  const auto all = own_->devices();
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

inline VkResult vulkan_device::create_device(bool with_calibrated) noexcept {
  const char* extension = with_calibrated ? vulkan_calibration(api_, handles_.physical) : nullptr;
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
  const auto all = vulkan_families(api_, handles_.physical);
  const unsigned bits = handles_.family < all.size() ? all[handles_.family].timestampValidBits : 0;
  format_ = {static_cast<double>(about.limits.timestampPeriod), std::min(bits, 64u)};
  if (bits < 8 || !(format_.period_ns > 0))
    trouble_ = failure{errc::device_clockless};
  else if (const VkResult r = prepare(); r != VK_SUCCESS)
    trouble_ = lost(r);
}

inline VkResult vulkan_device::prepare() noexcept {
  const VkDevice device = handles_.device;
  VkQueryPoolCreateInfo queries{};
  queries.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
  queries.queryType = VK_QUERY_TYPE_TIMESTAMP;
  queries.queryCount = 1;
  VkCommandPoolCreateInfo pool{};
  pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  pool.queueFamilyIndex = handles_.family;
  VkFenceCreateInfo fence{};
  fence.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
  VkEventCreateInfo event{};
  event.sType = VK_STRUCTURE_TYPE_EVENT_CREATE_INFO;
  VkResult r = api_.create_query_pool(device, &queries, nullptr, &queries_);
  if (r == VK_SUCCESS) r = api_.create_command_pool(device, &pool, nullptr, &pool_);
  if (r == VK_SUCCESS) r = api_.create_fence(device, &fence, nullptr, &fence_);
  if (r == VK_SUCCESS && api_.create_event(device, &event, nullptr, &event_) != VK_SUCCESS)
    event_ = nullptr; // layers over other APIs may have none: then we wait
  if (r == VK_SUCCESS)
    r = shared_.emplace().create(api_, handles_.physical, device, sizeof(shared_words),
                                 VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                                     VK_BUFFER_USAGE_TRANSFER_DST_BIT);
  if (r != VK_SUCCESS) return r;
  words_ = new (shared_->data()) shared_words{};
  return record();
}

// One command buffer for all looks.
inline VkResult vulkan_device::record() noexcept {
  VkCommandBufferAllocateInfo buffer{};
  buffer.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  buffer.commandPool = pool_;
  buffer.commandBufferCount = 1;
  VkCommandBufferBeginInfo begin{};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  VkResult r = api_.allocate_command_buffers(handles_.device, &buffer, &commands_);
  if (r == VK_SUCCESS) r = api_.begin_command_buffer(commands_, &begin);
  if (r != VK_SUCCESS) return r;
  const VkBufferCopy copy{offsetof(shared_words, passed), offsetof(shared_words, found),
                          sizeof(std::uint32_t)};
  VkMemoryBarrier seen{};
  seen.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  seen.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
  seen.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
  api_.reset_query_pool(commands_, queries_, 0, 1);
  api_.copy_buffer(commands_, shared_->handle(), shared_->handle(), 1, &copy);
  api_.write_timestamp(commands_, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries_, 0); // after it
  if (event_ != nullptr)                                                              // after that
    api_.set_event(commands_, event_, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
  api_.barrier(commands_, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &seen,
               0, nullptr, 0, nullptr);
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
  *words_ = {};
  VkResult r = event_ != nullptr ? api_.reset_event(handles_.device, event_) : VK_SUCCESS;
  const host_time before = steady_source{}.now();
  if (r == VK_SUCCESS) r = api_.submit(handles_.queue, 1, &info, fence_);
  if (r != VK_SUCCESS) return lost(r);
  const host_time seen = event_ != nullptr ? watch(before) : host_time{};
  constexpr std::uint64_t longest = 1'000'000'000;
  r = api_.wait_for_fences(handles_.device, 1, &fence_, VK_TRUE, longest);
  const host_time after = seen != host_time{} ? seen : steady_source{}.now();
  std::uint64_t stamp = 0;
  if (r == VK_SUCCESS)
    r = api_.query_results(handles_.device, queries_, 0, 1, sizeof stamp, &stamp, sizeof stamp,
                           VK_QUERY_RESULT_64_BIT);
  if (r == VK_SUCCESS) r = api_.reset_fences(handles_.device, 1, &fence_);
  if (r != VK_SUCCESS) return lost(r);
  return between(stamp, before + nanoseconds{words_->found}, after);
}

// When the event was seen; 0 if it was not soon, and we had better wait.
inline host_time vulkan_device::watch(host_time begin) noexcept {
  constexpr nanoseconds patience{200'000};
  const std::atomic_ref<std::uint32_t> passed{words_->passed};
  for (;;) {
    const VkResult status = api_.event_status(handles_.device, event_);
    const host_time now = steady_source{}.now();
    if (status == VK_EVENT_SET) return now;
    if (status != VK_EVENT_RESET || now - begin > patience) return host_time{};
    passed.store(static_cast<std::uint32_t>((now - begin).count()), std::memory_order_relaxed);
  }
}

} // namespace detail
} // namespace jamnet::inline v0

#endif
