// What a translator may hand on: the reserved bits of M2-104-UM 1.1, section 7, are zero.
#pragma once

#include <jamnet/midi/ump.hpp>

namespace jamnet_test {

using namespace jamnet;

inline bool has_data_bytes(std::uint32_t word, std::uint32_t used) {
  return (word & ~(used & 0x7f7f7f7fu)) == 0;
}

/// Whether it is a MIDI 1.0 channel voice packet with nothing where nothing may be.
inline bool is_clean_midi1(const ump& p) {
  const unsigned kind = p.status() >> 4;
  const bool one_byte = kind == 0xc || kind == 0xd;
  return p.type() == ump_type::midi1_voice && kind >= 8 && kind <= 0xe &&
         has_data_bytes(p.words[0] & 0xffff, one_byte ? 0xff00 : 0xffff) && p == ump{{p.words[0]}};
}

/// Whether it is a MIDI 2.0 channel voice packet that a translation can make, with nothing where
/// nothing may be.
inline bool is_clean_midi2(const ump& p) {
  const auto index = p.words[0] & 0xffff;
  if (p.type() != ump_type::midi2_voice || p.words[2] != 0 || p.words[3] != 0) return false;
  switch (p.status() >> 4) {
  case 0x2:
  case 0x3: return has_data_bytes(index, 0xffff);
  case 0x8:
  case 0x9: return has_data_bytes(index, 0xff00) && (p.words[1] & 0xffff) == 0;
  case 0xa:
  case 0xb: return has_data_bytes(index, 0xff00);
  case 0xc: return index <= 1 && has_data_bytes(p.words[1], index == 1 ? 0xff00ffff : 0xff000000);
  case 0xd:
  case 0xe: return index == 0;
  default: return false;
  }
}

} // namespace jamnet_test
