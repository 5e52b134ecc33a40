#include <jamnet/platform/midi_device.hpp>

#include <set>
#include <type_traits>

#include <doctest/doctest.h>

using namespace jamnet;

namespace {

// The least that is one: what it is given comes back from it.
struct loop_device {
  static std::vector<midi_port> ports() { return {{"loop", 0}}; }

  bool try_send(const ump& packet, host_time at) noexcept {
    inside = {at, 0, packet};
    return true;
  }
  bool try_next(received_packet& out) noexcept {
    out = inside;
    return true;
  }
  void expect_wake() noexcept {}
  device_signal& signal() { return wake; }
  void poll(host_time) {}
  void on_port(callback<void(const midi_port_event&)>) {}
  bool connected() const noexcept { return true; }

  received_packet inside;
  device_signal wake;
};
struct loop_in : loop_device {
  static result<std::unique_ptr<loop_in>> open(const midi_input_options&) {
    return std::make_unique<loop_in>();
  }
  midi_input_count count() const noexcept { return {}; }
};
struct loop_out : loop_device {
  static result<std::unique_ptr<loop_out>> open(const midi_output_options&) {
    return std::make_unique<loop_out>();
  }
  midi_output_count count() const noexcept { return {}; }
};
static_assert(midi_input<loop_in> && !midi_output<loop_in>);
static_assert(midi_output<loop_out> && !midi_input<loop_out>);
static_assert(std::is_trivially_copyable_v<received_packet>);

} // namespace

TEST_CASE("a port is written as its name, and the second of that name with its number") {
  CHECK(to_string(midi_port{"nanoKEY2", 0}) == "nanoKEY2");
  CHECK(to_string(midi_port{"nanoKEY2", 1}) == "nanoKEY2 (2)");
  CHECK(midi_port{"nanoKEY2", 0} != midi_port{"nanoKEY2", 1});
}

TEST_CASE("every change of a port has its own word") {
  std::set<std::string_view> words;
  for (const auto change :
       {port_change::appeared, port_change::vanished, port_change::connected, port_change::lost})
    CHECK(words.insert(to_string(change)).second);
  CHECK(to_string(static_cast<port_change>(9)) == "unknown change");
}
