// <policy-editor>: one policy as its JSON document, shown as conditions, as an expression, as JSON.
import { codeEditor } from "./editor/code.js";
import { parsed, same } from "./editor/document.js";
import { h } from "./editor/dom.js";
import { Exception } from "./editor/exception.js";
import { Frame } from "./editor/frame.js";
import { Kept } from "./editor/kept.js";
import { Known } from "./editor/known.js";
import { Looking } from "./editor/looking.js";
import { Notices } from "./editor/notices.js";
import { Part } from "./editor/part.js";
import { Replay } from "./editor/replay.js";
import "./editor/remains.js";
import * as restoring from "./editor/restoring.js";
import { pause, save } from "./editor/saving.js";
import { leaveFor, Lost, SignedOut } from "./editor/server.js";
import { Side } from "./editor/side.js";
import { _ } from "./editor/words.js";

const PAUSE = 350;

// Asked of by the browser before a page goes that has what is kept nowhere else.
const stay = (event) => event.preventDefault();

class PolicyEditor extends HTMLElement {
  async connectedCallback() {
    if (this.form) return;
    this.form = this.querySelector("form");
    this.plain = this.form.querySelector(".editor-plain");
    this.area = this.plain.querySelector("textarea");
    this.known = new Known(JSON.parse(this.querySelector('script[type="application/json"]').textContent));
    this.kept = new Kept(this.dataset.key);
    this.version = this.form.elements.version.value;
    this.touched = Boolean(this.dataset.policy);
    this.told = ""; // what was said of the drafts of other tabs
    this.looking = new Looking(this);
    await this.kept.open();
    const { state, saved } = this.dataset;
    this.stands(saved ?? this.area.defaultValue);
    if (state === "settled") this.kept.forget();
    const found = state ? null : await restoring.found(this);
    this.build();
    this.begin(found);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      save(this);
    });
    this.form.elements.message.addEventListener("input", () => this.keep());
    document.addEventListener("connection:back", () => this.looking.look());
    addEventListener("pagehide", () => this.querySelector("[data-pending]:focus")?.dispatchEvent(new Event("change"))); // typed, and not entered yet
    this.looking.look();
  }

  build() {
    this.notices = new Notices();
    this.frame = new Frame({ changed: () => this.changed(), choose: (tab) => this.choose(tab), left: () => this.soon() }, { isNew: !this.dataset.policy });
    this.host = {
      known: this.known,
      notices: this.notices,
      changed: () => this.changed(),
      left: () => this.soon(),
      announce: (words) => {
        this.frame.live.textContent = words;
      },
      removed: (undo) => this.notices.say("removed", [_("Removed.")], [[_("Undo"), () => {
        this.notices.drop("removed");
        undo();
      }]]),
      tell: (words) => this.notices.say("told", [words]),
      show: (part, mode) => (part === this.main ? this.choose(mode) : this.turn(part, mode)),
      turn: (part, mode) => this.turn(part, mode),
      obstacle: (part) => this.obstacle(part),
    };
    this.except = new Exception(this.host);
    this.replay = new Replay({ policy: this.dataset.policy, fields: () => this.fields(), failure: (error) => this.failure(error) });
    this.side = new Side({ replay: this.replay.element, message: this.form.elements.message, policy: this.dataset.policy, tryIt: this.dataset.tryIt && (() => this.tryIt()), discard: () => this.discard() });
    this.plain.hidden = true;
    this.form.noValidate = true; // all that is wrong is said at once, beside its field
    const { head, when, then, live } = this.frame;
    const main = h("div", { class: "stack editor-main" }, this.notices.element, head, when, then, this.except.element);
    this.form.append(h("div", { class: "editor" }, main, this.side.element), live);
  }

  // What was kept comes before what the server has: nobody loses what they typed.
  begin(found) {
    const { state, place } = this.dataset;
    const { value: typed, defaultValue: given } = this.area; // it was there before the scripts
    const isTyped = typed !== given && !same(typed, given);
    if (state) history.replaceState(null, "", place);
    if (isTyped) {
      if (found) this.kept.leave(found);
      this.load(typed);
      this.changed();
    } else if (found) this.goOn(found);
    else this.load(given);
    if (state === "unsaved") {
      this.notices.say("taken", [_("What you save next replaces version {number}.", { number: this.version })]);
      this.changed();
    }
    this.kept.watch(() => {
      clearTimeout(this.hearing);
      this.hearing = setTimeout(() => restoring.sayOthers(this), PAUSE);
    });
    restoring.sayOthers(this);
  }

  // Go on with a draft that was kept.
  goOn(draft) {
    this.load(draft.text, draft.tab);
    this.touched = true;
    this.version = draft.version ?? this.version;
    const { message } = this.form.elements;
    message.value = draft.message ?? message.value;
    this.keep(draft);
    if (this.kept.last) restoring.sayRestored(this, draft);
  }

  // `text` is what the server has, as version `version`: where discarding goes back to.
  stands(text, version = this.version) {
    const { document } = parsed(text);
    this.original = text;
    this.saved = document ? JSON.stringify(document) : text;
    this.form.elements.version.value = this.version = version;
  }

  discard() {
    const { text, tab, version } = this;
    this.touched = Boolean(this.dataset.policy);
    clearTimeout(this.timer);
    this.version = this.form.elements.version.value;
    for (const name of ["restored", "taken", "stale", "failed", "refused"]) this.notices.drop(name);
    this.load(this.original, tab);
    this.notices.say("discarded", [_("Your edits are discarded.")], [[_("Undo"), () => {
      this.version = version;
      this.load(text, tab);
      this.changed();
      this.notices.drop("discarded");
    }]]);
    this.keep();
    this.looking.look();
    (this.tab === "json" ? this.frame.tabs.querySelector('[aria-selected="true"]') : this.frame.name).focus();
  }

  // Take a document; what the builder cannot hold begins in its JSON.
  load(text, tab) {
    const { document, refusal } = parsed(text);
    if (!document || tab === "json") {
      this.tab = "json";
      this.source(document ? JSON.stringify(document, null, 2) : text);
      this.take(document ?? {});
      if (!document) this.notices.say("refused", [refusal]);
    } else {
      this.take(document);
      this.tab = this.main.block.mode;
    }
    this.draw();
  }

  source(text) {
    if (this.json) this.json.text = text;
    else this.json = codeEditor({ language: "json", label: _("The policy as JSON"), text, changed: () => this.changed() });
  }

  take(document) {
    this.notices.drop("removed"); // it belonged to what was there
    const { name, enabled, exception, conditions, expression, actions, ...rest } = document;
    this.rest = rest;
    this.frame.name.value = name ?? "";
    this.frame.enabled.checked = enabled === true;
    this.main = new Part({ ...(expression !== undefined && { expression }), ...(conditions !== undefined && { conditions }), actions }, "", this.host);
    this.except.take(exception);
  }

  get text() {
    return this.tab === "json" ? this.json.text : JSON.stringify(this.document());
  }

  document(written = (part) => part.write()) {
    const { name, enabled } = this.frame;
    const whole = { ...this.rest, name: name.value.trim(), enabled: enabled.checked, ...written(this.main) };
    if (this.except.part) whole.exception = written(this.except.part);
    return whole;
  }

  // What is in sight, so that mistakes are told where they are seen.
  get shown() {
    return this.tab === "json" ? this.json.text : JSON.stringify(this.document((part) => part.shown()));
  }

  draw() {
    this.frame.draw(this.tab, { main: this.main, json: this.json, except: this.except });
  }

  // Go to another tab, or stay and say why; answers the sentence.
  async choose(tab) {
    this.notices.drop("refused");
    const refusal = await this.paused(() => this.goTo(tab));
    if (refusal) this.notices.say("refused", [refusal]);
    else this.looking.look();
    return refusal;
  }

  async goTo(tab) {
    if (tab === this.tab) return "";
    if (tab === "json") {
      this.source(JSON.stringify(this.document(), null, 2));
      this.tab = "json";
      this.draw();
      return "";
    }
    if (this.tab === "json") {
      const unread = await this.looking.unread(this.json.text);
      const { document, refusal } = parsed(this.json.text);
      if (unread || refusal) return unread || refusal;
      const before = this.main.block.twin;
      this.take(document);
      this.main.block.twin = before;
    }
    const refusal = await this.convert(this.main, tab);
    if (!refusal) this.tab = tab;
    this.draw();
    return refusal;
  }

  async turn(part, mode) {
    this.notices.drop("refused");
    const wasHere = this.except.element.contains(document.activeElement);
    const refusal = await this.paused(() => this.convert(part, mode));
    if (refusal) this.notices.say("refused", [refusal]);
    this.except.draw();
    if (wasHere) this.except.turning.focus();
    this.changed();
    return refusal;
  }

  // Nothing is typed into what the server is asked about.
  async paused(act) {
    pause(this, true);
    try {
      return await act();
    } finally {
      pause(this, false);
    }
  }

  async convert(part, mode) {
    try {
      return await part.become(mode);
    } catch (error) {
      return this.failure(error);
    }
  }

  // What keeps a block that is built from being an expression, said on the page as well.
  async obstacle(part) {
    this.notices.drop("refused");
    const refusal = await this.paused(async () => {
      try {
        return (await part.other("expression")).refusal;
      } catch (error) {
        return this.failure(error);
      }
    });
    if (refusal) this.notices.say("refused", [refusal]);
    return refusal;
  }

  failure(error) {
    const { isKept } = this.kept;
    if (error instanceof Lost) return isKept ? _("The server does not answer. Your edits are kept in this browser; go on once it is back.") : _("The server does not answer. Stay on this page, which alone has your edits, and go on once it is back.");
    if (error instanceof SignedOut) {
      this.notices.say("out", [isKept ? _("You are signed out. Your edits are kept in this browser.") : _("You are signed out. Stay on this page, which alone has your edits.")], [], h("a", { href: "/console/sign-in", target: "_blank", rel: "noopener", class: "button" }, _("Sign in in a new tab")));
      return _("Sign in, then go on here.");
    }
    throw error;
  }

  changed() {
    this.notices.drop("discarded");
    this.touched = true;
    this.replay.edited();
    this.keep();
    this.soon();
  }

  // Not at once: what a click is on its way to must not move.
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.looking.look(), PAUSE);
  }

  // Keep what is not saved, and say so; where the browser keeps nothing it asks before one leaves.
  keep(draft) {
    const { text, tab, version } = this;
    const isDirty = text !== this.saved;
    if (isDirty) this.kept.write(draft ?? { text, tab, version, message: this.form.elements.message.value });
    else this.kept.forget();
    this.side.dirty(isDirty, this.kept.isKept);
    this.settle(this.kept.isKept);
  }

  // Whether the page may go: nothing is only here.
  settle(isSettled) {
    if (isSettled) removeEventListener("beforeunload", stay);
    else addEventListener("beforeunload", stay);
  }

  // What is not saved goes along to the playground, and stays here as well.
  tryIt() {
    const { document: draft, replaces } = this.fields();
    leaveFor(this.dataset.tryIt, { draft, replaces, button: "begin" });
  }

  fields(text = this.text) {
    return { document: text, replaces: this.dataset.policy ?? "" };
  }

  tell(problems) {
    this.looking.tell(problems);
  }
}

customElements.define("policy-editor", PolicyEditor);
