// SPDX-License-Identifier: MIT
//
// The codec as JavaScript has it.
//
//     node node_test.mjs BASSOON.WASM [VECTORS [SEED]]
//
// VECTORS is tests/vectors, whose README says what is in its *.jsonl. Those of transport commands,
// and of limits other than the usual, are not this module's matter.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { test } from "node:test";

import { BassoonError, load } from "../bassoon.js";

const [wasm, vectors = "", seed = "1"] = argv.slice(2);
const bassoon = await load(readFileSync(wasm));

let state = BigInt(seed);
function random(below) { // splitmix64
  state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
  let z = state;
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return Number((z ^ (z >> 31n)) % BigInt(below));
}

function refusal(line) {
  try {
    bassoon.decode(line);
  } catch (error) {
    assert.ok(error instanceof BassoonError);
    return { code: error.code, offset: error.offset };
  }
  return undefined;
}

const packetWords = [1, 1, 1, 2, 2, 4, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4];
const noteOn = '{"type":"noteOn","timestamp":5,"seq":7,"channel":1,"note":60,"velocity":100}';
const sysex = (bytes, rest = "") =>
  `{"type":"systemExclusive","timestamp":0${rest},"data":[${bytes}]}`;
const bytes = (count) => Array.from({ length: count }, (_, i) => i & 127);

function checkRefused({ refused, refused_hex, code, offset, limits }, where) {
  const line = refused ?? Buffer.from(refused_hex, "hex");
  if (!limits) assert.deepEqual(refusal(line), { code, offset }, where);
}

function checkAccepted({ packets, timestamp, seq, canonical, accepted }, where) {
  const event = bassoon.decode(canonical);
  assert.deepEqual(event.packets, packets, where);
  assert.equal(Number(event.timestamp), timestamp, where);
  assert.equal(event.seq, seq, where);
  for (const line of accepted) assert.deepEqual(bassoon.decode(line), event, where);

  const again = bassoon.encode(event).split("\n");
  const isLongText = packets.length > 1 && packets[0][0] >>> 28 >= 0xd;
  assert.equal(again.length, isLongText ? packets.length : 1, where);
  if (isLongText)
    assert.deepEqual(again.flatMap((line) => bassoon.decode(line).packets), packets, where);
  else
    assert.equal(again[0], canonical, where);
}

const files = existsSync(vectors) ? readdirSync(vectors) : [];
for (const file of files.filter((name) => /^(?!transport).*\.jsonl$/.test(name)))
  test(`the vectors of ${file} hold`, () => {
    const lines = readFileSync(join(vectors, file), "utf8").split("\n").filter(Boolean);
    lines.forEach((line, i) => {
      const vector = JSON.parse(line);
      const check = vector.code ? checkRefused : checkAccepted;
      check(vector, `${file}:${i + 1}: ${line}`);
    });
  });

test("an event is a plain object", () => {
  assert.deepEqual(bassoon.decode(noteOn), { timestamp: 5, seq: 7, packets: [[0x20903c64]] });
  assert.deepEqual(bassoon.decode(Buffer.from(noteOn)), bassoon.decode(noteOn));
  assert.deepEqual(bassoon.decode('{"timestamp":0,"type":"start"}'),
    { timestamp: 0, seq: undefined, packets: [[0x10fa0000]] });
});

test("a refused line throws its code and its offset in UTF-8", () => {
  assert.deepEqual(refusal('{"type":"noteOn"}'), { code: "key_missing", offset: 16 });
  assert.deepEqual(refusal(noteOn.replace("60", "128")), { code: "value_range", offset: noteOn.indexOf("60") });
  assert.deepEqual(refusal('{"é":1,"type":"horn","timestamp":0}'), { code: "type_unknown", offset: 15 });
  assert.deepEqual(refusal(""), { code: "json_truncated", offset: 0 });
  assert.deepEqual(refusal(Buffer.from([0x7b, 0x22, 0xff])), { code: "json_utf8", offset: 2 });
});

