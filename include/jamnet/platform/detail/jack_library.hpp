// SPDX-License-Identifier: MIT
//
// The few functions of JACK that a MIDI port takes, looked up when the program runs, so that
// nothing links against JACK and a machine without it is no error but an answer.
#pragma once

#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)

#include <type_traits>

#include <dlfcn.h>
#include <jack/jack.h>
#include <jack/midiport.h>

#include <jamnet/core/result.hpp>

namespace jamnet::inline v0::detail {

struct jack_library {
  decltype(&::jack_client_open) client_open = nullptr;
  decltype(&::jack_client_close) client_close = nullptr;
  decltype(&::jack_get_client_name) client_name = nullptr;
  decltype(&::jack_client_name_size) client_name_size = nullptr;
  decltype(&::jack_activate) activate = nullptr;
  decltype(&::jack_set_process_callback) set_process_callback = nullptr;
  decltype(&::jack_on_shutdown) on_shutdown = nullptr;
  decltype(&::jack_get_sample_rate) sample_rate = nullptr;
  decltype(&::jack_get_buffer_size) buffer_size = nullptr;
  decltype(&::jack_get_cycle_times) cycle_times = nullptr;
  decltype(&::jack_frames_since_cycle_start) frames_since_start = nullptr;

  decltype(&::jack_get_ports) ports = nullptr;
  decltype(&::jack_free) free = nullptr;
  decltype(&::jack_connect) connect = nullptr;
  decltype(&::jack_port_register) port_register = nullptr;
  decltype(&::jack_port_name) port_name = nullptr;
  decltype(&::jack_port_connected) port_connections = nullptr;
  decltype(&::jack_port_connected_to) port_connected_to = nullptr;
  decltype(&::jack_port_get_latency_range) port_latency = nullptr;
  decltype(&::jack_port_get_buffer) port_buffer = nullptr;

  decltype(&::jack_midi_get_event_count) event_count = nullptr;
  decltype(&::jack_midi_event_get) event_get = nullptr;
  decltype(&::jack_midi_get_lost_event_count) lost_events = nullptr;
  decltype(&::jack_midi_clear_buffer) clear_buffer = nullptr;
  decltype(&::jack_midi_max_event_size) room = nullptr;
  decltype(&::jack_midi_event_write) event_write = nullptr;

  decltype(&::jack_set_error_function) set_error_function = nullptr;
  decltype(&::jack_set_info_function) set_info_function = nullptr;
  decltype(&::jack_error_callback) error_function = nullptr; // the variable that holds it
  decltype(&::jack_info_callback) info_function = nullptr;

#if defined(__APPLE__)
  static constexpr const char* usual_name = "libjack.0.dylib";
#else
  static constexpr const char* usual_name = "libjack.so.0";
#endif

  /// Fails with device_absent. It is never closed again: threads of its own outlive its clients.
  static result<jack_library> load(const char* name = usual_name) noexcept;
};

inline result<jack_library> jack_library::load(const char* name) noexcept {
  void* const library = ::dlopen(name, RTLD_NOW);
  if (library == nullptr) return errc::device_absent;
  jack_library jack;
  const auto get = [&](auto& function, const char* symbol) {
    function =
        reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, symbol));
    return function != nullptr;
  };
  const bool whole =
      get(jack.client_open, "jack_client_open") && get(jack.client_close, "jack_client_close") &&
      get(jack.client_name, "jack_get_client_name") &&
      get(jack.client_name_size, "jack_client_name_size") && get(jack.activate, "jack_activate") &&
      get(jack.set_process_callback, "jack_set_process_callback") &&
      get(jack.on_shutdown, "jack_on_shutdown") && get(jack.sample_rate, "jack_get_sample_rate") &&
      get(jack.buffer_size, "jack_get_buffer_size") &&
      get(jack.cycle_times, "jack_get_cycle_times") &&
      get(jack.frames_since_start, "jack_frames_since_cycle_start") &&
      get(jack.ports, "jack_get_ports") && get(jack.free, "jack_free") &&
      get(jack.connect, "jack_connect") && get(jack.port_register, "jack_port_register") &&
      get(jack.port_name, "jack_port_name") && get(jack.port_connections, "jack_port_connected") &&
      get(jack.port_connected_to, "jack_port_connected_to") &&
      get(jack.port_latency, "jack_port_get_latency_range") &&
      get(jack.port_buffer, "jack_port_get_buffer") &&
      get(jack.event_count, "jack_midi_get_event_count") &&
      get(jack.event_get, "jack_midi_event_get") &&
      get(jack.lost_events, "jack_midi_get_lost_event_count") &&
      get(jack.clear_buffer, "jack_midi_clear_buffer") &&
      get(jack.room, "jack_midi_max_event_size") &&
      get(jack.event_write, "jack_midi_event_write") &&
      get(jack.set_error_function, "jack_set_error_function") &&
      get(jack.set_info_function, "jack_set_info_function") &&
      get(jack.error_function, "jack_error_callback") &&
      get(jack.info_function, "jack_info_callback");
  if (!whole) return errc::device_absent; // something else of that name
  return jack;
}

} // namespace jamnet::inline v0::detail

#endif
