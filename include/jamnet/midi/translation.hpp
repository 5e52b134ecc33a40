// SPDX-License-Identifier: MIT
//
// Channel voice packets of the two protocols into each other (M2-104-UM 1.1, appendix D):
//
//     midi1_to_midi2 up;
//     up.feed(packet, [&](const ump& p) { ring.try_push(p); });
//     midi2_to_midi1(packet, [&](const ump& p) { ring.try_push(p); });
//
// Up and down again is the identity, but for a note-on of velocity 0 and for sequences, which come
// out whole: bank, bank, program; number, number, value, value.
#pragma once

#include <jamnet/midi/midi1_to_midi2.hpp>
#include <jamnet/midi/midi2_to_midi1.hpp>
