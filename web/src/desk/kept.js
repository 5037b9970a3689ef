// What the tab keeps of the workspace, so that a reload loses nothing: the state that the agent
// set, drafts, and what was said but not sent yet.
export class Kept {
  constructor(key) {
    this._key = `orchestrator.desk/${key}`;
    const found = this._read();
    this.availability = found.availability ?? null; // as long as nobody chose here
    this.drafts = found.drafts ?? {};
    this.waiting = found.waiting ?? {};
  }

  draft(id, text) {
    if (text) this.drafts[id] = text;
    else delete this.drafts[id];
    this.write();
  }

  hold(id, waiting) {
    if (waiting.length) this.waiting[id] = waiting;
    else delete this.waiting[id];
    this.write();
  }

  write() {
    const { availability, drafts, waiting } = this;
    try {
      sessionStorage.setItem(this._key, JSON.stringify({ availability, drafts, waiting }));
    } catch {
      // a tab that keeps nothing begins anew after a reload
    }
  }

  _read() {
    try {
      return JSON.parse(sessionStorage.getItem(this._key)) ?? {};
    } catch {
      return {};
    }
  }
}