test("every line is refused that is longer than 1 MiB, and none for being as long", () => {
  const line = noteOn.padEnd(1 << 20);
  assert.equal(refusal(line), undefined);
  for (const more of [" ", "é", "𝄞", " ".repeat(1 << 22)]) {
    assert.deepEqual(refusal(line + more), { code: "line_too_long", offset: 1 << 20 });
    assert.deepEqual(refusal(Buffer.from(line + more)), { code: "line_too_long", offset: 1 << 20 });
  }
});

test("every packet survives, at every time", () => {
  const times = [0, -1, 1, 2 ** 32, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER,
    2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)];
  const seqs = [undefined, 0, 2 ** 32, Number.MAX_SAFE_INTEGER];
  for (let i = 0; i < 20000; ++i) {
    const type = i % 16;
    const packet = Array.from({ length: packetWords[type] }, () => random(2 ** 32));
    packet[0] = ((packet[0] & 0x0fffffff) | (type << 28)) >>> 0;
    const event = {
      timestamp: times[random(times.length)], seq: seqs[random(seqs.length)], packets: [packet],
    };
    const line = bassoon.encode(event);
    assert.deepEqual(bassoon.decode(line), event, `seed ${seed}: ${line}`);
  }
});

test("a bigint says the same as its number", () => {
  for (const timestamp of [0, -1, 123456789012345, Number.MIN_SAFE_INTEGER])
    assert.equal(bassoon.encode({ timestamp, packets: [[0x10fa0000]] }),
      bassoon.encode({ timestamp: BigInt(timestamp), packets: [[0x10fa0000]] }));
});

test("a SysEx of any length is one line, and so is a piece of one", () => {
  for (const rest of ["", ',"seq":3,"group":15', ',"packet":"start"', ',"packet":"continue"',
    ',"packet":"end"', ',"sysexType":"sysex8"', ',"sysexType":"sysex8","streamId":9,"packet":"end"'])
    for (const size of [0, 1, 5, 6, 7, 12, 13, 14, 26, 27, 1000, 65536]) {
      const line = sysex(bytes(size), rest);
      assert.equal(bassoon.encode(bassoon.decode(line)), line);
    }
  assert.equal(bassoon.decode(sysex(bytes(65536))).packets.length, Math.ceil(65536 / 6));
});

test("packets that are not one message are a line each", () => {
  const { packets } = bassoon.decode(sysex(bytes(20)));
  const lines = (packets) => bassoon.encode({ timestamp: 0, packets }).split("\n");
  assert.equal(lines(packets).length, 1);
  assert.equal(lines(packets.slice(1)).length, 1); // the end of one is
  assert.equal(lines([packets[1], packets[0], packets[2]]).length, 3);
  assert.equal(lines([...packets, ...packets]).length, 2 * packets.length);
  assert.equal(lines([[0x20903c64], ...packets]).length, 1 + packets.length);
  assert.equal(lines(bassoon.decode(sysex(bytes(7))).packets.map(([a, b], i) =>
    [(a | i << 24) >>> 0, b])).length, 2); // two groups
  lines([[0x20903c64], ...packets]).forEach((line, i) =>
    assert.deepEqual(bassoon.decode(line).packets, [[[0x20903c64], ...packets][i]]));
});

test("a text of several packets survives line by line", () => {
  const text = "Frère Jacques, dormez-vous? Sonnez les matines";
  const { packets } = bassoon.decode(
    `{"type":"flexText","timestamp":0,"bank":1,"status":1,"text":"${text}"}`);
  const again = bassoon.encode({ timestamp: 0, packets }).split("\n")
    .flatMap((line) => bassoon.decode(line).packets);
  assert.deepEqual(again, packets);
  const longest = `{"type":"flexText","timestamp":0,"bank":1,"status":1,"text":"`;
  const size = (1 << 20) - longest.length - 2;
  assert.equal(bassoon.decode(`${longest}${"x".repeat(size)}"}`).packets.length, Math.ceil(size / 12));
});

