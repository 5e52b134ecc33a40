// SPDX-License-Identifier: MIT
//
// "Frère Jacques", traditional, as an endless canon of four voices: two speak MIDI 1.0, two MIDI
// 2.0, and each swells on every note.

const quarter = 60e9 / 132; // ns
const bar = 4 * quarter;
// Note and eighths; each line is sung twice.
const melody = [
  [60, 2], [62, 2], [64, 2], [60, 2], [60, 2], [62, 2], [64, 2], [60, 2],
  [64, 2], [65, 2], [67, 4], [64, 2], [65, 2], [67, 4],
  [67, 1], [69, 1], [67, 1], [65, 1], [64, 2], [60, 2],
  [67, 1], [69, 1], [67, 1], [65, 1], [64, 2], [60, 2],
  [60, 2], [55, 2], [60, 4], [60, 2], [55, 2], [60, 4],
];
const voices = [
  { transpose: -12, program: 70, midi2: false }, // bassoon
  { transpose: 0, program: 71, midi2: true }, // clarinet
  { transpose: 12, program: 73, midi2: true }, // flute
  { transpose: -24, program: 70, midi2: false },
];

const voice1 = (status, channel, a, b) =>
  [(0x20 << 24 | (status | channel) << 16 | a << 8 | b) >>> 0];
const voice2 = (status, channel, a, value) =>
  [(0x40 << 24 | (status | channel) << 16 | a << 8) >>> 0, value >>> 0];

function* sing(channel, { transpose, program, midi2 }, rounds) {
  const control = (controller, x) => midi2 ? voice2(0xb0, channel, controller, x * 0xffffffff)
    : voice1(0xb0, channel, controller, Math.round(x * 127));
  const note = (status, key, x) => midi2
    ? voice2(status, channel, key, Math.round(x * 0xffff) << 16)
    : voice1(status, channel, key, Math.round(x * 127));
  let time = channel * 2 * bar;
  yield [time, midi2 ? voice2(0xc0, channel, 0, program << 24) : voice1(0xc0, channel, program, 0)];
  for (let round = 0; round < rounds; ++round)
    for (const [written, eighths] of melody) {
      const key = written + transpose, length = eighths * quarter / 2;
      const steps = 4 * eighths;
      yield [time, note(0x90, key, 0.5 + 0.06 * eighths)];
      for (let i = 1; i < 0.9 * steps; ++i)
        yield [time + i / steps * length, control(11, 0.55 + 0.4 * Math.sin(i / steps * Math.PI))];
      yield [time + 0.92 * length, note(0x80, key, 0.5)];
      time += length;
    }
}

/** Yields [time in ns, packet], in order of time. */
export function* canon(rounds = Infinity) {
  const lines = voices.map((voice, channel) => sing(channel, voice, rounds));
  const next = lines.map((line) => line.next());
  for (;;) {
    const first = next.reduce((best, { done, value }, i) =>
      !done && (best < 0 || value[0] < next[best].value[0]) ? i : best, -1);
    if (first < 0) return;
    const [time, packet] = next[first].value;
    next[first] = lines[first].next();
    yield [Math.round(time), packet];
  }
}
