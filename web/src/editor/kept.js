// Edits that are not saved yet, in the browser: they outlive a lost connection, server and session.
// Each tab has a draft of its own. While somebody is at it, its page holds a lock of the draft's
// name, so that other tabs only tell of it; what a closed tab left, the next one takes.
const ROOT = "orchestrator.drafts/"; // <tab>/<key>
const SHARED = "orchestrator.draft/"; // <key>: as they were while all tabs had one draft
const TAB = "orchestrator.tab";
const AGE = 30 * 24 * 3600_000;
const PATIENCE = 1000; // ms: a page that is loaded anew may find its lock not let go of yet

// Which policy a draft is of; nothing for what is no draft.
function keyOf(name) {
  if (name.startsWith(SHARED)) return name.slice(SHARED.length);
  return name.startsWith(ROOT) ? name.slice(name.indexOf("/", ROOT.length) + 1) : undefined;
}

function all() {
  try {
    return Object.keys(localStorage).filter((name) => keyOf(name) !== undefined);
  } catch {
    return [];
  }
}

function read(name) {
  try {
    const found = JSON.parse(localStorage.getItem(name));
    return found && typeof found.text === "string" && Date.now() - found.at < AGE ? found : null;
  } catch {
    return null;
  }
}

function write(name, draft) {
  try {
    localStorage.setItem(name, JSON.stringify({ ...draft, at: draft.at ?? Date.now() }));
    return true;
  } catch {
    return false;
  }
}

function remove(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // a browser that keeps nothing has nothing to forget
  }
}

const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// The name of this tab, from its last page. It is put away while a page is there, so that a tab
// that is duplicated, with all that its session holds, is not taken for this one.
function tab() {
  let mine;
  try {
    mine = sessionStorage.getItem(TAB);
    sessionStorage.removeItem(TAB);
  } catch {
    // no storage, no memory of it: a new name will do
  }
  return mine ?? fresh();
}

function leaveTab(mine) {
  try {
    sessionStorage.setItem(TAB, mine);
  } catch {
    // then the draft is one of a closed tab, and found as such
  }
}

// Hold a lock: answers what lets go of it, or nothing where somebody else has it. Without locks
// (http from another machine) everybody has theirs, and other drafts count as those of closed tabs.
function held(name) {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    const hold = () => new Promise((release) => resolve(release));
    navigator.locks.request(name, { signal: AbortSignal.timeout(PATIENCE) }, hold).catch(() => resolve(null));
  });
}

export class Kept {
  constructor(key) {
    this.key = key;
    this.isKept = true; // whether the browser took what was last to be kept
    this.last = null;
  }

  // Begin with the draft of this tab; what is too old is removed, whatever policy it was of.
  async open() {
    for (const name of all()) if (!read(name)) remove(name);
    await this.enter();
    addEventListener("pagehide", () => {
      leaveTab(this.tab);
      this.release?.();
    });
    addEventListener("pageshow", async ({ persisted }) => {
      if (!persisted) return; // it was not left, only put aside: others may have taken its draft
      await this.enter();
      if (this.last) this.write(this.last);
    });
  }

  async enter() {
    this.tab = tab();
    this.release = await held(this.named(this.tab));
    if (!this.release) {
      this.tab = fresh();
      this.release = await held(this.named(this.tab));
    }
    this.name = this.named(this.tab);
  }

  named(tab) {
    return `${ROOT}${tab}/${this.key}`;
  }

  read() {
    return read(this.name);
  }

  // `draft`: its text, and how it was looked at.
  write(draft) {
    this.last = draft;
    this.isKept = write(this.name, draft);
  }

  forget() {
    this.last = null;
    this.isKept = true;
    remove(this.name);
  }

  // Drafts of the same policy in other tabs, the newest first.
  async others() {
    const locks = await navigator.locks?.query().catch(() => null);
    const open = new Set(locks?.held.map(({ name }) => name));
    return all()
      .filter((name) => name !== this.name && keyOf(name) === this.key)
      .map((name) => ({ name, draft: read(name), isOpen: open.has(name) }))
      .filter(({ draft }) => draft)
      .sort((one, other) => other.draft.at - one.draft.at);
  }

  // What a closed tab left becomes this tab's; nothing where somebody has it by now.
  async take(name) {
    const move = () => {
      const draft = read(name);
      if (!draft) return null;
      this.write(draft);
      if (this.isKept) remove(name);
      return draft;
    };
    if (!navigator.locks) return move();
    return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? move() : null)).catch(() => null);
  }

  // Put a draft where that of a closed tab would be; answers its name, or nothing if it is not kept.
  leave(draft) {
    const name = this.named(fresh());
    return write(name, draft) ? name : "";
  }

  drop(name) {
    remove(name);
  }

  // Call `told` whenever another tab keeps or forgets a draft of the same policy. What is this
  // tab's stays, whatever others remove.
  watch(told) {
    addEventListener("storage", ({ key, newValue }) => {
      if (newValue === null && (key === null || key === this.name) && this.last) this.write(this.last);
      if (key === null || (key !== this.name && keyOf(key) === this.key)) told();
    });
  }
}
