// <policy-list>: rows are put in order by mouse, finger, keyboard or menu; the server has the list.
import { dots } from "./editor/dom.js";
import { toast } from "./parts/toasts.js";

const EDGE = 70; // how near to the window's edge, in pixels, a drag scrolls it
const STEP = 14; // by how many pixels at a time
const AGAIN = 1_500; // milliseconds until a list that is still being looked at is asked for anew

function filled(words, values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

class PolicyList extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("#list");
    this.spoken = this.querySelector("#spoken");
    this.turn = Promise.resolve(); // what was asked for before
    this.awaited = new WeakSet(); // buttons whose answer is not there: of two clicks one counts
    this.picked = null; // {row, next, by}: what is held, and what it stood in front of
    this.addEventListener("submit", (event) => this.submitted(event));
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.addEventListener("pointerdown", (event) => this.grabbed(event));
    this.addEventListener("focusout", (event) => this.left(event));
    this.doings = this.querySelector("#doings");
    this.grip = this.querySelector("#grips")?.content.firstElementChild;
    this.heard = () => {
      this.equip();
      this.waited();
    };
    document.addEventListener("htmx:after:swap", this.heard);
    this.heard();
  }

  // Without scripts rows have no handle, and their three dots lead to a page; here they open a menu.
  equip() {
    if (!this.grip) return;
    const all = this.list.querySelector(".rows")?.dataset.total;
    for (const place of this.list.querySelectorAll(".rows .held:empty")) {
      const { name, number: at } = place.parentElement.dataset;
      const handle = this.grip.cloneNode(true);
      handle.ariaLabel = filled(handle.dataset.label, { name, at, all });
      delete handle.dataset.label;
      place.append(handle);
    }
    for (const link of this.list.querySelectorAll("a.more")) {
      const menu = document.createElement("details");
      menu.className = "menu";
      const opener = document.createElement("summary");
      opener.className = link.className;
      opener.ariaLabel = opener.title = link.ariaLabel;
      opener.append(dots());
      menu.append(opener, document.createElement("div"));
      link.replaceWith(menu);
    }
  }

  fill(menu) {
    const row = menu.closest("[data-policy]");
    const { policy, number } = row.dataset;
    const { total } = this.list.querySelector(".rows").dataset;
    const made = this.doings.content.cloneNode(true);
    const isOn = row.querySelector(".toggle").ariaChecked === "true";
    const off = [];
    if (row.classList.contains("invalid")) off.push("duplicate", "enable", "disable");
    if (number === "1") off.push("top", "up");
    if (number === total) off.push("down", "bottom");
    made.querySelector("a").href = row.querySelector("a.name").href;
    made.querySelector(`[data-do="${isOn ? "enable" : "disable"}"]`).remove();
    for (const button of made.querySelectorAll("[data-do]")) {
      const what = button.dataset.do;
      button.disabled = off.includes(what);
      if (what === "position") button.dataset.position = number;
      else button.setAttribute("formaction", this.address(what, policy));
    }
    menu.replaceChildren(made);
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:after:swap", this.heard);
    clearTimeout(this.timer);
  }

  // ---- What the server does

  submitted(event) {
    const form = event.target;
    if (form.id === "acts") {
      event.preventDefault();
      this.clickedOnce(event.submitter);
    } else if (form.closest("#position")) {
      event.preventDefault();
      const { policy } = this.asked.dataset;
      form.closest("dialog").close();
      this.send(this.address("move", policy), { to: form.elements.to.value }, this.asked, "menu");
    }
  }

  async clickedOnce(button) {
    if (this.awaited.has(button)) return;
    this.awaited.add(button);
    const row = button.closest("[data-policy]");
    await this.send(button.getAttribute("formaction"), {}, row, button.dataset.do ?? "toggle");
    this.awaited.delete(button);
  }

  address(what, policy) {
    return `/console/policies/act?do=${what}&policy=${encodeURIComponent(policy)}`;
  }

  async send(address, more, row, control) {
    const body = new URLSearchParams(new FormData(this.querySelector("#acts")));
    for (const [name, value] of Object.entries(more)) body.set(name, value);
    const policy = row?.dataset.policy;
    // One after the other, so that what is shown last is what was done last; a look gives way.
    this.looking?.abort();
    const request = { method: "POST", body, headers: { "HX-Request": "true" } };
    this.turn = this.turn.then(() => this.ask(address, request));
    await this.turn;
    this.focusOn(policy, control);
  }

  async refresh() {
    const address = `/console/policies?${new URLSearchParams(new FormData(this.querySelector("#acts")))}`;
    const url = new URL(address, location.href);
    url.searchParams.delete("csrf");
    const held = document.activeElement?.closest?.("[data-policy]")?.dataset.policy;
    const control = document.activeElement?.matches?.(".toggle") ? "toggle" : document.activeElement?.dataset?.do ?? "handle";
    this.looking = new AbortController();
    const { signal } = this.looking;
    if (!(await this.ask(url, { headers: { "HX-Request": "true" }, signal }))) return;
    if (held) this.focusOn(held, control);
  }

  // Show what the server answers; false where it was asked only for a look, and somebody is busy.
  async ask(address, request) {
    let answer, html;
    try {
      answer = await fetch(address, request);
      html = await answer.text();
    } catch {
      if (request.signal?.aborted) return false;
      toast(this.spoken.dataset.lost, "bad");
      // An answer that is lost says nothing of what was done: the list is, as soon as it can be had.
      document.addEventListener("connection:back", () => this.refresh(), { once: true });
      window.dispatchEvent(new Event("offline"));
      this.putBack();
      return false;
    }
    if (request.signal && this.isBusy) {
      this.waited();
      return false;
    }
    if (answer.ok) {
      this.release(); // a row that is held meanwhile is not of the list that comes
      this.list.innerHTML = html;
      for (const kept of this.list.querySelectorAll("[data-toast]")) {
        // Only the newest change can be taken back, so only its notice offers that.
        if (kept.content.querySelector("form")) {
          for (const old of document.querySelectorAll("#toasts > .toast:has(form)")) old.remove();
        }
        document.getElementById("toasts").append(kept.content);
        kept.remove();
      }
    } else {
      document.getElementById("toasts").insertAdjacentHTML("beforeend", html);
      this.putBack();
      if (!request.signal) this.refresh(); // what was refused may be gone: show what there is
    }
    document.dispatchEvent(new CustomEvent("htmx:after:swap"));
    return true;
  }

  get isBusy() {
    return Boolean(this.picked || this.querySelector("details[open], dialog[open]"));
  }

  // A list whose newest change is still being analysed asks again, unless somebody is busy with it.
  waited() {
    clearTimeout(this.timer);
    if (!this.list.querySelector("[data-unsettled]")) return;
    this.timer = setTimeout(() => {
      if (this.isBusy || document.hidden) this.waited();
      else this.refresh();
    }, AGAIN);
  }

  focusOn(policy, control) {
    const row = [...this.rows()].find((each) => each.dataset.policy === policy);
    if (!row) {
      this.list.focus();
      return;
    }
    const wanted = { handle: ".handle", toggle: ".toggle" }[control] ?? "summary";
    (row.querySelector(wanted) ?? row.querySelector("a")).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  clicked(event) {
    const inside = event.target.closest(".policy .menu > summary")?.nextElementSibling;
    if (inside) this.fill(inside);
    const button = event.target.closest("[data-position]");
    if (!button) return;
    this.asked = button.closest("[data-policy]");
    const dialog = this.querySelector("#position");
    const field = dialog.querySelector("input");
    field.value = button.dataset.position;
    field.max = this.list.querySelector(".rows").dataset.total;
    dialog.querySelector("[data-name]").textContent = this.asked.dataset.name;
    dialog.showModal();
    field.select();
  }

  // ---- Holding a row

  rows() {
    return this.list.querySelectorAll(".rows > li");
  }

  pick(row, by) {
    this.picked = { row, next: row.nextElementSibling, by };
    row.classList.add("picked");
  }

  release() {
    this.picked?.row.classList.remove("picked");
    document.documentElement.classList.remove("dragging");
    this.picked = null;
  }

  putBack() {
    if (!this.picked) return;
    const { row, next } = this.picked;
    row.parentElement?.insertBefore(row, next);
    this.release();
  }

  async drop() {
    const { row, next, by } = this.picked;
    if (row.nextElementSibling === next) {
      this.say("left", row);
      this.release();
      return;
    }
    const before = row.previousElementSibling;
    const to = before
      ? `after:${before.dataset.policy}`
      : `before:${row.nextElementSibling.dataset.policy}`;
    const at = this.numberOf(row);
    const held = this.picked;
    this.picked = { ...held, by: "server" };
    await this.send(this.address("move", row.dataset.policy), { to }, row, "handle");
    if (row.isConnected) return; // refused: it was put back, and said so
    this.release();
    if (by === "keys") this.say("dropped", row, at);
  }

  // The number that a row has where it stands now; windows and searches leave others out.
  numberOf(row) {
    const numbers = [...this.rows()].map((each) => Number(each.dataset.number)).sort((a, b) => a - b);
    return numbers[[...this.rows()].indexOf(row)];
  }

  say(what, row, at = this.numberOf(row)) {
    const all = this.list.querySelector(".rows").dataset.total;
    this.spoken.textContent = filled(this.spoken.dataset[what], { name: row.dataset.name, at, all });
  }

  // ---- By keyboard

  pressed(event) {
    const handle = event.target.closest(".handle");
    if (!handle) return;
    const row = handle.closest("li");
    const holds = this.picked?.by === "keys";
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (holds) {
        this.drop();
      } else if (!this.picked) {
        this.pick(row, "keys");
        this.say("picked", row);
      }
    } else if (holds) {
      this.carried(event, row, handle);
    }
  }

  carried(event, row, handle) {
    const rows = row.parentElement;
    const { previousElementSibling: above, nextElementSibling: below } = row;
    if (event.key === "Escape") {
      this.putBack();
      this.say("left", row);
    } else if (event.key === "ArrowUp" && above) rows.insertBefore(row, above);
    else if (event.key === "ArrowDown" && below) rows.insertBefore(below, row);
    else if (event.key === "Home") rows.prepend(row);
    else if (event.key === "End") rows.append(row);
    else if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    this.moving = true;
    handle.focus({ preventScroll: true });
    this.moving = false;
    row.scrollIntoView({ block: "nearest" });
    if (this.picked) this.say("moved", row);
  }

  left(event) {
    const row = this.picked?.row;
    if (this.picked?.by !== "keys" || this.moving || !row?.contains(event.target)) return;
    // Taking a row out of the page to put it elsewhere takes the focus away for a moment as well.
    setTimeout(() => {
      if (this.picked?.row !== row || this.picked.by !== "keys") return;
      if (row.contains(document.activeElement)) return;
      this.say("left", row);
      this.putBack();
    });
  }

  // ---- By mouse or finger

  grabbed(event) {
    const handle = event.target.closest(".handle");
    if (!handle || event.button !== 0 || this.picked) return;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    this.pick(handle.closest("li"), "pointer");
    document.documentElement.classList.add("dragging");
    const stop = new AbortController();
    const { signal } = stop;
    const end = (put) => {
      stop.abort();
      if (!this.picked) return;
      if (put) this.drop();
      else this.putBack();
    };
    this.at = event.clientY;
    window.addEventListener("pointermove", (moved) => this.dragged(moved.clientY), { signal });
    window.addEventListener("pointerup", () => end(true), { signal });
    window.addEventListener("pointercancel", () => end(false), { signal });
    window.addEventListener("keydown", (key) => key.key === "Escape" && end(false), { signal });
    const scroll = () => {
      if (signal.aborted) return;
      const near = this.at < EDGE ? -STEP : this.at > innerHeight - EDGE ? STEP : 0;
      if (near) {
        window.scrollBy(0, near);
        this.dragged(this.at);
      }
      requestAnimationFrame(scroll);
    };
    requestAnimationFrame(scroll);
  }

  dragged(y) {
    if (this.picked?.by !== "pointer") return;
    this.at = y;
    const { row } = this.picked;
    const others = [...this.rows()].filter((each) => each !== row);
    const below = others.find((each) => {
      const box = each.getBoundingClientRect();
      return y < box.top + box.height / 2;
    });
    if (row.nextElementSibling !== (below ?? null)) row.parentElement.insertBefore(row, below ?? null);
  }
}

customElements.define("policy-list", PolicyList);
