// The nested condition builder: groups and rows, changed in place, drawn anew after each change.
import * as blocks from "./block.js";
import { grip, h, menu } from "./dom.js";
import { Fresh, say } from "./fresh.js";
import { adapt } from "./kinds.js";
import { told } from "./told.js";
import { chooser, valueOf } from "./values.js";
import { _ } from "./words.js";

const QUANTIFIERS = { all: _("All of the following"), any: _("Any of the following"), none: _("None of the following") };
const BETWEEN = { all: _("and"), any: _("or"), none: _("or") };
const FOLDING = ["EQUAL", "NOT_EQUAL", "IS_IN", "NOT_IN", "CONTAINS", "NOT_CONTAINS", "IS_PART_OF", "STARTS_WITH", "ENDS_WITH", "MATCHES"];

export class Builder {
  // `host`: {known, changed(), announce(words), addHours(), left()}
  constructor(block, prefix, host) {
    this.block = block;
    this.prefix = prefix;
    this.host = host;
    this.known = host.known;
    this.keys = new WeakMap();
    this.places = new WeakMap(); // what was drawn before keeps its own: a field that goes is still left
    this.next = 0;
    this.dragged = null;
    this.element = h("div", { class: "builder" });
    this.element.addEventListener("dragover", (event) => this.over(event));
    this.element.addEventListener("drop", (event) => this.drop(event));
    this.element.addEventListener("dragend", () => this.settle());
    this.fresh = new Fresh(this.element, (member) => this.places.get(member).node, host.left);
    this.draw();
  }

  key(node, part) {
    if (!this.keys.has(node)) this.keys.set(node, (this.next += 1));
    return `${this.prefix}${this.keys.get(node)}-${part}`;
  }

  changed() {
    this.host.changed();
  }

  // Draw anew, with the focus on the part called `key`, and say that something has changed.
  render(key) {
    this.draw();
    if (key) this.element.querySelector(`[data-key="${key}"]`)?.focus();
    this.changed();
  }

  draw() {
    const { block } = this;
    const at = blocks.isWrapped(block) ? `${this.prefix}conditions[0].${block.quantifier}` : `${this.prefix}conditions`;
    this.element.replaceChildren(
      this.group(block, block.members, { path: at, depth: 0, quantifier: block.quantifier, isRoot: true }),
    );
  }

  group(owner, members, { path, depth, quantifier, isRoot }) {
    const choose = h(
      "select",
      {
        class: "quantifier",
        "aria-label": _("Which of these must hold"),
        "data-key": this.key(owner, "quantifier"),
        onchange: (event) => this.quantify(owner, event.target.value, isRoot),
      },
      Object.entries(QUANTIFIERS).map(([name, words]) => h("option", { value: name, selected: name === quantifier }, words)),
    );
    const made = h(
      "div",
      { class: `group ${quantifier} depth-${Math.min(depth, 4)}`, role: "group", "aria-label": QUANTIFIERS[quantifier] },
      h("div", { class: "group-head" }, !isRoot && this.handle(owner, _("Drag the group")), choose, !isRoot && this.menuOf(owner, _("Actions for this group"))),
      h("ol", { class: "members" }, members.map((node, index) => this.member(node, { path: `${path}[${index}]`, index, depth, word: BETWEEN[quantifier] }))),
      members.length === 0 && this.nothing(quantifier, isRoot),
      h(
        "div",
        { class: "bar group-foot" },
        h("button", { type: "button", class: "quiet", "data-key": this.key(owner, "add"), onclick: () => this.add(owner, members, {}, "property") }, _("+ Add condition")),
        h("button", { type: "button", class: "quiet", onclick: () => this.add(owner, members, { any: [] }, "quantifier") }, _("+ Add group")),
        isRoot && h("button", { type: "button", class: "quiet", onclick: () => this.host.addHours() }, _("+ Opening hours or dates")),
      ),
    );
    this.places.set(made, { list: members, owner });
    return made;
  }

  nothing(quantifier, isRoot) {
    if (!isRoot) {
      const means = quantifier === "any" ? _("An empty group of “any” never holds.") : _("An empty group always holds.");
      return h("p", { class: "soft small" }, means);
    }
    if (this.block.empty === "any") return h("p", { class: "note" }, _("Never: an empty “any” holds for no conversation."));
    if (this.block.empty) return h("p", { class: "note" }, h("b", {}, _("Always.")), " ", _("Every conversation that gets this far matches. Add a condition to narrow it down."));
    return h(
      "div",
      { class: "note warn bar" },
      h("span", { class: "grow" }, _("No conditions yet. Add one, or say that the policy matches every conversation.")),
      h("button", {
        type: "button",
        "data-key": `${this.prefix}always`,
        onclick: () => {
          Object.assign(this.block, { quantifier: "all", empty: "all", wrapped: true });
          this.render(this.key(this.block, "add"));
        },
      }, _("Always")),
    );
  }

