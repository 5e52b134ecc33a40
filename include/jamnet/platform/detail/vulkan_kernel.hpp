// SPDX-License-Identifier: MIT
//
// A small program on a GPU: it reads one region of a buffer and writes the other, and is told what
// it needs to know in push constants. The buffer is mapped, so nothing is copied.
#pragma once

#include <jamnet/platform/detail/vulkan_buffer.hpp>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include <jamnet/core/result.hpp>
#include <jamnet/platform/detail/vulkan_device.hpp>

namespace jamnet::inline v0::detail {

struct vulkan_compute_api {
  PFN_vkCreateShaderModule create_shader = nullptr;
  PFN_vkDestroyShaderModule destroy_shader = nullptr;
  PFN_vkCreateDescriptorSetLayout create_set_layout = nullptr;
  PFN_vkDestroyDescriptorSetLayout destroy_set_layout = nullptr;
  PFN_vkCreatePipelineLayout create_pipeline_layout = nullptr;
  PFN_vkDestroyPipelineLayout destroy_pipeline_layout = nullptr;
  PFN_vkCreateComputePipelines create_pipelines = nullptr;
  PFN_vkDestroyPipeline destroy_pipeline = nullptr;
  PFN_vkCreateDescriptorPool create_set_pool = nullptr;
  PFN_vkDestroyDescriptorPool destroy_set_pool = nullptr;
  PFN_vkAllocateDescriptorSets allocate_sets = nullptr;
  PFN_vkUpdateDescriptorSets update_sets = nullptr;
  PFN_vkCmdBindPipeline bind_pipeline = nullptr;
  PFN_vkCmdBindDescriptorSets bind_sets = nullptr;
  PFN_vkCmdPushConstants push_constants = nullptr;
  PFN_vkCmdDispatch dispatch = nullptr;
  PFN_vkCmdCopyQueryPoolResults copy_query_results = nullptr;

  bool load(PFN_vkGetDeviceProcAddr device_function, VkDevice device) noexcept {
    const auto get = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(
          device_function(device, name));
      return function != nullptr;
    };
    return get(create_shader, "vkCreateShaderModule") &&
           get(destroy_shader, "vkDestroyShaderModule") &&
           get(create_set_layout, "vkCreateDescriptorSetLayout") &&
           get(destroy_set_layout, "vkDestroyDescriptorSetLayout") &&
           get(create_pipeline_layout, "vkCreatePipelineLayout") &&
           get(destroy_pipeline_layout, "vkDestroyPipelineLayout") &&
           get(create_pipelines, "vkCreateComputePipelines") &&
           get(destroy_pipeline, "vkDestroyPipeline") &&
           get(create_set_pool, "vkCreateDescriptorPool") &&
           get(destroy_set_pool, "vkDestroyDescriptorPool") &&
           get(allocate_sets, "vkAllocateDescriptorSets") &&
           get(update_sets, "vkUpdateDescriptorSets") && get(bind_pipeline, "vkCmdBindPipeline") &&
           get(bind_sets, "vkCmdBindDescriptorSets") && get(push_constants, "vkCmdPushConstants") &&
           get(dispatch, "vkCmdDispatch") && get(copy_query_results, "vkCmdCopyQueryPoolResults");
  }
};

class vulkan_kernel {
public:
  static constexpr std::uint32_t parameter_bytes = 128; // that every device has

  /// `words` is SPIR-V whose `main` finds the regions at the bindings 0 and 1 of set 0.
  vulkan_kernel(const vulkan_handles& device, std::span<const std::uint32_t> words,
                VkDeviceSize input, VkDeviceSize output) noexcept;
  vulkan_kernel(const vulkan_kernel&) = delete;
  vulkan_kernel& operator=(const vulkan_kernel&) = delete;
  ~vulkan_kernel();

  /// Why it cannot be used, if so.
  [[nodiscard]] std::optional<failure> trouble() const noexcept { return trouble_; }
  [[nodiscard]] std::byte* input() const noexcept { return buffer_.data(); }
  [[nodiscard]] std::byte* output() const noexcept { return buffer_.data() + output_at_; }
  [[nodiscard]] VkDeviceSize output_at() const noexcept { return output_at_; }
  [[nodiscard]] VkBuffer buffer() const noexcept { return buffer_.handle(); }

  /// One run of it, between what transfers before it wrote and whatever reads afterwards.
  void record(VkCommandBuffer commands, const void* parameters,
              std::uint32_t groups) const noexcept;

  /// Runs it at once and waits. With a stamp, what the device's counter then shows is written to
  /// the beginning of the input, by the device. Why it failed, if so, and will from then on; the
  /// detail is Vulkan's result, less the sign, and 0 if ten seconds were not enough.
  [[nodiscard]] std::optional<failure> run(const void* parameters, std::uint32_t groups,
                                           bool stamp) noexcept;

private:
  bool computes() const noexcept;
  VkResult prepare(std::span<const std::uint32_t> words, VkDeviceSize output) noexcept;
  VkResult make_layout() noexcept;
  VkResult make_pipeline(std::span<const std::uint32_t> words) noexcept;
  VkResult bind_regions(VkDeviceSize output) noexcept;
  VkResult make_commands() noexcept;
  void barrier(VkCommandBuffer commands, VkPipelineStageFlags from, VkAccessFlags written,
               VkPipelineStageFlags to, VkAccessFlags read) const noexcept;

