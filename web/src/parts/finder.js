// <option-finder>: a field for one of many, which the server looks for while somebody types. The
// pattern is the ARIA combobox with a list; what is chosen is typed into the field by its name.
import { h, unique } from "../editor/dom.js";

const DELAY = 180; // milliseconds after the last key until the server is asked

class OptionFinder extends HTMLElement {
  connectedCallback() {
    if (this.field) return; // moved within the page
    const { dataset } = this;
    this.field = this.querySelector("input");
    this.chosen = this.field.value;
    this.at = -1;
    const label = this.field.labels[0]?.textContent.trim() ?? "";
    this.list = h("div", { role: "listbox", id: unique("found"), "aria-label": label });
    this.more = h("p", { class: "soft small", hidden: true }, dataset.more);
    this.box = h("div", { class: "found", hidden: true }, this.list, this.more);
    this.said = h("span", { class: "unseen", role: "status" });
    this.equip();
    this.field.addEventListener("focus", () => this.equip());
    this.field.addEventListener("input", () => this.later());
    this.field.addEventListener("click", () => this.box.hidden && this.ask());
    this.field.addEventListener("blur", () => this.close());
    this.field.addEventListener("keydown", (event) => this.pressed(event));
    this.box.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => this.choose(event.target.closest('[role="option"]')));
    // What is half typed is no choice yet: whoever listens for one hears of it when it is made.
    this.addEventListener("change", (event) => {
      if (event.isTrusted && event.target === this.field && !["", this.chosen].includes(this.field.value)) event.stopPropagation();
    });
  }

  // Once more where a page was drawn anew around the field, which knows nothing of its list.
  equip() {
    if (this.box.isConnected && this.field.role === "combobox") return;
    for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-autocomplete", "list"], ["aria-controls", this.list.id]]) {
      this.field.setAttribute(name, value);
    }
    this.append(this.box, this.said);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), DELAY);
  }

  async ask() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const typed = this.field.value.trim();
    const search = typed === this.chosen ? "" : typed;
    try {
      const answer = await fetch(`${this.dataset.source}?${new URLSearchParams({ search })}`, { signal, headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(answer.statusText);
      const told = await answer.json();
      if (signal.aborted || document.activeElement !== this.field) return;
      this.show(told, search);
    } catch {
      if (!signal.aborted) this.close(); // an exact name will do
    }
  }

  show({ found, rows }, search) {
    this.list.replaceChildren(...rows.map(({ id, name, about }) => h("div", { role: "option", id: unique("option"), "aria-selected": "false", "data-id": id, "data-name": name }, h("span", { class: "name break" }, name), about && h("span", { class: "soft small break" }, about))));
    this.list.hidden = rows.length === 0;
    this.more.textContent = rows.length ? this.dataset.more : this.dataset.none;
    this.more.hidden = rows.length > 0 && found <= rows.length;
    this.said.textContent = rows.length ? this.dataset.found.replace("{count}", found) : this.dataset.none;
    this.box.hidden = false;
    this.field.setAttribute("aria-expanded", String(rows.length > 0));
    this.point(search && rows.length ? 0 : -1);
  }

  options() {
    return [...this.list.children];
  }

  point(at) {
    this.at = at;
    for (const [place, option] of this.options().entries()) option.setAttribute("aria-selected", String(place === at));
    const option = this.options()[at];
    if (option) {
      this.field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else this.field.removeAttribute("aria-activedescendant");
  }

  close() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.box.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  pressed(event) {
    const all = this.options().length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (this.box.hidden) this.ask();
      else if (all) this.point(this.at < 0 && step < 0 ? all - 1 : (this.at + step + all) % all);
    } else if (event.key === "Enter" && !this.box.hidden && this.options()[this.at]) {
      this.choose(this.options()[this.at]);
    } else if (event.key === "Escape" && !this.box.hidden) {
      this.close();
      event.stopPropagation();
    } else if (event.key !== "Enter" || !this.dataset.adds) return;
    event.preventDefault();
  }

  choose(option) {
    if (!option) return;
    const { id, name } = option.dataset;
    this.close();
    if (this.dataset.adds) {
      this.add(id, name, option.children[1]?.textContent);
      this.chosen = this.field.value = "";
    } else {
      this.chosen = this.field.value = name;
    }
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  add(id, name, about) {
    const boxes = document.getElementById(`${this.dataset.adds}-choices`);
    const there = [...boxes.querySelectorAll("input")].find((each) => each.value === id);
    if (there) there.checked = true;
    else {
      const box = h("input", { type: "checkbox", name: this.dataset.adds, value: id, checked: true });
      boxes.prepend(h("label", { class: "choice" }, box, h("span", {}, h("span", { class: "break" }, name), about && [" ", h("span", { class: "hint soft small" }, about)])));
    }
    this.said.textContent = this.dataset.added.replace("{name}", name);
  }
}

customElements.define("option-finder", OptionFinder);
