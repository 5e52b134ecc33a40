// SPDX-License-Identifier: MIT
//
// Never run: that it compiles, and that what must not does not, is the test of bassoon.d.ts.
import { BassoonError, load } from "../../bassoon.js";
import type { Bassoon, ErrorCode, MidiEvent, Packet, Reader } from "../../bassoon.js";

const bassoon: Bassoon = await load(new URL("bassoon.wasm", import.meta.url));
await load();
await load(fetch ? await fetch("bassoon.wasm") : new Uint8Array(8));

const event: MidiEvent = bassoon.decode('{"type":"start","timestamp":0}');
const milliseconds: number = Number(event.timestamp) / 1e6;
const first: Packet | undefined = event.packets[0];
const word: number | undefined = first?.[0];
const line: string = bassoon.encode({ timestamp: 5n, packets: [[0x20903c64]] });
bassoon.encode({ ...event, seq: 7 });
bassoon.encode(bassoon.decode(new TextEncoder().encode(line)));

const reader: Reader = new bassoon.Reader(
  ({ packets }) => console.log(packets.length, milliseconds, word),
  ({ code, offset, line }) => console.log(code, offset.toFixed(), line),
);
const lines: number = reader.feed("\n").feed(new Uint8Array(1)).finish().line;

try {
  bassoon.decode("");
} catch (error) {
  if (error instanceof BassoonError) {
    const code: ErrorCode = error.code;
    console.log(code === "value_range", error.message, lines);
    // @ts-expect-error: there is no such code
    console.log(code === "value_rage");
  }
}

// @ts-expect-error: a timestamp may be a bigint
const time: number = event.timestamp;
// @ts-expect-error: an event is read, not written
event.seq = 1;
// @ts-expect-error: a packet has no text
bassoon.encode({ timestamp: time, packets: ["20903c64"] });
// @ts-expect-error: an event has a timestamp
bassoon.encode({ packets: [[0]] });
// @ts-expect-error: a reader needs to know what to do with errors
new bassoon.Reader(console.log);
