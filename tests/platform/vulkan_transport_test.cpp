#include <jamnet/platform/vulkan_transport.hpp>

#include <doctest/doctest.h>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <vector>

#include <jamnet/platform/vulkan_timebase.hpp>

#include "any_transport.hpp"
#include "sanitised.hpp"

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t times_a_transport = 512;

// None where the reason is said instead.
std::optional<vulkan_timebase> device_to_compute_on() {
  if (sanitised) return {}; // Mesa leaks
  auto gpu = vulkan_timebase::open();
  if (gpu) return std::move(*gpu);
  MESSAGE("not run: " << to_string(gpu.error().code));
  return {};
}

} // namespace

TEST_CASE("a transport needs a device to be on") {
  const auto nowhere = vulkan_transport::on({});
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == errc::device_absent);
}

TEST_CASE("a GPU is where the CPU is, to the bit, at any time of any transport") {
  const auto gpu = device_to_compute_on();
  if (!gpu) return;
  auto there = vulkan_transport::on(gpu->handles(), times_a_transport);
  REQUIRE(there);
  random_source random{20'261'122};
  std::vector<session_time> times(times_a_transport);
  std::vector<std::uint64_t> stamps(times_a_transport);
  for (int round = 0; round < 100; ++round) {
    CAPTURE(round);
    const auto state = jamnet_test::any_transport(random);
    REQUIRE(state.valid());
    const auto ppq = static_cast<std::uint32_t>(1 + random.next() % 30'000);
    const auto map = exact_tick_map<session_timeline>::of(jamnet_test::any_counter(random, state));
    for (auto& t : times) t = jamnet_test::any_time(random, state);
    for (auto& s : stamps) s = random.next() >> random.next() % 64;
    there->set(state, ppq);
    there->set(map);
    const auto check = [&](session_time t, const transport_place& place) {
      CAPTURE(t.time_since_epoch().count());
      REQUIRE(place.position.parts == state.position_at(t).parts);
      REQUIRE(place.bar == state.bar_at(t, ppq));
    };
    const auto at_times = there->at(times);
    REQUIRE(at_times);
    for (std::size_t i = 0; i < times.size(); ++i) check(times[i], (*at_times)[i]);
    const auto at_stamps = there->at(stamps);
    REQUIRE(at_stamps);
    for (std::size_t i = 0; i < stamps.size(); ++i) check(map(stamps[i]), (*at_stamps)[i]);
  }
}

TEST_CASE("what plays goes on by the GPU's own counter, and what is paused does not") {
  auto gpu = device_to_compute_on();
  if (!gpu) return;
  auto there = vulkan_transport::on(gpu->handles());
  REQUIRE(there);
  tick_map<session_timeline> map; // session time 0 is now
  map.tick_ns = gpu->format().period_ns;
  map.valid_bits = gpu->format().valid_bits;
  map.from = gpu->read()->ticks;
  const auto exact = exact_tick_map<session_timeline>::of(map);
  there->set(exact);
  transport_state state{.mode = transport_mode::playing, .signature = {3, 4}};
  there->set(state);
  const auto first = there->now(), second = there->now();
  REQUIRE(second);
  CHECK(first->place.position > quarter_notes{});
  CHECK(first->place.position < second->place.position);
  for (const auto& seen : {first, second}) {
    CHECK(seen->place.position == state.position_at(exact(seen->ticks)));
    CHECK(seen->place.bar == state.bar_at(exact(seen->ticks)));
  }
  state.mode = transport_mode::paused;
  state.position = quarter_notes::from(7);
  there->set(state);
  CHECK(there->now()->place == transport_place{state.position, {3, 2, 0}});
  CHECK(there->at(std::span<const session_time>{})->empty());
}

TEST_CASE("a command buffer of the application's has the places of the stamps before it") {
  const auto gpu = device_to_compute_on();
  if (!gpu) return;
  auto there = vulkan_transport::on(gpu->handles());
  REQUIRE(there);
  const std::uint64_t stamps[] = {0, 500'000'000, 2'000'000'000};
  const auto places = there->at(stamps);
  REQUIRE(places);
  CHECK((*places)[2] == transport_place{}); // it stands

  const vulkan_handles& on = gpu->handles();
  jamnet::detail::vulkan_api api;
  REQUIRE(api.load_instance(on.entry, on.instance));
  REQUIRE(api.load_device(on.device));
  VkCommandPoolCreateInfo of_family{};
  of_family.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  of_family.queueFamilyIndex = on.family;
  jamnet::detail::vulkan_owned<VkCommandPool> pool;
  pool.create(api.create_command_pool, api.destroy_command_pool, on.device, of_family);
  VkCommandBufferAllocateInfo one{};
  one.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  one.commandPool = *pool;
  one.commandBufferCount = 1;
  VkCommandBuffer commands{};
  REQUIRE(api.allocate_command_buffers(on.device, &one, &commands) == VK_SUCCESS);
  VkCommandBufferBeginInfo begin{};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  api.begin_command_buffer(commands, &begin);
  const transport_state state{.mode = transport_mode::playing};
  there->set(state);
  there->record(commands, 2);
  there->set(transport_state{}); // too late for that one
  api.end_command_buffer(commands);
  VkSubmitInfo submission{};
  submission.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  submission.commandBufferCount = 1;
  submission.pCommandBuffers = &commands;
  REQUIRE(api.submit(on.queue, 1, &submission, VkFence{}) == VK_SUCCESS);
  REQUIRE(api.wait_idle(on.device) == VK_SUCCESS);
  CHECK((*places)[1].position == quarter_notes::from(1));
  CHECK((*places)[1].bar == musical_position{1, 2, 0});
  CHECK((*places)[2] == transport_place{}); // only two were asked for
  CHECK(there->places_at() % 256 == 0);
}

#endif
