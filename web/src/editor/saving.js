// Saving, and what happens when somebody else was faster: theirs beside mine, and neither is lost.
import { h } from "./dom.js";
import { ask, leaveFor } from "./server.js";
import { _ } from "./words.js";

const WRONG = '[aria-invalid="true"], .member.wrong select';

// `editor`: what is edited, its version, its notices and what stands beside it.
export async function save(editor) {
  const { notices, side, form } = editor;
  editor.touched = true;
  editor.frame.isNameFresh = false;
  editor.main.settle();
  editor.except.part?.settle();
  notices.drop("failed");
  notices.drop("stale");
  pause(editor, true);
  try {
    const fields = { ...editor.fields(), version: editor.version, message: side.message.value };
    const { ok, body } = await ask(form.action, fields);
    if (ok) {
      editor.kept.forget();
      if (editor.aside) editor.kept.drop(editor.aside); // they decided for theirs
      editor.settle(true);
      addEventListener("pageshow", () => pause(editor, false), { once: true }); // came back by Back
      location.assign(body.to);
      return;
    }
    pause(editor, false);
    if (body?.stale) stale(editor, body);
    else refused(editor, body);
  } catch (error) {
    pause(editor, false);
    notices.say("failed", [editor.failure(error)]);
  }
}

// What is typed while it is being saved, or turned into another form, would be lost with what was
// there before: it waits for the answer.
export function pause(editor, isPaused) {
  const { activeElement } = document;
  editor.side.pause(isPaused);
  for (const part of [editor.notices.element, ...editor.frame.parts, editor.except.element]) part.inert = isPaused;
  if (isPaused) editor.focused = activeElement;
  else if (document.activeElement.contains(editor)) editor.focused?.focus({ preventScroll: true });
}

function refused(editor, body) {
  const problems = body?.problems ?? [];
  if (body) editor.tell(problems);
  const saidThere = problems.length > 0 && editor.tab !== "json" && _("{count} to mend, said beside the field.", { count: problems.length });
  const why = saidThere || body?.message || _("the server refused it.");
  editor.notices.say("failed", [_("Not saved: {why}", { why })]);
  editor.querySelector(WRONG)?.focus();
}

function stale(editor, { message, stale: theirs }) {
  const { notices } = editor;
  const onTop = () => {
    editor.version = String(theirs.version);
    notices.drop("stale");
  };
  const acts = theirs.policy
    ? [
        [_("Save mine over theirs"), () => {
          onTop();
          save(editor);
        }],
        [_("Go on with mine"), () => {
          onTop();
          editor.changed();
          notices.say("taken", [_("What you save next replaces version {number}.", { number: theirs.version })]);
          editor.frame.name.focus();
        }],
        [_("Look at theirs"), () => look(editor, theirs)],
        [_("Compare in full"), () => compare(editor)],
      ]
    : [[_("Decide what is to be"), () => compare(editor)]];
  const words = [h("b", {}, message), " ", _("Yours is kept here until you decide.")];
  notices.say("stale", words, acts, beside(theirs, editor.text, editor.side.said)).focus({ preventScroll: true });
}

function look(editor, theirs) {
  const { kept, notices, version, text } = editor;
  const mine = kept.last && kept.leave(kept.last);
  editor.aside = mine;
  editor.stands(JSON.stringify(theirs.policy), String(theirs.version));
  editor.load(editor.saved);
  editor.changed();
  notices.drop("stale");
  notices.say("taken", [_("This is theirs.")], [[_("Bring mine back"), () => {
    editor.version = version;
    editor.load(text);
    editor.changed();
    if (mine) kept.drop(mine);
    notices.drop("taken");
  }]]);
}

// The page that the list's own merges use: it asks the server for all three sides.
function compare(editor) {
  const { text, version, dataset } = editor;
  leaveFor("/console/policies/merge", { policies: text, policy: dataset.policy, version });
}

function beside(theirs, mine, said) {
  const one = (heading, sentence, document) =>
    h(
      "div",
      {},
      h("h3", {}, heading),
      document && h("p", { class: "break" }, h("b", {}, h("bdi", {}, document.name ?? "")), " · ", document.enabled === true ? _("enabled") : _("disabled")),
      h("p", { class: "break" }, sentence),
      document && h("details", {}, h("summary", {}, "JSON"), h("pre", { tabindex: "0" }, h("code", {}, JSON.stringify(document, null, 2)))),
    );
  const told = theirs.policy ? theirs.sentence || _("It cannot be told in a sentence.") : _("The policy is gone.");
  return h("div", { class: "columns" }, one(_("Theirs"), told, theirs.policy), one(_("Mine"), said || _("It is not complete yet."), JSON.parse(mine)));
}
