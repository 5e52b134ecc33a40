#include <jamnet/platform/native_peer.hpp>
#include <jamnet/ring/spsc_ring.hpp>

std::size_t other();

int main() {
  jamnet::spsc_ring<jamnet::midi_event, 4> ring;
  jamnet::midi_event out;
  const jamnet::ump note = jamnet::note_on{.note = 60, .velocity = 100};
  const bool passed =
      ring.try_push({.packet = note}) && ring.try_pop(out) && jamnet::starts_note(out.packet);
  asio::io_context io;
  jamnet::native_peer alone{io,
                            {.peer = {.found_after = jamnet::nanoseconds{0}, .announce = false}}};
  const bool plays = alone.start() && alone.send(note, alone.now());
  return passed && plays && other() == 4 ? 0 : 1;
}
