// Kinds of values: which ones an operator takes, and what one becomes as another.
import { referred } from "./known.js";
import { number } from "./numbers.js";

const DATE = /^\d{4}-\d\d-\d\d$/;
const chosen = new WeakMap(); // an empty field is still of the kind that was chosen
const origins = new WeakMap(); // what a row's value was before it became what it is now

// Which kinds the value of a row may be of.
export function kinds(row, operator, known) {
  const can = new Set(operator.kinds);
  if (can.size === 1 && can.has("list")) return ["list", "attribute"];
  const found = [];
  const ids = known.identifies(row.property);
  if (can.has("text") && ids) found.push(ids);
  for (const kind of ["text", "number", "boolean"]) if (can.has(kind)) found.push(kind);
  if (can.has("text") && (can.has("number") || can.has("boolean"))) found.push("date");
  if (can.has("list")) found.push("list");
  if (can.has("object")) found.push("json");
  return [...found, "attribute"];
}

// The kind that a row's value is of, among those on offer.
export function kindOf(row, offered, known) {
  const { value } = row;
  let found;
  if (referred(value)) found = "attribute";
  else if (Array.isArray(value)) found = "list";
  else if (typeof value === "boolean" || typeof value === "number") found = typeof value;
  else if (typeof value === "string" && DATE.test(value)) found = "date";
  else if (value !== null && typeof value === "object") found = "json";
  const wanted = chosen.get(row);
  if (value === undefined || typeof value === "string") {
    if (wanted && wanted !== "attribute" && offered.includes(wanted)) return wanted;
    if (wanted === "attribute" && value === undefined) return wanted;
  }
  if (found && offered.includes(found)) return found;
  if (value === undefined) {
    const type = known.attribute(row.property)?.type;
    return [known.identifies(row.property), type, offered[0]].find((kind) => offered.includes(kind));
  }
  const ids = known.identifies(row.property);
  const has = ids === "skill" ? known.skillNames.has(value) : known.agentNames.has(value);
  if (ids && has && offered.includes(ids)) return ids;
  return offered.includes("text") ? "text" : offered[0];
}

// Give a row what `make` makes of its value; nothing removes it. As long as nobody changes that, it
// is the value of before that others are made of: who comes back has what was there.
function remake(row, make) {
  const origin = origins.get(row);
  const value = origin && origin.became === row.value ? origin.value : row.value;
  const became = make(value);
  if (became === undefined) delete row.value;
  else row.value = became;
  origins.set(row, { value, became });
}

// Keep of the value what can be of use to another operator.
export function adapt(row, operator) {
  const isList = operator.kinds.length === 1 && operator.kinds[0] === "list";
  remake(row, (value) => {
    if (!operator.takesValue) return undefined;
    if (isList && value !== undefined && !Array.isArray(value) && !referred(value)) return value === "" ? [] : [value];
    if (!isList && !operator.kinds.includes("list") && Array.isArray(value)) return value[0];
    return value;
  });
}

const AS = {
  boolean: (value) => (typeof value === "boolean" ? value : value !== "false"),
  list: (value) => (Array.isArray(value) ? value : value === undefined || value === "" ? [] : [value]),
  number: (value) => (typeof value === "string" ? number(value) : typeof value === "number" ? value : undefined),
  text: (value) => (Array.isArray(value) ? value.join(", ") : ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined),
  date: (value) => (typeof value === "string" && DATE.test(value) ? value : undefined),
  json: (value) => value,
  attribute: (value) => (referred(value) ? value : undefined),
};

// Make of the value one of another kind.
export function become(row, kind) {
  chosen.set(row, kind);
  remake(row, AS[kind] ?? (() => undefined)); // an id is chosen, not made
}
