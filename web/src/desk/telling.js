// Tells what happens to whoever looks elsewhere: live regions, the title of the tab, and a sound for
// those who asked for it.
import { h } from "../editor/dom.js";
import { _ } from "../editor/words.js";

const SOUND = "orchestrator.desk/sound";
const TONES = { rung: [660, 880], said: [520] };
const LONG = 0.16;

// The same words again are news as well.
function told(region, words) {
  region.textContent = region.textContent === words ? `${words}\u00a0` : words;
}

export class Telling {
  constructor() {
    this.polite = h("p", { class: "unseen", role: "status" });
    this.urgent = h("p", { class: "unseen", role: "alert" });
    this.button = h("button", { type: "button", class: "desk-sound", onclick: () => this._turn() }, _("Sound"));
    this._title = document.title;
    try {
      this._isOn = localStorage.getItem(SOUND) === "on";
    } catch {
      this._isOn = false;
    }
    this.button.setAttribute("aria-pressed", String(this._isOn));
  }

  say(words) {
    told(this.polite, words);
  }

  call(words) {
    told(this.urgent, words);
  }

  count(unread, rings) {
    const number = unread + rings;
    const title = number ? `(${number}) ${this._title}` : this._title;
    if (document.title !== title) document.title = title;
  }

  play(name) {
    if (!this._isOn) return;
    this._audio ??= new AudioContext();
    TONES[name].forEach((tone, at) => {
      const [source, gain] = [this._audio.createOscillator(), this._audio.createGain()];
      const begin = this._audio.currentTime + at * LONG;
      source.frequency.value = tone;
      gain.gain.setValueAtTime(0.12, begin);
      gain.gain.exponentialRampToValueAtTime(0.001, begin + LONG);
      source.connect(gain).connect(this._audio.destination);
      source.start(begin);
      source.stop(begin + LONG);
    });
  }

  _turn() {
    this._isOn = !this._isOn;
    this.button.setAttribute("aria-pressed", String(this._isOn));
    try {
      localStorage.setItem(SOUND, this._isOn ? "on" : "off");
    } catch {
      // for this visit then
    }
    this.play("said");
  }
}
