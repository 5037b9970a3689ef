// An agent on the messaging socket, as any agent's program is: a state, rings, conversations.
// It draws nothing; it tells what happens as events of its own: changed, rung, said, opened, refused.
import { _ } from "../editor/words.js";
import { uploaded } from "../parts/chat/files.js";
import { Line } from "../parts/chat/line.js";
import { calledIn } from "./naming.js";
import { Talk } from "./talk.js";

const READMIT_EVERY = 5 * 60_000;
const AGAIN = 1_500;
const TRANSIENT = 429;

export class Seat extends EventTarget {
  // `admit`: asks the console for a bearer; answers {bearer, account, userId, skills}
  constructor({ admit, kept, account, userId }) {
    super();
    this.account = account;
    this.me = `${account}.${userId}`;
    this.kept = kept;
    this.talks = new Map(Object.entries(kept.waiting).map(([id, waiting]) => [id, new Talk(id, waiting)]));
    this.rings = new Map(); // by id: {ringId, conversationId, skillId, until, lasts}
    this.skills = {};
    this._ahead = 0; // of our clock, the server's
    this._admit = admit;
    this._line = new Line({ place: () => this._place(), introduce: () => this._introduce() });
    this._line.addEventListener("told", ({ detail }) => this._told(detail));
    this._line.addEventListener("refused", ({ detail }) => this._tell("refused", detail));
    this._line.addEventListener("changed", () => this._turned());
  }

  get state() {
    return this._line.state;
  }

  get availability() {
    return this.kept.availability ?? "AWAY";
  }

  // The server's time, in milliseconds.
  now() {
    return Date.now() + this._ahead;
  }

  start() {
    this._line.start();
    this._renewing = setInterval(() => this.state === "ready" && this._admitted().catch(() => {}), READMIT_EVERY);
  }

  stop() {
    clearInterval(this._renewing);
    this._line.stop();
  }

  hurry() {
    this._line.hurry();
  }

  drop() {
    this._line.drop();
  }

  // What an agent does -------------------------------------------------------------------------------

  async become(availability) {
    this.kept.availability = availability;
    this.kept.write();
    this._tell("changed");
    if (this.state === "ready") await this._sayState();
  }

  async answer(ring, state) {
    if (state === "ACCEPTED") this._awaited = ring.conversationId;
    try {
      await this._ask(".ams.routing.UpdateRingState", { ringId: ring.ringId, ringState: state });
    } catch (error) {
      this._awaited = null;
      throw error;
    } finally {
      this.rings.delete(ring.ringId); // answered, or no longer to be had
      this._tell("changed");
    }
  }

  // Say something, now or as soon as the server is there again; survives a reload of the page.
  say(talk, text) {
    return this._publishSoon(talk, { type: "ContentEvent", contentType: "text/plain", message: text });
  }

  async sendFile(talk, file) {
    const address = (size) => this._ask(".ams.ms.GenerateURLForUploadFile", size);
    const event = await uploaded(file, { base: location.origin, address });
    await this._publishSoon(talk, event);
  }

  unsay(talk, waiting) {
    talk.waiting = talk.waiting.filter((each) => each !== waiting);
    this._hold(talk);
  }

  async typing(talk, chatState) {
    if (this.state !== "ready" || talk.over) return;
    await this._publish(talk, { type: "ChatStateEvent", chatState }).catch(() => {});
  }

  async read(talk) {
    const unread = talk.unread;
    if (!unread.length || this.state !== "ready") return;
    for (const each of unread) each.read = true;
    this._tell("changed");
    const sequenceList = unread.map((each) => each.sequence);
    await this._publish(talk, { type: "AcceptStatusEvent", status: "READ", sequenceList }).catch(() => {
      for (const each of unread) each.read = false;
    });
  }

  async toSkill(talk, skillId) {
    await this._settle(talk);
    await this._change(talk, [this._leaving(), { field: "Skill", type: "UPDATE", skill: skillId }]);
  }

