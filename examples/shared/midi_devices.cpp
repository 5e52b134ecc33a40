#include "midi_devices.hpp"

#include <utility>

#include <jamnet/platform/jack_midi.hpp>
#include <jamnet/platform/midi_port_list.hpp>

#ifdef SHARED_RTMIDI
#include <jamnet/platform/rtmidi_input.hpp>
#include <jamnet/platform/rtmidi_output.hpp>
#endif
#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)
#define SHARED_JACK
#endif

namespace shared {
namespace {

using namespace jamnet;

template <midi_input Port>
class source_of final : public midi_source {
public:
  explicit source_of(std::unique_ptr<Port> port) : port_{std::move(port)} {}
  bool try_next(received_packet& out) noexcept override { return port_->try_next(out); }
  void expect_wake() noexcept override { port_->expect_wake(); }
  device_signal& signal() noexcept override { return port_->signal(); }
  void poll(host_time now) override { port_->poll(now); }
  void on_port(callback<void(const midi_port_event&)> told) override {
    port_->on_port(std::move(told));
  }
  midi_input_count count() const noexcept override { return port_->count(); }

private:
  std::unique_ptr<Port> port_;
};

template <midi_output Port>
class sink_of final : public midi_sink {
public:
  explicit sink_of(std::unique_ptr<Port> port) : port_{std::move(port)} {}
  bool try_send(const ump& packet, host_time at) noexcept override {
    return port_->try_send(packet, at);
  }
  void poll(host_time now) override { port_->poll(now); }
  void on_port(callback<void(const midi_port_event&)> told) override {
    port_->on_port(std::move(told));
  }
  midi_output_count count() const noexcept override { return port_->count(); }
  nanoseconds ahead() const noexcept override {
    if constexpr (requires { port_->period(); })
      return port_->period();
    else
      return {};
  }

private:
  std::unique_ptr<Port> port_;
};

template <class Port>
result<std::unique_ptr<midi_source>> source(const midi_input_options& options) {
  auto opened = Port::open(options);
  if (!opened) return opened.error();
  return std::unique_ptr<midi_source>{new source_of<Port>{std::move(*opened)}};
}
template <class Port>
result<std::unique_ptr<midi_sink>> sink(const midi_output_options& options) {
  auto opened = Port::open(options);
  if (!opened) return opened.error();
  return std::unique_ptr<midi_sink>{new sink_of<Port>{std::move(*opened)}};
}

} // namespace

bool is_built(midi_interface i) noexcept {
#ifdef SHARED_RTMIDI
  if (i == midi_interface::rtmidi) return true;
#endif
#ifdef SHARED_JACK
  if (i == midi_interface::jack) return true;
#endif
  return false;
}

result<std::unique_ptr<midi_source>> open_source(midi_interface through,
                                                 const midi_input_options& options) {
#ifdef SHARED_RTMIDI
  if (through == midi_interface::rtmidi) return source<rtmidi_input>(options);
#endif
#ifdef SHARED_JACK
  if (through == midi_interface::jack) return source<jack_midi_input>(options);
#endif
  return errc::device_absent;
}

result<std::unique_ptr<midi_sink>> open_sink(midi_interface through,
                                             const midi_output_options& options) {
#ifdef SHARED_RTMIDI
  if (through == midi_interface::rtmidi) return sink<rtmidi_output>(options);
#endif
#ifdef SHARED_JACK
  if (through == midi_interface::jack) return sink<jack_midi_output>(options);
#endif
  return errc::device_absent;
}

std::vector<midi_port> source_ports(midi_interface through) {
#ifdef SHARED_RTMIDI
  if (through == midi_interface::rtmidi) return rtmidi_input::ports();
#endif
#ifdef SHARED_JACK
  if (through == midi_interface::jack) return jack_midi_input::ports();
#endif
  return {};
}

std::vector<midi_port> sink_ports(midi_interface through) {
#ifdef SHARED_RTMIDI
  if (through == midi_interface::rtmidi) return rtmidi_output::ports();
#endif
#ifdef SHARED_JACK
  if (through == midi_interface::jack) return jack_midi_output::ports();
#endif
  return {};
}

std::string explain(failure why, midi_interface through, std::string_view typed,
                    std::span<const midi_port> there) {
  const bool jack = through == midi_interface::jack;
  if (!is_built(through)) return jack ? "built without JACK's headers" : "built without RtMidi";
  if (why.code != errc::device_absent) return std::string{jamnet::to_string(why.code)};
#ifdef SHARED_JACK
  if (jack && !jack_server_runs()) return "no JACK server runs";
#endif
  if (typed.empty() && jack) return "the JACK server takes no more ports";
  if (typed.empty()) return "no MIDI here: neither ALSA's sequencer nor a JACK server";
  return midi_port_list{there}.explain(typed);
}

} // namespace shared
