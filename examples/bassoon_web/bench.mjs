// SPDX-License-Identifier: MIT
//
// What a message costs, beside the engine's own JSON, which neither checks it nor makes packets.
//
//     node bench.mjs BASSOON.WASM [ROUNDS]
//
// The lines are the music that serve.mjs plays. All contestants take turns, round by round; each
// number is the median of the rounds, in ns a message.
import { readFileSync } from "node:fs";
import { argv, versions } from "node:process";

import { load } from "./bassoon.js";
import { canon } from "./piece.mjs";

const [wasm, rounds = "101"] = argv.slice(2);
const bassoon = await load(readFileSync(wasm));

const events = [];
for (const [timestamp, packet] of canon(4)) {
  events.push({ timestamp, seq: events.length, packets: [packet] });
}
const lines = events.map((event) => bassoon.encode(event));
const objects = lines.map((line) => JSON.parse(line));
const utf8 = lines.map((line) => new TextEncoder().encode(line));
const chunk = new TextEncoder().encode(lines.join("\n") + "\n");
const fromUtf8 = new TextDecoder();
let sink = 0; // so that nothing is left out

const contestants = {
  "decode a string": () => { for (const line of lines) sink += bassoon.decode(line).packets.length; },
  "JSON.parse a string": () => { for (const line of lines) sink += JSON.parse(line).channel; },
  "decode bytes": () => { for (const line of utf8) sink += bassoon.decode(line).packets.length; },
  "JSON.parse bytes": () => {
    for (const line of utf8) sink += JSON.parse(fromUtf8.decode(line)).channel;
  },
  "Reader, 16 KiB at a time": () => {
    const reader = new bassoon.Reader((event) => { sink += event.packets.length; }, console.error);
    for (let at = 0; at < chunk.length; at += 16384) reader.feed(chunk.subarray(at, at + 16384));
  },
  "split and JSON.parse, 16 KiB at a time": () => {
    let rest = "";
    for (let at = 0; at < chunk.length; at += 16384) {
      const texts = (rest + fromUtf8.decode(chunk.subarray(at, at + 16384), { stream: true })).split("\n");
      rest = texts.pop();
      for (const text of texts) sink += JSON.parse(text).channel;
    }
  },
  "encode": () => { for (const event of events) sink += bassoon.encode(event).length; },
  "JSON.stringify": () => { for (const object of objects) sink += JSON.stringify(object).length; },
};

const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
for (let round = -5; round < Number(rounds); ++round) // the first five are for the engine to settle
  for (const [name, run] of Object.entries(contestants)) {
    const start = process.hrtime.bigint();
    run();
    if (round >= 0) times[name].push(Number(process.hrtime.bigint() - start) / lines.length);
  }

console.log(`Node ${versions.node}, V8 ${versions.v8}; ${lines.length} lines of ` +
  `${Math.round(chunk.length / lines.length)} bytes`);
for (const [name, all] of Object.entries(times)) {
  const median = all.sort((a, b) => a - b)[all.length >> 1];
  console.log(`${name.padEnd(40)}${median.toFixed(0).padStart(6)} ns`);
}
if (sink === 0) console.log();
