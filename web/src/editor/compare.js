// Theirs beside mine.
import { h } from "./dom.js";
import { _ } from "./words.js";

export function beside(stale, mine, said) {
  return h(
    "div",
    { class: "columns" },
    h("div", {}, h("h3", {}, _("Theirs")), h("p", { class: "break" }, stale.policy ? stale.sentence || _("It cannot be told in a sentence.") : _("The policy is gone.")), h("details", {}, h("summary", {}, "JSON"), h("pre", { tabindex: "0" }, h("code", {}, stale.policy ? JSON.stringify(stale.policy, null, 2) : "–")))),
    h("div", {}, h("h3", {}, _("Mine")), h("p", { class: "break" }, said || _("It is not complete yet.")), h("details", {}, h("summary", {}, "JSON"), h("pre", { tabindex: "0" }, h("code", {}, JSON.stringify(JSON.parse(mine), null, 2))))),
  );
}