  async toAgent(talk, userId, skillId) {
    await this._settle(talk);
    const suggested = { field: "ParticipantsChange", type: "SUGGEST", role: "ASSIGNED_AGENT", userId: `${this.account}.${userId}` };
    await this._change(talk, [this._leaving(), suggested, { field: "Skill", type: "UPDATE", skill: skillId }]);
  }

  async close(talk) {
    await this._settle(talk);
    const dialog = { dialogId: talk.id, state: "CLOSE", closedBy: "AGENT", closedCause: "Completed" };
    await this._change(talk, [{ field: "DialogChange", type: "UPDATE", dialog }]); // a survey may follow
  }

  dismiss(talk) {
    this.talks.delete(talk.id);
    this.kept.draft(talk.id, "");
    this.kept.hold(talk.id, []);
    this._tell("changed");
  }

  skill(id) {
    return this.skills[id] ?? id;
  }

  // The connection -----------------------------------------------------------------------------------

  async _admitted() {
    const admitted = await this._admit();
    this.skills = admitted.skills;
    return admitted;
  }

  async _place() {
    const { bearer } = await this._admitted();
    const address = new URL(`/ws_api/account/${this.account}/messaging/brand?v=2.1`, location.origin);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    return { address, protocols: ["ums", `bearer.${bearer}`] }; // a bearer has no place in an address
  }

  async _introduce() {
    const { currentTime } = await this._ask("GetClock");
    this._ahead = currentTime - Date.now();
    for (const talk of this.talks.values()) talk.since = talk.newest;
    this._present = new Set();
    this._isFilled = false;
    await this._ask(".ams.aam.SubscribeExConversations", { convState: ["OPEN"], agentIds: [this.me] });
    await this._ask("GetClock"); // answered after what is there already has been told
    for (const talk of this.talks.values()) if (!this._present.has(talk.id)) talk.over ??= "moved";
    this.rings.clear();
    const mine = { agentId: this.me, brandId: this.account };
    await this._ask(".ams.routing.SubscribeRoutingTasks", { channelType: "MESSAGING", ...mine });
    if (this.kept.availability) await this._sayState();
    await this._ask(".ams.routing.SubscribeAgentsState", mine);
    await this._ask("GetClock"); // answered after the state that was set elsewhere has been told
    if (!this.kept.availability) await this._sayState();
    this._isFilled = true;
    await Promise.all([...this.talks.values()].filter((each) => !each.over).map((each) => this._fill(each)));
  }

  _turned() {
    this._tell("changed");
    if (this.state !== "ready") return;
    if (this._said !== this.availability) this._sayState().catch(() => {}); // chosen meanwhile
    for (const talk of this.talks.values()) this._flush(talk);
  }

  _sayState() {
    this._said = this.availability;
    const body = { availability: this.availability, channels: ["MESSAGING"], agentUserId: this.me };
    return this._ask(".ams.routing.SetAgentState", body);
  }

  async addressOf(relativePath) {
    const place = await this._ask(".ams.ms.GenerateURLForDownloadFile", { relativePath });
    return new URL(`${place.relativePath}?${new URLSearchParams(place.queryParams)}`, location.origin).href;
  }

  async _fill(talk) {
    const body = { dialogId: talk.id, newerThanSequence: talk.since };
    const found = await this._ask(".ams.ms.QueryMessages", body);
    for (const each of found) talk.take(each, this.me);
    this._hold(talk);
    this._flush(talk);
    if (!talk.name) this._name(talk).catch(() => {});
  }

  async _name(talk) {
    talk.name = calledIn(await this._ask(".ams.userprofile.GetUserProfile", talk.consumerId));
    this._tell("changed");
  }

  // What is told ----------------------------------------------------------------------------------------

