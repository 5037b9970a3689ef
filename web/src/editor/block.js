// What a block asks, as the builder holds it, and back to the document: shape, never meaning.
export const GROUPS = ["all", "any", "none"];

export function quantifierOf(node) {
  return GROUPS.find((name) => Array.isArray(node[name]));
}

export function isGroup(node) {
  return quantifierOf(node) !== undefined;
}

// Whether the builder can show this at all; what is wrong with it otherwise is the server's to say.
export function isShapely(conditions) {
  return (
    Array.isArray(conditions) &&
    conditions.every((node) => {
      if (node === null || typeof node !== "object" || Array.isArray(node)) return false;
      const group = quantifierOf(node);
      if (group) return Object.keys(node).length === 1 && isShapely(node[group]);
      const known = ["property", "type", "value", "ignoreCase"];
      const texts = ["property", "type"].every((key) => node[key] === undefined || typeof node[key] === "string");
      return texts && Object.keys(node).every((key) => known.includes(key));
    })
  );
}

function formOf(given) {
  return "expression" in given ? "expression" : "build";
}

// `own`: the form somebody wrote it in, which it keeps while it is only looked at in the other;
// `twin`: both forms of it, as they were when it was last turned.
// `wrapped`: the only condition is a group, which stands for the whole block. `empty`: a block
// without any condition is meant to be so, which nobody reaches by removing the last one.
export function read(given) {
  const conditions = given.conditions ?? [];
  const only = conditions.length === 1 ? quantifierOf(conditions[0]) : undefined;
  const members = only ? conditions[0][only] : conditions;
  return {
    mode: formOf(given),
    own: formOf(given),
    quantifier: only ?? "all",
    members,
    wrapped: Boolean(only),
    empty: only && members.length === 0 ? only : "",
    expression: given.expression ?? "",
    twin: null,
  };
}

export function isWrapped(block) {
  return block.wrapped || block.quantifier !== "all";
}

// Whether nothing was written since it was turned.
export function isTurned(block) {
  const { mode, twin } = block;
  if (!twin) return false;
  return mode === "expression" ? twin.expression === block.expression : twin.conditions === JSON.stringify(shown(block).conditions);
}

export function ownForm(block) {
  return (isTurned(block) && block.own) || block.mode;
}

// As the document has it: who only looks at the other form changes nothing.
export function write(block) {
  const { twin } = block;
  if (ownForm(block) === block.mode) return shown(block);
  return block.own === "expression" ? { expression: twin.expression } : { conditions: JSON.parse(twin.conditions) };
}

// In the form that is in sight, where mistakes are told.
export function shown(block) {
  if (block.mode === "expression") return { expression: block.expression };
  if (block.members.length === 0) return { conditions: block.empty ? [{ [block.empty]: [] }] : [] };
  return { conditions: isWrapped(block) ? [{ [block.quantifier]: block.members }] : block.members };
}

// Where a node is: the list that holds it, its place there, and the node of that list (none: root).
export function find(block, wanted, list = block.members, parent = null) {
  for (const [index, node] of list.entries()) {
    if (node === wanted) return { list, index, parent };
    const group = quantifierOf(node);
    const found = group && find(block, wanted, node[group], node);
    if (found) return found;
  }
  return null;
}

export function holds(node, wanted) {
  if (node === wanted) return true;
  const group = quantifierOf(node);
  return Boolean(group) && node[group].some((inner) => holds(inner, wanted));
}

export function move(block, node, list, index) {
  const from = find(block, node);
  from.list.splice(from.index, 1);
  list.splice(from.list === list && from.index < index ? index - 1 : index, 0, node);
}
