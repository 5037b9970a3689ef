// What was only just added is asked for what it lacks, not blamed, until one goes on from it.
export class Fresh {
  // `element` has an `.member` for each thing; `thing(member)` is what it shows; `left` is called
  // when one went on.
  constructor(element, thing, left) {
    this.all = new WeakSet();
    element.addEventListener("focusout", ({ target, relatedTarget: next }) => {
      const member = target.closest(".member");
      if (!member || !next || member.contains(next) || next.closest("dialog")) return;
      if (this.all.delete(thing(member))) left();
    });
  }

  add(thing) {
    this.all.add(thing);
  }

  // Nothing is fresh any more: somebody wants to save.
  clear() {
    this.all = new WeakSet();
  }

  spares(thing, { code }) {
    return code === "missing" && this.all.has(thing);
  }
}

// Say a problem below what it is about: quietly and alone, or beside the others.
export function say(line, words, { spared }) {
  const isFirst = line.hidden;
  if (!isFirst && spared) return;
  if (isFirst || line.classList.contains("soft")) line.replaceChildren(...words);
  else line.append("\n", ...words);
  line.classList.toggle("error", !spared);
  line.classList.toggle("soft", spared);
  line.hidden = false;
}
