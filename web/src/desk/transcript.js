// The middle pane: what was said, how it stands with it, and where one writes. All that people say
// is made as text, so that nothing can become markup.
import { h } from "../editor/dom.js";
import { _ } from "../editor/words.js";
import { language } from "../parts/times.js";
import { toast } from "../parts/toasts.js";
import { nameOf, textOf } from "./naming.js";
import { keep, write } from "./rows.js";

const TYPING_FOR = 3_000;
const NEAR = 60;

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });

export class Transcript {
  // `act` has back(), beside(), move(talk), close(talk), read(talk), fail(error)
  constructor(seat, act) {
    this.seat = seat;
    this.act = act;
    this.talk = null;
    this.name = h("h2", { class: "break", tabindex: "-1" });
    this.about = h("span", { class: "soft small break" });
    this.move = h("button", { type: "button", onclick: () => act.move(this.talk) }, _("Transfer"));
    this.close = h("button", { type: "button", onclick: () => act.close(this.talk) }, _("End"));
    const back = h("button", { type: "button", class: "icon desk-back", onclick: act.back, "aria-label": _("Back to the list") }, "‹");
    const beside = h("button", { type: "button", class: "desk-beside", onclick: act.beside }, _("Customer"));
    const head = h("header", {}, back, h("div", { class: "grow" }, this.name, this.about), beside, this.move, this.close);
    this.log = h("ol", { class: "desk-log", tabindex: "0", "aria-label": _("Messages") });
    this.note = h("p", { class: "desk-note soft small" });
    this.input = h("textarea", { rows: "1", maxlength: "5000", "aria-label": _("Write to the customer"), placeholder: _("Write to the customer"), oninput: () => this._typed(), onkeydown: (event) => this._key(event) });
    this.form = h("form", { class: "desk-form", onsubmit: (event) => (event.preventDefault(), this._send()) }, this.input, h("button", { class: "primary" }, _("Send")));
    this.over = h("p", { class: "desk-over", role: "status" });
    this.none = h("p", { class: "desk-none soft" }, _("Accept a ring, or choose a conversation."));
    this.body = h("div", { class: "desk-body" }, head, this.log, this.note, this.form, this.over);
    this.pane = h("section", { class: "desk-pane desk-chat", "aria-label": _("Chat") }, this.none, this.body);
  }

  open(talk) {
    if (talk === this.talk) return;
    this._paused();
    this.talk = talk;
    this.log.replaceChildren();
    this.input.value = talk ? (this.seat.kept.drafts[talk.id] ?? "") : "";
    this.show();
    this.log.scrollTop = this.log.scrollHeight;
  }

  show() {
    const { talk } = this;
    this.none.hidden = Boolean(talk);
    this.body.hidden = !talk;
    if (!talk) return;
    write(this.name, nameOf(talk));
    write(this.about, this.seat.skill(talk.skillId));
    this.move.hidden = this.close.hidden = this.form.hidden = Boolean(talk.over);
    this.over.hidden = !talk.over;
    write(this.over, { closed: _("This conversation has ended."), moved: _("This conversation is with somebody else now.") }[talk.over] ?? "");
    write(this.note, talk.isTyping ? _("{name} is typing …", { name: nameOf(talk) }) : "");
    const isAtEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
    const rows = [...talk.said, ...talk.waiting.map((each) => ({ ...each, mine: true, waits: each }))];
    const lastMine = rows.findLast((each) => each.mine);
    keep(this.log, rows, {
      key: (each) => (each.waits ? each.id : each.sequence),
      make: (each) => this._bubble(each),
      fill: (row, each) => this._fill(row, each, each === lastMine),
    });
    if (isAtEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  _bubble({ event, mine, waits, isPrivate }) {
    const sort = `desk-said${mine ? " mine" : ""}${waits ? " waits" : ""}${isPrivate ? " private" : ""}`;
    const made = h("li", { class: sort }, h("div", { class: "desk-text break", dir: "auto" }, this._content(event)), h("div", { class: "soft small desk-meta" }));
    if (waits?.failed) made.append(this._failed(waits));
    return made;
  }

  _content(event) {
    if (event.contentType !== "hosted/file" || !event.message?.relativePath) return textOf(event);
    return h("button", { type: "button", class: "desk-file break", onclick: () => this._fetch(event.message) }, textOf(event));
  }

  // An address is good for minutes only, so that it is asked for when it is wanted.
  async _fetch({ relativePath, caption }) {
    try {
      const href = await this.seat.addressOf(relativePath);
      h("a", { href, download: caption ?? "", target: "_blank", rel: "noopener" }).click();
    } catch (error) {
      toast(error.message, "bad");
    }
  }

  _failed(waits) {
    const again = () => {
      this.seat.unsay(this.talk, waits);
      this.input.value = [waits.event.message, this.input.value].filter(Boolean).join("\n");
      this._keep();
      this.input.focus();
    };
    return h("div", { class: "bar" }, h("span", { class: "error small" }, waits.failed), h("button", { type: "button", onclick: again }, _("Edit again")));
  }

  _fill(row, each, isLastMine) {
    if (each.waits?.failed && !row.querySelector(".error")) row.append(this._failed(each.waits));
    const at = clock.format(new Date(each.at));
    const standing = { READ: _("Read"), ACCEPT: _("Delivered") }[each.status] ?? _("Sent");
    const who = each.mine ? _("You") : each.role === "CONSUMER" ? nameOf(this.talk) : _("Colleague or bot");
    const only = each.isPrivate ? ` · ${_("among agents")}` : "";
    let told = `${who} · ${at}${only}`;
    if (each.waits) told = each.waits.failed ? `${who} · ${_("Not sent")}` : this.talk.over ? `${who} · ${_("Not sent: the conversation has left you")}` : `${who} · ${_("sending …")}`;
    else if (each.mine && isLastMine) told += ` · ${standing}`;
    write(row.querySelector(".desk-meta"), told);
  }

  // What somebody does ---------------------------------------------------------------------------------

  _key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this._send();
  }

  _typed() {
    this._keep();
    if (!this._composing) this.seat.typing(this.talk, "COMPOSING");
    clearTimeout(this._composing);
    this._composing = setTimeout(() => this._paused(), TYPING_FOR);
  }

  _paused() {
    if (!this._composing) return;
    clearTimeout(this._composing);
    this._composing = null;
    if (this.talk) this.seat.typing(this.talk, "PAUSE");
  }

  _keep() {
    this.seat.kept.draft(this.talk.id, this.input.value);
  }

  _send() {
    const text = this.input.value.trim();
    if (!text || !this.talk) return;
    this.input.value = "";
    this._keep();
    this._paused();
    this.seat.say(this.talk, text);
    this.log.scrollTop = this.log.scrollHeight;
  }
}
