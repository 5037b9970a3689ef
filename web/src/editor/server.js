// Asking the server: with the token of the session, also of one that began in another tab.
import { h } from "./dom.js";

export class SignedOut extends Error {}
export class Lost extends Error {}

const token = () => document.querySelector('meta[name="csrf"]');

async function fetched(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    window.dispatchEvent(new Event("offline")); // the frame says so, and looks for it again
    throw new Lost();
  }
}

// Go to a page that is asked for with a form.
export function leaveFor(path, fields) {
  const all = Object.entries({ csrf: token().content, ...fields });
  const form = h("form", { method: "post", action: path, hidden: true }, all.map(([name, value]) => h("input", { type: "hidden", name, value })));
  document.body.append(form);
  form.submit();
}

async function renewed() {
  const page = await fetched("/console", { headers: { accept: "text/html" } });
  const found = new DOMParser().parseFromString(await page.text(), "text/html").querySelector('meta[name="csrf"]');
  if (!found || found.content === token().content) return false;
  token().content = found.content;
  return true;
}

export async function ask(path, fields, { signal, again = true } = {}) {
  const response = await fetched(path, {
    method: "POST",
    headers: { accept: "application/json", "x-csrf-token": token().content },
    body: new URLSearchParams(fields),
    signal,
  });
  if (response.status === 401) throw new SignedOut();
  const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
  if (response.status === 403 && !isJson && again && (await renewed())) {
    return ask(path, fields, { signal, again: false });
  }
  if (response.status >= 502 && !isJson) {
    window.dispatchEvent(new Event("offline"));
    throw new Lost();
  }
  return { ok: response.ok, status: response.status, body: isJson ? await response.json() : null };
}
