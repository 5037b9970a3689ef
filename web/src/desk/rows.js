// Keeps the children of an element equal to a list, so that what stays keeps its focus and place.
export function keep(parent, items, { key, make, fill = () => {} }) {
  const there = new Map([...parent.children].map((each) => [each.dataset.key, each]));
  const wanted = items.map((item) => [String(key(item)), item]);
  const keys = new Set(wanted.map(([name]) => name));
  for (const [name, each] of there) if (!keys.has(name)) each.remove();
  wanted.forEach(([name, item], at) => {
    let found = there.get(name);
    if (!found) {
      found = make(item);
      found.dataset.key = name;
    }
    fill(found, item);
    if (parent.children[at] !== found) parent.insertBefore(found, parent.children[at] ?? null);
  });
}

// Writes only what changed, so that assistive technology is not told the same again.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
