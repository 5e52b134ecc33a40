// SPDX-License-Identifier: MIT

/** One Universal MIDI Packet: 1 to 4 words of 32 bits, as many as the top 4 bits of the first say. */
export type Packet = readonly number[];

/** What one line of JSONMIDI says. */
export interface MidiEvent {
  /**
   * Nanoseconds of session time. A number wherever that is exact, which is for the first 104 days
   * of a session; a bigint beyond ±2^53. `Number(timestamp)` does for all but bookkeeping.
   */
  readonly timestamp: number | bigint;
  /** The sender's number of the event, 0 to 2^53-1. */
  readonly seq?: number | undefined;
  /** One packet, or as many as a SysEx or a text takes. */
  readonly packets: readonly Packet[];
}

/** Why a line is refused; include/jamnet/core/errc.hpp has a word on each. */
export type ErrorCode =
  | "json_syntax" | "json_utf8" | "json_depth" | "json_truncated"
  | "json_type" | "key_duplicate" | "key_missing" | "type_unknown"
  | "value_range" | "raw_bytes_mismatch" | "line_too_long" | "data_too_long";

export class BassoonError extends Error {
  readonly code: ErrorCode;
  /** The byte of the line, in UTF-8, that is at fault. */
  readonly offset: number;
  /** Which line of the stream, from 1; undefined if it was decoded alone. */
  readonly line: number | undefined;
}

/** A stream of lines (NDJSON), cut anywhere. A line that is refused costs itself and no other. */
export interface Reader {
  /**
   * Takes the next piece and calls back for each line that it completes. Callbacks may decode and
   * encode, but neither feed this reader nor throw.
   */
  feed(chunk: Uint8Array | string): this;
  /** The stream is over: takes a last line that has no line end. Another stream may follow. */
  finish(): this;
  /** How many lines there were. */
  readonly line: number;
}

export interface Bassoon {
  /** Throws a BassoonError if the line is refused. */
  decode(line: string | Uint8Array): MidiEvent;
  /**
   * The canonical line, without a line end. Several packets give one line if they are one SysEx as
   * decode gives it, or else one line each, with "\n" between them. Throws a RangeError if a packet
   * has not the length its first word says, the timestamp or seq is not an exact integer of its
   * range, or the text is longer than 2 MiB.
   */
  encode(event: MidiEvent): string;
  readonly Reader: new (
    onEvent: (event: MidiEvent) => void,
    onError: (error: BassoonError) => void,
  ) => Reader;
}

/**
 * Compiles and starts the module, from where it lies, its bytes, or a module compiled before. Node
 * does not fetch files: give it the bytes. Each has 6.2 MiB of memory of its own.
 */
export function load(
  source?: string | URL | Request | Response | ArrayBuffer | Uint8Array | WebAssembly.Module,
): Promise<Bassoon>;
