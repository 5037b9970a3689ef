// <section data-every="5" hx-trigger="due" …>: asks for its content anew, one question at a time,
// for as long as the page is open. A page that nobody sees asks nothing; a lost connection is waited
// for; where the session ended the page is loaded again, and that asks to sign in.
import { isLost } from "../parts/connection.js";

const PATIENCE = 60_000; // milliseconds after which a question without an answer is given up
const waits = new WeakMap();

const parts = () => document.querySelectorAll("[data-every]");

function wait(part, seconds = Number(part.dataset.every)) {
  clearTimeout(waits.get(part));
  if (part.isConnected) waits.set(part, setTimeout(() => ask(part), seconds * 1_000));
}

// A selection holds the part that it is in, so that it can be copied; nobody copies from a wall, where
// one that a passing hand left behind would hold it for weeks.
function isBeingCopied(part) {
  const chosen = getSelection();
  return !chosen.isCollapsed && !part.closest("[data-wall]") && chosen.containsNode(part, true);
}

function ask(part) {
  clearTimeout(waits.get(part));
  if (document.hidden || isLost() || isBeingCopied(part)) return wait(part);
  waits.set(part, setTimeout(() => wait(part, 0), PATIENCE));
  part.dispatchEvent(new CustomEvent("due"));
}

function say(part, on) {
  for (const lamp of document.querySelectorAll(`[data-lamp="${part.id}"]`)) {
    lamp.classList.toggle("on", on);
    const words = on ? lamp.dataset.on : lamp.dataset.off;
    if (lamp.textContent !== words) lamp.textContent = words;
  }
}

// What was refused is not put on the page: it would be said again and again.
document.addEventListener("htmx:before:response", (event) => {
  const part = event.target.closest("[data-every]");
  const status = event.detail.ctx.response?.status ?? 0;
  if (!part || status < 400) return;
  event.preventDefault();
  say(part, false);
  if (status === 401 || status === 403) location.reload();
});
document.addEventListener("htmx:after:swap", (event) => {
  const part = event.target.closest?.("[data-every]");
  if (part) say(part, true);
});
document.addEventListener("htmx:finally:request", (event) => {
  const part = event.target.closest?.("[data-every]");
  if (part) wait(part);
});
document.addEventListener("connection:lost", () => parts().forEach((part) => say(part, false)));
document.addEventListener("connection:back", () => parts().forEach((part) => wait(part, 0)));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) parts().forEach((part) => wait(part, 0));
});
parts().forEach((part) => {
  say(part, true);
  wait(part);
});
