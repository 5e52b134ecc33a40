// SPDX-License-Identifier: MIT
//
// The few functions of Vulkan that a clock and a small computation take, looked up when the program
// runs, so that nothing links against Vulkan and a machine without it is no error but an answer.
#pragma once

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <type_traits>

#include <dlfcn.h>
#include <vulkan/vulkan_core.h>

namespace jamnet::inline v0::detail {

/// Closes the loader when it goes; empty where there is none.
class vulkan_loader {
public:
  vulkan_loader() = default;
  explicit vulkan_loader(const char* name) noexcept : library_{::dlopen(name, RTLD_NOW)} {}
  vulkan_loader(const vulkan_loader&) = delete;
  vulkan_loader& operator=(const vulkan_loader&) = delete;
  ~vulkan_loader() {
    if (library_ != nullptr) ::dlclose(library_);
  }
  PFN_vkGetInstanceProcAddr entry() const noexcept {
    if (library_ == nullptr) return nullptr;
    return reinterpret_cast<PFN_vkGetInstanceProcAddr>(::dlsym(library_, "vkGetInstanceProcAddr"));
  }

private:
  void* library_ = nullptr;
};

struct vulkan_api {
  PFN_vkDestroyInstance destroy_instance = nullptr;
  PFN_vkEnumeratePhysicalDevices enumerate_devices = nullptr;
  PFN_vkGetPhysicalDeviceProperties device_properties = nullptr;
  PFN_vkGetPhysicalDeviceQueueFamilyProperties queue_families = nullptr;
  PFN_vkGetPhysicalDeviceMemoryProperties memory_types = nullptr;
  PFN_vkEnumerateDeviceExtensionProperties device_extensions = nullptr;
  PFN_vkCreateDevice create_device = nullptr;
  PFN_vkGetDeviceProcAddr device_function = nullptr;
  PFN_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT time_domains = nullptr; // with the extension

  PFN_vkDestroyDevice destroy_device = nullptr;
  PFN_vkGetDeviceQueue device_queue = nullptr;
  PFN_vkCreateQueryPool create_query_pool = nullptr;
  PFN_vkDestroyQueryPool destroy_query_pool = nullptr;
  PFN_vkCreateCommandPool create_command_pool = nullptr;
  PFN_vkDestroyCommandPool destroy_command_pool = nullptr;
  PFN_vkAllocateCommandBuffers allocate_command_buffers = nullptr;
  PFN_vkBeginCommandBuffer begin_command_buffer = nullptr;
  PFN_vkEndCommandBuffer end_command_buffer = nullptr;
  PFN_vkCmdResetQueryPool reset_query_pool = nullptr;
  PFN_vkCmdWriteTimestamp write_timestamp = nullptr;
  PFN_vkQueueSubmit submit = nullptr;
  PFN_vkCreateFence create_fence = nullptr;
  PFN_vkDestroyFence destroy_fence = nullptr;
  PFN_vkResetFences reset_fences = nullptr;
  PFN_vkWaitForFences wait_for_fences = nullptr;
  PFN_vkGetQueryPoolResults query_results = nullptr;
  PFN_vkDeviceWaitIdle wait_idle = nullptr;
  PFN_vkCreateBuffer create_buffer = nullptr;
  PFN_vkDestroyBuffer destroy_buffer = nullptr;
  PFN_vkGetBufferMemoryRequirements buffer_requirements = nullptr;
  PFN_vkAllocateMemory allocate_memory = nullptr;
  PFN_vkFreeMemory free_memory = nullptr;
  PFN_vkBindBufferMemory bind_memory = nullptr;
  PFN_vkMapMemory map_memory = nullptr;
  PFN_vkCmdCopyBuffer copy_buffer = nullptr;
  PFN_vkCmdPipelineBarrier barrier = nullptr;
  PFN_vkCreateEvent create_event = nullptr;
  PFN_vkDestroyEvent destroy_event = nullptr;
  PFN_vkResetEvent reset_event = nullptr;
  PFN_vkGetEventStatus event_status = nullptr;
  PFN_vkCmdSetEvent set_event = nullptr;
  PFN_vkGetCalibratedTimestampsEXT calibrated = nullptr; // with the extension; KHR's is the same

  bool load_instance(PFN_vkGetInstanceProcAddr entry, VkInstance instance) noexcept {
    const auto get = [&](auto& function, const char* name) {
      function =
          reinterpret_cast<std::remove_reference_t<decltype(function)>>(entry(instance, name));
      return function != nullptr;
    };
    if (!get(time_domains, "vkGetPhysicalDeviceCalibrateableTimeDomainsKHR"))
      get(time_domains, "vkGetPhysicalDeviceCalibrateableTimeDomainsEXT");
    return get(destroy_instance, "vkDestroyInstance") &&
           get(enumerate_devices, "vkEnumeratePhysicalDevices") &&
           get(device_properties, "vkGetPhysicalDeviceProperties") &&
           get(queue_families, "vkGetPhysicalDeviceQueueFamilyProperties") &&
           get(memory_types, "vkGetPhysicalDeviceMemoryProperties") &&
           get(device_extensions, "vkEnumerateDeviceExtensionProperties") &&
           get(create_device, "vkCreateDevice") && get(device_function, "vkGetDeviceProcAddr");
  }

  bool load_device(VkDevice device) noexcept {
    const auto get = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(
          device_function(device, name));
      return function != nullptr;
    };
    if (!get(calibrated, "vkGetCalibratedTimestampsKHR"))
      get(calibrated, "vkGetCalibratedTimestampsEXT");
    return get(destroy_device, "vkDestroyDevice") && get(device_queue, "vkGetDeviceQueue") &&
           get(create_query_pool, "vkCreateQueryPool") &&
           get(destroy_query_pool, "vkDestroyQueryPool") &&
           get(create_command_pool, "vkCreateCommandPool") &&
           get(destroy_command_pool, "vkDestroyCommandPool") &&
           get(allocate_command_buffers, "vkAllocateCommandBuffers") &&
           get(begin_command_buffer, "vkBeginCommandBuffer") &&
           get(end_command_buffer, "vkEndCommandBuffer") &&
           get(reset_query_pool, "vkCmdResetQueryPool") &&
           get(write_timestamp, "vkCmdWriteTimestamp") && get(submit, "vkQueueSubmit") &&
           get(create_fence, "vkCreateFence") && get(destroy_fence, "vkDestroyFence") &&
           get(reset_fences, "vkResetFences") && get(wait_for_fences, "vkWaitForFences") &&
           get(query_results, "vkGetQueryPoolResults") && get(wait_idle, "vkDeviceWaitIdle") &&
           get(create_buffer, "vkCreateBuffer") && get(destroy_buffer, "vkDestroyBuffer") &&
           get(buffer_requirements, "vkGetBufferMemoryRequirements") &&
           get(allocate_memory, "vkAllocateMemory") && get(free_memory, "vkFreeMemory") &&
           get(bind_memory, "vkBindBufferMemory") && get(map_memory, "vkMapMemory") &&
           get(copy_buffer, "vkCmdCopyBuffer") && get(barrier, "vkCmdPipelineBarrier") &&
           get(create_event, "vkCreateEvent") && get(destroy_event, "vkDestroyEvent") &&
           get(reset_event, "vkResetEvent") && get(event_status, "vkGetEventStatus") &&
           get(set_event, "vkCmdSetEvent");
  }
};

} // namespace jamnet::inline v0::detail

#endif
