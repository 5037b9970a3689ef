// Elements in one line: h("button", { class: "icon", onclick: act, "aria-label": "Remove" }, "✕").
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "draggable", "selected", "open"]);

export function h(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) continue;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  for (const name of PROPERTIES) if (name in given) made[name] = given[name] ?? "";
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

function drawing(...shapes) {
  const made = document.createElementNS(SVG, "svg");
  for (const [name, value] of [["viewBox", "0 0 20 20"], ["width", 20], ["height", 20], ["aria-hidden", "true"], ["fill", "currentColor"]]) {
    made.setAttribute(name, value);
  }
  for (const [cx, cy] of shapes) {
    const dot = document.createElementNS(SVG, "circle");
    dot.setAttribute("cx", cx);
    dot.setAttribute("cy", cy);
    dot.setAttribute("r", 1.6);
    made.append(dot);
  }
  return made;
}

export const dots = () => drawing([10, 4], [10, 10], [10, 16]);
export const grip = () => drawing([7, 4], [13, 4], [7, 10], [13, 10], [7, 16], [13, 16]);

// The three dots of a row, as kit.html has them; entries are [words, act, sort] or nothing.
export function menu(label, key, entries) {
  return h(
    "details",
    { class: "menu" },
    h("summary", { class: "button icon", "aria-label": label, title: label, "data-key": key }, dots()),
    h(
      "div",
      {},
      entries.filter(Boolean).map(([words, act, sort]) => h("button", { type: "button", class: sort ?? "", onclick: act }, words)),
    ),
  );
}

let names = 0;
export function unique(start) {
  names += 1;
  return `${start}-${names}`;
}
