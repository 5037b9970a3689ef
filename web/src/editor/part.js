// A block of a policy: what it asks, built or written, and what happens then.
import { Actions } from "./actions.js";
import * as blocks from "./block.js";
import { Builder } from "./builder.js";
import { codeEditor } from "./code.js";
import { h } from "./dom.js";
import { askTimes, joined } from "./hours.js";
import { ask } from "./server.js";
import { told } from "./told.js";
import { _ } from "./words.js";

const PLACED = /^\p{L}+ (\d+), \p{L}+ (\d+): (.*)$/su; // "line 1, column 2: …", in any language

export class Part {
  // `host`: {known, changed, announce, removed, left, tell(sentence), show(part, tab), obstacle(part)}
  constructor(given, prefix, host) {
    this.host = host;
    this.prefix = prefix;
    this.block = blocks.read(given);
    this.list = structuredClone(given.actions ?? []);
    const own = { ...host, addHours: () => this.addTimes(), removed: (before) => host.removed(() => this.restore(before)), taken: (undo) => host.removed(undo) };
    this.own = own;
    this.builder = new Builder(this.block, prefix, own);
    this.actions = new Actions(this.list, prefix, own);
    this.code = null;
    this.error = h("p", { class: "error break", hidden: true });
    this.written = h(
      "div",
      { class: "stack" },
      h("div", { class: "bar" }, h("button", { type: "button", class: "quiet", onclick: () => this.addTimes() }, _("+ Opening hours or dates")), h("button", { type: "button", class: "quiet", onclick: () => this.addAttribute() }, _("Insert an attribute"))),
      this.error,
    );
  }

  write() {
    return { ...blocks.write(this.block), actions: this.list };
  }

  shown() {
    return { ...blocks.shown(this.block), actions: this.list };
  }

  // Draw what the mode says; the editor is made when it is first needed.
  draw() {
    if (this.block.mode === "expression" && !this.code) {
      this.code = codeEditor({
        language: "expression",
        known: this.host.known,
        label: _("Expression"),
        text: this.block.expression,
        changed: (text) => {
          this.block.expression = text;
          this.host.changed();
        },
      });
      this.error.before(this.code);
    }
    if (this.code) this.code.text = this.block.expression;
    this.builder.element.hidden = this.block.mode !== "build";
    this.written.hidden = this.block.mode !== "expression";
  }

  // What is incomplete is a mistake from here on.
  settle() {
    this.builder.fresh.clear();
    this.actions.fresh.clear();
  }

  restore(before) {
    Object.assign(this.block, blocks.read(before), { twin: this.block.twin });
    this.draw();
    this.builder.render();
  }

  // What the block is as "build" or "expression": {made}, or {refusal}, a sentence, where it has no such form.
  async other(mode) {
    const { block } = this;
    const given = blocks.shown(block);
    const { twin } = block;
    if (mode === "expression") {
      if (block.members.length === 0) return { made: { expression: block.empty === "all" ? "true" : "" } };
      if (twin && twin.conditions === JSON.stringify(given.conditions)) return { made: { expression: twin.expression } };
    } else if (!block.expression.trim()) return { made: { conditions: [] } };
    else if (twin?.expression === block.expression) return { made: { conditions: JSON.parse(twin.conditions) } };
    const { ok, body } = await ask("/console/policy-editor/convert", { block: JSON.stringify(given) });
    if (ok) return { made: body };
    return { refusal: body ? this.host.known.worded(body.message) : _("This cannot be shown in another form.") };
  }

  // Change to "build" or "expression"; answers a sentence where that is not possible.
  async become(mode) {
    const { block } = this;
    if (block.mode === mode) return "";
    const given = blocks.shown(block);
    const own = !block.twin || blocks.isTurned(block) ? block.own : ""; // once written in both, what is in sight counts
    const { made, refusal } = await this.other(mode);
    if (refusal) return refusal;
    const both = { ...given, ...made };
    Object.assign(block, blocks.read(made), { mode, own });
    block.twin = { expression: both.expression, conditions: JSON.stringify(both.conditions) };
    this.builder.draw();
    this.draw();
    return "";
  }

  // Times are written as an expression; where what is built cannot be one yet, that is said before anything is chosen.
  async addTimes() {
    const wasBuilt = this.block.mode === "build";
    if (wasBuilt && (await this.host.obstacle(this))) return;
    const found = await askTimes(this.host.known.schedules);
    if (!found) return;
    const refused = await this.host.show(this, "expression");
    if (refused) return;
    this.block.expression = joined(this.block.expression === "true" ? "" : this.block.expression, found);
    this.draw();
    this.code.focus();
    this.host.changed();
    if (wasBuilt) this.host.tell(_("Times are written as an expression, so the conditions became one."));
  }

  async addAttribute() {
    const found = await this.host.known.pickAttribute();
    if (found) this.code.view.dispatch(this.code.view.state.replaceSelection(found));
    this.code.focus();
  }

  // Show problems where they belong; returns those that belong nowhere here.
  tell(problems) {
    const place = `${this.prefix}expression`;
    const mine = problems.filter(({ path }) => path === place);
    this.error.hidden = mine.length === 0;
    this.error.replaceChildren(...told(mine.map(({ message }) => message).join("\n")).flat());
    this.code?.tell(
      mine.map(({ message, severity }) => {
        const [, line, column, words] = PLACED.exec(message) ?? [null, 1, 1, message];
        return { line: Number(line), column: Number(column), message: words, severity: severity ?? "error" };
      }),
    );
    return this.actions.tell(this.builder.tell(problems.filter(({ path }) => path !== place)));
  }
}
