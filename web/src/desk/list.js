// The first pane: what rings, with how long it still does, and the conversations one has.
import { h } from "../editor/dom.js";
import { _ } from "../editor/words.js";
import { nameOf, textOf } from "./naming.js";
import { keep, write } from "./rows.js";

export class List {
  // `empty` is what stands there while nothing does; `act` has answer(ring, state), open(talk), dismiss(talk)
  constructor(seat, { empty, act }) {
    this.seat = seat;
    this.act = act;
    this.empty = empty;
    this.rings = h("ul", { class: "desk-rings" });
    this.talks = h("ul", { class: "desk-talks" });
    this.heading = h("h2", { class: "unseen", tabindex: "-1" }, _("Conversations"));
    this.pane = h("section", { class: "desk-pane desk-list", "aria-label": _("Rings and conversations") }, this.heading, this.rings, this.talks, empty);
  }

  show(current) {
    const held = this.pane.contains(document.activeElement);
    const now = this.seat.now();
    const rings = [...this.seat.rings.values()].filter((each) => each.until > now);
    const talks = [...this.seat.talks.values()];
    keep(this.rings, rings, { key: (each) => each.ringId, make: (each) => this._ring(each), fill: (row, each) => this._fillRing(row, each, now) });
    keep(this.talks, talks, { key: (each) => each.id, make: (each) => this._talk(each), fill: (row, each) => this._fillTalk(row, each, current) });
    this.rings.hidden = !rings.length;
    this.talks.hidden = !talks.length;
    this.empty.hidden = Boolean(rings.length || talks.length);
    if (held && !this.pane.contains(document.activeElement)) this.heading.focus();
  }

  _ring(ring) {
    const skill = this.seat.skill(ring.skillId);
    const answer = (state) => () => this.act.answer(ring, state);
    return h(
      "li",
      { class: "desk-ring" },
      h("div", { class: "desk-line" }, h("b", { class: "break" }, skill), h("span", { class: "desk-left" })),
      h("progress", { max: "100", "aria-label": _("Time left to answer") }),
      h(
        "div",
        { class: "bar" },
        h("button", { type: "button", class: "primary", onclick: answer("ACCEPTED"), "aria-label": _("Accept the conversation for {skill}", { skill }) }, _("Accept")),
        h("button", { type: "button", onclick: answer("REJECTED"), "aria-label": _("Reject the conversation for {skill}", { skill }) }, _("Reject")),
      ),
    );
  }

  _fillRing(row, ring, now) {
    const left = Math.max(0, ring.until - now);
    write(row.querySelector(".desk-left"), _("{seconds} s", { seconds: Math.ceil(left / 1000) }));
    row.querySelector("progress").value = Math.min(100, (left / (ring.lasts || left || 1)) * 100);
  }

  _talk(talk) {
    const open = h(
      "button",
      { type: "button", class: "desk-talk", onclick: () => this.act.open(talk) },
      h("span", { class: "desk-line" }, h("b", { class: "desk-name break" }), h("span", { class: "desk-unread chip brand" })),
      h("span", { class: "desk-line soft small" }, h("span", { class: "desk-last", dir: "auto" }), h("span", { class: "desk-state" })),
    );
    return h("li", {}, open, h("button", { type: "button", class: "icon desk-dismiss", onclick: () => this.act.dismiss(talk) }, "✕"));
  }

  _fillTalk(row, talk, current) {
    const name = nameOf(talk);
    const unread = talk.unread.length;
    const [open, dismiss] = row.querySelectorAll("button");
    if (talk === current) open.setAttribute("aria-current", "true");
    else open.removeAttribute("aria-current");
    write(row.querySelector(".desk-name"), name);
    const badge = row.querySelector(".desk-unread");
    badge.hidden = !unread;
    write(badge, unread === 1 ? _("1 new") : _("{count} new", { count: unread }));
    const last = talk.last;
    const text = talk.isTyping ? _("is typing …") : last ? textOf(last.event) : this.seat.skill(talk.skillId);
    write(row.querySelector(".desk-last"), text);
    const waits = talk.waiting.length ? _("sending …") : "";
    write(row.querySelector(".desk-state"), { closed: _("Ended"), moved: _("Moved on") }[talk.over] ?? waits);
    row.classList.toggle("over", Boolean(talk.over));
    dismiss.hidden = !talk.over;
    dismiss.setAttribute("aria-label", _("Remove {name} from the list", { name }));
  }
}
