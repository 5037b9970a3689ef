// <week-hours>: a week of half hours above seven fields of text, which stay what is sent. Painted by
// mouse, pen or finger, or walked with the arrow keys; Space turns a half hour on and off.
import "./attributes.js"; // rows that can be added
import { language } from "./parts/language.js";
const BRIEF = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" });
const SLOTS = 48;
const SPAN = /(\d{1,2}):(\d{2})(?::\d{2})?\s*[-–—]\s*(\d{1,2}):(\d{2})(?::\d{2})?/g;

function clock(slot) {
  return `${String(Math.floor(slot / 2)).padStart(2, "0")}:${slot % 2 ? "30" : "00"}`;
}

// Half hours that a day's text opens, and at which the last of its spans ends on the next day.
function slotsOf(text) {
  const open = new Set();
  let overnight = 0;
  for (const [, fromHour, fromMinute, toHour, toMinute] of text.matchAll(SPAN)) {
    const from = Number(fromHour) * 2 + Math.floor(Number(fromMinute) / 30);
    let to = Number(toHour) * 2 + Math.ceil(Number(toMinute) / 30);
    if (to < from) {
      overnight = to;
      to = SLOTS;
    }
    for (let slot = from; slot < to; slot += 1) open.add(slot);
  }
  return { open, overnight };
}

function textOf(open, overnight) {
  const spans = [];
  for (let slot = 0; slot < SLOTS; slot += 1) {
    if (!open.has(slot)) continue;
    const from = slot;
    while (slot < SLOTS && open.has(slot)) slot += 1;
    const end = slot === SLOTS && overnight ? overnight : slot;
    spans.push(`${clock(from)}–${clock(end)}`);
  }
  return spans.join(", ");
}

class WeekHours extends HTMLElement {
  connectedCallback() {
    this.fields = [...this.closest("form").querySelectorAll("[data-day]")];
    this.days = this.fields.map((field) => this.closest("form").querySelector(`label[for="${field.id}"]`).textContent);
    this.setAttribute("role", "grid");
    this.setAttribute("aria-label", this.dataset.label);
    this.append(this._hours());
    this.cells = this.fields.map((_, day) => this._row(day));
    this.at = [0, 18];
    this.fields.forEach((field, day) => field.addEventListener("input", () => this._show(day)));
    this.addEventListener("pointerdown", (event) => this._begin(event));
    this.addEventListener("pointermove", (event) => this._paint(event));
    for (const name of ["pointerup", "pointercancel"]) this.addEventListener(name, () => this._end());
    this.addEventListener("keydown", (event) => this._key(event));
    this.addEventListener("focusin", ({ target }) => this._focused(target));
    this._showAll();
    this._cell().tabIndex = 0;
  }

  _hours() {
    const row = document.createElement("div");
    row.className = "hours";
    row.setAttribute("aria-hidden", "true");
    row.append(document.createElement("span"));
    for (let hour = 0; hour < 24; hour += 3) {
      const mark = document.createElement("span");
      mark.textContent = String(hour).padStart(2, "0");
      row.append(mark);
    }
    return row;
  }

  _row(day) {
    const row = document.createElement("div");
    row.className = "line";
    row.setAttribute("role", "row");
    const name = document.createElement("span");
    name.setAttribute("role", "rowheader");
    name.textContent = BRIEF.format(Date.UTC(2024, 0, 1 + day)); // a Monday
    row.append(name);
    const cells = Array.from({ length: SLOTS }, (_, slot) => {
      const cell = document.createElement("span");
      cell.setAttribute("role", "gridcell");
      cell.tabIndex = -1;
      cell.dataset.at = `${day} ${slot}`;
      row.append(cell);
      return cell;
    });
    this.append(row);
    return cells;
  }

  _cell() {
    return this.cells[this.at[0]][this.at[1]];
  }

  _showAll() {
    this.fields.forEach((_, day) => this._show(day));
  }

  // A day's row, and the next one's, into which its night may run.
  _show(day) {
    for (const each of [day, (day + 1) % 7]) {
      const { open } = slotsOf(this.fields[each].value);
      const { overnight } = slotsOf(this.fields[(each + 6) % 7].value);
      this.cells[each].forEach((cell, slot) => {
        const isOpen = open.has(slot);
        cell.classList.toggle("night", !isOpen && slot < overnight);
        cell.setAttribute("aria-selected", String(isOpen));
        const state = isOpen || slot < overnight ? this.dataset.open : this.dataset.closed;
        cell.setAttribute("aria-label", `${this.days[each]} ${clock(slot)}–${clock(slot + 1)}, ${state}`);
      });
    }
  }

  _set(day, slots, isOpen) {
    const { open, overnight } = slotsOf(this.fields[day].value);
    for (const slot of slots) isOpen ? open.add(slot) : open.delete(slot);
    this.fields[day].value = textOf(open, overnight);
    this._show(day);
  }

  _begin(event) {
    const found = this._under(event);
    if (!found || event.button) return;
    event.preventDefault();
    this.setPointerCapture(event.pointerId);
    this.painting = { from: found, before: this.fields.map((field) => field.value) };
    this.painting.isOpen = this.cells[found[0]][found[1]].getAttribute("aria-selected") !== "true";
    this.at = found;
    this._cell().focus({ preventScroll: true });
    this._paint(event);
  }

  // A rectangle of days and half hours from where it began.
  _paint(event) {
    const found = this.painting && this._under(event);
    if (!found) return;
    const { from, before, isOpen } = this.painting;
    const days = [from[0], found[0]].sort((a, b) => a - b);
    const slots = [from[1], found[1]].sort((a, b) => a - b);
    this.fields.forEach((field, day) => (field.value = before[day]));
    const painted = Array.from({ length: slots[1] - slots[0] + 1 }, (_, at) => slots[0] + at);
    for (let day = days[0]; day <= days[1]; day += 1) this._set(day, painted, isOpen);
    this._showAll();
  }

  _end() {
    if (this.painting) this._tell();
    this.painting = null;
  }

  _under(event) {
    const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest?.("[data-at]");
    return cell && this.contains(cell) ? cell.dataset.at.split(" ").map(Number) : null;
  }

  _key(event) {
    const [day, slot] = this.at;
    const isRight = getComputedStyle(this).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const isLeft = isRight === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    const to = {
      [isRight]: [day, slot + 1],
      [isLeft]: [day, slot - 1],
      ArrowUp: [day - 1, slot],
      ArrowDown: [day + 1, slot],
      Home: [day, 0],
      End: [day, SLOTS - 1],
    }[event.key];
    const isOpen = this._cell().getAttribute("aria-selected") === "true";
    if (event.key === " " || event.key === "Enter") {
      this._set(day, [slot], !isOpen);
      this._tell();
    } else if (to) {
      if (!this.cells[to[0]]?.[to[1]]) return;
      if (event.shiftKey) this._set(to[0], [to[1]], isOpen);
      this._cell().tabIndex = -1;
      this.at = to;
      this._cell().tabIndex = 0;
      this._cell().focus();
      if (event.shiftKey) this._tell();
    } else return;
    event.preventDefault();
  }

  _focused(target) {
    if (!target.dataset.at) return;
    this._cell().tabIndex = -1;
    this.at = target.dataset.at.split(" ").map(Number);
    target.tabIndex = 0;
  }

  // The fields have changed: whoever listens to the form, such as the preview, hears of it.
  _tell() {
    this.fields[this.at[0]].dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("week-hours", WeekHours);
