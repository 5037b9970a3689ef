// <consumer-chat account="1" skill="3001" | campaign="…" engagement="…">: a consumer's chat window.
// Everything it shows is made as text, so that nothing that somebody says can become markup.
import { Consumer } from "./consumer.js";
import { TAKEN } from "./files.js";
import { whenForbidden } from "./forbidden.js";
import { LOOKS, sheet } from "./looks.js";
import { learn, retold } from "../../editor/words.js";
import { directionOf, hasRefusalsIn, refusalsIn, wordsFor } from "./words.js";

const TYPING_FOR = 3_000;
const PICTURES = /^(jpe?g|png|gif|webp)$/i;

function make(tag, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside.filter((each) => each !== null && each !== undefined));
  return made;
}

const SHAPES = {
  renew: "M12 5v14M5 12h14",
  end: "M12 4v8M7 6.5a8 8 0 1 0 10 0",
  hide: "M6 6l12 12M18 6L6 18",
  attach: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 5 5l-8.5 8.5a1.8 1.8 0 0 1-2.6-2.6L14.5 7.5",
};

function icon(name) {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const looks = { viewBox: "0 0 24 24", width: 20, height: 20, fill: "none", stroke: "currentColor" };
  const more = { "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [key, value] of Object.entries({ ...looks, ...more, "aria-hidden": "true" })) {
    drawn.setAttribute(key, value);
  }
  line.setAttribute("d", SHAPES[name]);
  drawn.append(line);
  return drawn;
}

// The texts of a rich message, for a window that draws no cards.
function textsOf(content) {
  if (!content || typeof content !== "object") return [];
  const own = ["text", "title"].map((key) => content[key]).filter((each) => typeof each === "string");
  return [...own, ...(content.elements ?? []).flatMap(textsOf)];
}

function repliesOf(event) {
  return event.quickReplies?.replies?.map((each) => each.title).filter(Boolean) ?? [];
}

