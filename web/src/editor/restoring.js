// Edits that were not saved, when the editor begins: mine are here again, and others' are told of.
import { language } from "../parts/language.js";
import { same } from "./document.js";
import { h } from "./dom.js";
import { _ } from "./words.js";

const clock = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

export const moment = (at) => h("time", { datetime: new Date(at).toISOString() }, clock.format(at));

const isNews = (editor, draft) => draft !== null && draft.text !== editor.original && !same(draft.text, editor.original);

// The draft to go on with, if there is one: this tab's, else the newest that a closed tab left.
export async function found(editor) {
  const { kept } = editor;
  const mine = kept.read();
  if (isNews(editor, mine)) return mine;
  kept.forget();
  for (const { name, draft, isOpen } of await kept.others()) {
    if (isOpen) continue;
    if (!isNews(editor, draft)) {
      kept.drop(name); // somebody saved just that
      continue;
    }
    const taken = await kept.take(name);
    if (taken) return taken;
  }
  return null;
}

export function sayRestored(editor, { at }) {
  editor.notices.say("restored", [_("Your edits that were not saved are here again, from"), " ", moment(at), "."], [[_("Discard them"), () => editor.discard()]]);
}

// Tell of the drafts of other tabs: of those somebody is at, and of those that can be looked at.
export async function sayOthers(editor) {
  const { kept, notices, dataset } = editor;
  const others = (await kept.others()).filter(({ draft }) => isNews(editor, draft));
  const sight = others.map(({ name, isOpen }) => (isOpen ? "open" : name)).join();
  if (sight === editor.told) return; // they go on typing
  editor.told = sight;
  notices.drop("elsewhere");
  notices.drop("left");
  if (others.some(({ isOpen }) => isOpen)) {
    const words = dataset.policy ? _("This policy is also being edited in another tab of this browser.") : _("Another new policy is being written in another tab of this browser.");
    notices.say("elsewhere", [words]);
  }
  const left = others.filter(({ isOpen }) => !isOpen);
  if (left.length === 0) return;
  const acts = left.map(({ name, draft }) => [_("Show those from {time}", { time: clock.format(draft.at) }), () => swap(editor, name)]);
  notices.say("left", [_("Other edits that were not saved are kept as well.")], acts);
}

// Mine are put aside as those of a closed tab, and the others are here.
async function swap(editor, name) {
  const { kept } = editor;
  const mine = kept.last;
  if (mine && !kept.leave(mine)) {
    editor.notices.say("failed", [_("This browser cannot keep more: save or discard what is here first.")]);
    return;
  }
  const taken = await kept.take(name);
  if (taken) {
    editor.goOn(taken);
    editor.looking.look();
  }
  sayOthers(editor);
}