test("what is no event cannot be encoded", () => {
  for (const event of [
    { timestamp: 0.5, packets: [[0]] }, { timestamp: 2 ** 53, packets: [[0]] },
    { timestamp: NaN, packets: [[0]] }, { timestamp: 2n ** 63n, packets: [[0]] },
    { packets: [[0]] }, { timestamp: "0", packets: [[0]] },
    { timestamp: 0, seq: -1, packets: [[0]] }, { timestamp: 0, seq: 1.5, packets: [[0]] },
    { timestamp: 0, seq: 2 ** 53, packets: [[0]] },
    { timestamp: 0, packets: [] }, { timestamp: 0, packets: [[]] },
    { timestamp: 0, packets: [[0x40903c00]] }, { timestamp: 0, packets: [[0x20903c64, 0]] },
    { timestamp: 0, packets: [[-1, 0, 0, 0]] }, { timestamp: 0, packets: [[0.5]] },
    { timestamp: 0, packets: Array(1 << 20).fill([0]) },
    { timestamp: 0, packets: Array(100_000).fill([0]) },
  ]) assert.throws(() => bassoon.encode(event), RangeError);
});

// All that a reader says of a stream cut into `pieces`.
function read(pieces) {
  const said = [];
  const reader = new bassoon.Reader((event) => said.push(event),
    ({ code, offset, line }) => said.push({ code, offset, line }));
  for (const piece of pieces) reader.feed(piece);
  reader.finish();
  said.push(reader.line);
  return said;
}

function cut(stream, most) {
  const pieces = [];
  for (let at = 0; at < stream.length;) {
    const size = 1 + random(most);
    pieces.push(stream.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

test("a stream says the same wherever it is cut", () => {
  const lines = [noteOn, "", "  \r", `${noteOn}\r`, "{", sysex(bytes(300)), '{"type":"é"}', "\u0000",
    noteOn.replace("60", "200"), '{"type":"start","timestamp":9007199254740993}'];
  for (let round = 0; round < 50; ++round) {
    const stream = Buffer.from(Array.from({ length: 40 }, () => lines[random(lines.length)]).join("\n"));
    const whole = read([stream]);
    for (const most of [1, 3, 100, 1000])
      assert.deepEqual(read(cut(stream, most)), whole, `seed ${seed}, round ${round}`);
    assert.deepEqual(read([stream.toString()]), whole);
  }
});

test("a stream is as good as its lines", () => {
  const said = read([`${noteOn}\n\n{}\n${noteOn}`]);
  assert.deepEqual(said, [bassoon.decode(noteOn), { code: "key_missing", offset: 1, line: 3 },
    bassoon.decode(noteOn), 4]);
});

test("a line that is too long costs itself and no other", () => {
  const tooLong = { code: "line_too_long", offset: 1 << 20, line: 2 };
  const event = bassoon.decode(noteOn);
  for (const size of [(1 << 20) + 1, 1 << 21, (1 << 21) + 1, 1 << 23]) {
    const stream = Buffer.from(`${noteOn}\n${"x".repeat(size)}\n${noteOn}\n`);
    assert.deepEqual(read([stream]), [event, tooLong, event, 3]);
    assert.deepEqual(read(cut(stream, 1 << 17)), [event, tooLong, event, 3]);
  }
  const longest = Buffer.from(`${noteOn}\n${noteOn.padEnd(1 << 20)}\n${noteOn}`);
  assert.deepEqual(read([longest]), [event, event, event, 3]);
  assert.deepEqual(read(cut(longest, 1 << 17)), [event, event, event, 3]);
});

test("a stream of any size passes through a memory that does not grow", () => {
  const stream = Buffer.from(`${noteOn}\n`.repeat(100_000)); // 7.8 MB
  const said = read([stream]);
  assert.equal(said.length, 100_001);
  assert.equal(read([Buffer.from("\n".repeat(3_000_000))]).at(-1), 3_000_000);
});

test("callbacks may decode and encode", () => {
  const seen = [];
  new bassoon.Reader((event) => seen.push(bassoon.encode(event), refusal("{").code), assert.fail)
    .feed(`${noteOn}\n${noteOn}\n`);
  assert.deepEqual(seen, [noteOn, "json_truncated", noteOn, "json_truncated"]);
});

test("the module imports nothing", () => {
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(wasm))), []);
});
