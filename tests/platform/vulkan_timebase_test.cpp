#include <jamnet/platform/vulkan_timebase.hpp>

#include <doctest/doctest.h>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <cstring>
#include <string_view>

#include <jamnet/sync/clock_bridge.hpp>

#include "sanitised.hpp"

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

// A driver of our own: what it answers is set here, and its counter moves on with each look.
struct fake_driver {
  std::uint32_t valid_bits = 64;
  float period = 32;
  std::uint64_t ticks = 5000, epoch = 0;
  bool calibrates = true;
  VkResult answer = VK_SUCCESS;
  bool has_events = true, sees_events = true;
  int alive = 0; // what was created and not destroyed
};
fake_driver fake_now;
std::uint32_t fake_memory[2];

template <class Handle>
VkResult fake_handle(Handle* made) {
  *made = reinterpret_cast<Handle>(std::uintptr_t{64});
  ++fake_now.alive;
  return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL fake_properties(VkPhysicalDevice, VkPhysicalDeviceProperties* about) {
  *about = {};
  about->limits.timestampPeriod = fake_now.period;
  std::strcpy(about->deviceName, "fake");
}
VKAPI_ATTR void VKAPI_CALL fake_families(VkPhysicalDevice, std::uint32_t* count,
                                         VkQueueFamilyProperties* all) {
  *count = 1;
  if (all == nullptr) return;
  *all = {};
  all->timestampValidBits = fake_now.valid_bits;
}
VKAPI_ATTR VkResult VKAPI_CALL fake_calibrated(VkDevice, std::uint32_t,
                                               const VkCalibratedTimestampInfoEXT*,
                                               std::uint64_t* ticks, std::uint64_t* deviation) {
  *ticks = fake_now.ticks += 10;
  *deviation = 1;
  return fake_now.answer;
}
VKAPI_ATTR VkResult VKAPI_CALL fake_results(VkDevice, VkQueryPool, std::uint32_t, std::uint32_t,
                                            std::size_t, void* to, VkDeviceSize,
                                            VkQueryResultFlags) {
  const std::uint64_t stamp = fake_now.ticks + 10 + fake_now.epoch;
  fake_now.ticks += 20;
  std::memcpy(to, &stamp, sizeof stamp);
  return fake_now.answer;
}
VKAPI_ATTR void VKAPI_CALL fake_needs(VkDevice, VkBuffer, VkMemoryRequirements* needs) {
  *needs = {8, 8, 1};
}
VKAPI_ATTR void VKAPI_CALL fake_types(VkPhysicalDevice, VkPhysicalDeviceMemoryProperties* about) {
  *about = {};
  about->memoryTypeCount = 1;
  about->memoryTypes[0].propertyFlags =
      VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
}
VKAPI_ATTR VkResult VKAPI_CALL fake_map(VkDevice, VkDeviceMemory, VkDeviceSize, VkDeviceSize,
                                        VkMemoryMapFlags, void** to) {
  *to = fake_memory;
  return VK_SUCCESS;
}
VKAPI_ATTR VkResult VKAPI_CALL fake_status(VkDevice, VkEvent) {
  return fake_now.sees_events ? VK_EVENT_SET : VK_EVENT_RESET;
}
template <class... Given>
VKAPI_ATTR VkResult VKAPI_CALL fake_success(Given...) {
  return VK_SUCCESS;
}
template <class... Given>
VKAPI_ATTR void VKAPI_CALL fake_nothing(Given...) {}
template <class Parent, class Handle>
VKAPI_ATTR void VKAPI_CALL fake_destroy(Parent, Handle, const VkAllocationCallbacks*) {
  --fake_now.alive;
}
template <class Info, class Handle>
VKAPI_ATTR VkResult VKAPI_CALL fake_create(VkDevice, const Info*, const VkAllocationCallbacks*,
                                           Handle* made) {
  return fake_handle(made);
}
VKAPI_ATTR VkResult VKAPI_CALL fake_event(VkDevice, const VkEventCreateInfo*,
                                          const VkAllocationCallbacks*, VkEvent* made) {
  return fake_now.has_events ? fake_handle(made) : VK_ERROR_FEATURE_NOT_PRESENT;
}
VKAPI_ATTR VkResult VKAPI_CALL fake_commands(VkDevice, const VkCommandBufferAllocateInfo*,
                                             VkCommandBuffer* made) {
  *made = nullptr;
  return VK_SUCCESS;
}

PFN_vkVoidFunction VKAPI_CALL fake_device_function(VkDevice, const char* name);

// The types are Vulkan's own, so that a fake of another signature does not compile.
template <class Function>
PFN_vkVoidFunction as_vulkan(Function function) {
  return reinterpret_cast<PFN_vkVoidFunction>(function);
}
template <class Function>
struct fake_entry_of {
  const char* name;
  Function function;
};
PFN_vkVoidFunction fake_function(std::string_view name) {
  using pool = VkCommandPoolCreateInfo;
  const fake_entry_of<PFN_vkVoidFunction> all[] = {
      {"vkGetDeviceProcAddr", as_vulkan<PFN_vkGetDeviceProcAddr>(fake_device_function)},
      {"vkGetPhysicalDeviceProperties",
       as_vulkan<PFN_vkGetPhysicalDeviceProperties>(fake_properties)},
      {"vkGetPhysicalDeviceQueueFamilyProperties",
       as_vulkan<PFN_vkGetPhysicalDeviceQueueFamilyProperties>(fake_families)},
      {"vkDestroyInstance", as_vulkan<PFN_vkDestroyInstance>(fake_nothing)},
      {"vkEnumeratePhysicalDevices", as_vulkan<PFN_vkEnumeratePhysicalDevices>(fake_success)},
      {"vkEnumerateDeviceExtensionProperties",
       as_vulkan<PFN_vkEnumerateDeviceExtensionProperties>(fake_success)},
      {"vkCreateDevice", as_vulkan<PFN_vkCreateDevice>(fake_success)},
      {"vkDestroyDevice", as_vulkan<PFN_vkDestroyDevice>(fake_nothing)},
      {"vkGetDeviceQueue", as_vulkan<PFN_vkGetDeviceQueue>(fake_nothing)},
      {"vkCreateQueryPool", as_vulkan<PFN_vkCreateQueryPool>(fake_create)},
      {"vkDestroyQueryPool", as_vulkan<PFN_vkDestroyQueryPool>(fake_destroy)},
      {"vkCreateCommandPool", as_vulkan<PFN_vkCreateCommandPool>(fake_create<pool, VkCommandPool>)},
      {"vkDestroyCommandPool", as_vulkan<PFN_vkDestroyCommandPool>(fake_destroy)},
      {"vkAllocateCommandBuffers", as_vulkan<PFN_vkAllocateCommandBuffers>(fake_commands)},
      {"vkBeginCommandBuffer", as_vulkan<PFN_vkBeginCommandBuffer>(fake_success)},
      {"vkEndCommandBuffer", as_vulkan<PFN_vkEndCommandBuffer>(fake_success)},
      {"vkCmdResetQueryPool", as_vulkan<PFN_vkCmdResetQueryPool>(fake_nothing)},
      {"vkCmdWriteTimestamp", as_vulkan<PFN_vkCmdWriteTimestamp>(fake_nothing)},
      {"vkQueueSubmit", as_vulkan<PFN_vkQueueSubmit>(fake_success)},
      {"vkCreateFence", as_vulkan<PFN_vkCreateFence>(fake_create)},
      {"vkDestroyFence", as_vulkan<PFN_vkDestroyFence>(fake_destroy)},
      {"vkResetFences", as_vulkan<PFN_vkResetFences>(fake_success)},
      {"vkWaitForFences", as_vulkan<PFN_vkWaitForFences>(fake_success)},
      {"vkGetQueryPoolResults", as_vulkan<PFN_vkGetQueryPoolResults>(fake_results)},
      {"vkGetPhysicalDeviceMemoryProperties",
       as_vulkan<PFN_vkGetPhysicalDeviceMemoryProperties>(fake_types)},
      {"vkCreateBuffer", as_vulkan<PFN_vkCreateBuffer>(fake_create)},
      {"vkDestroyBuffer", as_vulkan<PFN_vkDestroyBuffer>(fake_destroy)},
      {"vkGetBufferMemoryRequirements", as_vulkan<PFN_vkGetBufferMemoryRequirements>(fake_needs)},
      {"vkAllocateMemory", as_vulkan<PFN_vkAllocateMemory>(fake_create)},
      {"vkFreeMemory", as_vulkan<PFN_vkFreeMemory>(fake_destroy)},
      {"vkBindBufferMemory", as_vulkan<PFN_vkBindBufferMemory>(fake_success)},
      {"vkMapMemory", as_vulkan<PFN_vkMapMemory>(fake_map)},
      {"vkCmdCopyBuffer", as_vulkan<PFN_vkCmdCopyBuffer>(fake_nothing)},
      {"vkCmdPipelineBarrier", as_vulkan<PFN_vkCmdPipelineBarrier>(fake_nothing)},
      {"vkCreateEvent", as_vulkan<PFN_vkCreateEvent>(fake_event)},
      {"vkDestroyEvent", as_vulkan<PFN_vkDestroyEvent>(fake_destroy)},
      {"vkResetEvent", as_vulkan<PFN_vkResetEvent>(fake_success)},
      {"vkGetEventStatus", as_vulkan<PFN_vkGetEventStatus>(fake_status)},
      {"vkCmdSetEvent", as_vulkan<PFN_vkCmdSetEvent>(fake_nothing)},
      {"vkDeviceWaitIdle", as_vulkan<PFN_vkDeviceWaitIdle>(fake_success)},
  };
  for (const auto& each : all)
    if (name == each.name) return each.function;
  if (fake_now.calibrates && name == "vkGetCalibratedTimestampsEXT")
    return as_vulkan<PFN_vkGetCalibratedTimestampsEXT>(fake_calibrated);
  return nullptr;
}
VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL fake_device_function(VkDevice, const char* name) {
  return fake_function(name);
}
VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL fake_entry(VkInstance, const char* name) {
  return fake_function(name);
}

result<vulkan_timebase> adopt_fake(const fake_driver& how) {
  fake_now = how;
  const auto device = reinterpret_cast<VkDevice>(std::uintptr_t{64});
  return vulkan_timebase::adopt(
      {.entry = fake_entry, .device = device, .has_calibrated = how.calibrates});
}

} // namespace

