// Words that people see, in the reader's language: the page brings them along (/console/words).
let known = globalThis.orchestratorWords ?? {};
const HOLE = /\{(\w+)\}/g;
const FEWEST = 8; // letters and signs of its own, without which a sentence could be anything
let made;

// The page is somebody else's and brought none: `words` came later.
export function learn(words) {
  known = words;
  made = null;
}

export function _(text, values = {}) {
  const told = Object.hasOwn(known, text) ? known[text] : text;
  return told.replace(HOLE, (whole, name) => (name in values ? String(values[name]) : whole));
}

// What the server says in English on a socket, where what varies is in it already.
export function retold(text) {
  if (Object.hasOwn(known, text)) return known[text];
  made ??= Object.keys(known).map(sentence).filter(Boolean).sort((one, other) => other.weight - one.weight);
  for (const { pattern, becomes } of made) {
    const found = pattern.exec(text);
    if (found) return _(becomes, found.groups);
  }
  return text;
}

function sentence(said) {
  const parts = said.split(HOLE);
  const weight = parts.filter((_part, at) => at % 2 === 0).join("").length;
  if (parts.length === 1 || weight < FEWEST || new Set(parts.filter((_part, at) => at % 2)).size * 2 + 1 !== parts.length) return null;
  const source = parts.map((each, at) => (at % 2 ? `(?<${each}>.+)` : each.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))).join("");
  return { pattern: new RegExp(`^${source}$`, "s"), becomes: known[said], weight };
}