  member(node, { path, index, depth, word }) {
    const group = blocks.quantifierOf(node);
    const inner = group
      ? this.group(node, node[group], { path: `${path}.${group}`, depth: depth + 1, quantifier: group, isRoot: false })
      : this.row(node);
    const made = h("li", { class: "member", "data-path": path }, index > 0 && h("span", { class: "between", "aria-hidden": "true" }, word), inner, h("p", { class: "error break", hidden: true }));
    this.places.set(made, { node });
    return made;
  }

  row(node) {
    const operator = this.known.operator.get(node.type);
    const attribute = this.known.attribute(node.property);
    const choose = async () => {
      const found = await this.known.pickAttribute(node.property && this.known.label(node.property));
      if (found) {
        node.property = found;
        node.type ??= "EQUAL";
      }
      this.render(this.key(node, found ? "operator" : "property"));
    };
    const words = node.property ? this.known.label(node.property) : _("Choose an attribute");
    const facts = [attribute && h("span", {}, attribute.kind), node.ignoreCase && h("span", { class: "chip" }, _("Aa ignored"))].filter(Boolean);
    return h(
      "div",
      { class: "row" },
      this.handle(node, _("Drag the condition")),
      h(
        "div",
        { class: "row-parts" },
        h("div", { class: "attribute" }, chooser(words, null, choose, this.key(node, "property"), _("Attribute: {name}", { name: words })), facts.length > 0 && h("span", { class: "facts-line soft small" }, facts)),
        h(
          "select",
          {
            "aria-label": _("Operator"),
            "data-key": this.key(node, "operator"),
            onchange: (event) => {
              node.type = event.target.value;
              adapt(node, this.known.operator.get(node.type));
              this.render(this.key(node, "operator"));
            },
          },
          !operator && h("option", { value: "", selected: true }, node.type ?? _("…")),
          this.known.operators.map((each) => h("option", { value: each.name, selected: each === operator }, each.words)),
        ),
        operator?.takesValue && valueOf(node, operator, this, this.key(node, "value")),
      ),
      this.menuOf(node, _("Actions for the condition on {name}", { name: words })),
    );
  }

  handle(node, label) {
    return h(
      "span",
      {
        class: "handle",
        draggable: true,
        title: label,
        ondragstart: (event) => {
          this.dragged = node;
          event.dataTransfer.effectAllowed = "move";
          event.dataTransfer.setData("text/plain", "");
          const shown = event.target.closest(".member");
          event.dataTransfer.setDragImage(shown, 10, 10);
          requestAnimationFrame(() => shown.classList.add("dragged"));
        },
      },
      grip(),
    );
  }

  menuOf(node, label) {
    const { list, index, parent } = blocks.find(this.block, node);
    const above = list[index - 1];
    const below = list[index + 1];
    const into = (group, place) => () => {
      const inner = group[blocks.quantifierOf(group)];
      this.moved(node, inner, place === "end" ? inner.length : 0, _("Moved into the group."));
    };
    const out = () => {
      const outer = blocks.find(this.block, parent);
      this.moved(node, outer.list, outer.index + 1, _("Moved out of the group."));
    };
    const group = blocks.quantifierOf(node);
    return menu(label, this.key(node, "menu"), [
      above && [_("Move up"), () => this.moved(node, list, index - 1, _("Moved up."))],
      below && [_("Move down"), () => this.moved(node, list, index + 2, _("Moved down."))],
      above && blocks.isGroup(above) && [_("Move into the group above"), into(above, "end")],
      below && blocks.isGroup(below) && [_("Move into the group below"), into(below, "start")],
      parent && [_("Move out of the group"), out],
      [_("Put into a group of its own"), () => this.wrap(node, list, index)],
      group && [_("Take the group apart"), () => this.unwrap(node, list, index)],
      !group && FOLDING.includes(node.type) && [node.ignoreCase ? _("Heed upper and lower case") : _("Ignore upper and lower case"), () => this.fold(node)],
      [_("Duplicate"), () => this.duplicate(node, list, index)],
      [_("Remove"), () => this.remove(node, list, index), "danger"],
    ]);
  }

