// A consumer on the messaging socket: signs up once, says things exactly once, and finds the server
// again after a lost connection. It draws nothing; it tells what happens as events of its own.
import { _ } from "../../editor/words.js";
import { uploaded } from "./files.js";
import { Line } from "./line.js";

const EXTEND = 4407;
const SESSION_OVER = 4401;
const AGAIN = 1_500;
const TRANSIENT = 429;

const CONTENT = new Set(["ContentEvent", "RichContentEvent"]);

function described(error) {
  return new CustomEvent("refused", { detail: error });
}

export class Consumer extends EventTarget {
  // `entry`: what a new conversation asks for ({skillId, campaignInfo}); `kept`: a storage of the tab
  constructor({ base, account, entry = {}, language = "en-US", kept, key }) {
    super();
    this.base = base.replace(/\/$/, "");
    this.account = account;
    this.entry = entry;
    this.language = language;
    this.messages = new Map(); // by dialog and sequence: {dialog, sequence, at, event, mine, status, id}
    this.waiting = []; // said and not yet confirmed: {id, event, dialog, failed}
    this.draft = ""; // what is being written
    this._heard = new Set(); // dialogs that tell us what is said
    this.conversation = null; // the newest snapshot of the server
    this.profile = null;
    this.isForbidden = false; // by the page, to reach the server
    this._store = kept;
    this._key = key;
    this._line = new Line({
      place: () => this._place(),
      introduce: () => this._introduce(),
      lost: (code) => this._lost(code),
    });
    this._line.addEventListener("told", ({ detail }) => this._told(detail));
    this._line.addEventListener("refused", ({ detail }) => this.dispatchEvent(described(detail)));
    this._line.addEventListener("changed", ({ detail }) => {
      this._tell("changed");
      if (detail === "ready") this._flush();
    });
    this._restore();
  }

  get state() {
    return this._line.state; // closed, connecting, ready
  }

  get wanted() {
    return this._line.wanted;
  }

  start() {
    this._line.start();
  }

  stop() {
    this._line.stop();
  }

  hurry() {
    this._line.hurry();
  }

  drop() {
    this._line.drop();
  }

  get isOver() {
    return this.conversation?.conversationDetails?.state === "CLOSE" && !this.survey;
  }

  // The survey after the conversation, once somebody is there who asks.
  get survey() {
    return this._surveys().find((each) => each.state === "OPEN" && each.isAsked)?.dialogId;
  }

  // What was said, in its order: the survey comes after the conversation.
  get said() {
    const late = (each) => Number(each.dialog !== this._id);
    return [...this.messages.values()].sort((one, other) => late(one) - late(other) || one.sequence - other.sequence);
  }

  // Say something, now or as soon as the server is there again; survives a reload of the page.
  say(event) {
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    this.waiting.push({ id, event, dialog: this.survey });
    this._keep();
    this._tell("changed");
    this.start();
    return this._flush();
  }

  unsay(waiting) {
    this.waiting = this.waiting.filter((each) => each.id !== waiting.id);
    this._keep();
    this._tell("changed");
  }

  write(draft) {
    this.draft = draft;
    this._keep();
  }

  async typing(state) {
    if (this.state !== "ready" || !this._id || this.isOver) return;
    await this._publish(this.survey ?? this._id, { type: "ChatStateEvent", chatState: state }).catch(() => {});
  }

  // What of the other side was seen; receipts are welcome after the end as well.
  async read() {
    const unread = [...this.messages.values()].filter(
      (each) => !each.mine && CONTENT.has(each.event.type) && !each.read,
    );
    if (!unread.length || this.state !== "ready") return;
    for (const each of unread) each.read = true;
    for (const dialog of new Set(unread.map((each) => each.dialog))) {
      const seen = unread.filter((each) => each.dialog === dialog);
      const sequenceList = seen.map((each) => each.sequence);
      await this._publish(dialog, { type: "AcceptStatusEvent", status: "READ", sequenceList }).catch(() => {
        for (const each of seen) each.read = false;
      });
    }
  }

  async sendFile(file) {
    const address = (size) => this._ask("ms.GenerateURLForUploadFile", size);
    return this.say(await uploaded(file, { base: this.base, address }));
  }

