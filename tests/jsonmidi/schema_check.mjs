// SPDX-License-Identifier: MIT
//
// The schemas against the decoder, with Ajv.
//
//     node schema_check.mjs MODULES JUDGE [SEED [COUNT]]
//
// MODULES is where npm installed ajv; JUDGE the program of judge.cpp. Laws:
// 1. Every message of the schemas has examples; its schema and the decoder accept them.
// 2. What tests/vectors/*.jsonl accepts the schemas accept; what it refuses they refuse, unless
//    the reason is one that no schema can tell.
// 3. What the schemas refuse the decoder refuses: tried on COUNT messages made by changing valid
//    ones, and on packets of every message type with every number of words.
// What only the decoder refuses, though a schema could, is listed. Exit status 77 (skipped) without
// ajv.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [modules, judge, seed = "1", count = "20000"] = process.argv.slice(2);
const tests = dirname(dirname(fileURLToPath(import.meta.url)));
const schemaFolder = join(tests, "../include/jamnet/jsonmidi/schema");
const vectorFolder = join(tests, "vectors");

let Ajv;
try {
  Ajv = createRequire(join(resolve(modules), "package.json"))("ajv/dist/2020.js").default;
} catch {
  console.log("skipped: ajv is not installed");
  process.exit(77);
}

let failures = 0;
function fail(what, line) {
  if (++failures <= 20) console.log(`${what}\n    ${line.slice(0, 400)}`);
}

// The schemas.

const schemas = readdirSync(schemaFolder).filter((name) => name.endsWith(".schema.json"))
  .map((name) => ({ name, schema: JSON.parse(readFileSync(join(schemaFolder, name), "utf8")) }));
for (const { name, schema } of schemas)
  if (schema.$id !== name || !schema.title || !schema.description)
    fail("a schema has its file name as $id, a title and a description", name);

const ajv = new Ajv({
  schemas: schemas.map(({ schema }) => schema), // checked against the meta-schema
  strictTypes: false, // definitions build on others, which say the type
  strictTuples: false,
});
const accepts = ajv.getSchema("message.schema.json");

function* nodesOf(value) {
  if (typeof value !== "object" || value === null) return;
  yield value;
  for (const child of Object.values(value)) yield* nodesOf(child);
}
const nodes = [...nodesOf(schemas.map(({ schema }) => schema))];
const keys = [...new Set(nodes.flatMap((node) => Object.keys(node.properties ?? {})))];
const words = [...new Set(nodes.flatMap((node) => [node.const, ...(node.enum ?? [])]))]
  .filter((word) => typeof word === "string");

// What the decoder says of each line: "ok" or "REASON OFFSET".
function verdicts(lines) {
  const ran = spawnSync(judge, {
    input: lines.join("\n") + "\n", encoding: "utf8", maxBuffer: 1 << 28,
  });
  const said = ran.stdout.split("\n").slice(0, -1);
  if (ran.status !== 0 || said.length !== lines.length)
    throw new Error(`${judge}: ${ran.error ?? ran.stderr}; ${said.length}/${lines.length} lines`);
  return said;
}

// 1. Examples.

const valid = []; // lines to make others of
for (const { name, schema } of schemas) {
  const inFile = name === "file.schema.json"; // whose own messages the decoder does not know
  for (const { $ref } of schema.anyOf ?? [])
    if ($ref?.startsWith("#") && !schema.$defs[$ref.slice("#/$defs/".length)].examples)
      fail("a message has no example", name + $ref);
  const messages = Object.entries(schema.$defs ?? {}).map(([key, definition]) =>
    [`${name}#/$defs/${key}`, definition, key]);
  messages.push([name, schema, name.replace(".schema.json", "")]);
  for (const [reference, definition, type] of messages) {
    if ((definition.properties?.type?.const ?? type) !== type)
      fail("a message is defined under another name", reference);
    for (const example of definition.examples ?? []) {
      for (const id of [reference, name, inFile ? "file.schema.json" : "message.schema.json"])
        if (!ajv.getSchema(id)(example)) fail(`${id} refuses the example`, JSON.stringify(example));
      if (!inFile) valid.push(JSON.stringify(example));
    }
  }
}
verdicts(valid).forEach((said, i) => {
  if (said !== "ok") fail(`the decoder refuses an example: ${said}`, valid[i]);
});

// 2. Vectors.

const tellable = ["json_type", "key_missing", "type_unknown", "value_range", "data_too_long"];

// What no schema can tell: a number that is another one as a double; a group against the words; a
// loop that ends before it begins.
function isBeyondSchemas(line, message) {
  return /\d[\d.]{15}|[eE][+-]?\d{3}/.test(line) ||
    (message.type === "ump" && "group" in message) ||
    (message.type === "transport" && message.loop?.[0] >= message.loop?.[1]);
}

