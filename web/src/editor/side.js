// Beside the policy: what it says, what is wrong or odd, and saving.
import { h } from "./dom.js";
import { told } from "./told.js";
import { _ } from "./words.js";

// What a sentence of a policy is made of, for those words stand out.
const OPENING = _("IF");
const THEN = _("THEN");
const EXCEPTION = _("EXCEPT IF");
const KEYWORDS = new RegExp(`(^${OPENING} | ${THEN} |, ${EXCEPTION} )`);
const SORTS = { error: ["bad", _("Error")], warning: ["warn", _("Warning")], may: ["", _("Maybe")] };

// A conversation for which it is so, as attributes and their values.
function example(witness, at) {
  const facts = Object.entries(witness ?? {});
  if (facts.length === 0 && !at) return null;
  const said = facts.map(([name, value]) => h("li", {}, h("code", {}, name), " ", value === null ? _("is not set") : [_("is"), " ", h("bdi", {}, JSON.stringify(value))]));
  const clock = at && h("li", {}, _("it is"), " ", h("time", { datetime: at }, new Date(at).toLocaleString()));
  return h("details", {}, h("summary", { class: "small" }, _("For example, when …")), h("ul", { class: "witness small" }, said, clock));
}

export class Side {
  // `tryIt` leaves for the playground, where there is one; `discard` goes back to what is saved.
  constructor({ replay, message, policy, tryIt, discard }) {
    this.policy = policy;
    this.said = "";
    this.words = h("p", { class: "sentence break", "aria-live": "polite" });
    this.list = h("ul", { class: "findings" });
    this.more = h("ul", { class: "findings" });
    this.state = h("p", { class: "soft small", role: "status" });
    this.status = h("p", { class: "soft small", role: "status" });
    this.message = message;
    this.button = h("button", { type: "submit", class: "primary" }, _("Save as a new version"));
    this.away = h("button", { type: "button", disabled: true, onclick: discard }, _("Discard"));
    const field = h("div", { class: "field editor-why" }, h("label", { for: "editor-message" }, _("What changes, and why"), " ", h("span", { class: "soft small" }, _("(optional)"))), message);
    message.id = "editor-message";
    this.saving = h("section", { class: "card editor-save", "aria-label": _("Save") }, field, h("div", { class: "editor-bar" }, h("div", { class: "actions" }, this.button, this.away, tryIt && h("button", { type: "button", class: "quiet", onclick: tryIt }, _("Try it"))), this.status));
    this.element = h(
      "aside",
      { class: "editor-side", "aria-label": _("What it says, and saving") },
      h(
        "div",
        { class: "stack editor-told", role: "group", "aria-label": _("What it says"), tabindex: "0" },
        h("section", { class: "card" }, h("h2", {}, _("In words")), this.words),
        h("section", { class: "card" }, h("h2", {}, _("Looked over")), this.list, this.more, this.state),
        replay,
      ),
      this.saving,
    );
  }

  sentence(text) {
    this.said = text;
    if (!text) {
      this.words.replaceChildren(h("span", { class: "soft" }, _("Once it is complete, the policy stands here as a sentence.")));
      return;
    }
    const parts = text.split(KEYWORDS).filter(Boolean);
    this.words.replaceChildren(...parts.map((part) => (KEYWORDS.test(part) ? h("b", {}, part) : told(part))).flat(Infinity));
  }

  // `all` that is wrong or odd; `rest` of it is not said beside a field.
  problems(all, rest) {
    const wrong = all.filter(({ severity, spared }) => severity !== "warning" && !spared).length;
    this.list.replaceChildren(...rest.map(({ path, message, severity }) => this.entry(severity ?? "error", [path && h("code", {}, path), path && " ", told(message)])));
    if (wrong > rest.length) this.list.append(this.entry("error", [_("{count} to mend, said beside the field.", { count: wrong - rest.filter((each) => !each.severity).length })]));
    this.state.textContent = "";
    this.hasProblems = all.length > 0;
  }

  wait() {
    this.state.textContent = _("Looking at it among the other policies …");
  }

  findings(found, words = null) {
    const fine = found.length === 0 && !this.hasProblems ? _("Nothing is wrong with it.") : "";
    this.state.textContent = words || fine;
    this.more.replaceChildren(
      ...found.map(({ severity, message, policies, witness, at }) => this.entry(severity, [told(message), example(witness, at), this.others(policies)])),
    );
  }

  // The other policies that a finding speaks of, in tabs of their own: what is edited here stays.
  others(policies) {
    const all = (policies ?? []).filter(({ id }) => id !== this.policy && !id.startsWith("p-draft-"));
    return all.length > 0 && h("div", { class: "bar small" }, all.map(({ id, name }) => h("a", { href: `/console/policies/${encodeURIComponent(id)}/edit`, target: "_blank", rel: "noopener" }, _("Open “{name}”", { name }))));
  }

  entry(severity, content) {
    const [sort, words] = SORTS[severity];
    return h("li", {}, h("span", { class: `chip ${sort}` }, words), h("div", { class: "break" }, content));
  }

  silent(words) {
    this.state.textContent = words;
  }

  // `isKept`: whether the browser has what is not saved.
  dirty(isDirty, isKept) {
    const words = isKept ? _("Not saved yet; kept in this browser meanwhile.") : _("Not saved yet; this browser keeps nothing, so save before you leave.");
    this.away.disabled = !isDirty;
    this.status.textContent = isDirty ? words : "";
  }

  pause(isPaused) {
    this.button.disabled = isPaused;
    this.saving.inert = isPaused;
  }
}
