// <agent-desk>: the agent workspace. It is a client of the messaging cloud, like any agent's program;
// the console lends it a bearer and tells who the customer is and why the conversation came.
import { Earlier } from "./desk/earlier.js";
import { Kept } from "./desk/kept.js";
import { List } from "./desk/list.js";
import { Moving } from "./desk/moving.js";
import { nameOf, textOf } from "./desk/naming.js";
import { Seat } from "./desk/seat.js";
import { Side } from "./desk/side.js";
import { Telling } from "./desk/telling.js";
import { Transcript } from "./desk/transcript.js";
import { h } from "./editor/dom.js";
import { _ } from "./editor/words.js";
import { toast } from "./parts/toasts.js";

const TICK = 1_000;
const PATIENCE = 15_000;
const SIGNED_OUT = 401;
const STALE = 403;

const STANDING = { ready: ["good", _("Connected")], connecting: ["warn", _("Connecting …")], closed: ["warn", _("Looking for the server …")] };

async function token() {
  const answer = await fetch("/console/token", { headers: { accept: "application/json" } });
  if (answer.ok && !answer.redirected) document.querySelector('meta[name="csrf"]').content = (await answer.json()).csrf;
}

function session() {
  const headers = { "X-CSRF-Token": document.querySelector('meta[name="csrf"]').content, "HX-Request": "true" };
  return fetch("/console/desk/session", { method: "POST", headers, signal: AbortSignal.timeout(PATIENCE) });
}

class AgentDesk extends HTMLElement {
  connectedCallback() {
    if (this.seat) return;
    const { account, user } = this.dataset;
    this.seat = new Seat({ admit: () => this._admit(), kept: new Kept(`${account}/${user}`), account, userId: user });
    this.telling = new Telling();
    this.moving = new Moving(this.seat);
    const act = {
      answer: (ring, state) => this.seat.answer(ring, state).catch((error) => toast(error.message, "bad")),
      open: (talk) => this.open(talk),
      dismiss: (talk) => this._dismiss(talk),
      back: () => this._pane("list"),
      beside: () => this._pane("side"),
      move: (talk) => this.moving.ask(talk),
      close: (talk) => this.moving.confirm(talk),
    };
    this.list = new List(this.seat, { empty: this.querySelector(".desk-empty"), act });
    this.transcript = new Transcript(this.seat, act);
    this.earlier = new Earlier();
    this.side = new Side({ back: () => this._pane("chat"), earlier: this.earlier });
    this._build();
    this._listen();
    this._show();
    this.seat.start();
    this._ticking = setInterval(() => this._show(), TICK);
  }

  disconnectedCallback() {
    clearInterval(this._ticking);
    this.seat.stop();
  }

  _build() {
    this.choice = this.querySelector(".desk-choice select");
    this.choice.value = this.seat.availability;
    this.choice.disabled = false;
    this.lamp = this.querySelector(".desk-lamp");
    this.querySelector(".desk-tools").prepend(this.telling.button);
    this.notice = h("div", { class: "desk-notice note warn", role: "status", hidden: true });
    this.panes = h("div", { class: "desk-panes", "data-shown": "list" }, this.list.pane, this.transcript.pane, this.side.pane);
    this.side.pane.hidden = true;
    this.append(this.notice, this.panes, this.moving.where, this.moving.sure, this.earlier.dialog, this.telling.polite, this.telling.urgent);
  }

  _listen() {
    const { seat } = this;
    this.choice.addEventListener("change", () => seat.become(this.choice.value).catch((error) => toast(error.message, "bad")));
    seat.addEventListener("changed", () => this._soon());
    seat.addEventListener("opened", ({ detail }) => this.open(detail));
    seat.addEventListener("rung", ({ detail }) => {
      const skill = seat.skill(detail.skillId);
      this.telling.call(_("A conversation for {skill} rings: {seconds} seconds to answer.", { skill, seconds: Math.round((detail.until - seat.now()) / 1000) }));
      this.telling.play("rung");
    });
    seat.addEventListener("said", ({ detail: { talk, message } }) => {
      this.telling.say(`${nameOf(talk)}: ${textOf(message.event)}`);
      if (document.hidden || talk !== this.transcript.talk) this.telling.play("said");
    });
    seat.addEventListener("refused", ({ detail }) => this._refused(detail));
    document.addEventListener("visibilitychange", () => this._show());
    document.addEventListener("keydown", (event) => this._key(event));
    window.addEventListener("online", () => seat.hurry());
    window.addEventListener("focus", () => seat.hurry());
    window.addEventListener("offline", () => seat.drop());
  }

