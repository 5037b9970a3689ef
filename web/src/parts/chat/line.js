// A socket of the messaging protocol: questions with their answers, signs of life, and finding the
// server again after a lost connection, ever more slowly. Who one is, the owner says.
import { _, retold } from "../../editor/words.js";

const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 8_000;
const PATIENCE = 15_000;
const ALIVE_EVERY = 25_000;

export class Line extends EventTarget {
  // `place`: where to go, {address, protocols}; `introduce`: what to say before anything else;
  // `lost`: what to mend before the next attempt, by the close code. All may be asynchronous.
  constructor({ place, introduce, lost = () => {} }) {
    super();
    this.state = "closed"; // closed, connecting, ready
    this._place = place;
    this._introduce = introduce;
    this._mend = lost;
    this._requests = new Map();
    this._serial = 0;
    this._pause = FIRST_PAUSE;
    this.wanted = false;
  }

  start() {
    this.wanted = true;
    if (this.state === "closed") this._connect();
  }

  stop() {
    this.wanted = false;
    this._rest();
    this.drop();
  }

  // Give the socket up, and look for the server anew if that is still wanted.
  drop() {
    const socket = this._socket;
    if (!socket) return;
    socket.close();
    this._lost(socket, 1006); // a network that is gone tells no end by itself
  }

  // Look for the server at once, such as when the browser says that it is online again; where there
  // seems to be a connection, ask it: after a sleep it may be one in name only.
  hurry() {
    if (this.wanted && this.state === "closed") this._connect();
    else if (this.state === "ready") this.ask("GetClock").catch(() => {});
  }

  ask(type, body = {}, headers = undefined, metadata = undefined) {
    const socket = this._socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error(_("Not connected.")));
    const id = String(++this._serial);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => socket === this._socket && this.drop(), PATIENCE);
      const done = (call) => (value) => (clearTimeout(timer), call(value));
      this._requests.set(id, { resolve: done(resolve), reject: done(reject) });
      socket.send(JSON.stringify({ kind: "req", id, type, body, headers, metadata }));
    });
  }

  async _connect() {
    this._rest();
    this._become("connecting");
    try {
      await this._open(await this._place());
    } catch (error) {
      this._tell("refused", error);
      if (this._socket) this.drop();
      else this._later();
    }
  }

  _open({ address, protocols = [] }) {
    if (!this.wanted) throw new Error("Not wanted any more.");
    const socket = new WebSocket(address, protocols);
    this._socket = socket;
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", () => this._begin(socket).then(resolve, reject));
      socket.addEventListener("message", ({ data }) => socket === this._socket && this._heard(JSON.parse(data)));
      socket.addEventListener("close", ({ code }) => {
        this._lost(socket, code);
        reject(new Error(_("The connection was closed.")));
      });
    });
  }

  async _begin(socket) {
    await this._introduce();
    if (socket !== this._socket) return;
    this._pause = FIRST_PAUSE;
    clearInterval(this._alive);
    this._alive = setInterval(() => this.ask("GetClock").catch(() => {}), ALIVE_EVERY);
    this._become("ready");
  }

  async _lost(socket, code) {
    if (socket !== this._socket) return;
    this._socket = null;
    clearInterval(this._alive);
    for (const { reject } of this._requests.values()) reject(new Error(_("The connection is lost.")));
    this._requests.clear();
    this._become("connecting");
    await Promise.resolve(this._mend(code)).catch(() => {});
    this._later();
  }

  _later() {
    if (this._socket) return;
    this._become("closed");
    if (!this.wanted || this._retry) return;
    this._retry = setTimeout(() => this._connect(), this._pause * (0.75 + Math.random() / 2));
    this._pause = Math.min(this._pause * 2, LONGEST_PAUSE);
  }

  _rest() {
    clearTimeout(this._retry);
    this._retry = null;
  }

  _heard(frame) {
    if (frame.kind !== "resp") return this._tell("told", frame);
    const request = this._requests.get(frame.reqId);
    this._requests.delete(frame.reqId);
    if (!request) return undefined;
    if (frame.code < 400) return request.resolve(frame.body);
    const said = String(frame.body);
    return request.reject(Object.assign(new Error(retold(said)), { code: frame.code, said }));
  }

  _become(state) {
    if (this.state === state) return;
    this.state = state;
    this._tell("changed", state);
  }

  _tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
