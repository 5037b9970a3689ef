// One dialog for choosing among many: attributes, skills, people. Searchable, grouped, by keyboard.
import { h, unique } from "./dom.js";
import { _ } from "./words.js";

const MOST = 150;

function matches(item, words) {
  const text = [item.label, item.about, ...(item.also ?? [])].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

// `groups`: [{words, items: [{value, label, about, type, example, seen, dot, also}]}].
// `free` turns what was typed into a value where it may be used as it is, or answers nothing;
// `none` says that nothing was found.
export function pick({ title, groups, chosen, free, none = _("Nothing of that name.") }) {
  const list = unique("options");
  const search = h("input", {
    type: "search",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": list,
    "aria-autocomplete": "list",
    "aria-label": title,
    placeholder: _("Type to search"),
    autocomplete: "off",
    spellcheck: "false",
  });
  const options = h("div", { id: list, role: "listbox", class: "options", "aria-label": title, tabindex: "-1" });
  const dialog = h(
    "dialog",
    { class: "picker", "aria-label": title },
    h("div", { class: "bar" }, h("h2", { class: "grow" }, title), h("button", { type: "button", class: "icon", "aria-label": _("Close"), onclick: () => dialog.close() }, "✕")),
    search,
    options,
  );

  return new Promise((resolve) => {
    let answer = null;
    let at = 0;
    const shown = () => [...options.querySelectorAll('[role="option"]')];
    const choose = (value) => {
      answer = value;
      dialog.close();
    };

    function point(index) {
      const all = shown();
      at = Math.max(0, Math.min(index, all.length - 1));
      for (const [place, option] of all.entries()) option.setAttribute("aria-selected", String(place === at));
      if (all[at]) {
        search.setAttribute("aria-activedescendant", all[at].id);
        all[at].scrollIntoView({ block: "nearest" });
      } else search.removeAttribute("aria-activedescendant");
    }

    function option(item) {
      const facts = [item.type && h("span", { class: "chip" }, item.type)];
      if (item.example !== undefined) facts.push(h("span", {}, _("such as"), " ", h("code", {}, item.example)));
      if (item.seen !== undefined) facts.push(h("span", {}, _("last seen"), " ", h("code", {}, item.seen)));
      return h(
        "div",
        { role: "option", id: unique("option"), class: "option", "aria-selected": "false", onclick: () => choose(item.value) },
        h("span", { class: "name" }, item.dot && h("span", { class: `dot ${item.dot[0]}`, title: item.dot[1] }), item.label, item.dot && h("span", { class: "soft small" }, ` ${item.dot[1]}`)),
        item.about && h("span", { class: "soft small" }, item.about),
        facts.some(Boolean) && h("span", { class: "facts-line soft small" }, facts),
      );
    }

    function fill() {
      const typed = search.value.trim();
      const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
      let room = MOST;
      const parts = [];
      for (const group of groups) {
        const found = group.items.filter((item) => matches(item, words));
        if (found.length === 0 || room === 0) continue;
        const heading = unique("group");
        parts.push(h("div", { role: "group", "aria-labelledby": heading }, h("div", { id: heading, class: "label soft small" }, group.words), found.slice(0, room).map(option)));
        room = Math.max(0, room - found.length);
      }
      const own = free?.(typed);
      if (own) parts.push(option({ value: own, label: _("Use {name}", { name: own }), about: _("A name of your own.") }));
      if (parts.length === 0) parts.push(h("p", { class: "soft", role: "status" }, none));
      if (room === 0) parts.push(h("p", { class: "soft small" }, _("There are more: type to narrow it down.")));
      options.replaceChildren(...parts);
      point(0);
    }

    search.addEventListener("input", fill);
    search.addEventListener("keydown", (event) => {
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
      if (event.key in steps) point(at + steps[event.key]);
      else if (event.key === "Enter") shown()[at]?.click();
      else return;
      event.preventDefault();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    fill();
    const current = shown().findIndex((each) => chosen && each.querySelector(".name")?.textContent === chosen);
    dialog.showModal();
    search.focus();
    if (current > 0) point(current);
  });
}
