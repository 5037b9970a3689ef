// What people and what they say are called, wherever the workspace names them.
import { _ } from "../editor/words.js";

export function nameOf(talk) {
  return talk.name || _("Customer {id}", { id: (talk.consumerId || talk.id).slice(0, 6) });
}

// What a customer is called by what they or their brand's server said: as the console has it
// (services/admin/customers), first and last name before the user name.
export function calledIn(profile) {
  const sdes = [profile.claims, profile.authenticatedData].flatMap((each) => each?.lp_sdes ?? []);
  const fields = (group) => sdes.map((each) => each?.[group] ?? {});
  for (const each of [profile, ...fields("personal")]) {
    const told = joined([each.firstName, each.firstname, each.lastName, each.lastname]);
    if (told) return told;
  }
  return fields("info").map((each) => joined([each.userName])).find(Boolean) ?? "";
}

function joined(parts) {
  const told = parts.filter((each) => typeof each === "string").map((each) => each.trim());
  return told.filter(Boolean).join(" ");
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
