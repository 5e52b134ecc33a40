// SPDX-License-Identifier: MIT
//
// The page in a real browser without a window: what the server sent is what the page decoded, and
// the browser has no complaint.
//
//     node browser_test.mjs BASSOON.WASM CHROMIUM [SCREENSHOT.png]
//
// It speaks the DevTools protocol over a pipe, so it needs no driver and no WebSocket.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { serve } from "../serve.mjs";

const [wasm, chromium, screenshot] = argv.slice(2);
const patience = 60_000; // ms for anything at all; a browser may start slowly
const toBreak = 3;

class Browser {
  #process;
  #profile = mkdtempSync(join(tmpdir(), "bassoon-"));
  #waiting = new Map();
  #received = "";
  #calls = 0;
  #session;
  complaints = [];

  constructor(program) {
    this.#process = spawn(program, [
      "--headless=new", "--remote-debugging-pipe", `--user-data-dir=${this.#profile}`,
      "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
      "--disable-background-networking", "--disable-component-update", "--window-size=1280,900",
      "--no-sandbox", // which containers often forbid; it opens no page but ours
    ], { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] });
    let said = "";
    this.#process.stderr.on("data", (text) => { said += text; });
    this.#process.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the browser ended: ${said}`));
    });
    this.#process.stdio[3].on("error", () => {});
    this.#process.stdio[4].setEncoding("utf8").on("data", (text) => {
      const messages = (this.#received + text).split("\0");
      this.#received = messages.pop();
      messages.forEach((message) => this.#take(JSON.parse(message)));
    });
  }

  #take({ id, result, error, method, params }) {
    if (id !== undefined) {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      error ? reject(new Error(error.message)) : resolve(result);
    } else if (method === "Runtime.exceptionThrown") {
      const { text, exception } = params.exceptionDetails;
      this.complaints.push(exception?.description ?? text);
    } else if (method === "Runtime.consoleAPICalled") {
      this.complaints.push(params.args.map(({ value }) => value).join(" "));
    } else if (method === "Log.entryAdded") {
      this.complaints.push(`${params.entry.text} ${params.entry.url ?? ""}`);
    }
  }

  call(method, params = {}) {
    const id = ++this.#calls;
    this.#process.stdio[3].write(JSON.stringify({ id, method, params, sessionId: this.#session }) + "\0");
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  async open(url) {
    const { targetId } = await this.call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.call("Target.attachToTarget", { targetId, flatten: true });
    this.#session = sessionId;
    for (const method of ["Runtime.enable", "Log.enable", "Page.enable"]) await this.call(method);
    await this.call("Page.navigate", { url });
  }

  async evaluate(expression) {
    const { result, exceptionDetails } =
      await this.call("Runtime.evaluate", {
        expression, returnByValue: true, awaitPromise: true, userGesture: true,
      });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  }

  async until(expression) {
    for (;;) {
      const value = await this.evaluate(expression);
      if (value) return value;
      await sleep(20);
    }
  }

  async shoot(file, scheme) {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.call("Emulation.setEmulatedMedia", { features });
    await sleep(300);
    const { data } = await this.call("Page.captureScreenshot");
    writeFileSync(file, Buffer.from(data, "base64"));
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.on("exit", resolve));
    this.call("Browser.close").catch(() => {});
    await Promise.race([ended, sleep(5000)]);
    this.#process.kill("SIGKILL");
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 30, retryDelay: 100 });
  }
}

const server = await serve(wasm);
const browser = new Browser(chromium);
const impatience = setTimeout(() => {
  console.log("gave up", server.sent, browser.complaints);
  process.exitCode = 1;
  browser.close().then(() => process.exit());
}, patience);
try {
  await browser.open(`${server.url}?rounds=1&speed=${screenshot ? 1 : 10}`);
  await browser.until(`document.body?.dataset.state === "live"`);
  await browser.evaluate(`document.getElementById("listen").click()`);
  for (let i = 0; i < toBreak; ++i) {
    await browser.until(`document.body.dataset.messages > ${20 * (i + 1)}`);
    await browser.evaluate(`document.getElementById("break").click()`);
    await browser.until(`document.body.dataset.errors > ${i}`);
  }
  if (screenshot) {
    await browser.until(`document.body.dataset.messages > 1000`);
    await browser.shoot(screenshot, "light");
    await browser.shoot(screenshot.replace(/(\.\w+)?$/, "-dark$1"), "dark");
  }
  const state = await browser.until(
    `/ended|failed/.test(document.body.dataset.state) && document.body.dataset.state`);

  assert.equal(state, "ended");
  const seen = await browser.evaluate(`({...document.body.dataset})`);
  console.log("sent", server.sent, "seen", seen);
  assert.ok(server.sent.messages > 500);
  assert.equal(server.sent.broken, toBreak);
  assert.equal(Number(seen.messages), server.sent.messages);
  assert.equal(Number(seen.errors), toBreak);
  assert.equal(Number(seen.bytes), server.sent.bytes);
  const refused = await browser.evaluate(`document.getElementById("refused").innerText`);
  assert.equal(refused.match(/line \d+: [a-z_]+ at byte \d+/g).length, toBreak, refused);
  assert.match(await browser.evaluate(`document.querySelector("#last tr").innerText`),
    /"type":"noteOff".*"seq":\d+/);
  assert.deepEqual(browser.complaints, []);
} finally {
  clearTimeout(impatience);
  await browser.close();
  server.close();
}
