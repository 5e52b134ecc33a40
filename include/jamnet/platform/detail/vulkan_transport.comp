#version 450
// SPDX-License-Identifier: MIT
//
// Where the music is when a GPU's counter shows a number: exact_tick_map, then transport_state's
// position_at and bar_of, to the last bit. vulkan_transport.hpp says what it is told.
//
// Numbers of 64 bits are pairs, the low half first: not every GPU has them. Only times have a sign,
// in two's complement. vulkan_transport_words.hpp is this, compiled; tests/platform/shader_words.py
// makes and compares it.

layout(local_size_x = 64) in;

layout(push_constant) uniform parameters {
  uvec2 from, mask, farthest, to, to_part, tick_part;
  uvec2 since, pace_part, position, loop_to, loop_length, first_line, first_bar;
  uint tick, pace, ppq, beats, beat_bits, count;
};
struct place {
  uvec2 position, bar;
  uint beat, tick;
};
layout(std430, binding = 0) readonly buffer input_region { uvec2 stamps[]; };
layout(std430, binding = 1) writeonly buffer output_region { place places[]; };

bool less(uvec2 a, uvec2 b) { return a.y < b.y || (a.y == b.y && a.x < b.x); }
uvec2 twice(uvec2 a) { return uvec2(a.x << 1, a.y << 1 | a.x >> 31); }
uvec2 half_of(uvec2 a) { return uvec2(a.x >> 1 | a.y << 31, a.y >> 1); }
uvec2 add(uvec2 a, uvec2 b) {
  uint low = a.x + b.x;
  return uvec2(low, a.y + b.y + uint(low < a.x));
}
uvec2 negated(uvec2 a) { return add(~a, uvec2(1, 0)); }
uvec2 subtract(uvec2 a, uvec2 b) { return add(a, negated(b)); }

// The lower 64 bits of the product.
uvec2 times(uvec2 a, uint by) {
  uint high, low;
  umulExtended(a.x, by, high, low);
  return uvec2(low, high + a.y * by);
}

// The upper 64 bits of the product, and the lower ones in `rest`.
uvec2 high_product(uvec2 a, uvec2 b, out uvec2 rest) {
  uvec4 high, low; // of the products of halves: both lower ones, one and the other way, both upper
  umulExtended(a.xxyy, b.xyxy, high, low);
  uvec2 middle = add(add(uvec2(high.x, 0), uvec2(low.y, 0)), uvec2(low.z, 0));
  rest = uvec2(low.x, middle.x);
  uvec2 carried = add(add(uvec2(high.y, 0), uvec2(high.z, 0)), uvec2(middle.y, 0));
  return add(uvec2(low.w, high.w), carried);
}

// How often d, which is not 0, goes into n, which is below 2^62 and keeps the rest.
uvec2 divide(inout uvec2 n, uvec2 d) {
  uvec2 bit = uvec2(1, 0), quotient = uvec2(0);
  while (less(d, n)) {
    d = twice(d);
    bit = twice(bit);
  }
  for (; bit != uvec2(0); bit = half_of(bit)) {
    if (!less(n, d)) {
      n = subtract(n, d);
      quotient |= bit;
    }
    d = half_of(d);
  }
  return quotient;
}

// When the counter showed that: to + tick * (stamp - from).
uvec2 time_of(uvec2 stamp) {
  uvec2 away = subtract(stamp, from) & mask;
  bool before = less(half_of(mask), away);
  if (before) away = negated(away) & mask;
  if (less(farthest, away)) away = farthest;
  uvec2 part;
  uvec2 whole = add(high_product(tick_part, away, part), times(away, tick));
  if (before) {
    whole = part == uvec2(0) ? negated(whole) : ~whole;
    part = negated(part);
  }
  uvec2 sum = add(to_part, part);
  return add(add(to, whole), uvec2((sum.y >> 31) + uint(less(sum, part)), 0));
}

// Where the music is then, counted from the first line.
uvec2 position_at(uvec2 time) {
  const uvec2 sign = uvec2(0, 0x80000000u), longest = uvec2(0, 1u << 21);
  uvec2 elapsed = less(since ^ sign, time ^ sign) ? subtract(time, since) : uvec2(0);
  if (less(longest, elapsed)) elapsed = longest;
  uvec2 part;
  uvec2 whole = add(high_product(pace_part, elapsed, part), times(elapsed, pace));
  uvec2 here = add(add(position, whole), uvec2(part.y >> 31, 0));
  if (less(here, loop_to)) return here;
  here = subtract(here, loop_to);
  divide(here, loop_length);
  return add(subtract(loop_to, loop_length), here);
}

void main() {
  uint i = gl_GlobalInvocationID.x;
  if (i >= count) return;
  uvec2 here = position_at(time_of(stamps[i]));
  uint one = 1u << (beat_bits & 31u);
  uvec2 beat_length = beat_bits < 32u ? uvec2(one, 0) : uvec2(0, one);
  uvec2 rest = here;
  uvec2 bar = divide(rest, times(beat_length, beats));
  uint beat = divide(rest, beat_length).x;
  uint high, low;
  umulExtended(rest.x, ppq, high, low);
  places[i] = place(add(first_line, here), add(first_bar, bar), beat + 1, high + rest.y * ppq);
}
