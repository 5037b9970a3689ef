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
import { save } from "./editor/saving.js";
import { leaveFor, Lost, SignedOut } from "./editor/server.js";
import { Side } from "./editor/side.js";
import { _ } from "./editor/words.js";

const PAUSE = 350;

class PolicyEditor extends HTMLElement {
  connectedCallback() {
    if (this.form) return;
    this.form = this.querySelector("form");
    this.plain = this.form.querySelector(".editor-plain");
    this.known = new Known(JSON.parse(this.querySelector('script[type="application/json"]').textContent));
    this.kept = new Kept(this.dataset.key);
    this.version = this.form.elements.version.value;
    this.original = this.plain.querySelector("textarea").value;
    this.touched = Boolean(this.dataset.policy);
    this.looking = new Looking(this);
    this.build();
    this.begin();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      save(this);
    });
    document.addEventListener("connection:back", () => this.looking.look());
    this.looking.look();
  }

  build() {
    this.notices = new Notices();
    this.frame = new Frame({ changed: () => this.changed(), choose: (tab) => this.choose(tab) });
    this.host = {
      known: this.known,
      notices: this.notices,
      changed: () => this.changed(),
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
    };
    this.except = new Exception(this.host);
    this.side = new Side({ message: this.form.elements.message, policy: this.dataset.policy, tryIt: this.dataset.tryIt && (() => this.tryIt()), discard: () => this.discard() });
    this.plain.hidden = true;
    const { head, when, then, live } = this.frame;
    const main = h("div", { class: "stack editor-main" }, this.notices.element, head, when, then, this.except.element);
    this.form.append(h("div", { class: "editor" }, main, this.side.element), live);
  }

  // What was kept comes before what the server has: nobody loses what they typed.
  begin() {
    const mine = this.original;
    this.stands(this.dataset.saved ?? mine);
    if (this.dataset.state) history.replaceState(null, "", this.dataset.place);
    if (this.dataset.state === "unsaved") {
      this.load(mine);
      this.notices.say("taken", [_("What you save next replaces version {number}.", { number: this.version })]);
      this.changed();
      return;
    }
    if (this.dataset.state === "settled") this.kept.forget();
    const kept = this.kept.read();
    const found = kept?.text && kept.text !== this.original && !same(kept.text, this.original) ? kept : null;
    if (!found) this.kept.forget();
    this.load(found?.text ?? this.original, found?.tab);
    if (found && this.text !== this.saved) {
      this.touched = true;
      this.version = found.version ?? this.version;
      this.side.dirty(true);
      const at = h("time", { datetime: new Date(found.at).toISOString() }, new Date(found.at).toLocaleString());
      this.notices.say("restored", [_("Your edits that were not saved are here again, from"), " ", at, "."], [[_("Discard them"), () => this.discard()]]);
    } else if (found) this.kept.forget();
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
    this.kept.forget();
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
    this.side.dirty(false);
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
    const refusal = await this.goTo(tab);
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
    this.tab = this.main.block.mode;
    this.draw();
    return refusal;
  }

  async turn(part, mode) {
    this.notices.drop("refused");
    const refusal = await this.convert(part, mode);
    if (refusal) this.notices.say("refused", [refusal]);
    this.except.draw();
    this.changed();
    return refusal;
  }

  async convert(part, mode) {
    try {
      return await part.become(mode);
    } catch (error) {
      return this.failure(error);
    }
  }

  failure(error) {
    if (error instanceof Lost) return _("The server does not answer. Your edits are kept in this browser; go on once it is back.");
    if (error instanceof SignedOut) {
      this.notices.say("out", [_("You are signed out. Your edits are kept in this browser.")], [], h("a", { href: "/console/sign-in", target: "_blank", rel: "noopener", class: "button" }, _("Sign in in a new tab")));
      return _("Sign in, then go on here.");
    }
    throw error;
  }

  changed() {
    const { text } = this;
    this.notices.drop("discarded");
    this.touched = true;
    this.side.dirty(text !== this.saved);
    if (text === this.saved) this.kept.forget();
    else this.kept.write({ text, tab: this.tab, version: this.version });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.looking.look(), PAUSE);
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
