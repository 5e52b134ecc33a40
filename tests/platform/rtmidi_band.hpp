// An input and an output through RtMidi that meet on a private server, and what became of them.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/midi/message.hpp>
#include <jamnet/platform/rtmidi_input.hpp>
#include <jamnet/platform/rtmidi_output.hpp>

#include "jack_fixture.hpp"

namespace jamnet::inline v0::testing {

struct rtmidi_band {
  explicit rtmidi_band(jack_server_options options = {.synchronous = true}) : server{options} {}

  [[nodiscard]] static host_time now() { return steady_source{}.now(); }
  /// Says so where it does not.
  [[nodiscard]] bool plays() {
    if (!server.running()) MESSAGE("skipped: ", server.trouble());
    return server.running();
  }
  [[nodiscard]] bool listens(midi_input_options options) {
    options.client = "jam-in";
    auto opened = rtmidi_input::open(options, "jack");
    CHECK(opened);
    if (!opened) MESSAGE(to_string(opened.error().code), " ", opened.error().detail);
    if (opened) in = *std::move(opened);
    if (in) in->on_port([this](const midi_port_event& e) { log(in_log, e); });
    return in != nullptr;
  }
  [[nodiscard]] bool sends(midi_output_options options) {
    options.client = "jam-out";
    auto opened = rtmidi_output::open(options, "jack");
    CHECK(opened);
    if (!opened) MESSAGE(to_string(opened.error().code), " ", opened.error().detail);
    if (opened) out = *std::move(opened);
    if (out) out->on_port([this](const midi_port_event& e) { log(out_log, e); });
    return out != nullptr;
  }

  /// Whether it becomes true, while both are polled.
  template <class Condition>
  [[nodiscard]] bool wait(Condition&& condition) {
    const auto give_up = now() + std::chrono::seconds{20};
    while (!condition()) {
      if (now() > give_up) return false;
      if (in) in->poll(now());
      if (out) out->poll(now());
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return true;
  }
  /// Adds to `heard`; whether there is anything in it.
  bool take() {
    for (received_packet p; in->try_next(p);) {
      heard.push_back(p);
      came.push_back(now());
    }
    return !heard.empty();
  }

  jack_server server;
  std::unique_ptr<rtmidi_input> in;
  std::unique_ptr<rtmidi_output> out;
  std::vector<received_packet> heard;
  std::vector<host_time> came;
  std::vector<std::string> in_log, out_log; // "connected jam-in:in"

private:
  static void log(std::vector<std::string>& to, const midi_port_event& e) {
    to.push_back(std::string{to_string(e.change)} + ' ' + to_string(e.port));
  }
};

} // namespace jamnet::inline v0::testing