  quantify(owner, wanted, isRoot) {
    if (isRoot) {
      owner.quantifier = wanted;
      owner.empty = "";
    } else {
      const members = owner[blocks.quantifierOf(owner)];
      for (const name of blocks.GROUPS) delete owner[name];
      owner[wanted] = members;
    }
    this.render(this.key(owner, "quantifier"));
  }

  add(owner, members, node, part) {
    members.push(node);
    this.fresh.add(node);
    this.block.empty = "";
    this.render(this.key(node, part));
  }

  moved(node, list, index, words) {
    blocks.move(this.block, node, list, index);
    this.render(this.key(node, "menu"));
    this.host.announce(words);
  }

  wrap(node, list, index) {
    const made = { all: [node] };
    list.splice(index, 1, made);
    this.render(this.key(made, "quantifier"));
  }

  unwrap(node, list, index) {
    const members = node[blocks.quantifierOf(node)];
    list.splice(index, 1, ...members);
    this.render(members[0] ? this.key(members[0], "menu") : "");
    this.host.announce(_("The group is gone; its conditions stay."));
  }

  fold(node) {
    if (node.ignoreCase) delete node.ignoreCase;
    else node.ignoreCase = true;
    this.render(this.key(node, "menu"));
  }

  duplicate(node, list, index) {
    const made = structuredClone(node);
    list.splice(index + 1, 0, made);
    this.render(this.key(made, "menu"));
    this.host.announce(_("Duplicated."));
  }

  remove(node, list, index) {
    const before = structuredClone(blocks.shown(this.block));
    list.splice(index, 1);
    if (this.block.members.length === 0) this.block.empty = "";
    const near = list[index] ?? list[index - 1];
    this.render(near ? this.key(near, "menu") : this.key(this.block, "add"));
    this.host.removed(before);
  }

  // Where something that is dragged to this place would go.
  target(event) {
    const shown = event.target.closest(".member, .group-foot, .group-head, .note");
    if (!shown || !this.element.contains(shown)) return null;
    if (shown.matches(".member")) {
      const { node } = this.places.get(shown);
      const box = shown.getBoundingClientRect();
      const isBelow = event.clientY > box.top + box.height / 2;
      const { list, index } = blocks.find(this.block, node);
      return { list, index: index + (isBelow ? 1 : 0), shown, mark: isBelow ? "drop-after" : "drop-before" };
    }
    const group = shown.closest(".group");
    const { list } = this.places.get(group);
    return { list, index: shown.matches(".group-head") ? 0 : list.length, shown: group, mark: "drop-in" };
  }

  fits(target) {
    if (!target || !this.dragged) return false;
    return !blocks.isGroup(this.dragged) || !contains(this.dragged, target.list);
  }

  over(event) {
    const target = this.target(event);
    this.unmark();
    if (!this.fits(target)) return;
    event.preventDefault();
    target.shown.classList.add(target.mark);
  }

  drop(event) {
    const target = this.target(event);
    if (!this.fits(target)) return;
    event.preventDefault();
    const node = this.dragged;
    this.settle();
    this.block.empty = "";
    this.moved(node, target.list, target.index, _("Moved."));
  }

  unmark() {
    for (const shown of this.element.querySelectorAll(".drop-before, .drop-after, .drop-in")) {
      shown.classList.remove("drop-before", "drop-after", "drop-in");
    }
  }

  settle() {
    this.dragged = null;
    this.unmark();
    for (const shown of this.element.querySelectorAll(".dragged")) shown.classList.remove("dragged");
  }

  // Show what the server says of each condition beside it; returns the problems without a row.
  tell(problems) {
    const shown = new Map([...this.element.querySelectorAll(".member")].map((each) => [each.dataset.path, each]));
    for (const each of shown.values()) {
      each.lastElementChild.hidden = true;
      each.classList.remove("wrong");
    }
    return problems.filter((problem) => {
      const place = [...shown.keys()].filter((start) => problem.path.startsWith(start)).sort((a, b) => b.length - a.length)[0];
      if (!place) return true;
      const member = shown.get(place);
      problem.spared = this.fresh.spares(this.places.get(member).node, problem);
      say(member.lastElementChild, told(this.known.worded(problem.message)).flat(), problem);
      if (!problem.spared) member.classList.add("wrong");
      return false;
    });
  }
}

function contains(group, list) {
  const members = group[blocks.quantifierOf(group)];
  return members === list || members.some((inner) => blocks.isGroup(inner) && contains(inner, list));
}
