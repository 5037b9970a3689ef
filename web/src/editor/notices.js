// What the editor has to say above the policy, one notice of a name at a time.
import { h } from "./dom.js";
import { told } from "./told.js";
import { _ } from "./words.js";

const SORTS = { failed: "bad", stale: "bad", out: "bad", refused: "warn" };

export class Notices {
  constructor() {
    this.element = h("div", { class: "stack", role: "status" });
  }

  // `acts`: [[words, act]]; `more` stands between the words and the buttons.
  say(name, words, acts = [], more = null) {
    this.drop(name);
    const sort = SORTS[name] ?? "";
    const made = h(
      "div",
      { class: `note notice ${sort}`, "data-notice": name, tabindex: "-1", role: sort ? "alert" : null },
      h("p", { class: "break" }, words.map((each) => (typeof each === "string" ? told(each) : each))),
      more,
      h("div", { class: "bar" }, acts.map(([label, act]) => h("button", { type: "button", onclick: act }, label)), h("button", { type: "button", class: "quiet", onclick: () => this.drop(name) }, _("Close"))),
    );
    this.element.append(made);
    // What fills the window begins at its top: its first words say what it is about.
    if (sort) made.scrollIntoView({ block: made.offsetHeight > innerHeight / 2 ? "start" : "nearest" });
    return made;
  }

  drop(name) {
    this.element.querySelector(`[data-notice="${name}"]`)?.remove();
  }
}