  std::optional<failure> fail(VkResult why) noexcept { // for good
    trouble_ = failure{errc::device_lost, static_cast<std::uint32_t>(why < 0 ? -why : 0)};
    return trouble_;
  }

  vulkan_handles device_;
  vulkan_api api_;
  vulkan_compute_api compute_;
  VkDeviceSize output_at_;
  std::optional<failure> trouble_;
  bool running_ = false;
  vulkan_buffer buffer_;
  vulkan_owned<VkDescriptorSetLayout> set_layout_;
  vulkan_owned<VkPipelineLayout> layout_;
  vulkan_owned<VkPipeline> pipeline_;
  vulkan_owned<VkDescriptorPool> set_pool_;
  VkDescriptorSet set_{};
  vulkan_owned<VkQueryPool> query_;
  vulkan_owned<VkCommandPool> pool_;
  VkCommandBuffer commands_{};
  vulkan_owned<VkFence> fence_;
};

inline vulkan_kernel::vulkan_kernel(const vulkan_handles& device,
                                    std::span<const std::uint32_t> words, VkDeviceSize input,
                                    VkDeviceSize output) noexcept
    : device_{device},
      output_at_{(input + 255) / 256 * 256} { // no device wants regions better aligned
  if (device.entry == nullptr || !api_.load_instance(device.entry, device.instance) ||
      !api_.load_device(device.device) || !compute_.load(api_.device_function, device.device) ||
      !computes())
    trouble_ = failure{errc::device_absent};
  else if (const VkResult r = prepare(words, output); r != VK_SUCCESS)
    fail(r);
}

// What is still running must not lose what it works on.
inline vulkan_kernel::~vulkan_kernel() {
  if (running_) api_.wait_idle(device_.device);
}

inline bool vulkan_kernel::computes() const noexcept {
  const auto all = vulkan_families(api_, device_.physical);
  return device_.family < all.size() &&
         (all[device_.family].queueFlags & VK_QUEUE_COMPUTE_BIT) != 0;
}

inline VkResult vulkan_kernel::prepare(std::span<const std::uint32_t> words,
                                       VkDeviceSize output) noexcept {
  VkResult r =
      buffer_.create(api_, device_.physical, device_.device, output_at_ + output,
                     VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT);
  if (r == VK_SUCCESS) r = make_layout();
  if (r == VK_SUCCESS) r = make_pipeline(words);
  if (r == VK_SUCCESS) r = bind_regions(output);
  if (r == VK_SUCCESS) r = make_commands();
  return r;
}

inline VkResult vulkan_kernel::make_layout() noexcept {
  VkDescriptorSetLayoutBinding regions[2]{};
  for (std::uint32_t i = 0; i < 2; ++i) {
    regions[i].binding = i;
    regions[i].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    regions[i].descriptorCount = 1;
    regions[i].stageFlags = VK_SHADER_STAGE_COMPUTE_BIT;
  }
  VkDescriptorSetLayoutCreateInfo set{};
  set.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
  set.bindingCount = 2;
  set.pBindings = regions;
  const VkResult r = set_layout_.create(compute_.create_set_layout, compute_.destroy_set_layout,
                                        device_.device, set);
  if (r != VK_SUCCESS) return r;
  VkPushConstantRange parameters{};
  parameters.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT;
  parameters.size = parameter_bytes;
  VkPipelineLayoutCreateInfo layout{};
  layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  layout.setLayoutCount = 1;
  layout.pSetLayouts = &*set_layout_;
  layout.pushConstantRangeCount = 1;
  layout.pPushConstantRanges = &parameters;
  return layout_.create(compute_.create_pipeline_layout, compute_.destroy_pipeline_layout,
                        device_.device, layout);
}

inline VkResult vulkan_kernel::make_pipeline(std::span<const std::uint32_t> words) noexcept {
  VkShaderModuleCreateInfo code{};
  code.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
  code.codeSize = words.size_bytes();
  code.pCode = words.data();
  vulkan_owned<VkShaderModule> shader;
  VkResult r = shader.create(compute_.create_shader, compute_.destroy_shader, device_.device, code);
  if (r != VK_SUCCESS) return r;
  VkComputePipelineCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = *shader;
  info.stage.pName = "main";
  info.layout = *layout_;
  VkPipeline pipeline{};
  r = compute_.create_pipelines(device_.device, VkPipelineCache{}, 1, &info, nullptr, &pipeline);
  if (r == VK_SUCCESS) pipeline_.take(pipeline, compute_.destroy_pipeline, device_.device);
  return r;
}

