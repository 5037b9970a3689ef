// What the server says, with names and pieces of expressions set apart from its words.
import { h } from "./dom.js";

// What stands in backticks is a name or a piece of an expression; what people wrote is in quotes,
// and is kept apart, so that writing from right to left turns nothing else around.
export function told(message) {
  return message
    .split(/(`[^`]*`|“[^”]*”|'[^']*')/)
    .filter(Boolean)
    .map((part) => (part.startsWith("`") ? h("code", {}, part.slice(1, -1)) : /^[“']/.test(part) ? [part[0], h("bdi", {}, part.slice(1, -1)), part.at(-1)] : part));
}
