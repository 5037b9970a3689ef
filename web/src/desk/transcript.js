// The middle pane: what was said, how it stands with it, and where one writes. All that people say
// is made as text, so that nothing can become markup.
import { h } from "../editor/dom.js";
import { _ } from "../editor/words.js";
import { TAKEN } from "../parts/chat/files.js";
import { language } from "../parts/times.js";
import { toast } from "../parts/toasts.js";
import { nameOf, textOf } from "./naming.js";
import { keep, write } from "./rows.js";

const CLIP = "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 5 5l-8.5 8.5a1.8 1.8 0 0 1-2.6-2.6L14.5 7.5";
const SVG = "http://www.w3.org/2000/svg";
const TYPING_FOR = 3_000;
const NEAR = 60;

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });

function clip() {
  const [drawn, line] = ["svg", "path"].map((name) => document.createElementNS(SVG, name));
  const looks = { viewBox: "0 0 24 24", width: 20, height: 20, fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "aria-hidden": "true" };
  for (const [name, value] of Object.entries(looks)) drawn.setAttribute(name, value);
  line.setAttribute("d", CLIP);
  drawn.append(line);
  return drawn;
}

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
    this.file = h("input", { type: "file", hidden: true, multiple: true, accept: TAKEN, tabindex: "-1", "aria-hidden": "true", onchange: () => this._attach() });
    this.clip = h("button", { type: "button", class: "icon desk-attach", onclick: () => this.file.click(), "aria-label": _("Attach a file"), title: _("Attach a file") }, clip());
    this.wrong = h("p", { class: "desk-wrong error small", role: "alert" });
    this.form = h("form", { class: "desk-form", onsubmit: (event) => (event.preventDefault(), this._send()) }, this.clip, this.file, this.input, h("button", { class: "primary" }, _("Send")));
    this.over = h("p", { class: "desk-over", role: "status" });
    this.none = h("p", { class: "desk-none soft" }, _("Accept a ring, or choose a conversation."));
    this.body = h("div", { class: "desk-body" }, head, this.log, this.note, this.wrong, this.form, this.over);
    this.pane = h("section", { class: "desk-pane desk-chat", "aria-label": _("Chat") }, this.none, this.body);
  }

  open(talk) {
    if (talk === this.talk) return;
    this._paused();
    this.talk = talk;
    this.wrong.textContent = "";
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
    this.clip.disabled = this.seat.state !== "ready" || Boolean(talk.sending);
    const typing = talk.isTyping ? _("{name} is typing …", { name: nameOf(talk) }) : "";
    write(this.note, talk.sending ? _("Sending “{name}” …", { name: talk.sending }) : typing);
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

  // An address is good for minutes only, so that it is asked for when it is wanted. The
  // server says what the file is called.
  async _fetch({ relativePath }) {
    try {
      const href = await this.seat.addressOf(relativePath);
      h("a", { href, download: "", target: "_blank", rel: "noopener" }).click();
    } catch (error) {
      toast(error.message, "bad");
    }
  }

  _failed(waits) {
    const isText = waits.event.contentType === "text/plain";
    const again = () => {
      this.seat.unsay(this.talk, waits);
      if (!isText) return;
      this.input.value = [waits.event.message, this.input.value].filter(Boolean).join("\n");
      this._keep();
      this.input.focus();
    };
    return h("div", { class: "bar" }, h("span", { class: "error small" }, waits.failed), h("button", { type: "button", onclick: again }, isText ? _("Edit again") : _("Remove")));
  }

  _fill(row, each, isLastMine) {
    if (each.waits?.failed && !row.querySelector(".error")) row.append(this._failed(each.waits));
    const at = clock.format(new Date(each.at));
    const standing = { READ: _("Read"), ACCEPT: _("Delivered") }[each.status] ?? _("Sent");
    const who = each.mine ? _("You") : each.role === "CONSUMER" ? nameOf(this.talk) : _("Colleague or bot");
    const told = [who];
    if (each.waits?.failed) told.push(_("Not sent"));
    else if (each.waits) told.push(this.talk.over ? _("Not sent: the conversation has left you") : _("sending …"));
    else told.push(at);
    if (each.isPrivate) told.push(_("among agents"));
    if (each.mine && isLastMine && !each.waits) told.push(standing);
    write(row.querySelector(".desk-meta"), told.join(" · "));
  }

  // What somebody does ---------------------------------------------------------------------------------

  _key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this._send();
  }

  _typed() {
    this._keep();
    this.wrong.textContent = "";
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

  // One after the other, as they were chosen; what is refused is said beside where one writes.
  async _attach() {
    const { talk } = this;
    const files = [...this.file.files];
    this.file.value = "";
    this.wrong.textContent = "";
    for (const file of files) {
      talk.sending = file.name;
      this.show();
      try {
        await this.seat.sendFile(talk, file);
      } catch (error) {
        const words = _("“{name}” was not sent: {error}", { name: file.name, error: error.message });
        if (talk === this.talk) this.wrong.textContent = words;
        else toast(words, "bad");
        break;
      } finally {
        talk.sending = null;
        if (talk === this.talk) this.show();
      }
    }
    if (talk === this.talk && !talk.over) this.input.focus();
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
