// SPDX-License-Identifier: MIT
//
// JSONMIDI in JavaScript, by the C++ codec as WebAssembly: in browsers, workers, Node and Deno.
//
//     import { load } from "./bassoon.js";
//     const bassoon = await load("bassoon.wasm");
//     const event = bassoon.decode(line);            // { timestamp, seq, packets: [[0x20903c64]] }
//     const again = bassoon.encode(event);           // the canonical line
//
// bassoon.d.ts says what each function does. What lies in the memory, bassoon.cpp says.

const codes = {
  100: "json_syntax", 101: "json_utf8", 102: "json_depth", 103: "json_truncated",
  200: "json_type", 201: "key_duplicate", 202: "key_missing", 203: "type_unknown",
  204: "value_range", 205: "raw_bytes_mismatch", 206: "line_too_long", 207: "data_too_long",
};
const packetWords = [1, 1, 1, 2, 2, 4, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4]; // by message type
const maxLine = 1 << 20;
const lineFeed = 10;
const head = { time: 0, seq: 2, end: 4, code: 5, offset: 6, words: 7, size: 8 };
const isWord = (word) => word >>> 0 === word;
const absent = 0xffffffff; // the high word of a seq that is not there

export class BassoonError extends Error {
  constructor(code, offset, line) {
    super(`${code} at byte ${offset}${line ? ` of line ${line}` : ""}`);
    this.name = "BassoonError";
    this.code = code;
    this.offset = offset;
    this.line = line;
  }
}

async function instantiate(source) {
  if (typeof source === "string" || source instanceof URL || source instanceof Request)
    source = await fetch(source);
  if (source instanceof Response) {
    if (!source.ok) throw new Error(`${source.url}: ${source.status}`);
    source = await source.arrayBuffer();
  }
  const made = await WebAssembly.instantiate(source);
  return made.instance ?? made; // of a module it is the instance alone
}

export async function load(source = new URL("bassoon.wasm", import.meta.url)) {
  const { exports: wasm } = await instantiate(source);
  const text = new Uint8Array(wasm.memory.buffer, wasm.text(), wasm.text_size());
  const records = new Uint32Array(wasm.memory.buffer, wasm.records(), wasm.records_size());
  const fromUtf8 = new TextDecoder();
  const toUtf8 = new TextEncoder();

  // What is written to `text`, or so much of it that it is seen to be too long.
  function put(line) {
    if (typeof line === "string") return toUtf8.encodeInto(line, text).written;
    const bytes = line.subarray(0, text.length);
    text.set(bytes);
    return bytes.length;
  }

  function timeAt(at) {
    const low = records[at], high = records[at + 1];
    const time = (high | 0) * 0x100000000 + low;
    if (Number.isSafeInteger(time)) return time;
    return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  }

  function eventAt(at) {
    const seqHigh = records[at + head.seq + 1];
    const end = at + head.size + records[at + head.words];
    const packets = [];
    for (let i = at + head.size; i < end;) {
      const packet = [records[i]];
      for (const next = i + packetWords[records[i] >>> 28]; ++i < next;) packet.push(records[i]);
      packets.push(packet);
    }
    return {
      timestamp: timeAt(at),
      seq: seqHigh === absent ? undefined : seqHigh * 0x100000000 + records[at + head.seq],
      packets,
    };
  }

  function errorAt(at, line) {
    return new BassoonError(codes[records[at + head.code]], records[at + head.offset], line);
  }

  function decode(line) {
    wasm.decode(put(line));
    if (records[head.code] !== 0) throw errorAt(0);
    return eventAt(0);
  }

  function putTime(time) {
    if (typeof time === "bigint" && BigInt.asIntN(64, time) === time) {
      records[head.time] = Number(time & 0xffffffffn);
      records[head.time + 1] = Number(BigInt.asUintN(32, time >> 32n));
    } else if (Number.isSafeInteger(time)) {
      records[head.time] = time;
      records[head.time + 1] = Math.floor(time / 0x100000000);
    } else {
      throw new RangeError(`timestamp ${time} is not an exact integer of 64 bits`);
    }
  }

  function encode({ timestamp, seq, packets }) {
    putTime(timestamp);
    if (seq !== undefined && !(Number.isSafeInteger(seq) && seq >= 0))
      throw new RangeError(`seq ${seq} is not 0 to 2^53-1`);
    records[head.seq] = seq ?? absent;
    records[head.seq + 1] = seq === undefined ? absent : Math.floor(seq / 0x100000000);
    let at = head.size;
    for (const packet of packets) {
      if (packet.length !== packetWords[packet[0] >>> 28] || !packet.every(isWord))
        throw new RangeError(`[${packet}] is not a packet`);
      if (at + packet.length > records.length) throw new RangeError("too many packets");
      for (const word of packet) records[at++] = word;
    }
    if (at === head.size) throw new RangeError("no packets");
    records[head.words] = at - head.size;
    const size = wasm.encode();
    if (size === 0) throw new RangeError("too many packets");
    return fromUtf8.decode(text.subarray(0, size));
  }

  class Reader {
    #onEvent;
    #onError;
    #line = 0;
    #kept = new Uint8Array(256); // the beginning of a line whose end has not come
    #size = 0; // of what is kept
    #skipping = false; // the rest of a line that is too long

    constructor(onEvent, onError) {
      this.#onEvent = onEvent;
      this.#onError = onError;
    }

    get line() {
      return this.#line;
    }

    feed(chunk) {
      let bytes = typeof chunk === "string" ? toUtf8.encode(chunk) : chunk;
      while (bytes.length > 0) {
        const end = bytes.indexOf(lineFeed);
        if (this.#skipping) {
          this.#skipping = end < 0;
          bytes = bytes.subarray(end < 0 ? bytes.length : end + 1);
        } else if (this.#size + (end < 0 ? bytes.length : end) > maxLine) {
          this.#size = 0;
          this.#skipping = true;
          this.#onError(new BassoonError("line_too_long", maxLine, ++this.#line));
        } else if (end < 0) {
          this.#keep(bytes);
          bytes = bytes.subarray(bytes.length);
        } else {
          bytes = bytes.subarray(this.#takeLines(bytes));
        }
      }
      return this;
    }

    finish() {
      if (this.#size > 0) this.feed("\n");
      this.#skipping = false;
      return this;
    }

    #keep(bytes) {
      const size = this.#size + bytes.length;
      if (size > this.#kept.length) {
        const grown = new Uint8Array(2 * size);
        grown.set(this.#kept.subarray(0, this.#size));
        this.#kept = grown;
      }
      this.#kept.set(bytes, this.#size);
      this.#size = size;
    }

    // Takes what is kept and so many lines of `bytes` as the memory holds, but at least the first;
    // returns how many bytes those were.
    #takeLines(bytes) {
      const kept = this.#size;
      const fresh = bytes.subarray(0, text.length - kept);
      text.set(this.#kept.subarray(0, kept));
      text.set(fresh, kept);
      this.#size = 0;

      const stop = wasm.decode_lines(kept + fresh.length);
      const results = []; // read before anyone is called who may decode or encode
      let end = 0;
      for (let at = 0; at < stop; at += head.size + records[at + head.words]) {
        end = records[at + head.end];
        ++this.#line;
        if (records[at + head.words] > 0) results.push(eventAt(at));
        else if (records[at + head.code] !== 0) results.push(errorAt(at, this.#line));
      }
      for (const result of results)
        result instanceof BassoonError ? this.#onError(result) : this.#onEvent(result);
      return end + 1 - kept;
    }
  }

  return { decode, encode, Reader };
}
