// The parts of the editor's page, and which of them a tab shows.
import { h, unique } from "./dom.js";
import { _ } from "./words.js";

const TABS = { build: _("Conditions"), expression: _("Write an expression"), json: _("JSON") };

export class Frame {
  // `host`: {changed(), choose(tab), left()}; `isNew`: nobody misses a name before it was passed by.
  constructor(host, { isNew }) {
    this.isNameFresh = isNew;
    this.live = h("p", { class: "unseen", role: "status" });
    this.nameError = h("p", { class: "error break", id: unique("name-error"), hidden: true });
    this.name = h("input", { id: "editor-name", maxlength: "200", autocomplete: "off", required: true, "aria-describedby": this.nameError.id, placeholder: _("What it is for, such as VIP to advisors"), oninput: host.changed, onblur: () => {
      if (!this.isNameFresh) return;
      this.isNameFresh = false;
      host.left();
    } });
    this.enabled = h("input", { type: "checkbox", role: "switch", id: "editor-enabled", onchange: host.changed });
    this.head = h(
      "section",
      { class: "card editor-head" },
      h("div", { class: "field grow" }, h("label", { for: "editor-name" }, _("Name")), this.name, this.nameError),
      h("label", { class: "editor-switch" }, h("span", { class: "switch" }, this.enabled, h("span", {})), h("span", {}, _("Enabled"))),
    );
    this.tabs = h(
      "div",
      { class: "tabs", role: "tablist", "aria-label": _("How to edit"), onkeydown: (event) => this.steps(event) },
      Object.entries(TABS).map(([name, words]) => h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "editor-panel", onclick: () => host.choose(name) }, words)),
    );
    this.panel = h("div", { role: "tabpanel", id: "editor-panel" });
    this.heading = h("h2", { id: "editor-when" });
    this.when = h("section", { class: "card", "aria-labelledby": "editor-when" }, this.heading, this.tabs, this.panel);
    this.then = h("section", { class: "card", "aria-labelledby": "editor-then" });
  }

  // Everything in which something is written.
  get parts() {
    return [this.head, this.when, this.then];
  }

  // `main` is what is asked and done, or nothing where `json` is all that is shown.
  draw(tab, { main, json, except }) {
    for (const each of this.tabs.children) {
      const isChosen = each.id === `tab-${tab}`;
      each.setAttribute("aria-selected", String(isChosen));
      each.tabIndex = isChosen ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${tab}`);
    const isJson = tab === "json";
    this.heading.textContent = isJson ? _("The whole policy") : _("When");
    for (const part of [this.head, this.then, except.element]) part.hidden = isJson;
    if (isJson) {
      this.panel.replaceChildren(json);
      return;
    }
    main.draw();
    this.panel.replaceChildren(main.builder.element, main.written);
    this.then.replaceChildren(h("h2", { id: "editor-then" }, _("Then")), main.actions.element);
    except.draw();
  }

  // Say what is wrong with the name beside it; returns what is not about the name.
  tell(problems) {
    const named = problems.find(({ path, severity }) => path === "name" && severity !== "warning");
    if (named) named.spared = this.isNameFresh && this.name.value.trim() === "";
    const isWrong = Boolean(named) && !named.spared;
    this.nameError.hidden = !isWrong;
    this.nameError.textContent = isWrong ? named.message : "";
    this.name.setAttribute("aria-invalid", String(isWrong));
    return problems.filter((each) => each !== named);
  }

  steps(event) {
    const all = [...this.tabs.children];
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    all[(all.indexOf(document.activeElement) + by + all.length) % all.length].focus();
  }
}
