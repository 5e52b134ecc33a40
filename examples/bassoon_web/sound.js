// SPDX-License-Identifier: MIT
//
// A reedy voice for each note. Silent until toggled, as browsers want a click first.

const partials = [0, 0.5, 1, 0.85, 0.6, 0.35, 0.3, 0.2, 0.12, 0.08]; // strong above the fundamental

export class Sound {
  #context;
  #out;
  #wave;
  #playing = new Map();

  /** Returns whether it is on now. */
  toggle() {
    if (this.#out) {
      this.silence();
      this.#context.close();
      this.#context = this.#out = undefined;
      return false;
    }
    this.#context = new AudioContext();
    this.#wave = this.#context.createPeriodicWave(new Float32Array(partials.length), new Float32Array(partials));
    this.#out = new GainNode(this.#context, { gain: 0.12 });
    this.#out.connect(this.#context.destination);
    return true;
  }

  noteOn({ channel, key, velocity }) {
    if (!this.#out) return;
    this.noteOff({ channel, key });
    const now = this.#context.currentTime;
    const tone = new OscillatorNode(this.#context, {
      frequency: 440 * 2 ** ((key - 69) / 12), periodicWave: this.#wave,
    });
    const envelope = new GainNode(this.#context, { gain: 0 });
    envelope.gain.setTargetAtTime(velocity, now, 0.02);
    const pan = new StereoPannerNode(this.#context, { pan: (channel % 4 - 1.5) / 2.5 });
    tone.connect(envelope).connect(pan).connect(this.#out);
    tone.start();
    this.#playing.set(128 * channel + key, { tone, envelope });
  }

  noteOff({ channel, key }) {
    const playing = this.#playing.get(128 * channel + key);
    if (!playing) return;
    const now = this.#context.currentTime;
    playing.envelope.gain.setTargetAtTime(0, now, 0.04);
    playing.tone.stop(now + 0.4);
    this.#playing.delete(128 * channel + key);
  }

  silence() {
    for (const id of this.#playing.keys()) this.noteOff({ channel: id >> 7, key: id & 127 });
  }
}