  _told({ type, body }) {
    if (type === ".ams.ms.OnlineEventDistribution") this._event(body);
    else if (type === ".ams.aam.ExConversationChangeNotification") {
      for (const change of body.changes) this._conversation(change);
    } else if (type === ".ams.routing.RoutingTaskNotification") {
      for (const { result } of body.changes) for (const ring of result.ringsDetails) this._ring(result, ring);
    } else if (type === ".ams.routing.AgentStateNotification") {
      for (const { result } of body.changes) this._stateTold(result);
    }
    this._tell("changed");
  }

  _conversation({ type, result }) {
    const main = result.conversationDetails.dialogs.find((each) => each.dialogId === result.convId);
    const isMine = main?.participantsDetails.some((each) => each.id === this.me && each.state === "ACTIVE");
    let talk = this.talks.get(result.convId);
    if (type === "DELETE" || !isMine) {
      talk?.gone(result);
      return;
    }
    this._present?.add(result.convId);
    const isNew = !talk || talk.over;
    if (!talk) this.talks.set(result.convId, (talk = new Talk(result.convId)));
    talk.told(result);
    if (!isNew) return;
    if (this._isFilled) this._fill(talk).catch(() => {}); // else once all are told
    if (this._awaited === talk.id) this._tell("opened", talk);
  }

  _event(body) {
    const talk = this.talks.get(body.conversationId);
    if (!talk || body.dialogId !== talk.id) return;
    const fresh = talk.take(body, this.me);
    if (!fresh) return;
    this._hold(talk);
    if (!fresh.mine) this._tell("said", { talk, message: fresh });
  }

  _ring({ conversationId, skillId }, { ringId, ringState, ringExpiration, ringExpirationTs }) {
    const isNew = !this.rings.has(ringId);
    if (ringState !== "WAITING") {
      this.rings.delete(ringId);
    } else {
      const ring = { ringId, conversationId, skillId: String(skillId), until: ringExpirationTs, lasts: ringExpiration };
      this.rings.set(ringId, ring);
      if (isNew) this._tell("rung", ring);
    }
  }

  // Another tab or program of this agent may set it; that nobody is there is no state to choose.
  _stateTold({ availability }) {
    const isNews = this.state === "ready" || !this.kept.availability;
    if (!isNews || availability === "OFFLINE") return;
    this.kept.availability = availability;
    this.kept.write();
  }

  // What is asked ---------------------------------------------------------------------------------------

  _ask(...given) {
    return this._line.ask(...given);
  }

  _publish(talk, event, metadata) {
    const body = { dialogId: talk.id, conversationId: talk.id, event };
    return this._ask(".ams.ms.PublishEvent", body, undefined, metadata);
  }

  _change(talk, conversationField) {
    return this._ask(".ams.cm.UpdateConversationField", { conversationId: talk.id, conversationField });
  }

  _leaving() {
    return { field: "ParticipantsChange", type: "REMOVE", role: "ASSIGNED_AGENT", userId: this.me };
  }

  async _settle(talk) {
    await this._flush(talk);
    if (talk.waiting.length) throw new Error(_("Something you wrote is not sent yet."));
  }

  _flush(talk) {
    talk.flushing ??= this._send(talk).finally(() => (talk.flushing = null));
    return talk.flushing;
  }

  async _send(talk) {
    let next;
    try {
      while (!talk.over && this.state === "ready" && (next = talk.waiting.find((each) => !each.failed))) {
        const { sequence } = await this._publish(talk, next.event, [{ type: "ExternalId", id: next.id }]);
        talk.sent(next, sequence, this.now());
        this._hold(talk);
      }
    } catch (error) {
      if (error.code >= 500 || error.code === TRANSIENT) setTimeout(() => this._flush(talk), AGAIN);
      else if (error.code && next) next.failed = error.message; // it would be refused again
    }
    this._hold(talk);
  }

  _publishSoon(talk, event) {
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    talk.waiting.push({ id, at: this.now(), event });
    this._hold(talk);
    return this._flush(talk);
  }

  _hold(talk) {
    this.kept.hold(talk.id, talk.waiting);
    this._tell("changed");
  }

  _tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