inline VkResult vulkan_kernel::bind_regions(VkDeviceSize output) noexcept {
  VkDescriptorPoolSize size{};
  size.type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  size.descriptorCount = 2;
  VkDescriptorPoolCreateInfo pool{};
  pool.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
  pool.maxSets = 1;
  pool.poolSizeCount = 1;
  pool.pPoolSizes = &size;
  VkResult r =
      set_pool_.create(compute_.create_set_pool, compute_.destroy_set_pool, device_.device, pool);
  if (r != VK_SUCCESS) return r;
  VkDescriptorSetAllocateInfo set{};
  set.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
  set.descriptorPool = *set_pool_;
  set.descriptorSetCount = 1;
  set.pSetLayouts = &*set_layout_;
  r = compute_.allocate_sets(device_.device, &set, &set_);
  if (r != VK_SUCCESS) return r;
  const VkDescriptorBufferInfo regions[2] = {{buffer_.handle(), 0, output_at_},
                                             {buffer_.handle(), output_at_, output}};
  VkWriteDescriptorSet write{};
  write.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
  write.dstSet = set_;
  write.descriptorCount = 2; // goes on with the next binding
  write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  write.pBufferInfo = regions;
  compute_.update_sets(device_.device, 1, &write, 0, nullptr);
  return r;
}

inline VkResult vulkan_kernel::make_commands() noexcept {
  VkQueryPoolCreateInfo query{};
  query.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
  query.queryType = VK_QUERY_TYPE_TIMESTAMP;
  query.queryCount = 1;
  VkCommandPoolCreateInfo pool{};
  pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  pool.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  pool.queueFamilyIndex = device_.family;
  VkFenceCreateInfo fence{};
  fence.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
  const VkDevice device = device_.device;
  VkResult r = query_.create(api_.create_query_pool, api_.destroy_query_pool, device, query);
  if (r == VK_SUCCESS)
    r = pool_.create(api_.create_command_pool, api_.destroy_command_pool, device, pool);
  if (r == VK_SUCCESS) r = fence_.create(api_.create_fence, api_.destroy_fence, device, fence);
  if (r != VK_SUCCESS) return r;
  VkCommandBufferAllocateInfo buffer{};
  buffer.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  buffer.commandPool = *pool_;
  buffer.commandBufferCount = 1;
  return api_.allocate_command_buffers(device, &buffer, &commands_);
}

inline void vulkan_kernel::barrier(VkCommandBuffer commands, VkPipelineStageFlags from,
                                   VkAccessFlags written, VkPipelineStageFlags to,
                                   VkAccessFlags read) const noexcept {
  VkMemoryBarrier memory{};
  memory.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  memory.srcAccessMask = written;
  memory.dstAccessMask = read;
  api_.barrier(commands, from, to, 0, 1, &memory, 0, nullptr, 0, nullptr);
}

inline void vulkan_kernel::record(VkCommandBuffer commands, const void* parameters,
                                  std::uint32_t groups) const noexcept {
  compute_.bind_pipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, *pipeline_);
  compute_.bind_sets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, *layout_, 0, 1, &set_, 0, nullptr);
  compute_.push_constants(commands, *layout_, VK_SHADER_STAGE_COMPUTE_BIT, 0, parameter_bytes,
                          parameters);
  barrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT,
          VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_ACCESS_SHADER_READ_BIT);
  compute_.dispatch(commands, groups, 1, 1);
  barrier(commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_ACCESS_SHADER_WRITE_BIT,
          VK_PIPELINE_STAGE_ALL_COMMANDS_BIT | VK_PIPELINE_STAGE_HOST_BIT,
          VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_HOST_READ_BIT);
}

inline std::optional<failure> vulkan_kernel::run(const void* parameters, std::uint32_t groups,
                                                 bool stamp) noexcept {
  if (trouble_) return trouble_;
  VkCommandBufferBeginInfo begin{};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  VkResult r = api_.begin_command_buffer(commands_, &begin);
  if (r != VK_SUCCESS) return fail(r);
  if (stamp) {
    api_.reset_query_pool(commands_, *query_, 0, 1);
    api_.write_timestamp(commands_, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, *query_, 0);
    compute_.copy_query_results(commands_, *query_, 0, 1, buffer_.handle(), 0, 8,
                                VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT);
  }
  record(commands_, parameters, groups);
  r = api_.end_command_buffer(commands_);
  VkSubmitInfo submit{};
  submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  submit.commandBufferCount = 1;
  submit.pCommandBuffers = &commands_;
  if (r == VK_SUCCESS) r = api_.submit(device_.queue, 1, &submit, *fence_);
  if (r != VK_SUCCESS) return fail(r);
  running_ = true;
  constexpr std::uint64_t longest = 10'000'000'000; // some GPUs are not quick
  r = api_.wait_for_fences(device_.device, 1, &*fence_, VK_TRUE, longest);
  if (r == VK_SUCCESS) r = api_.reset_fences(device_.device, 1, &*fence_);
  if (r != VK_SUCCESS) return fail(r);
  running_ = false;
  return {};
}

} // namespace jamnet::inline v0::detail

#endif
