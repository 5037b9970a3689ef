// What happens when the policy matches: transfers and messages, in their order.
import { h, menu } from "./dom.js";
import { Fresh, say } from "./fresh.js";
import { referred } from "./known.js";
import { chooser } from "./values.js";
import { told } from "./told.js";
import { _ } from "./words.js";

const TYPES = { TRANSFER_TO_SKILL: _("Transfer to a skill"), TRANSFER_TO_AGENT: _("Transfer to an agent"), SEND_MESSAGE: _("Send a message") };

// Which keys of a payload say the same thing; the first is the canonical one.
const SPELLINGS = {
  skill: { id: ["skillId"], name: "skillName" },
  agent: { id: ["userId", "agentId"], name: "loginName" },
  fallback: { id: ["skillId", "fallbackSkillId"], name: "skillName" },
};

const isTransfer = (type) => type?.startsWith("TRANSFER_TO_");

// What a transfer can keep of another: the skill, be it where to go or where to fall back to.
function carried({ skillId, fallbackSkillId, skillName }) {
  const id = skillId ?? fallbackSkillId;
  return { ...(id !== undefined && { skillId: id }), ...(skillName !== undefined && { skillName }) };
}

export class Actions {
  constructor(list, prefix, host) {
    this.list = list;
    this.prefix = prefix;
    this.host = host;
    this.known = host.known;
    this.before = new WeakMap(); // the payloads that an action had as actions of other types
    this.element = h("div", { class: "actions-list" });
    this.fresh = new Fresh(this.element, (member) => this.list[[...member.parentElement.children].indexOf(member)], host.left);
    this.draw();
  }

  render(key) {
    this.draw();
    if (key) this.element.querySelector(`[data-key="${key}"]`)?.focus();
    this.host.changed();
  }

  draw() {
    this.element.replaceChildren(
      ...(this.list.length === 0 ? [h("p", { class: "note warn" }, _("No action yet: a policy needs at least one."))] : []),
      h("ol", { class: "members" }, this.list.map((action, index) => this.action(action, index))),
      h(
        "div",
        { class: "bar" },
        Object.entries(TYPES).map(([type, words]) => h("button", { type: "button", class: "quiet", onclick: () => this.add(type) }, `+ ${words}`)),
      ),
    );
  }

  key(index, part) {
    return `${this.prefix}action-${index}-${part}`;
  }

  add(type) {
    const made = { type, payload: {} };
    this.list.push(made);
    this.fresh.add(made);
    this.render(this.key(this.list.length - 1, "first"));
  }

  // What was written as another type is there again for who comes back to it.
  retype(action, type) {
    const before = this.before.get(action) ?? {};
    this.before.set(action, { ...before, [action.type]: action.payload });
    const keeps = isTransfer(type) && isTransfer(action.type);
    action.payload = before[type] ?? (keeps ? carried(action.payload) : {});
    action.type = type;
  }

  remove(index) {
    const [gone] = this.list.splice(index, 1);
    this.render(this.list.length ? this.key(Math.max(0, index - 1), "menu") : "");
    this.host.taken(() => {
      const at = Math.min(index, this.list.length);
      this.list.splice(at, 0, gone);
      this.render(this.key(at, "menu"));
    });
  }

  action(action, index) {
    action.payload ??= {};
    const choose = h(
      "select",
      {
        "aria-label": _("Action"),
        "data-key": this.key(index, "type"),
        onchange: (event) => {
          this.retype(action, event.target.value);
          this.render(this.key(index, "type"));
        },
      },
      !(action.type in TYPES) && h("option", { value: "", selected: true }, action.type ?? "…"),
      Object.entries(TYPES).map(([type, words]) => h("option", { value: type, selected: type === action.type }, words)),
    );
    const move = (by) => () => {
      this.list.splice(index + by, 0, ...this.list.splice(index, 1));
      this.render(this.key(index + by, "menu"));
      this.host.announce(by < 0 ? _("Moved up.") : _("Moved down."));
    };
    return h(
      "li",
      { class: "member", "data-path": `${this.prefix}actions[${index}]` },
      h(
        "div",
        { class: "row" },
        h("span", { class: "tick" }, index + 1),
        h("div", { class: "row-parts" }, choose, this.fields(action, index)),
        menu(_("Actions for step {number}", { number: index + 1 }), this.key(index, "menu"), [
          index > 0 && [_("Move up"), move(-1)],
          index < this.list.length - 1 && [_("Move down"), move(1)],
          [_("Duplicate"), () => {
            this.list.splice(index + 1, 0, structuredClone(action));
            this.render(this.key(index + 1, "menu"));
          }],
          [_("Remove"), () => this.remove(index), "danger"],
        ]),
      ),
      h("p", { class: "error break", hidden: true }),
    );
  }

