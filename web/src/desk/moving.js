// The two questions that take a conversation away: where it is to go, and whether it is to end.
import { h } from "../editor/dom.js";
import { _ } from "../editor/words.js";
import { nameOf } from "./naming.js";
import { part } from "./side.js";

export class Moving {
  constructor(seat) {
    this.seat = seat;
    this.title = h("h2", { class: "break", id: "desk-moving" });
    this.inside = h("div", { class: "desk-places" });
    this.error = h("p", { class: "error", role: "alert" });
    const cancel = () => h("button", { type: "button", class: "quiet", "data-dismiss": true }, _("Cancel"));
    this.where = h("dialog", { class: "desk-where", "aria-labelledby": "desk-moving", onclick: (event) => this._chosen(event) }, this.title, this.error, this.inside, h("div", { class: "actions" }, cancel()));
    this.question = h("h2", { class: "break", id: "desk-ending" });
    this.wrong = h("p", { class: "error", role: "alert" });
    const end = h("button", { type: "button", class: "danger", onclick: () => this._end() }, _("End the conversation"));
    this.sure = h("dialog", { "aria-labelledby": "desk-ending" }, this.question, h("p", {}, _("The customer is told. They can write again, which begins a new conversation.")), this.wrong, h("div", { class: "actions" }, end, cancel()));
  }

  async ask(talk) {
    this.talk = talk;
    this.title.textContent = _("Transfer {name}", { name: nameOf(talk) });
    this.error.textContent = "";
    this.inside.replaceChildren(h("p", { class: "soft" }, _("Looking who is there …")));
    this.where.showModal();
    try {
      this.inside.replaceChildren(...(await part(this._address())));
      this.inside.querySelector("input")?.addEventListener("input", (event) => this._find(event.target.value));
    } catch (error) {
      this.inside.replaceChildren();
      this.error.textContent = error.message;
    }
  }

  confirm(talk) {
    this.talk = talk;
    this.question.textContent = _("End the conversation with {name}?", { name: nameOf(talk) });
    this.wrong.textContent = "";
    this.sure.showModal();
  }

  _address(search = "") {
    return `/console/desk/${encodeURIComponent(this.talk.id)}/places?${new URLSearchParams({ search })}`;
  }

  // What is shown is narrowed here; where there is more than is shown, the server looks for it.
  async _find(text) {
    const wanted = text.trim().toLocaleLowerCase();
    if (this.inside.querySelector("[data-asks]")) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this._look(wanted), 200);
      return;
    }
    for (const row of this.inside.querySelectorAll("li")) row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
  }

  async _look(wanted) {
    const { talk } = this;
    const found = h("div", {});
    try {
      found.replaceChildren(...(await part(this._address(wanted))));
    } catch (error) {
      this.error.textContent = error.message;
      return;
    }
    const field = this.inside.querySelector("[data-asks]");
    if (this.talk !== talk || field?.value.trim().toLocaleLowerCase() !== wanted) return;
    this.inside.querySelector("[data-places]").replaceChildren(...found.querySelector("[data-places]").childNodes);
  }

  _chosen(event) {
    const button = event.target.closest("[data-skill], [data-agent]");
    if (!button) return undefined;
    const { skill, agent, within } = button.dataset;
    const go = agent ? this.seat.toAgent(this.talk, agent, within) : this.seat.toSkill(this.talk, skill);
    return this._done(go, this.where, this.error);
  }

  _end() {
    return this._done(this.seat.close(this.talk), this.sure, this.wrong);
  }

  async _done(going, dialog, place) {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await going;
      dialog.close();
    } catch (error) {
      place.textContent = error.message;
    } finally {
      this.isBusy = false;
    }
  }
}
