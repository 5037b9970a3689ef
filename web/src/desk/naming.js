// What people and what they say are called, wherever the workspace names them.
import { _ } from "../editor/words.js";

export function nameOf(talk) {
  return talk.name || _("Customer {id}", { id: (talk.consumerId || talk.id).slice(0, 6) });
}

export function textOf(event) {
  if (event.contentType === "hosted/file") return event.message?.caption || _("a file");
  if (event.type === "RichContentEvent") return textsOf(event.content).join("\n") || _("a card");
  return String(event.message ?? "");
}

function textsOf(content) {
  if (!content || typeof content !== "object") return [];
  const own = ["text", "title"].map((key) => content[key]).filter((each) => typeof each === "string");
  return [...own, ...(content.elements ?? []).flatMap(textsOf)];
}
