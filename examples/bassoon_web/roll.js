// SPDX-License-Identifier: MIT
//
// A piano roll: notes leave the keyboard at the right, and pass to the left as time does.

const seconds = 9; // what is seen of the past
const isBlack = (key) => [1, 3, 6, 8, 10].includes(key % 12);

export class Roll {
  #canvas;
  #notes = []; // { channel, key, velocity, start, end }, in order of start
  #low = 57; // the keys seen, in whole octaves
  #high = 62;
  #colors = new Map();

  constructor(canvas) {
    this.#canvas = canvas;
    matchMedia("(prefers-color-scheme: dark)")
      .addEventListener("change", () => this.#colors.clear());
  }

  noteOn(time, { channel, key, velocity }) {
    this.noteOff(time, { channel, key });
    this.#notes.push({ channel, key, velocity, start: time, end: Infinity });
    this.#low = Math.min(this.#low, Math.floor((key - 2) / 12) * 12);
    this.#high = Math.max(this.#high, Math.ceil((key + 2) / 12) * 12);
  }

  noteOff(time, { channel, key }) {
    for (const note of this.#notes)
      if (note.end === Infinity && note.channel === channel && note.key === key) note.end = time;
  }

  draw(now) {
    const oldest = now - 1000 * seconds;
    this.#notes = this.#notes.filter((note) => note.end > oldest);

    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = devicePixelRatio;
    if (this.#canvas.width !== Math.round(width * scale) ||
        this.#canvas.height !== Math.round(height * scale)) {
      this.#canvas.width = Math.round(width * scale);
      this.#canvas.height = Math.round(height * scale);
    }
    const pen = this.#canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);

    const keyboard = Math.min(72, width / 8), left = width - keyboard;
    const row = height / (this.#high - this.#low + 1);
    const top = (key) => (this.#high - key) * row;
    const x = (time) => left - (now - time) / (1000 * seconds) * left;

    for (let key = this.#low; key <= this.#high; ++key) {
      if (isBlack(key)) {
        pen.fillStyle = this.#color("--row");
        pen.fillRect(0, top(key), left, row);
      } else if (key % 12 === 0) {
        pen.fillStyle = this.#color("--line");
        pen.fillRect(0, top(key) + row - 1, left, 1);
      }
    }

    const sounding = new Map();
    for (const note of this.#notes) {
      const end = Math.min(note.end, now);
      if (note.end === Infinity) sounding.set(note.key, note.channel);
      pen.globalAlpha = 0.35 + 0.65 * note.velocity;
      pen.fillStyle = this.#color(`--voice-${note.channel % 4}`);
      pen.beginPath();
      pen.roundRect(x(note.start), top(note.key) + 1, Math.max(2, x(end) - x(note.start)), row - 2, 3);
      pen.fill();
    }
    pen.globalAlpha = 1;

    pen.fillStyle = this.#color("--white-key");
    pen.fillRect(left, 0, keyboard, height);
    for (const [key, channel] of sounding) {
      pen.fillStyle = this.#color(`--voice-${channel % 4}`);
      pen.fillRect(left, top(key), keyboard, row);
    }
    for (let key = this.#low; key <= this.#high; ++key) {
      pen.fillStyle = this.#color("--black-key");
      if (isBlack(key)) {
        pen.globalAlpha = 0.3;
        pen.fillRect(left, top(key) + row / 2, keyboard, 0.5); // where two white keys meet
        pen.globalAlpha = 1;
        if (sounding.has(key)) pen.fillStyle = this.#color(`--voice-${sounding.get(key) % 4}`);
        pen.fillRect(left, top(key), keyboard * 0.62, row);
      } else if (!isBlack(key + 1)) {
        pen.globalAlpha = 0.3;
        pen.fillRect(left, top(key), keyboard, 0.5);
        pen.globalAlpha = 1;
      }
      if (key % 12 === 0) {
        pen.font = `${Math.min(10, row * 1.5)}px system-ui`;
        pen.fillText(`C${key / 12 - 1}`, width - 18, top(key) + row * 0.9);
      }
    }
  }

  #color(name) {
    if (!this.#colors.has(name))
      this.#colors.set(name, getComputedStyle(document.documentElement).getPropertyValue(name));
    return this.#colors.get(name);
  }
}
