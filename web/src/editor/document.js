// The text of a policy as a document that the builder can hold.
import { isShapely } from "./block.js";
import { _ } from "./words.js";

// Browsers say in English what is wrong, and most of them where: only the place is told.
function unread(error) {
  const [, line, column] = /line (\d+) column (\d+)/.exec(error.message) ?? [];
  return line ? _("This is not JSON yet: look at line {line}, column {column}.", { line, column }) : _("This is not JSON yet.");
}

// The document, or a sentence why the builder cannot hold it without losing something.
export function parsed(text) {
  let unsafe = false;
  let document;
  try {
    document = JSON.parse(text, (_key, value, context) => {
      const source = context?.source;
      if (typeof value === "number" && source && /^-?\d+$/.test(source) && !Number.isSafeInteger(value)) unsafe = true;
      return value;
    });
  } catch (error) {
    return { refusal: unread(error) };
  }
  const blocks = [document, document?.exception].filter((each) => each !== undefined);
  const isObject = (each) => each !== null && typeof each === "object" && !Array.isArray(each);
  if (unsafe) return { refusal: _("A number here has more digits than a browser can hold, so the policy stays JSON.") };
  const fits = blocks.every((each) => isObject(each) && !("conditions" in each && "expression" in each) && (each.conditions === undefined || isShapely(each.conditions)) && (each.expression === undefined || typeof each.expression === "string") && (each.actions === undefined || (Array.isArray(each.actions) && each.actions.every(isObject))));
  return fits ? { document } : { refusal: _("The other tabs cannot show this; what is wrong stands at the side.") };
}

const sorted = (_key, value) => (value !== null && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value);

// Whether two texts are the same document, whatever the order of its keys and its spaces.
export function same(one, other) {
  const [a, b] = [parsed(one).document, parsed(other).document];
  return Boolean(a && b) && JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
}