  async addressOf(relativePath) {
    const place = await this._ask("ms.GenerateURLForDownloadFile", { relativePath });
    return `${this.base}${place.relativePath}?${new URLSearchParams(place.queryParams)}`;
  }

  // Say who I am; sent again with each new conversation.
  async setProfile(profile) {
    this.profile = profile;
    this._keep();
    if (this.state === "ready") await this._sendProfile();
  }

  async close() {
    if (!this._id) return;
    await this._ask("cm.UpdateConversationField", {
      conversationId: this._id,
      conversationField: [{ field: "ConversationStateField", conversationState: "CLOSE" }],
    });
  }

  // Forget the conversation; the next thing said opens another.
  renew() {
    this._id = null;
    this._opening = null;
    this.conversation = null;
    this.messages.clear();
    this._heard.clear();
    this.waiting = [];
    this._keep();
    this._tell("changed");
  }

  // Become somebody new.
  forget() {
    this.renew();
    this._token = null;
    this.profile = null;
    this._keep();
    this._line.drop();
    this.start();
  }

  // The connection -----------------------------------------------------------------------------

  async _place() {
    this._token ??= await this._signUp();
    this._keep();
    const address = new URL(`/ws_api/account/${this.account}/messaging/consumer?v=3`, this.base);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    return { address };
  }

  async _signUp(renewing) {
    const path = renewing ? "anonymous/authorize" : "signup";
    const answer = await fetch(`${this.base}/api/account/${this.account}/${path}`, {
      method: "POST",
      body: renewing ? JSON.stringify({ id_token: renewing }) : undefined,
      credentials: "omit",
    });
    if (!answer.ok) {
      if (renewing) return this._signUp();
      throw new Error(_("The server lets nobody in ({status}).", { status: answer.status }));
    }
    const found = await answer.json();
    return found.jwt ?? found.token;
  }

  async _introduce() {
    this._heard.clear();
    await this._ask("InitConnection", {}, [
      {
        type: ".ams.headers.ClientProperties",
        appId: "orchestrator-web-client",
        deviceFamily: matchMedia("(max-width: 700px)").matches ? "MOBILE" : "DESKTOP",
        os: "OTHER",
        features: ["PHOTO_SHARING", "RICH_CONTENT", "QUICK_REPLIES"],
      },
      { type: ".ams.headers.ConsumerAuthentication", jwt: this._token },
    ]);
    await this._ask("cqm.SubscribeExConversations", { convState: ["OPEN", "CLOSE"] });
    await this._ask("GetClock"); // answered after what is there already has been told
    if (this.profile) await this._sendProfile();
    if (this._id) await this._subscribe(this._id);
  }

  async _lost(code) {
    if (code === EXTEND || code === SESSION_OVER) this._token = await this._signUp(this._token);
  }

  // What is asked and what is told ----------------------------------------------------------------

  _ask(...given) {
    return this._line.ask(...given);
  }

  _told(frame) {
    if (frame.type?.endsWith("ExConversationChangeNotification")) {
      for (const { result } of frame.body.changes) this._conversationTold(result);
    } else if (frame.type?.endsWith("MessagingEventNotification")) {
      for (const change of frame.body.changes) this._eventTold(change);
      this._tell("changed");
    }
  }

  _conversationTold(result) {
    const { visitorId } = result.conversationDetails.context ?? {};
    if (this._opening && visitorId === this._opening) this._opened(result.convId);
    if (result.convId !== this._id) return;
    this.conversation = result;
    for (const { dialogId, isAsked } of this._surveys()) {
      if (isAsked && !this._heard.has(dialogId)) this._subscribe(dialogId).catch(() => {});
    }
    this._tell("changed");
  }

  _surveys() {
    const dialogs = this.conversation?.conversationDetails?.dialogs ?? [];
    const asks = (each) => each.participantsDetails.some(({ role }) => role !== "CONSUMER");
    return dialogs.filter((each) => each.dialogType === "POST_SURVEY").map((each) => ({ ...each, isAsked: asks(each) }));
  }

