// SPDX-License-Identifier: MIT
//
// Serves the page, and music as JSONMIDI while it is played: one line a message, over plain HTTP.
//
//     node serve.mjs BASSOON.WASM [PORT]
//
// GET /stream?rounds=N&speed=S answers with NDJSON, at its own pace and cut anywhere. POST /break
// has the next line of every stream broken. It listens on this machine alone.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { load } from "./bassoon.js";
import { canon } from "./piece.mjs";

const folder = dirname(fileURLToPath(import.meta.url));
const files = {
  "/": ["index.html", "text/html"],
  "/style.css": ["style.css", "text/css"],
  "/app.js": ["app.js", "text/javascript"],
  "/roll.js": ["roll.js", "text/javascript"],
  "/sound.js": ["sound.js", "text/javascript"],
  "/bassoon.js": ["bassoon.js", "text/javascript"],
};
const waysToBreak = [
  (line) => line.slice(0, line.length / 2),
  (line) => line.replace(/("channel":)\d+/, "$117"),
  (line) => line.replace(/"type":"\w+"/, '"type":"kazoo"'),
  (line) => line.replace("{", '{"timestamp":0,'),
];

/** Returns { url, sent, close }: where it is, and what all streams were sent so far. */
export async function serve(wasmFile, port = 0) {
  const wasm = await readFile(wasmFile);
  const bassoon = await load(wasm);
  const sent = { messages: 0, broken: 0, bytes: 0, ended: 0 };
  const streams = new Set();

  async function play(response, { rounds = Infinity, speed = 1 }) {
    const stream = { toBreak: 0, gone: false };
    streams.add(stream);
    response.on("close", () => { stream.gone = true; });
    response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
    const start = performance.now();
    let seq = 0, text = "";
    for (const [time, packet] of canon(rounds)) {
      const due = start + time / 1e6 / speed;
      while (performance.now() < due && !stream.gone) {
        const cut = Math.max(0, text.length - Math.floor(Math.random() * 9));
        if (cut > 0 && !response.write(text.slice(0, cut))) // the rest waits for the next
          await Promise.race([once(response, "drain"), once(response, "close")]);
        text = text.slice(cut);
        await sleep(Math.min(50, due - performance.now()));
      }
      if (stream.gone) break;
      const timestamp = Math.round(time / speed);
      let line = bassoon.encode({ timestamp, seq: seq++, packets: [packet] });
      if (stream.toBreak > 0) {
        line = waysToBreak[sent.broken++ % waysToBreak.length](line);
        --stream.toBreak;
      } else {
        ++sent.messages;
      }
      text += line + "\n";
      sent.bytes += line.length + 1;
    }
    response.end(text);
    streams.delete(stream);
    ++sent.ended;
  }

  async function answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const give = (type, body) => response.writeHead(200, { "content-type": type }).end(body);
    if (request.method === "POST" && pathname === "/break") {
      for (const stream of streams) ++stream.toBreak;
      response.writeHead(204).end();
    } else if (pathname === "/stream") {
      const settings = Object.fromEntries([...searchParams].map(([key, value]) => [key, +value]));
      await play(response, settings);
    } else if (pathname === "/bassoon.wasm") {
      give("application/wasm", wasm);
    } else if (Object.hasOwn(files, pathname)) {
      const [name, type] = files[pathname];
      give(`${type}; charset=utf-8`, await readFile(join(folder, name)));
    } else {
      response.writeHead(404).end();
    }
  }

  const server = createServer((request, response) =>
    answer(request, response).catch((error) => response.destroy(error)));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    sent,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve(argv[2], Number(argv[3] ?? 8080));
  console.log(url);
}