let vectors = 0;
const files = existsSync(vectorFolder) ? readdirSync(vectorFolder) : [];
for (const file of files.filter((name) => name.endsWith(".jsonl")))
  for (const text of readFileSync(join(vectorFolder, file), "utf8").split("\n").filter(Boolean)) {
    const vector = JSON.parse(text);
    ++vectors;
    if (vector.canonical !== undefined) {
      for (const line of [vector.canonical, ...(vector.accepted ?? [])])
        if (!accepts(JSON.parse(line))) fail(`the schemas refuse a vector of ${file}`, line);
      valid.push(vector.canonical);
    } else if (tellable.includes(vector.code) && vector.refused && !vector.limits) {
      const message = JSON.parse(vector.refused);
      if (accepts(message) && !isBeyondSchemas(vector.refused, message))
        fail(`the schemas accept what ${file} refuses as ${vector.code}`, vector.refused);
    }
  }

// 3. Changed messages.

let state = Number(seed) >>> 0;
function random(below) { // mulberry32
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % below;
}
const pick = (list) => list[random(list.length)];

const edges = [3, 7, 15, 16, 127, 255, 999, 16383, 65535, 1048575,
  2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63];
const values = [
  () => pick(edges) + random(3) - 1,
  () => -(pick(edges) + random(3) - 1),
  () => random(16),
  () => random(2 ** 32),
  () => random(200) + 0.5,
  () => pick(words),
  () => pick(["", "0", "x", "\u0000", "é".repeat(20), "0123456789abcdef", "0".repeat(16)]),
  () => pick([true, false, null]),
  () => pick([[], {}, [[]], [0, 0]]),
  () => Array.from({ length: random(16) }, () => random(pick([2, 128, 256, 300]))),
];
const anyValue = () => pick(values)();

// Changes one thing in `message`: a member or, deeper, an element.
function change(message) {
  const at = random(3) === 0 ? pick([...nodesOf(message)]) : message;
  const key = pick(Object.keys(at)); // undefined when there is none
  const what = random(6);
  if (Array.isArray(at) && what < 3) {
    if (what === 0) at.pop();
    else at.push(...(what === 1 ? [anyValue()] : at.slice(0, 8)));
  } else if (what === 0) {
    delete at[key];
  } else if (what === 1) {
    at[pick(keys)] = anyValue();
  } else if (what === 2) {
    at.protocol = pick(["midi1", "midi2"]);
  } else if (key !== undefined) {
    at[key] = what === 3 && typeof at[key] === "string" ? pick(words) : anyValue();
  }
}

function changed(line) {
  const message = JSON.parse(line);
  for (let n = 1 + random(2); n > 0; --n) change(message);
  if (random(4) === 0) message[pick(keys)] = anyValue();
  const text = JSON.stringify(message);
  if (random(4) !== 0) return text;
  const ending = pick([".0", "e0", ".00E+0"]); // the same number, written otherwise
  return text.replace(/(?<=[:[,]-?)\d+(?=[,\]}])/g, `$&${ending}`);
}

const lines = Array.from({ length: Number(count) }, () => changed(pick(valid)));
for (let type = 0; type < 16; ++type)
  for (const low of [0, 2 ** 28 - 1])
    for (let size = 0; size <= 5; ++size) {
      const packet = [type * 2 ** 28 + low, 0, 0, 0, 0].slice(0, size);
      lines.push(JSON.stringify({ type: "ump", timestamp: 0, words: packet }));
    }

const onlyDecoder = new Map(); // reason: how many, and one of them
let refused = 0;
verdicts(lines).forEach((said, i) => {
  const message = JSON.parse(lines[i]);
  const byDecoder = said !== "ok";
  if (accepts(message)) {
    const reason = said.replace(/ \d+$/, "");
    if (byDecoder && !reason.startsWith("rawBytes") && !isBeyondSchemas(lines[i], message))
      onlyDecoder.set(reason, { n: (onlyDecoder.get(reason)?.n ?? 0) + 1, line: lines[i] });
  } else if (byDecoder) {
    ++refused;
  } else {
    const errors = accepts.errors.map((e) => `${e.schemaPath} ${e.message}`).join("; ");
    fail(`the schemas refuse what the decoder accepts: ${errors}`, lines[i]);
  }
});

console.log(`${valid.length} valid messages, ${vectors} vectors; of ${lines.length} others ` +
  `both refuse ${refused} (seed ${seed})`);
for (const [reason, { n, line }] of onlyDecoder)
  console.log(`only the decoder refuses ${n}: ${reason}, as in\n    ${line.slice(0, 400)}`);
console.log(failures ? `${failures} failures` : "no failures");
process.exit(failures ? 1 : 0);