  _eventTold({ sequence, serverTimestamp, event, originatorMetadata, metadata, dialogId }) {
    if (!this._heard.has(dialogId)) return;
    const name = `${dialogId}/${sequence}`;
    const mine = originatorMetadata?.role === "CONSUMER";
    if (event.type === "ChatStateEvent") {
      if (!mine) this._tell("typing", event.chatState === "COMPOSING");
    } else if (event.type === "AcceptStatusEvent") {
      for (const seen of event.sequenceList) this._marked(`${dialogId}/${seen}`, event.status, mine);
    } else if (!this.messages.has(name)) {
      const id = metadata?.find?.((each) => each.type === "ExternalId")?.id;
      this.waiting = this.waiting.filter((each) => each.id !== id);
      const role = originatorMetadata?.role;
      this.messages.set(name, { dialog: dialogId, sequence, at: serverTimestamp, event, mine, role, id });
      if (!mine) this._tell("typing", false);
      if (!mine && CONTENT.has(event.type)) this._tell("said", event);
      this._keep();
    }
  }

  _marked(name, status, mine) {
    const found = this.messages.get(name);
    if (!found) return;
    if (mine && !found.mine) found.read ||= status === "READ";
    if (!mine && found.mine && found.status !== "READ") found.status = status;
  }

  async _flush() {
    if (this._flushing || this.state !== "ready") return;
    this._flushing = true;
    let goesOn = true;
    while (goesOn && this.state === "ready") {
      const next = this.waiting.find((each) => !each.failed);
      goesOn = next && (await this._send(next));
    }
    this._flushing = false;
    this._tell("changed");
  }

  // Whether the next can be sent as well.
  async _send(waiting) {
    try {
      if (!this._id) await this._begin();
      await this._publish(waiting.dialog ?? this._id, waiting.event, [{ type: "ExternalId", id: waiting.id }]);
      this.waiting = this.waiting.filter((each) => each !== waiting);
    } catch (error) {
      const comesBack = error.code >= 500 || error.code === TRANSIENT;
      if (comesBack) setTimeout(() => this._flush(), AGAIN);
      if (comesBack || !error.code) return false;
      waiting.failed = error.message; // it would be refused again, and stays until its writer has seen that
      this.dispatchEvent(described(error));
    }
    this._keep();
    return true;
  }

  async _begin() {
    this._opening ??= `web-client-${Date.now()}-${Math.random().toString(36).slice(2)}`;
    this._keep();
    const { conversationId } = await this._ask("cm.ConsumerRequestConversation", {
      channelType: "MESSAGING",
      brandId: this.account,
      ...this.entry,
      conversationContext: {
        type: "SharkContext",
        lang: this.language,
        visitorId: this._opening, // by which it is known again where the answer was lost
      },
    });
    this._opened(conversationId);
    await this._subscribe(conversationId);
  }

  _opened(conversationId) {
    this._id = conversationId;
    this._opening = null;
    this._keep();
    this._tell("opened", conversationId);
  }

  async _subscribe(dialogId) {
    this._heard.add(dialogId);
    const known = [...this.messages.values()].filter((each) => each.dialog === dialogId);
    const fromSeq = Math.max(0, ...known.map((each) => each.sequence));
    await this._ask("ms.SubscribeMessagingEvents", { dialogId, fromSeq });
    await this._ask("GetClock"); // answered after what was said meanwhile has been told
  }

  _publish(dialogId, event, metadata) {
    const body = { dialogId, event };
    return this._ask("ms.PublishEvent", body, undefined, metadata);
  }

  _sendProfile() {
    return this._ask("userprofile.SetUserProfile", this.profile);
  }

  // What the tab keeps -------------------------------------------------------------------------------

  get conversationId() {
    return this._id;
  }

  _keep() {
    const kept = {
      token: this._token,
      conversation: this._id,
      opening: this._opening,
      waiting: this.waiting,
      draft: this.draft,
      profile: this.profile,
    };
    try {
      this._store?.setItem(this._key, JSON.stringify(kept));
    } catch {
      // a tab that keeps nothing begins anew after a reload
    }
  }

  _restore() {
    try {
      const kept = JSON.parse(this._store?.getItem(this._key) ?? "null");
      this._token = kept?.token ?? null;
      this._id = kept?.conversation ?? null;
      this._opening = kept?.opening ?? null;
      this.waiting = kept?.waiting ?? [];
      this.draft = kept?.draft ?? "";
      this.profile = kept?.profile ?? null;
    } catch {
      this._token = null;
    }
  }

  _tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
