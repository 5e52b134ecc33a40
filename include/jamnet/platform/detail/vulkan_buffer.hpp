// SPDX-License-Identifier: MIT
//
// Memory that a device and we both see at any time.
#pragma once

#include <jamnet/platform/detail/vulkan_owned.hpp>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <cstddef>
#include <cstdint>
#include <optional>

namespace jamnet::inline v0::detail {

class vulkan_buffer {
public:
  /// To be called once.
  VkResult create(const vulkan_api& api, VkPhysicalDevice physical, VkDevice device,
                  VkDeviceSize size, VkBufferUsageFlags usage) noexcept;

  [[nodiscard]] const VkBuffer& handle() const noexcept { return *buffer_; }
  [[nodiscard]] std::byte* data() const noexcept { return data_; }

private:
  static std::optional<std::uint32_t> memory_type(const vulkan_api& api, VkPhysicalDevice physical,
                                                  std::uint32_t allowed) noexcept;

  vulkan_owned<VkDeviceMemory> memory_; // outlives the buffer
  vulkan_owned<VkBuffer> buffer_;
  std::byte* data_ = nullptr;
};

inline VkResult vulkan_buffer::create(const vulkan_api& api, VkPhysicalDevice physical,
                                      VkDevice device, VkDeviceSize size,
                                      VkBufferUsageFlags usage) noexcept {
  VkBufferCreateInfo buffer{};
  buffer.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  buffer.size = size;
  buffer.usage = usage;
  VkResult r = buffer_.create(api.create_buffer, api.destroy_buffer, device, buffer);
  if (r != VK_SUCCESS) return r;
  VkMemoryRequirements needs{};
  api.buffer_requirements(device, *buffer_, &needs);
  const auto type = memory_type(api, physical, needs.memoryTypeBits);
  if (!type) return VK_ERROR_OUT_OF_HOST_MEMORY;
  VkMemoryAllocateInfo memory{};
  memory.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  memory.allocationSize = needs.size;
  memory.memoryTypeIndex = *type;
  r = memory_.create(api.allocate_memory, api.free_memory, device, memory);
  if (r == VK_SUCCESS) r = api.bind_memory(device, *buffer_, *memory_, 0);
  void* mapped = nullptr;
  if (r == VK_SUCCESS) r = api.map_memory(device, *memory_, 0, VK_WHOLE_SIZE, 0, &mapped);
  data_ = static_cast<std::byte*>(mapped);
  return r;
}

// Of all that need no flush one that is cached, for we read it. Vulkan promises one without that.
inline std::optional<std::uint32_t> vulkan_buffer::memory_type(const vulkan_api& api,
                                                               VkPhysicalDevice physical,
                                                               std::uint32_t allowed) noexcept {
  VkPhysicalDeviceMemoryProperties about{};
  api.memory_types(physical, &about);
  constexpr VkMemoryPropertyFlags shared =
      VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  for (const VkMemoryPropertyFlags wanted : {shared | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, shared})
    for (std::uint32_t i = 0; i < about.memoryTypeCount; ++i)
      if ((allowed >> i & 1) != 0 && (about.memoryTypes[i].propertyFlags & wanted) == wanted)
        return i;
  return {};
}

} // namespace jamnet::inline v0::detail

#endif
