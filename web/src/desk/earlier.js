// What a customer's earlier conversations were: a list that goes on, and one of them in full.
import { h } from "../editor/dom.js";
import { _ } from "../editor/words.js";
import { tellAll } from "../parts/times.js";
import { toast } from "../parts/toasts.js";
import { part } from "./side.js";

export class Earlier {
  constructor() {
    this.title = h("h2", { class: "break", id: "desk-then", tabindex: "-1" });
    this.inside = h("div", { class: "desk-then", tabindex: "0", role: "region", "aria-labelledby": "desk-then" });
    const close = h("button", { type: "button", "data-dismiss": true }, _("Close"));
    this.dialog = h("dialog", { class: "desk-where", "aria-labelledby": "desk-then" }, this.title, this.inside, h("div", { class: "actions" }, close));
  }

  // A click within what stands beside a conversation.
  chosen(event) {
    const { earlier, more } = event.target.closest("[data-earlier], [data-more]")?.dataset ?? {};
    if (earlier) this._open(earlier);
    else if (more) this._go(event.target.closest("li"), more);
  }

  async _open(path) {
    this.wanted = path;
    this.title.textContent = _("Earlier conversation");
    this.inside.replaceChildren(h("p", { class: "soft" }, _("Looking it up …")));
    this.dialog.showModal();
    try {
      const found = await part(path);
      if (this.wanted !== path) return;
      this.inside.replaceChildren(...found);
      this.title.textContent = this.inside.querySelector("[data-title]").dataset.title;
      this.inside.scrollTop = 0;
      tellAll(this.inside);
    } catch (error) {
      if (this.wanted !== path) return;
      const told = _("This cannot be told now: {error}", { error: error.message });
      this.inside.replaceChildren(h("p", { class: "error", role: "alert" }, told));
    }
  }

  // Where the button stood stand the next ones; focus goes to the first of them.
  async _go(row, path) {
    const [button] = row.children;
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    try {
      const found = (await part(path)).find((each) => each.matches?.("ul"));
      const rows = [...found.children];
      row.replaceWith(...rows);
      for (const each of rows) tellAll(each);
      rows[0]?.querySelector("button")?.focus();
    } catch (error) {
      button.removeAttribute("aria-disabled");
      toast(error.message, "bad");
    }
  }
}
