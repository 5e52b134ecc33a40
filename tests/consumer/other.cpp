#include <jamnet/midi/message.hpp>
#include <jamnet/midi/midi_event.hpp>
#include <jamnet/ring/spsc_ring.hpp>

std::size_t other() { return jamnet::spsc_ring<jamnet::midi_event, 4>::capacity(); }