TEST_CASE("a machine without a loader, or without a device, is an answer and no error") {
  const auto nothing = vulkan_timebase::open({.loader = "libthere-is-no-such.so"});
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().code == errc::device_absent);
  CHECK(vulkan_timebase::adopt({}).error().code == errc::device_absent);
}

TEST_CASE("calibrated where it can be, bracketed where not, and the valid bits alone count") {
  for (const bool calibrates : {true, false}) {
    CAPTURE(calibrates);
    auto gpu = adopt_fake({.valid_bits = 36, .ticks = 0xF'FFFF'FFE0, .calibrates = calibrates});
    REQUIRE(gpu);
    CHECK(gpu->format() == tick_format{32, 36});
    CHECK(std::string_view{gpu->name()} == "fake");
    CHECK(gpu->how() ==
          (calibrates ? vulkan_timebase::method::calibrated : vulkan_timebase::method::bracketed));
    CHECK_FALSE(gpu->epochs_differ());
    const auto first = gpu->read(), second = gpu->read(), third = gpu->read();
    REQUIRE(third);
    CHECK(third->ticks <= gpu->format().mask());
    CHECK(gpu->format().between(second->ticks, third->ticks) > 0);
    CHECK(third->host > first->host);
    CHECK(third->uncertainty > 0ns);
  }
  CHECK(fake_now.alive == 0);
}

