// SPDX-License-Identifier: MIT
//
// A Vulkan object that is destroyed with what holds it.
#pragma once

#include <jamnet/platform/detail/vulkan_api.hpp>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

namespace jamnet::inline v0::detail {

template <class Handle>
class vulkan_owned {
public:
  using destroyer = void(VKAPI_PTR*)(VkDevice, Handle, const VkAllocationCallbacks*);

  vulkan_owned() = default;
  vulkan_owned(const vulkan_owned&) = delete;
  vulkan_owned& operator=(const vulkan_owned&) = delete;
  ~vulkan_owned() {
    if (handle_ != Handle{}) destroy_(device_, handle_, nullptr);
  }

  /// By a function such as vkCreateFence. To be called once.
  template <class Info>
  VkResult create(VkResult(VKAPI_PTR* make)(VkDevice, const Info*, const VkAllocationCallbacks*,
                                            Handle*),
                  destroyer destroy, VkDevice device, const Info& info) noexcept {
    const VkResult r = make(device, &info, nullptr, &handle_);
    if (r != VK_SUCCESS) handle_ = Handle{};
    device_ = device;
    destroy_ = destroy;
    return r;
  }
  /// What was made otherwise.
  void take(Handle handle, destroyer destroy, VkDevice device) noexcept {
    handle_ = handle;
    device_ = device;
    destroy_ = destroy;
  }
  [[nodiscard]] const Handle& operator*() const noexcept { return handle_; }

private:
  Handle handle_{};
  VkDevice device_ = nullptr;
  destroyer destroy_ = nullptr;
};

} // namespace jamnet::inline v0::detail

#endif
