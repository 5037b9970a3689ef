// <policy-remains>: edits of a policy that somebody removed go on as a new one.
import { h } from "./dom.js";
import { Kept } from "./kept.js";
import { moment } from "./restoring.js";
import { _ } from "./words.js";

class PolicyRemains extends HTMLElement {
  async connectedCallback() {
    const kept = new Kept(this.dataset.key);
    await kept.open();
    const closed = (await kept.others()).filter(({ isOpen }) => !isOpen);
    const mine = kept.read();
    const all = mine ? [{ name: kept.name, draft: mine }, ...closed] : closed;
    if (all.length === 0) return;
    const rows = all.map(({ name, draft }) => h("div", { class: "bar" }, h("span", {}, moment(draft.at)), h("button", { type: "button", onclick: () => this.goOn(kept, name, draft) }, _("Go on with it as a new policy"))));
    this.replaceChildren(h("div", { class: "note notice" }, h("p", {}, _("What you typed and did not save is still in this browser.")), rows));
  }

  goOn(kept, name, { text, tab, message }) {
    if (!new Kept(this.dataset.next).leave({ text, tab, message })) return;
    kept.drop(name);
    location.assign("/console/policies/new");
  }
}

customElements.define("policy-remains", PolicyRemains);
