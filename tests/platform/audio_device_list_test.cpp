#include <jamnet/platform/audio_device_list.hpp>

#include <limits>

#include <doctest/doctest.h>

using namespace jamnet;

namespace {

const std::vector<audio_device> three_devices{
    {.name = "HDMI", .api = "alsa", .outputs = 8, .rates = {44'100, 48'000}},
    {.name = "USB Mixer",
     .api = "alsa",
     .inputs = 2,
     .outputs = 2,
     .rates = {44'100, 48'000, 96'000},
     .default_output = true},
    {.name = "USB Microphone",
     .api = "alsa",
     .inputs = 1,
     .rates = {16'000},
     .default_input = true}};

audio_stream_options wish(const char* device, std::uint32_t inputs = 0, std::uint32_t outputs = 2) {
  audio_stream_options options;
  options.device = device;
  options.inputs = inputs;
  options.outputs = outputs;
  return options;
}
failure device_refusal_of(const audio_stream_options& wanted) {
  return find_audio_device(three_devices, wanted).error();
}

} // namespace

TEST_CASE("a device is found by its name, by a part of it, or because it is the default") {
  const auto output_of = [](const char* device) {
    return find_audio_device(three_devices, wish(device))->output;
  };
  CHECK(output_of("HDMI") == 0);
  CHECK(output_of("hdmi") == 0);
  CHECK(output_of("mixer") == 1);
  CHECK(output_of("") == 1);
}

TEST_CASE("in- and output by default are two devices, unless the defaults have too few channels") {
  const auto two = find_audio_device(three_devices, {.rate = 0, .inputs = 1});
  REQUIRE(two);
  CHECK(two->output == 1);
  CHECK(two->input == 2);
  const auto one = find_audio_device(three_devices, {.rate = 0, .inputs = 2, .outputs = 0});
  REQUIRE(one);
  CHECK(!one->output);
  CHECK(one->input == 1);
  CHECK(find_audio_device(three_devices, {.outputs = 8})->output == 0);
}

TEST_CASE("what cannot be is refused by name") {
  CHECK(device_refusal_of(wish("usb")) == failure{errc::device_absent}); // which?
  CHECK(device_refusal_of(wish("USB Mixxer")) == failure{errc::device_absent});
  CHECK(find_audio_device({}, wish("")).error() == failure{errc::device_absent});
  CHECK(device_refusal_of(wish("mixer", 0, 0)) == failure{errc::audio_channels});
  CHECK(device_refusal_of(wish("mixer", 3)) == failure{errc::audio_channels, 3});
  CHECK(device_refusal_of(wish("", 0, 9)) == failure{errc::audio_channels, 9});
  CHECK(device_refusal_of(wish("", 5000)) == failure{errc::audio_channels, 5000});
  for (const std::uint32_t block : {0u, 65'537u}) {
    auto odd = wish("mixer");
    odd.block = block;
    CHECK(device_refusal_of(odd) == failure{errc::audio_block, block});
  }
}

TEST_CASE("a rate that is not offered is refused with the nearest that is; 0 is any") {
  auto wanted = wish("mixer");
  wanted.rate = 88'200;
  CHECK(device_refusal_of(wanted) == failure{errc::audio_rate, 96'000});
  wanted.rate = 8'000;
  CHECK(device_refusal_of(wanted) == failure{errc::audio_rate, 44'100});
  wanted.rate = 48'000.5;
  CHECK(device_refusal_of(wanted) == failure{errc::audio_rate, 48'000});
  wanted.rate = 0;
  CHECK(find_audio_device(three_devices, wanted));
  for (const double none : {-48'000., 0.5, 1e9, std::numeric_limits<double>::quiet_NaN()}) {
    wanted.rate = none;
    CHECK(device_refusal_of(wanted) == failure{errc::audio_rate});
  }
  // A duplex stream on two devices has the rates of both.
  CHECK(find_audio_device(three_devices, {.inputs = 1}).error() ==
        failure{errc::audio_rate, 16'000});
}

TEST_CASE("its user is told why in one line, with what there is and what was probably meant") {
  const auto told = [](const audio_stream_options& wanted) {
    return explain(device_refusal_of(wanted), wanted, three_devices);
  };
  CHECK(told(wish("USB Mixxer")) == "no audio device \"USB Mixxer\"; did you mean \"USB Mixer\"? "
                                    "There are \"HDMI\", \"USB Mixer\", \"USB Microphone\"");
  CHECK(told(wish("focusrite")) ==
        "no audio device \"focusrite\"; there are \"HDMI\", \"USB Mixer\", \"USB Microphone\"");
  CHECK(told(wish("usb")) == "\"usb\" may mean \"USB Mixer\", \"USB Microphone\"");
  CHECK(told(wish("mixer", 3)) ==
        "\"mixer\" has not the 3 inputs and 2 outputs that are asked for");
  CHECK(told(wish("", 0, 0)) == "no channels: neither in- nor outputs");
  auto odd = wish("mixer");
  odd.rate = 50'000;
  CHECK(told(odd) == "\"mixer\" does not offer 50000 Hz, but 48000");
  odd.rate = -1;
  CHECK(told(odd) == "no such sample rate: -1 Hz");
  odd.rate = 0, odd.block = 0;
  CHECK(told(odd) == "a block of 0 frames: 1 to 65536");
  CHECK(explain({errc::device_absent}, wish("usb"), {}) ==
        "no audio device: no server runs, and no sound card is there");
  CHECK(explain({errc::device_taken}, wish(""), three_devices) ==
        "the audio device: another program has the device");
}