TEST_CASE("a device whose event is not seen in time, or that has none, is waited for") {
  for (const bool has_events : {true, false}) {
    CAPTURE(has_events);
    auto gpu = adopt_fake({.calibrates = false, .has_events = has_events, .sees_events = false});
    REQUIRE(gpu);
    const auto reading = gpu->read();
    REQUIRE(reading);
    if (has_events) CHECK(reading->uncertainty >= 50us);
    CHECK(gpu->read()->host > reading->host);
  }
  CHECK(fake_now.alive == 0);
}

TEST_CASE("a calibrated clock that counts from another moment than queries is not used") {
  const auto gpu = adopt_fake({.epoch = 370'000'000});
  REQUIRE(gpu);
  CHECK(gpu->epochs_differ());
  CHECK(gpu->how() == vulkan_timebase::method::bracketed);
}

TEST_CASE("a device without a clock, and one that is lost, are told by name") {
  CHECK(adopt_fake({.valid_bits = 0}).error().code == errc::device_clockless);
  CHECK(adopt_fake({.period = 0}).error().code == errc::device_clockless);
  CHECK(adopt_fake({.answer = VK_ERROR_DEVICE_LOST}).error().code == errc::device_lost);
  auto gpu = adopt_fake({});
  REQUIRE(gpu);
  fake_now.answer = VK_ERROR_DEVICE_LOST;
  CHECK(gpu->read().error() == failure{errc::device_lost, 4});
  fake_now.answer = VK_SUCCESS;
  CHECK(gpu->read().error() == failure{errc::device_lost, 4}); // for good
}

TEST_CASE("on a device of this machine, both ways of looking tell the same time") {
  if (sanitised) return; // Mesa leaks 128 bytes with each instance
  auto gpu = vulkan_timebase::open();
  if (!gpu) {
    MESSAGE("not run: " << to_string(gpu.error().code));
    return;
  }
  MESSAGE(std::string_view{gpu->name()});
  const auto unknown = vulkan_timebase::open({.device = "no device of this name"});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == errc::device_absent);
  auto plain = vulkan_timebase::open({.device = gpu->name(), .calibrated = false});
  auto adopted = vulkan_timebase::adopt(gpu->handles());
  REQUIRE(plain);
  REQUIRE(adopted);
  CHECK(plain->how() == vulkan_timebase::method::bracketed);
  CHECK(adopted->how() == gpu->how());
  const auto add = [](vulkan_timebase& from, tick_estimator& to) {
    const auto reading = from.read();
    REQUIRE(reading);
    static_cast<void>(to.add(*reading));
  };
  tick_estimator calibrated{gpu->format()}, bracketed{plain->format()};
  for (int i = 0; i < 300; ++i) {
    add(i % 2 == 0 ? *gpu : *adopted, calibrated);
    add(*plain, bracketed);
  }
  const auto now = steady_source{}.now();
  const auto one = calibrated.map(now), other = bracketed.map(now);
  const auto apart = static_cast<double>((one(one.from) - other(one.from)).count());
  CHECK(std::abs(apart) <= calibrated.hard_bound_ns(now) + bracketed.hard_bound_ns(now) + 2);
}

#endif
