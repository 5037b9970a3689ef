// The last pane: who the customer is and why the conversation came, as the console tells it.
import { h } from "../editor/dom.js";
import { _ } from "../editor/words.js";
import { tellAll } from "../parts/times.js";

export async function part(path) {
  const answer = await fetch(path, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(15_000) });
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  if (!answer.ok) throw new Error(found.querySelector(".toast > span")?.textContent ?? answer.statusText);
  return [...found.childNodes];
}

export class Side {
  constructor({ back }) {
    this.talk = null;
    this.inside = h("div", { class: "desk-inside" });
    const button = h("button", { type: "button", class: "icon desk-back", onclick: back, "aria-label": _("Back to the chat") }, "‹");
    this.heading = h("h2", { class: "grow", tabindex: "-1" }, _("Customer"));
    this.pane = h("aside", { class: "desk-pane desk-side", "aria-label": _("Customer and decision") }, h("header", {}, button, this.heading), this.inside);
  }

  // `again`: what is known may have changed, such as after the connection was lost.
  async open(talk, again) {
    if (talk === this.talk && !again) return;
    if (talk !== this.talk) this.inside.replaceChildren();
    this.talk = talk;
    this.pane.hidden = !talk;
    if (!talk) return;
    try {
      const found = await part(`/console/desk/${encodeURIComponent(talk.id)}/beside`);
      if (talk !== this.talk) return;
      this.inside.replaceChildren(...found);
      tellAll(this.inside);
      // Who told no name when they came may have been named since, by a profile or a server.
      talk.name ||= this.inside.querySelector("[data-name]")?.dataset.name ?? "";
    } catch (error) {
      if (talk !== this.talk || this.inside.childElementCount) return;
      const retry = h("button", { type: "button", onclick: () => this.open(talk, true) }, _("Try again"));
      this.inside.replaceChildren(h("p", { class: "soft" }, _("This cannot be told now: {error}", { error: error.message })), retry);
    }
  }
}
