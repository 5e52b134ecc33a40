// SPDX-License-Identifier: MIT
//
// Fetches the stream, has it decoded, and shows what came. The counts are also in the dataset of
// the document's body, for programs to read.
import { load } from "./bassoon.js";
import { Roll } from "./roll.js";
import { Sound } from "./sound.js";

const $ = (id) => document.getElementById(id);
const shown = { messages: 12, errors: 10 };

const bassoon = await load();
const roll = new Roll($("roll"));
const sound = new Sound();
const counts = { messages: 0, errors: 0, bytes: 0 };
const last = [];
let lag = Infinity; // between session time and this page's: the least seen

function onEvent(event) {
  ++counts.messages;
  last.push(event);
  if (last.length > shown.messages) last.shift();
  const time = Number(event.timestamp) / 1e6;
  lag = Math.min(lag, performance.now() - time);
  for (const packet of event.packets) {
    const note = asNote(packet);
    if (!note) continue;
    if (note.velocity > 0) {
      roll.noteOn(time, note);
      sound.noteOn(note);
    } else {
      roll.noteOff(time, note);
      sound.noteOff(note);
    }
  }
}

// A note of either protocol; velocity from 0, its end, to 1.
function asNote([first, second]) {
  const type = first >>> 28, status = first >>> 20 & 15;
  if ((type !== 2 && type !== 4) || (status !== 8 && status !== 9)) return undefined;
  const loud = type === 2 ? (first & 127) / 127 : Math.max(second >>> 16, 1) / 0xffff;
  return {
    channel: first >>> 16 & 15,
    key: first >>> 8 & 127,
    velocity: status === 9 ? loud : 0,
  };
}

function onError(error) {
  ++counts.errors;
  const item = document.createElement("li");
  item.textContent = `line ${error.line}: ${error.code} at byte ${error.offset}`;
  $("refused").prepend(item);
  while ($("refused").childElementCount > shown.errors) $("refused").lastChild.remove();
}

function publish(state) {
  Object.assign(document.body.dataset, counts, { state });
}

async function receive() {
  const response = await fetch(`stream${location.search}`, { cache: "no-store" });
  if (!response.ok) throw new Error(response.statusText);
  $("status").textContent = "live";
  const reader = new bassoon.Reader(onEvent, onError);
  for (const chunks = response.body.getReader(); ;) {
    const { done, value } = await chunks.read();
    if (done) break;
    counts.bytes += value.length;
    reader.feed(value);
    publish("live");
  }
  reader.finish();
}

function row(event) {
  const line = document.createElement("tr");
  const words = event.packets[0].map((word) => word.toString(16).padStart(8, "0")).join(" ");
  for (const text of [words, bassoon.encode(event)]) {
    const cell = document.createElement("td");
    cell.textContent = cell.title = text;
    line.append(cell);
  }
  line.style.setProperty("--voice", `var(--voice-${event.packets[0][0] >>> 16 & 3})`);
  return line;
}

const inUnits = (bytes) => bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;

const marks = []; // [time, messages] of the last two seconds
function show() {
  const now = performance.now();
  marks.push([now, counts.messages]);
  while (now - marks[0][0] > 2000) marks.shift();
  const span = (now - marks[0][0]) / 1000;
  $("messages").textContent = counts.messages.toLocaleString("en");
  $("rate").textContent = span > 0.2 ? Math.round((counts.messages - marks[0][1]) / span) : 0;
  $("errors").textContent = counts.errors;
  $("bytes").textContent = inUnits(counts.bytes);
  const seconds = Math.floor(Number(last.at(-1)?.timestamp ?? 0) / 1e9);
  $("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  $("last").replaceChildren(...last.map(row).reverse());
}

function draw() {
  roll.draw(performance.now() - lag);
  requestAnimationFrame(draw);
}

$("listen").addEventListener("click", () => {
  $("listen").setAttribute("aria-pressed", sound.toggle());
});
$("break").addEventListener("click", () => fetch("break", { method: "POST" }));

requestAnimationFrame(draw);
const showing = setInterval(show, 200);
try {
  await receive();
  $("status").textContent = "the stream has ended";
  publish("ended");
} catch (error) {
  $("status").textContent = `the stream failed: ${error.message}`;
  publish("failed");
}
sound.silence();
clearInterval(showing);
show();
