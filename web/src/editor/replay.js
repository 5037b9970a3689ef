// What the edited policy would have changed for the conversations on record.
import { h } from "./dom.js";
import { ask } from "./server.js";
import { _ } from "./words.js";

const PATH = "/console/policy-editor/replay";
const LINES = 4; // lines in sight; the others open
const NAMES = 3;

const number = (value) => new Intl.NumberFormat(document.documentElement.lang || "en").format(value);
const moment = (at) => h("time", { datetime: at }, new Date(at).toLocaleString(document.documentElement.lang || "en", { dateStyle: "medium", timeStyle: "short" }));

// Where a conversation goes, and by which policy.
const place = ({ targetName, targetId }) => h("bdi", {}, targetName ?? targetId ?? _("nowhere"));
const arrow = () => h("span", { class: "arrow", role: "img", "aria-label": _("to") }, "→");

function shift({ before, after, decisions }, own) {
  const policy = (course) => {
    if (!course.policy) return _("no policy");
    return course.policyId === own ? _("this policy") : h("bdi", {}, course.policy);
  };
  return h("li", {}, h("span", { class: "number" }, number(decisions)), h("span", { class: "break" }, place(before), " ", arrow(), " ", place(after), h("span", { class: "soft small" }, policy(before), " ", arrow(), " ", policy(after))));
}

function moved({ decisionId, at, before, after }) {
  const href = `/console/policy-logs/${encodeURIComponent(decisionId)}`;
  return h("li", {}, h("a", { href, target: "_blank", rel: "noopener" }, moment(at)), " ", place(before), " ", arrow(), " ", place(after));
}

// The first lines, and the others where one opens them.
function lines(name, all) {
  const list = (some) => h("ul", { class: name }, some);
  if (all.length <= LINES) return all.length > 0 && list(all);
  return [list(all.slice(0, LINES)), h("details", {}, h("summary", { class: "small" }, _("{count} more", { count: number(all.length - LINES) })), list(all.slice(LINES)))];
}

function remarks({ differently, assumed, untold, unrecorded, isSwitchedOn, hasOlder, decisions, since }) {
  const names = unrecorded.slice(0, NAMES).flatMap(({ name }, at) => [at > 0 && ", ", h("code", {}, name)]);
  return [
    hasOlder && [_("The newest {count} decisions were looked at, back to", { count: number(decisions) }), " ", moment(since), "."],
    isSwitchedOn && _("It is off, and was tried as if it were on."),
    differently > 0 && _("To the same place, but by another policy or with other messages: {count}.", { count: number(differently) }),
    assumed > 0 && _("Told by what is known of the customer today, for nobody had asked then: {count}.", { count: number(assumed) }),
    untold > 0 && [_("Cannot be told: {count}. Nobody had asked then for", { count: number(untold) }), " ", names, unrecorded.length > NAMES && ", …"],
  ].filter(Boolean).map((words) => h("li", {}, words));
}

function summary({ decisions, elsewhere, untold }) {
  const values = { count: number(elsewhere), all: number(decisions) };
  if (decisions === 0) return _("Nothing is on record of the last week, so there is nothing to compare with.");
  if (elsewhere > 0) return _("{count} of {all} would have gone elsewhere.", values);
  if (untold === 0) return _("None of {all} would have gone elsewhere.", values);
  const told = { ...values, count: number(decisions - untold) };
  return untold < decisions ? _("Of {all}, {count} would have gone where they went; of the others it cannot be told.", told) : _("It cannot be told of any of {all}.", values);
}

export class Replay {
  // `fields` gives what is edited; `failure` says what became of a question without an answer.
  constructor({ policy, fields, failure }) {
    this.policy = policy ?? null; // a new one has no id
    this.fields = fields;
    this.failure = failure;
    this.sum = h("p", { class: "replay-sum", role: "status" });
    this.answer = h("div", { class: "replay" });
    this.state = h("p", { class: "soft small", role: "status" });
    this.button = h("button", { type: "button", onclick: () => this.ask() }, _("What would have changed?"));
    this.element = h("section", { class: "card" }, h("h2", {}, _("Last week’s conversations")), this.sum, this.answer, h("div", { class: "bar" }, this.button), this.state);
  }

  async ask() {
    this.asked?.abort();
    this.asked = new AbortController();
    this.button.disabled = true;
    this.state.textContent = _("Asking the conversations on record …");
    try {
      const { ok, body } = await ask(PATH, this.fields(), { signal: this.asked.signal });
      this.state.textContent = ok ? "" : body.message;
      if (ok) this.show(body);
    } catch (error) {
      if (error.name !== "AbortError") this.state.textContent = this.failure(error);
    }
    this.button.disabled = false;
  }

  show(found) {
    const more = remarks(found);
    this.sum.textContent = summary(found);
    this.sum.classList.remove("soft");
    this.answer.replaceChildren(
      ...[
        lines("shifts", found.shifts.map((each) => shift(each, this.policy))),
        found.moved.length > 0 && h("details", {}, h("summary", { class: "small" }, _("The newest of them")), h("ul", { class: "moved small" }, found.moved.map(moved))),
        more.length > 0 && h("ul", { class: "remarks soft small" }, more),
      ].flat().filter(Boolean),
    );
    this.button.textContent = _("Ask again");
  }

  // What was answered is about another text now.
  edited() {
    if (!this.sum.textContent) return;
    this.sum.classList.add("soft");
    this.state.textContent = _("The policy was edited since.");
  }
}
