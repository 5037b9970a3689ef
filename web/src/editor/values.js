// The value of a condition, by the kind of thing it is: a text, a number, a list, a reference, …
import { h, unique } from "./dom.js";
import { become, kindOf, kinds } from "./kinds.js";
import { referred } from "./known.js";
import { lines } from "./lines.js";
import { NUMBER, number } from "./numbers.js";
import { _ } from "./words.js";

const WORDS = {
  text: _("text"),
  number: _("number"),
  boolean: _("yes or no"),
  date: _("date"),
  list: _("list"),
  json: _("JSON"),
  attribute: _("attribute"),
  skill: _("skill"),
  agent: _("agent"),
};
const MOST_CHIPS = 40;

const written = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function list(row, view, key) {
  const values = Array.isArray(row.value) ? row.value : [];
  const type = view.known.attribute(row.property)?.type;
  const areNumbers = values.length > 0 && values.every((each) => typeof each === "number");
  const element = type === "number" || (!type && areNumbers) ? number : (text) => text;
  if (values.length > MOST_CHIPS) {
    return lines(values, key, (all) => {
      row.value = all;
      view.changed();
    });
  }
  const shown = (value) => (referred(value) ? h("code", {}, view.known.label(referred(value))) : written(value));
  const add = (text, isPaste) => {
    const parts = (isPaste ? text.split(/[\n\t,;]+/) : [text]).map((part) => part.trim()).filter(Boolean);
    if (parts.length === 0) return false;
    row.value = [...values, ...parts.map(element)];
    view.render(key);
    return true;
  };
  return h(
    "div",
    { class: "values" },
    values.map((value, index) =>
      h("span", { class: "chip" }, h("span", { class: "break" }, shown(value)), h("button", {
        type: "button",
        class: "icon tiny",
        "aria-label": _("Remove {value}", { value: written(value) }),
        onclick: () => {
          row.value = values.toSpliced(index, 1);
          view.render(key);
        },
      }, "✕")),
    ),
    offering({
      "data-key": key,
      "data-pending": true,
      "aria-label": _("Add a value; several can be pasted"),
      placeholder: values.length ? _("Add …") : _("Type and press Enter, or paste a list"),
      onkeydown: (event) => {
        if ((event.key === "Enter" || event.key === ",") && add(event.target.value)) event.preventDefault();
        else if (event.key === "Enter") event.preventDefault();
        else if (event.key === "Backspace" && event.target.value === "" && values.length > 0) {
          row.value = values.slice(0, -1);
          view.render(key);
        }
      },
      onpaste: (event) => {
        const text = event.clipboardData?.getData("text") ?? "";
        if (/[\n\t,;]/.test(text) && add(event.target.value + text, true)) event.preventDefault();
      },
      onchange: (event) => add(event.target.value),
    }, row, view),
    h("button", {
      type: "button",
      class: "quiet small",
      onclick: async () => {
        const found = await view.known.pickAttribute();
        if (found) row.value = [...values, `{{${found}}}`];
        view.render(key);
      },
    }, _("+ attribute")),
  );
}

// A long name is broken where its parts meet.
function dotted(name) {
  return name.split(/(?<=\.)(?=\S)/u).flatMap((part) => [document.createElement("wbr"), part]).slice(1);
}

function chooser(label, dot, act, key, about) {
  return h("button", { type: "button", class: "chooser", "data-key": key, "aria-label": about, onclick: act }, dot && h("span", { class: `dot ${dot[0]}`, title: dot[1] }), h("span", { class: "break" }, dotted(label)), h("span", { class: "soft", "aria-hidden": "true" }, "▾"));
}

function field(kind, row, view, key) {
  const set = (value) => {
    if (value === "" && kind !== "text") delete row.value;
    else row.value = value;
    view.changed();
  };
  const label = _("Value");
  if (kind === "list") return list(row, view, key);
  if (kind === "boolean") {
    if (typeof row.value !== "boolean") row.value = true; // what the field says before one chooses
    return h("select", { "aria-label": label, "data-key": key, onchange: (event) => set(event.target.value === "true") }, h("option", { value: "true", selected: row.value === true }, _("yes (true)")), h("option", { value: "false", selected: row.value === false }, _("no (false)")));
  }
  if (kind === "attribute") {
    const name = referred(row.value);
    const act = async () => {
      const found = await view.known.pickAttribute(name);
      if (found) row.value = `{{${found}}}`;
      view.render(key);
    };
    return chooser(name ? view.known.label(name) : _("Choose an attribute"), null, act, key, _("Attribute: {name}", { name: name ?? _("none yet") }));
  }
  if (kind === "skill" || kind === "agent") {
    const known = kind === "skill" ? view.known.skillNames.get(row.value) : view.known.agentNames.get(row.value);
    const act = async () => {
      const found = await (kind === "skill" ? view.known.pickSkill() : view.known.pickAgent());
      if (found) row.value = found;
      view.render(key);
    };
    const words = known?.name || known?.login || row.value || _("Choose");
    return chooser(words, kind === "skill" && view.known.dot(row.value), act, key, _("Value: {name}", { name: words }));
  }
  if (kind === "date") return h("input", { type: "date", "aria-label": label, "data-key": key, value: row.value ?? "", oninput: (event) => set(event.target.value) });
  if (kind === "json") {
    return h("input", {
      class: "mono",
      "aria-label": label,
      "data-key": key,
      value: row.value === undefined ? "" : JSON.stringify(row.value),
      oninput: (event) => {
        try {
          set(JSON.parse(event.target.value));
        } catch {
          set(event.target.value);
        }
      },
    });
  }
  const input = {
    "aria-label": label,
    "data-key": key,
    inputmode: kind === "number" ? "decimal" : null,
    value: row.value === undefined ? "" : written(row.value),
    placeholder: example(row, view, kind),
    oninput: (event) => set(kind === "number" ? number(event.target.value) : event.target.value),
  };
  return offering(input, row, view);
}

// A field that offers what is known to be there; whatever else is typed is taken as well.
function offering(input, row, view) {
  const names = view.known.named(row.property);
  if (names.length === 0) return h("input", input);
  const id = unique("names");
  return [h("input", { ...input, list: id }), h("datalist", { id }, names.map((value) => h("option", { value })))];
}

function example(row, view, kind) {
  const found = view.known.attribute(row.property)?.example;
  if (kind === "number") return NUMBER.test(found ?? "") ? found : "0";
  return found ? found.replace(/^"(.*)"$/, "$1") : null;
}

// The kind and the field of a row's value.
export function valueOf(row, operator, view, key) {
  const offered = kinds(row, operator, view.known);
  const kind = kindOf(row, offered, view.known);
  const choice = h(
    "select",
    {
      class: "kind",
      "aria-label": _("Kind of value"),
      "data-key": `${key}-kind`,
      onchange: (event) => {
        become(row, event.target.value);
        view.render(key);
      },
    },
    offered.map((each) => h("option", { value: each, selected: each === kind }, WORDS[each])),
  );
  return h("div", { class: "value" }, offered.length > 1 && choice, field(kind, row, view, key));
}

export { chooser };
