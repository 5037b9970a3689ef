// <policy-editor>: one policy as its JSON document, shown as conditions, as an expression, as JSON.
import { codeEditor } from "./editor/code.js";
import { beside } from "./editor/compare.js";
import { parsed } from "./editor/document.js";
import { h, unique } from "./editor/dom.js";
import { Kept } from "./editor/kept.js";
import { Known } from "./editor/known.js";
import { Part } from "./editor/part.js";
import { ask, Lost, SignedOut } from "./editor/server.js";
import { Side } from "./editor/side.js";
import { _ } from "./editor/words.js";

const PAUSE = 350;
const TABS = { build: "Conditions", expression: "Write an expression", json: "JSON" };
const PLACED = /^.*?line (\d+), column (\d+): (.*)$/s;

class PolicyEditor extends HTMLElement {
  connectedCallback() {
    if (this.form) return;
    this.form = this.querySelector("form");
    this.plain = this.form.querySelector(".editor-plain");
    this.known = new Known(JSON.parse(this.querySelector('script[type="application/json"]').textContent));
    this.kept = new Kept(this.dataset.key);
    this.version = this.form.elements.version.value;
    this.original = this.plain.querySelector("textarea").value;
    this.busy = null;
    this.touched = Boolean(this.dataset.policy);
    this.build();
    this.begin();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    document.addEventListener("connection:back", () => this.look());
    this.look();
  }