  fields(action, index) {
    if (action.type === "SEND_MESSAGE") return this.message(action.payload, index);
    if (action.type === "TRANSFER_TO_SKILL") return this.target(action.payload, "skill", index, "first");
    if (action.type !== "TRANSFER_TO_AGENT") return null;
    return h("div", { class: "targets" }, this.target(action.payload, "agent", index, "first"), this.target(action.payload, "fallback", index, "second"));
  }

  target(payload, kind, index, part) {
    const { id, name } = SPELLINGS[kind];
    const used = id.find((key) => key in payload) ?? (kind === "fallback" && "agentId" in payload ? id[1] : id[0]);
    const value = payload[used] === undefined ? undefined : String(payload[used]);
    const reference = referred(value);
    const isAgent = kind === "agent";
    const known = (isAgent ? this.known.agentNames : this.known.skillNames).get(value);
    const key = this.key(index, part);
    const set = (found) => {
      if (!found) return this.render(key);
      for (const each of id) delete payload[each];
      delete payload[name];
      payload[used] = found;
      return this.render(key);
    };
    const words = reference ? this.known.label(reference) : known?.name || known?.login || payload[name] || value;
    const ask = { skill: _("Choose a skill"), agent: _("Choose an agent"), fallback: _("No fallback skill") }[kind];
    const label = { skill: _("Skill"), agent: _("Agent"), fallback: _("if they cannot take it, to") }[kind];
    return h(
      "div",
      { class: "target" },
      kind === "fallback" && h("span", { class: "soft small" }, label),
      chooser(words ?? ask, !isAgent && !reference && this.known.dot(value), async () => set(await (isAgent ? this.known.pickAgent(words) : this.known.pickSkill(words))), key, `${label}: ${words ?? ask}`),
      reference && h("span", { class: "chip" }, _("attribute")),
      kind === "fallback" && words && h("button", { type: "button", class: "icon tiny", "aria-label": _("Remove the fallback skill"), onclick: () => {
        for (const each of [...id, name]) delete payload[each];
        this.render(key);
      } }, "✕"),
      h("button", { type: "button", class: "quiet small", onclick: async () => {
        const found = await this.known.pickAttribute();
        set(found && `{{${found}}}`);
      } }, _("from an attribute")),
    );
  }

  message(payload, index) {
    const used = "text" in payload ? "text" : "message";
    const area = h("textarea", {
      rows: 2,
      "aria-label": _("Message"),
      "data-key": this.key(index, "first"),
      placeholder: _("Hello {{personalinfo.company|there}}, we are on it."),
      value: payload[used] ?? "",
      oninput: (event) => {
        payload[used] = event.target.value;
        this.host.changed();
      },
    });
    const insert = async () => {
      const at = area.selectionStart;
      const found = await this.known.pickAttribute();
      if (!found) return area.focus();
      area.setRangeText(`{{${found}}}`, at, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input"));
      return area.focus();
    };
    return h("div", { class: "message" }, area, h("button", { type: "button", class: "quiet small", onclick: insert }, _("Insert an attribute")));
  }

  tell(problems) {
    const shown = [...this.element.querySelectorAll(".member")];
    for (const each of shown) each.lastElementChild.hidden = true;
    return problems.filter((problem) => {
      const index = shown.findIndex((each) => problem.path.startsWith(each.dataset.path));
      if (index < 0) return true;
      problem.spared = this.fresh.spares(this.list[index], problem);
      say(shown[index].lastElementChild, told(problem.message).flat(), problem);
      return false;
    });
  }
}
