// Edits that are not saved yet, in the browser: they outlive a lost connection, server and session.
const AGE = 30 * 24 * 3600_000;

export class Kept {
  constructor(key) {
    this.key = `orchestrator.draft/${key}`;
  }

  read() {
    try {
      const found = JSON.parse(localStorage.getItem(this.key));
      return found && Date.now() - found.at < AGE ? found : null;
    } catch {
      return null;
    }
  }

  write(draft) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ ...draft, at: Date.now() }));
      return true;
    } catch {
      return false;
    }
  }

  forget() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // a browser that keeps nothing has nothing to forget
    }
  }
}