  build() {
    this.live = h("p", { class: "unseen", role: "status" });
    this.notices = h("div", { class: "stack", role: "status" });
    this.nameError = h("p", { class: "error break", id: unique("name-error"), hidden: true });
    this.name = h("input", { id: "editor-name", maxlength: "200", autocomplete: "off", required: true, "aria-describedby": this.nameError.id, placeholder: _("What it is for, such as VIP to advisors"), oninput: () => this.changed() });
    this.enabled = h("input", { type: "checkbox", role: "switch", id: "editor-enabled", onchange: () => this.changed() });
    this.head = h(
      "section",
      { class: "card editor-head" },
      h("div", { class: "field grow" }, h("label", { for: "editor-name" }, _("Name")), this.name, this.nameError),
      h("label", { class: "editor-switch" }, h("span", { class: "switch" }, this.enabled, h("span", {})), h("span", {}, _("Enabled"))),
    );
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": _("How to edit"), onkeydown: (event) => this.steps(event) });
    for (const [name, words] of Object.entries(TABS)) {
      this.tabs.append(h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "editor-panel", onclick: () => this.choose(name) }, _(words)));
    }
    this.panel = h("div", { role: "tabpanel", id: "editor-panel" });
    this.heading = h("h2", { id: "editor-when" });
    this.when = h("section", { class: "card", "aria-labelledby": "editor-when" }, this.heading, this.tabs, this.panel);
    this.then = h("section", { class: "card", "aria-labelledby": "editor-then" });
    this.except = h("section", { class: "card", "aria-labelledby": "editor-except" });
    this.side = new Side({ message: this.form.elements.message, tryIt: this.dataset.tryIt });
    this.plain.hidden = true;
    this.form.append(h("div", { class: "editor" }, h("div", { class: "stack editor-main" }, this.notices, this.head, this.when, this.then, this.except), this.side.element), this.live);
  }

  // What was kept comes before what the server has: nobody loses what they typed.
  begin() {
    const kept = this.kept.read();
    const found = kept?.text && kept.text !== this.original ? kept : null;
    const first = parsed(this.original);
    this.saved = first.document ? JSON.stringify(first.document) : this.original;
    this.load(found?.text ?? this.original, found?.tab);
    if (found && this.text !== this.saved) {
      this.touched = true;
      this.version = found.version ?? this.version;
      const at = h("time", { datetime: new Date(found.at).toISOString() }, new Date(found.at).toLocaleString());
      this.notice("restored", [_("Your edits that were not saved are here again, from"), " ", at, "."], [[_("Discard them"), () => this.discard()]]);
    } else if (found) this.kept.forget();
    if (this.plain.dataset.typed) this.notice("typed", [this.plain.dataset.typed]);
  }

  discard() {
    this.touched = Boolean(this.dataset.policy);
    this.kept.forget();
    this.version = this.form.elements.version.value;
    this.load(this.original);
    this.drop("restored");
    this.look();
    this.name.focus();
  }

  // Take a document; what the builder cannot hold begins in its JSON.
  load(text, tab) {
    const { document, refusal } = parsed(text);
    if (!document || tab === "json") {
      this.tab = "json";
      this.source(document ? JSON.stringify(document, null, 2) : text);
      if (document) this.take(document);
      else this.take({});
      if (!document) this.notice("refused", [refusal]);
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
    this.name.value = name ?? "";
    this.enabled.checked = enabled === true;
    const host = this.host();
    this.main = new Part({ ...(expression !== undefined && { expression }), ...(conditions !== undefined && { conditions }), actions }, "", host);
    this.exception = exception && new Part(exception, "exception.", host);
  }

  host() {
    return {
      known: this.known,
      changed: () => this.changed(),
      announce: (words) => {
        this.live.textContent = words;
      },
      removed: (undo) => this.notice("removed", [_("Removed.")], [[_("Undo"), () => {
        this.drop("removed");
        undo();
      }]]),
      tell: (words) => this.notice("told", [words]),
      show: (part, mode) => (part === this.main ? this.choose(mode) : this.turn(part, mode)),
    };
  }

  get text() {
    return this.tab === "json" ? this.json.text : JSON.stringify(this.document());
  }

  document() {
    const whole = { ...this.rest, name: this.name.value.trim(), enabled: this.enabled.checked, ...this.main.write() };
    if (this.exception) whole.exception = this.exception.write();
    return whole;
  }

  draw() {
    for (const tab of this.tabs.children) {
      const isChosen = tab.id === `tab-${this.tab}`;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${this.tab}`);
    const isJson = this.tab === "json";
    this.heading.textContent = isJson ? _("The whole policy") : _("When");
    for (const part of [this.head, this.then, this.except]) part.hidden = isJson;
    if (isJson) {
      this.panel.replaceChildren(this.json);
      return;
    }
    this.main.draw();
    this.panel.replaceChildren(this.main.builder.element, this.main.written);
    this.then.replaceChildren(h("h2", { id: "editor-then" }, _("Then")), this.main.actions.element);
    this.drawException();
  }

  drawException() {
    const heading = h("h2", { id: "editor-except", class: "grow" }, _("Exception"));
    const about = h("p", { class: "soft" }, _("Looked at first: where it matches, its actions are carried out instead."));
    if (!this.exception) {
      const add = () => {
        this.exception = new Part({ conditions: [], actions: [] }, "exception.", this.host());
        this.drawException();
        this.except.querySelector("select").focus();
        this.changed();
      };
      this.except.replaceChildren(h("header", {}, heading, h("button", { type: "button", onclick: add }, _("+ Add an exception"))), about);
      return;
    }
    const part = this.exception;
    const isBuilt = part.block.mode === "build";
    const other = isBuilt ? "expression" : "build";
    const remove = () => {
      this.exception = null;
      this.drawException();
      this.changed();
      this.notice("removed", [_("The exception is removed.")], [[_("Undo"), () => {
        this.drop("removed");
        this.exception = part;
        this.drawException();
        this.changed();
      }]]);
    };
    part.draw();
    this.except.replaceChildren(
      h("header", {}, heading, h("button", { type: "button", class: "quiet", onclick: () => this.turn(part, other) }, isBuilt ? _("Write an expression") : _("As conditions")), h("button", { type: "button", class: "danger", onclick: remove }, _("Remove"))),
      about,
      part.builder.element,
      part.written,
      h("h3", {}, _("Then")),
      part.actions.element,
    );
  }

  steps(event) {
    const all = [...this.tabs.children];
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = all[(all.indexOf(document.activeElement) + by + all.length) % all.length];
    next.focus();
  }

  // Go to another tab, or stay and say why; answers the sentence.
  async choose(tab) {
    this.drop("refused");
    const refusal = await this.goTo(tab);
    if (refusal) this.notice("refused", [refusal]);
    else this.look();
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
      const twice = await this.read(this.json.text);
      const { document, refusal } = parsed(this.json.text);
      if (twice || refusal) return twice || refusal;
      const before = this.main.block.twin;
      this.take(document);
      this.main.block.twin = before;
    }
    const refusal = await this.convert(this.main, tab);
    this.tab = this.main.block.mode;
    this.draw();
    return refusal;
  }

  // Keys that stand twice would be lost on the way: only the server's reader sees them.
  async read(text) {
    try {
      const { body } = await ask("/console/policy-editor/look", this.fields(text));
      return body?.problems?.find(({ code }) => code === "duplicate" || code === "syntax")?.message ?? "";
    } catch {
      return "";
    }
  }

  async turn(part, mode) {
    this.drop("refused");
    const refusal = await this.convert(part, mode);
    if (refusal) this.notice("refused", [refusal]);
    this.drawException();
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
      this.notice("out", [_("You are signed out. Your edits are kept in this browser.")], [], h("a", { href: "/console/sign-in", target: "_blank", rel: "noopener", class: "button" }, _("Sign in in a new tab")));
      return _("Sign in, then go on here.");
    }
    throw error;
  }

  changed() {
    const { text } = this;
    this.touched = true;
    this.side.dirty(text !== this.saved);
    if (text === this.saved) this.kept.forget();
    else this.kept.write({ text, tab: this.tab, version: this.version });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE);
  }

  fields(text = this.text) {
    return { document: text, replaces: this.dataset.policy ?? "" };
  }

  async look() {
    this.busy?.abort();
    this.busy = new AbortController();
    const { signal } = this.busy;
    try {
      const { ok, body } = await ask("/console/policy-editor/look", this.fields(), { signal });
      if (!ok) return;
      this.tell(body.problems, body.warnings);
      this.side.sentence(body.sentence);
      if (body.problems.length > 0) return this.side.findings([], this.touched ? "" : _("Give it a name, conditions and an action."));
      this.side.wait();
      const found = await ask("/console/policy-editor/findings", this.fields(), { signal });
      if (found.ok) this.side.findings(found.body);
    } catch (error) {
      if (error.name !== "AbortError") this.side.silent(this.failure(error));
    }
  }

  tell(problems, warnings = []) {
    if (!this.touched) return this.side.problems([], []); // nobody likes to be blamed for an empty form
    const all = [...problems, ...warnings.map((each) => ({ ...each, severity: "warning" }))];
    let rest = all;
    if (this.tab === "json") {
      const placed = all.filter(({ message, path }) => !path && PLACED.test(message));
      this.json.tell(placed.map(({ message, severity }) => {
        const [, line, column, words] = PLACED.exec(message);
        return { line: Number(line), column: Number(column), message: words, severity: severity ?? "error" };
      }));
    } else {
      const named = problems.find(({ path }) => path === "name");
      this.nameError.hidden = !named;
      this.nameError.textContent = named?.message ?? "";
      this.name.setAttribute("aria-invalid", String(Boolean(named)));
      rest = this.main.tell(all.filter((each) => each !== named));
      if (this.exception) rest = this.exception.tell(rest);
      rest = rest.filter(({ path }) => !/^(exception\.)?(conditions|actions)$/.test(path)); // said there
    }
    this.side.problems(all, rest);
  }

  async save() {
    this.touched = true;
    this.drop("failed");
    this.drop("stale");
    this.side.saving(true);
    try {
      const fields = { ...this.fields(), version: this.version, message: this.side.message.value };
      const { ok, body } = await ask(this.form.action, fields);
      if (ok) {
        this.kept.forget();
        location.assign(body.to);
        return;
      }
      this.side.saving(false);
      if (body?.stale) this.stale(body);
      else {
        if (body) this.tell(body.problems ?? []);
        this.notice("failed", [_("Not saved: {why}", { why: body?.message ?? _("the server refused it.") })]);
        this.querySelector('[aria-invalid="true"], .member.wrong select')?.focus();
      }
    } catch (error) {
      this.side.saving(false);
      this.notice("failed", [this.failure(error)]);
    }
  }

  // Somebody was faster: theirs beside mine, and neither is lost.
  stale({ message, stale }) {
    const mine = this.text;
    const keep = () => {
      this.version = String(stale.version);
      this.save();
    };
    const take = () => {
      const before = this.version;
      this.version = String(stale.version);
      this.saved = JSON.stringify(stale.policy);
      this.load(this.saved);
      this.changed();
      this.drop("stale");
      this.notice("taken", [_("This is theirs.")], [[_("Bring mine back"), () => {
        this.version = before;
        this.load(mine);
        this.changed();
        this.drop("taken");
      }]]);
    };
    const both = beside(stale, mine, this.side.said);
    const acts = stale.policy ? [[_("Save mine over theirs"), keep], [_("Look at theirs"), take]] : [];
    this.notice("stale", [h("b", {}, message), " ", _("Yours is kept here until you decide.")], acts, both);
    this.querySelector('[data-notice="stale"]').focus();
  }

  notice(name, words, acts = [], more = null) {
    this.drop(name);
    const sort = name === "failed" || name === "stale" || name === "out" ? "bad" : name === "refused" ? "warn" : "";
    this.notices.append(
      h(
        "div",
        { class: `note notice ${sort}`, "data-notice": name, tabindex: "-1", role: sort ? "alert" : null },
        h("p", { class: "break" }, words),
        more,
        h("div", { class: "bar" }, acts.map(([label, act]) => h("button", { type: "button", onclick: act }, label)), h("button", { type: "button", class: "quiet", onclick: () => this.drop(name) }, _("Close"))),
      ),
    );
    if (sort) this.notices.scrollIntoView({ block: "nearest" });
  }

  drop(name) {
    this.notices.querySelector(`[data-notice="${name}"]`)?.remove();
  }
}

customElements.define("policy-editor", PolicyEditor);
