// The last pane: who the customer is, why the conversation came and what was before, as the console
// tells it.
import { h } from "../editor/dom.js";
import { _ } from "../editor/words.js";
import { tellAll } from "../parts/times.js";

const SURVEY_EVERY = 5_000;

export async function part(path) {
  const answer = await fetch(path, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(15_000) });
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  if (!answer.ok) throw new Error(found.querySelector(".toast > span")?.textContent ?? answer.statusText);
  return [...found.childNodes];
}

export class Side {
  // `earlier` takes clicks on what was before
  constructor({ back, earlier }) {
    this.talk = null;
    this.inside = h("div", { class: "desk-inside", onclick: (event) => earlier.chosen(event) });
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
    this._over = talk.over;
    this._asked = Date.now();
    try {
      const found = await part(this._address());
      if (talk !== this.talk) return;
      const held = this.inside.contains(document.activeElement);
      this.inside.replaceChildren(...found);
      if (held) this.heading.focus();
      tellAll(this.inside);
      // Who told no name when they came may have been named since, by a profile or a server.
      talk.name ||= this.inside.querySelector("[data-name]")?.dataset.name ?? "";
    } catch (error) {
      if (talk !== this.talk || this.inside.childElementCount) return;
      const retry = h("button", { type: "button", onclick: () => this.open(talk, true) }, _("Try again"));
      this.inside.replaceChildren(h("p", { class: "soft" }, _("This cannot be told now: {error}", { error: error.message })), retry);
    }
  }

  // The end changes what may be read; answers to the survey come after it.
  follow() {
    const { talk } = this;
    if (!talk || document.hidden) return;
    if (talk.over !== this._over) this.open(talk, true);
    else if (this.inside.querySelector("[data-awaits]") && Date.now() - this._asked > SURVEY_EVERY) this._survey(talk);
  }

  async _survey(talk) {
    this._asked = Date.now();
    const found = await part(this._address()).catch(() => []); // it is asked again
    const [told, shown] = [found.find((each) => each.matches?.("[data-survey]")), this.inside.querySelector("[data-survey]")];
    if (talk === this.talk && told && told.innerHTML !== shown?.innerHTML) shown?.replaceChildren(...told.childNodes);
  }

  _address() {
    return `/console/desk/${encodeURIComponent(this.talk.id)}/beside`;
  }
}
