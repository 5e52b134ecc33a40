#include <jamnet/platform/native_peer.hpp>
#include <jamnet/ring/spsc_ring.hpp>

std::size_t other() { return jamnet::spsc_ring<jamnet::midi_event, 4>::capacity(); }