export class ConsumerChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    this.language = this.getAttribute("language") || navigator.language || "en-US";
    this.words = wordsFor(this.language);
    this.consumer = new Consumer({
      base: this.getAttribute("base") || location.origin,
      account: this.getAttribute("account"),
      entry: this._entry(),
      language: this.language,
      kept: this._storage(),
      key: ["orchestrator.chat", "account", "skill", "engagement"]
        .map((name, at) => (at ? this.getAttribute(name) ?? "" : name))
        .join("/"),
    });
    this._draw();
    const redraw = () => this._show();
    this.consumer.addEventListener("changed", redraw);
    this.consumer.addEventListener("typing", ({ detail }) => this._typing(detail));
    this.consumer.addEventListener("refused", ({ detail }) => this._refused(detail));
    for (const name of ["said", "opened"]) {
      this.consumer.addEventListener(name, ({ detail }) =>
        this.dispatchEvent(new CustomEvent(`chat:${name}`, { detail, bubbles: true })),
      );
    }
    whenForbidden(this.consumer, redraw);
    document.addEventListener("visibilitychange", () => this._seen());
    window.addEventListener("online", () => this.consumer.hurry());
    window.addEventListener("focus", () => this.consumer.hurry());
    window.addEventListener("offline", () => this.consumer.drop());
    if (this.consumer.conversationId || !this.hasAttribute("lazy")) this.consumer.start();
    this._show();
  }

  disconnectedCallback() {
    this.consumer?.stop();
  }

  focusInput() {
    this._input.focus();
    this._seen();
  }

  newConversation() {
    this._dropError();
    this.consumer.renew();
    this._input.focus();
  }

  speak(language) {
    this.language = this.consumer.language = language;
    this.words = wordsFor(language);
    this._label();
    this._show();
  }

  _entry() {
    const [skillId, campaignId, engagementId] = ["skill", "campaign", "engagement"].map((name) =>
      this.getAttribute(name),
    );
    const entry = {};
    if (skillId) entry.skillId = skillId;
    if (campaignId) entry.campaignInfo = { campaignId, engagementId };
    return entry;
  }

  _storage() {
    try {
      return window.sessionStorage;
    } catch {
      return null;
    }
  }

  _draw() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet(LOOKS)];
    this._title = make("b");
    this._renew = make("button", { type: "button", onclick: () => this.newConversation() }, icon("renew"));
    this._end = make("button", { type: "button", onclick: () => this._close() }, icon("end"));
    this._hide = make("button", { type: "button", hidden: !this.hasAttribute("closable") }, icon("hide"));
    this._hide.addEventListener("click", () => this.dispatchEvent(new CustomEvent("chat:hide")));
    this._state = make("div", { className: "state", hidden: true });
    this._state.setAttribute("role", "status");
    this._log = make("div", { className: "log", tabIndex: 0 });
    this._log.setAttribute("role", "log");
    this._log.setAttribute("aria-live", "polite");
    this._note = make("div", { className: "typing" });
    this._note.setAttribute("aria-live", "polite");
    this._input = make("textarea", { rows: 1, maxLength: 5_000 });
    this._input.addEventListener("keydown", (event) => this._key(event));
    this._input.addEventListener("input", () => this._compose());
    this._file = make("input", { type: "file", hidden: true, accept: TAKEN });
    this._file.addEventListener("change", () => this._attach());
    this._clip = make("button", { type: "button", className: "attach", onclick: () => this._file.click() }, icon("attach"));
    this._go = make("button", { className: "go" });
    this._form = make("form", {}, this._clip, this._file, this._input, this._go);
    this._form.addEventListener("submit", (event) => (event.preventDefault(), this._send()));
    this._again = make("button", { type: "button", onclick: () => this.newConversation() });
    this._ended = make("p");
    this._over = make("div", { className: "over", hidden: true }, this._ended, this._again);
    this._over.setAttribute("role", "status");
    const foot = make("div", {}, this._form, this._over);
    const header = make("header", {}, this._title, this._renew, this._end, this._hide);
    this._window = make("div", { className: "window" }, header, this._state, this._log, this._note, foot);
    root.append(this._window);
    this._input.value = this.consumer.draft;
    this._label();
  }

  _label() {
    const { words } = this;
    this._window.dir = directionOf(this.language);
    this._window.lang = this.language;
    this._title.textContent = this.getAttribute("heading") || words.title;
    for (const [button, label] of [
      [this._renew, words.renew],
      [this._end, words.end],
      [this._hide, words.hide],
      [this._clip, words.attach],
    ]) {
      button.title = label;
      button.setAttribute("aria-label", label);
    }
    this._log.setAttribute("aria-label", words.title);
    this._input.setAttribute("aria-label", words.placeholder);
    this._input.placeholder = words.placeholder;
    this._go.textContent = words.send;
    this._again.textContent = words.renew;
    this._ended.textContent = words.over;
  }

  // What there is -----------------------------------------------------------------------------------

  _show() {
    const { consumer, words } = this;
    const told = { connecting: words.connecting, closed: consumer.conversationId ? words.lost : "" };
    const text = consumer.state === "closed" && consumer.wanted ? words.lost : told[consumer.state];
    this._state.textContent = (consumer.isForbidden ? words.blocked : text) ?? "";
    this._state.hidden = !this._state.textContent;
    this.dataset.state = consumer.state;
    const over = consumer.isOver;
    if (over && this._form.contains(this.shadowRoot.activeElement)) this._again.focus?.();
    this._form.hidden = over;
    this._over.hidden = !over;
    this._end.disabled = !consumer.conversationId || over;
    this._clip.disabled = !consumer.conversationId || consumer.state !== "ready";
    const atEnd = this._log.scrollHeight - this._log.scrollTop - this._log.clientHeight < 80;
    this._list();
    if (atEnd) this._log.scrollTop = this._log.scrollHeight;
    this._seen();
  }

  _list() {
    const { said } = this.consumer;
    const first = said.find((each) => each.dialog !== said[0].dialog);
    const wanted = [
      ...said.flatMap((each) => [...(each === first ? [["survey", { divides: true }]] : []), [`s${each.dialog}/${each.sequence}`, each]]),
      ...this.consumer.waiting.map((each) => [`w${each.id}`, { ...each, mine: true, waits: true }]),
    ];
    const keys = new Set(wanted.map(([key]) => key));
    for (const child of [...this._log.children]) {
      if (!keys.has(child.dataset.key)) child.remove();
    }
    const lastMine = said.findLast((each) => each.mine);
    wanted.forEach(([key, each], at) => {
      let shown = [...this._log.children].find((child) => child.dataset.key === key);
      if (!shown) {
        shown = each.divides ? make("p", { className: "divides" }) : this._bubble(each);
        shown.dataset.key = key;
      }
      if (this._log.children[at] !== shown) this._log.insertBefore(shown, this._log.children[at] ?? null);
      if (each.divides) return void (shown.textContent = this.words.survey);
      shown.querySelector(".meta").textContent = this._meta(each, each === lastMine);
      if (each.failed) this._showFailed(shown, each);
      const replies = shown.querySelector(".replies");
      if (replies) replies.hidden = at !== wanted.length - 1 || this.consumer.isOver;
    });
    if (!wanted.length) this._log.append(this._welcome());
  }

  _welcome() {
    const shown = make("p", { className: "welcome", textContent: this.words.welcome });
    shown.dataset.key = "welcome";
    return shown;
  }

  _meta(each, isLastMine) {
    const { words } = this;
    if (each.waits) return each.failed ? words.unsent : words.sending;
    const at = new Date(each.at).toLocaleTimeString(this.language, { hour: "2-digit", minute: "2-digit" });
    if (!each.mine) {
      const who = ["CONTROLLER", "SYSTEM"].includes(each.role) ? words.system : words.agent;
      return `${who} · ${at}`;
    }
    const state = { READ: words.seen, ACCEPT: words.delivered }[each.status] ?? words.sent;
    return isLastMine ? `${at} · ${state}` : at;
  }

  _bubble(each) {
    const { event } = each;
    const text = make("div", { className: "text", dir: "auto" });
    if (event.contentType === "hosted/file") this._showFile(text, event.message, each.waits);
    else if (event.type === "RichContentEvent") text.textContent = textsOf(event.content).join("\n");
    else text.textContent = String(event.message ?? "");
    const who = make("span", { className: "unseen", textContent: `${each.mine ? this.words.you : this.words.agent}: ` });
    const shown = make("div", { className: `said${each.mine ? " mine" : ""}${each.waits ? " waiting" : ""}` }, who, text);
    const replies = each.mine ? [] : repliesOf(event);
    if (replies.length) {
      const buttons = replies.map((title) =>
        make("button", { type: "button", textContent: title, onclick: () => this._sayText(title) }),
      );
      shown.append(make("div", { className: "replies" }, ...buttons));
    }
    shown.append(make("div", { className: "meta" }));
    return shown;
  }

  // What the server refused is not thrown away: one can take it up again, in a new conversation
  // where the old one is over.
  _showFailed(shown, each) {
    if (shown.querySelector(".again")) return;
    shown.classList.replace("waiting", "failed");
    const isText = each.event.contentType === "text/plain";
    const again = make("button", { type: "button", className: "again", textContent: isText ? this.words.again : this.words.remove });
    again.addEventListener("click", () => this._takeUp(each, isText));
    shown.append(again);
  }

  _takeUp(each, isText) {
    this._dropError();
    if (this.consumer.isOver) this.consumer.renew();
    else this.consumer.unsay(each);
    if (isText) this._input.value = [each.event.message, this._input.value].filter(Boolean).join("\n");
    this.consumer.write(this._input.value);
    this._input.focus();
  }

  async _showFile(text, message, waits) {
    const name = message?.caption || message?.relativePath || "";
    text.textContent = name;
    if (waits || !message?.relativePath) return;
    try {
      const address = await this.consumer.addressOf(message.relativePath);
      const link = make("a", { href: address, target: "_blank", rel: "noopener", textContent: name });
      const isPicture = PICTURES.test(message.fileType ?? "");
      const inside = isPicture ? [make("img", { src: address, alt: name })] : [];
      text.replaceChildren(...inside, link);
    } catch {
      // the name stays: the file is gone, or the connection was
    }
  }

  _typing(isTyping) {
    this._note.textContent = isTyping ? `${this.words.agent} ${this.words.typing}` : "";
  }

  async _refused(error) {
    if (!error.code) return; // a lost connection says so itself
    await this._learn();
    this._dropError();
    const shown = make("div", { className: "typing error", textContent: error.words ?? this._reason(error) });
    shown.setAttribute("role", "alert");
    this._error = shown;
    this._note.before(shown);
    this._note.hidden = true;
  }

  // The server speaks English, the page perhaps the reader's language: nothing is told in another.
  _reason({ message, said = message }) {
    const told = hasRefusalsIn(this.language) ? retold(said) : said;
    const isTheirs = this.language.toLowerCase().startsWith("en") || told !== said;
    return isTheirs ? `${this.words.unsent}: ${told}` : this.words.unsent;
  }

  // A page of somebody else brings no words along: they are asked for when something is refused.
  async _learn() {
    const base = this.getAttribute("base");
    if (!base || this._learned === this.language || !hasRefusalsIn(this.language)) return;
    this._learned = this.language;
    learn(await refusalsIn(this.language, base));
  }

  _dropError() {
    this._error?.remove();
    this._error = null;
    this._note.hidden = false;
  }

  // What somebody does ---------------------------------------------------------------------------------

  _key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this._send();
  }

  _compose() {
    this.consumer.write(this._input.value);
    if (!this._composing) this.consumer.typing("COMPOSING");
    clearTimeout(this._composing);
    this._composing = setTimeout(() => this._pause(), TYPING_FOR);
  }

  _pause() {
    clearTimeout(this._composing);
    this._composing = null;
    this.consumer.typing("PAUSE");
  }

  _send() {
    const text = this._input.value.trim();
    if (!text) return;
    this._input.value = "";
    this.consumer.write("");
    if (this._composing) this._pause();
    this._sayText(text);
  }

  _sayText(text) {
    this._dropError();
    this.consumer.say({ type: "ContentEvent", contentType: "text/plain", message: text });
    this._log.scrollTop = this._log.scrollHeight;
  }

  async _attach() {
    const [file] = this._file.files;
    this._file.value = "";
    if (!file) return;
    try {
      await this.consumer.sendFile(file);
    } catch (error) {
      this._refused({ code: 400, words: `${file.name}: ${this.words.unfit}`, ...error });
    }
  }

  _close() {
    this.consumer.close().catch((error) => this._refused(error));
  }

  _seen() {
    if (document.visibilityState === "visible" && this.offsetParent !== null) this.consumer.read();
  }
}

if (!customElements.get("consumer-chat")) customElements.define("consumer-chat", ConsumerChat);
