// What the server told of the account: attributes, operators, skills, people, hours.
import { pick } from "./picker.js";
import { _ } from "./words.js";

const NAME = /^[\p{L}_][\p{L}\p{N}_-]*(\.[\p{L}\p{N}_][\p{L}\p{N}_-]*)+$/u;
const SHAPE = /^(skills|agents)\.<id>\.(\w+)$/;
const STAFFED = /^(skills|agents)\.(.+)\.(\w+)$/;
const PREFIX = /^sde\.visitorinfo\.(customerinfo|personalinfo)\./;
const DOTS = {
  online: ["good", _("somebody is online")],
  offline: ["warn", _("nobody is online")],
  nobody: ["bad", _("nobody is assigned")],
  bot: ["bad", _("the bot itself")],
};

export class Known {
  constructor(given) {
    Object.assign(this, given);
    this.byName = new Map();
    for (const one of this.attributes) {
      this.byName.set(one.name, one);
      for (const alias of one.aliases) this.byName.set(alias, one);
    }
    this.operator = new Map(this.operators.map((row) => [row.name, row]));
    this.skillNames = new Map(this.skills.map((skill) => [skill.id, skill]));
    this.agentNames = new Map(this.agents.map((agent) => [agent.id, agent]));
  }

  attribute(name) {
    const staffed = STAFFED.exec(name ?? "");
    return this.byName.get(name) ?? (staffed && this.byName.get(`${staffed[1]}.<id>.${staffed[3]}`)) ?? undefined;
  }

  // How an attribute is called where there is little room.
  label(name) {
    const shape = SHAPE.exec(name);
    if (shape) return shape[1] === "skills" ? _("a skill · {what}", { what: shape[2] }) : _("an agent · {what}", { what: shape[2] });
    const staffed = STAFFED.exec(name);
    if (staffed && this.byName.has(`${staffed[1]}.<id>.${staffed[3]}`)) {
      const known = (staffed[1] === "skills" ? this.skillNames : this.agentNames).get(staffed[2]);
      return `${known?.name || known?.login || staffed[2]} · ${staffed[3]}`;
    }
    return name.replace(PREFIX, "");
  }

  // What is said of a condition, with operators as they are called beside it.
  worded(message) {
    return message.replace(/\b[A-Z_]{4,}\b/g, (word) => (this.operator.has(word) ? `“${this.operator.get(word).words}”` : word));
  }

  // Which ids the values of an attribute are, if they are ids.
  identifies(name) {
    if (/SkillId$/.test(name ?? "")) return "skill";
    return /AgentId$/.test(name ?? "") ? "agent" : "";
  }

  // What the values of an attribute may be called, where that is known: skills, by which people came in.
  named(name) {
    return name === "conversation.entrySkill" ? this.skills.map((skill) => skill.name) : [];
  }

  dot(skillId) {
    const skill = this.skillNames.get(skillId);
    return skill ? DOTS[skill.staffing] : undefined;
  }

  async pickAttribute(chosen) {
    const groups = this.groups.map(([source, words]) => ({
      words,
      items: this.attributes
        .filter((one) => one.source === source && !one.name.startsWith("<"))
        .map((one) => ({
          value: one.name,
          label: this.label(one.name),
          about: one.about,
          type: one.kind,
          example: one.example ?? undefined,
          seen: one.seen ?? undefined,
          also: [one.name, ...one.aliases],
        })),
    }));
    const free = (typed) => (NAME.test(typed) && !this.byName.has(typed) ? typed : null);
    const found = await pick({ title: _("Choose an attribute"), groups, chosen, free, none: _("Nothing of that name. A name of your own has a dot in it, such as custom.tier.") });
    const shape = SHAPE.exec(found ?? "");
    if (!shape) return found;
    const id = shape[1] === "skills" ? await this.pickSkill() : await this.pickAgent();
    return id && `${shape[1]}.${id}.${shape[2]}`;
  }

  pickSkill(chosen) {
    const items = this.skills.map((skill) => ({ value: skill.id, label: skill.name, about: _("id {id}", skill), dot: DOTS[skill.staffing], also: [skill.id] }));
    return pick({ title: _("Choose a skill"), groups: [{ words: _("Skills"), items }], chosen });
  }

  pickAgent(chosen) {
    const items = this.agents.map((agent) => ({
      value: agent.id,
      label: agent.login,
      about: agent.name || _("id {id}", agent),
      dot: agent.online ? ["good", _("online")] : ["warn", _("not online")],
      also: [agent.id],
    }));
    return pick({ title: _("Choose an agent"), groups: [{ words: _("Agents"), items }], chosen });
  }
}

export function referred(value) {
  return typeof value === "string" ? /^\{\{([^{}|]+)\}\}$/.exec(value)?.[1] : undefined;
}
