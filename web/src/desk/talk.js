// One conversation as its agent has it: what was said, what is still to be sent, what is unread.
const CONTENT = new Set(["ContentEvent", "RichContentEvent"]);
const COMPOSED_FOR = 12_000;

export class Talk {
  constructor(id, waiting = []) {
    this.id = id;
    this.messages = new Map(); // by sequence: {sequence, at, event, mine, role, isPrivate, read, status}
    this.waiting = waiting; // said and not confirmed: {id, at, event, failed}
    this.since = 0; // up to where all is known; what is told live may run ahead of it
    this.name = "";
    this.skillId = "";
    this.consumerId = "";
    this.startedAt = 0;
    this.over = null; // "closed" or "moved" once it is not ours any more
    this._composing = 0;
  }

  told({ conversationDetails: details }) {
    this.skillId = String(details.skillId);
    this.consumerId = details.participants.CONSUMER[0] ?? "";
    this.startedAt = details.startTs;
    this.over = null;
  }

  gone({ conversationDetails: details }) {
    this.over = details.state === "CLOSE" ? "closed" : "moved";
  }

  get newest() {
    return Math.max(this.since, ...this.messages.keys());
  }

  get isTyping() {
    return !this.over && Date.now() < this._composing;
  }

  get unread() {
    return this.over ? [] : [...this.messages.values()].filter((each) => !each.mine && !each.read);
  }

  get said() {
    return [...this.messages.values()].sort((one, other) => one.sequence - other.sequence);
  }

  get last() {
    return this.said.at(-1);
  }

  // Take an event of the dialog; returns the message if it is one that was not known before.
  take({ sequence, serverTimestamp, event, originatorId, originatorMetadata, metadata, messageAudience }, me) {
    const mine = originatorId === me;
    const role = originatorMetadata?.role;
    if (event.type === "ChatStateEvent") {
      if (role === "CONSUMER") this._composing = event.chatState === "COMPOSING" ? Date.now() + COMPOSED_FOR : 0;
    } else if (event.type === "AcceptStatusEvent") {
      for (const each of event.sequenceList ?? []) this._mark(each, event.status, { mine, role });
    } else if (CONTENT.has(event.type) && !this.messages.has(sequence)) {
      const id = metadata?.find?.((each) => each.type === "ExternalId")?.id;
      if (id) this.waiting = this.waiting.filter((each) => each.id !== id);
      if (role === "CONSUMER") this._composing = 0;
      const isPrivate = messageAudience === "AGENTS_AND_MANAGERS";
      const made = { sequence, at: serverTimestamp, event, mine, role, isPrivate, read: false, status: null };
      this.messages.set(sequence, made);
      return made;
    }
    return null;
  }

  sent(waiting, sequence, at) {
    this.waiting = this.waiting.filter((each) => each !== waiting);
    if (this.messages.has(sequence)) return;
    this.messages.set(sequence, { sequence, at, event: waiting.event, mine: true, role: "ASSIGNED_AGENT", read: true, status: null });
  }

  _mark(sequence, status, { mine, role }) {
    const found = this.messages.get(sequence);
    if (!found) return;
    if (mine && !found.mine) found.read ||= status === "READ";
    if (role === "CONSUMER" && found.mine && found.status !== "READ") found.status = status;
  }
}
