// Short notices at the edge: they stay while they are looked at, and longer when they offer something.
const SHORT = 6_000;
const LONG = 15_000;

function live(toast) {
  if (toast.dataset.live) return;
  toast.dataset.live = "yes";
  let timer;
  const wait = () => {
    timer = setTimeout(() => toast.remove(), toast.querySelector("form, a") ? LONG : SHORT);
  };
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", wait);
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.querySelector("[data-close]")?.addEventListener("click", () => toast.remove());
  wait();
}

export function toast(text, sort = "") {
  const shown = document.createElement("div");
  shown.className = `toast ${sort}`;
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.close = "";
  const place = document.getElementById("toasts");
  close.textContent = place.dataset.closeWords;
  shown.append(words, close);
  place.append(shown);
  live(shown);
}

function liveAll() {
  for (const shown of document.querySelectorAll("#toasts > .toast")) live(shown);
}

document.addEventListener("DOMContentLoaded", liveAll);
document.addEventListener("htmx:after:swap", liveAll);
