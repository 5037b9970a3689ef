// The exception of a policy: a part of its own, or the offer to add one.
import { h } from "./dom.js";
import { Part } from "./part.js";
import { _ } from "./words.js";

const EMPTY = { conditions: [], actions: [] };

export class Exception {
  // `host` as `Part` wants it, and notices, and turn(part, mode).
  constructor(host) {
    this.host = host;
    this.part = null;
    this.element = h("section", { class: "card", "aria-labelledby": "editor-except" });
  }

  take(given) {
    this.part = given ? new Part(given, "exception.", this.host) : null;
  }

  tell(problems) {
    return this.part ? this.part.tell(problems) : problems;
  }

  draw() {
    const { part } = this;
    const heading = h("h2", { id: "editor-except", class: "grow" }, _("Exception"));
    const about = h("p", { class: "soft" }, _("Looked at first: where it matches, its actions are carried out instead."));
    if (!part) {
      this.element.replaceChildren(h("header", {}, heading, h("button", { type: "button", onclick: () => this.add() }, _("+ Add an exception"))), about);
      return;
    }
    const isBuilt = part.block.mode === "build";
    const turn = () => this.host.turn(part, isBuilt ? "expression" : "build");
    this.turning = h("button", { type: "button", class: "quiet", onclick: turn }, isBuilt ? _("Write an expression") : _("As conditions"));
    part.draw();
    this.element.replaceChildren(
      h("header", {}, heading, this.turning, h("button", { type: "button", class: "danger", onclick: () => this.remove() }, _("Remove"))),
      about,
      part.builder.element,
      part.written,
      h("h3", {}, _("Then")),
      part.actions.element,
    );
  }

  add() {
    this.take(EMPTY);
    this.draw();
    this.element.querySelector("select").focus();
    this.host.changed();
  }

  remove() {
    const { part, host } = this;
    const put = (wanted) => {
      this.part = wanted;
      this.draw();
      host.changed();
    };
    put(null);
    host.notices.say("removed", [_("The exception is removed.")], [[_("Undo"), () => {
      host.notices.drop("removed");
      put(part);
    }]]);
  }
}
