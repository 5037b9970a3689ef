// Words that people see, in the reader's language: the page brings them along (/console/words).
const known = globalThis.orchestratorWords ?? {};

export function _(text, values = {}) {
  const told = Object.hasOwn(known, text) ? known[text] : text;
  return told.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