  open(talk) {
    this.transcript.open(talk);
    this.side.open(talk);
    this._pane("chat");
    this._show();
    if (talk.over) this.transcript.name.focus();
    else this.transcript.input.focus();
  }

  _dismiss(talk) {
    if (talk === this.transcript.talk) {
      this.transcript.open(null);
      this.side.open(null);
      this._pane("list");
    }
    this.seat.dismiss(talk);
    this.list.heading.focus();
  }

  // One pane at a time where there is no room for three; focus goes along.
  _pane(name) {
    const before = this.panes.dataset.shown;
    this.panes.dataset.shown = name;
    if (name === before) return;
    const heading = { list: this.list.heading, chat: this.transcript.name, side: this.side.heading }[name];
    heading.focus();
  }

  _soon() {
    this._waits ??= requestAnimationFrame(() => this._show());
    if (document.hidden) this._show(); // where nothing is drawn, the title still counts
  }

  _show() {
    cancelAnimationFrame(this._waits);
    this._waits = null;
    const { seat, transcript } = this;
    if (seat.state === "ready") {
      this.notice.hidden = true;
      if (this._wasLost) this.side.open(transcript.talk, true);
      this._wasLost = false;
    } else this._wasLost = true;
    const [sort, words] = STANDING[seat.state];
    this.lamp.className = `desk-lamp chip dot ${sort}`;
    if (this.lamp.textContent !== words) this.lamp.textContent = words;
    if (this.choice !== document.activeElement) this.choice.value = seat.availability;
    this.choice.dataset.state = seat.availability;
    this.list.show(transcript.talk);
    transcript.show();
    this.side.follow();
    this._wanted();
    const { talk } = transcript;
    const isSeen = !document.hidden && talk && transcript.pane.offsetParent !== null;
    if (isSeen) seat.read(talk);
    const unread = [...seat.talks.values()].reduce((sum, each) => sum + each.unread.length, 0);
    this.telling.count(unread, [...seat.rings.values()].filter((each) => each.until > seat.now()).length);
  }

  // Who took over a conversation comes with its id in the address: it opens as soon as it is here.
  _wanted() {
    const talk = location.hash && this.seat.talks.get(location.hash.slice(1));
    if (!talk || talk.over) return;
    history.replaceState(null, "", location.pathname);
    this.open(talk);
  }

  _key(event) {
    if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const { talk } = this.transcript;
    const mine = talk && !talk.over ? talk : null;
    const acts = {
      KeyA: () => this.list.rings.querySelector("button")?.click(),
      KeyJ: () => this._step(1),
      KeyK: () => this._step(-1),
      KeyM: () => mine && this.transcript.input.focus(),
      KeyT: () => mine && this.moving.ask(mine),
      KeyE: () => mine && this.moving.confirm(mine),
    };
    if (!acts[event.code]) return;
    event.preventDefault();
    acts[event.code]();
  }

  _step(by) {
    const talks = [...this.seat.talks.values()];
    if (!talks.length) return;
    const at = talks.indexOf(this.transcript.talk);
    this.open(talks[at < 0 ? 0 : (at + by + talks.length) % talks.length]);
  }

  async _admit() {
    let answer = await session();
    if (answer.status === STALE) {
      await token(); // signed in anew in another tab
      answer = await session();
    }
    if (!answer.ok) {
      const found = new DOMParser().parseFromString(await answer.text(), "text/html");
      throw Object.assign(new Error(found.querySelector(".toast > span")?.textContent ?? answer.statusText), { status: answer.status });
    }
    const admitted = await answer.json();
    const { account, user } = this.dataset;
    if (admitted.account !== account || admitted.userId !== user) location.reload(); // somebody else sits here now
    return admitted;
  }

  _refused(error) {
    if (!error.status) return; // a lost connection says so itself
    const again = error.status === SIGNED_OUT;
    const link = again ? h("a", { href: "/console/sign-in?next=/console/desk", target: "_blank" }, _("Sign in in another tab")) : null;
    const words = again ? _("You are signed out. What you typed is kept. ") : error.message;
    if (this.notice.hidden) this.notice.replaceChildren(words, link ?? "");
    this.notice.hidden = false;
  }
}

if (!customElements.get("agent-desk")) customElements.define("agent-desk", AgentDesk);
