// A lost connection is said once, looked at again and again, and its end is said as well.
let lost = false;
const offline = () => document.getElementById("offline");

export async function reachable() {
  try {
    return (await fetch("/healthz", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

export function isLost() {
  return lost;
}

async function look() {
  if (await reachable()) {
    lost = false;
    offline().hidden = true;
    document.dispatchEvent(new CustomEvent("connection:back"));
  } else {
    setTimeout(look, 1_500);
  }
}

export function lose() {
  if (lost) return;
  lost = true;
  offline().hidden = false;
  document.dispatchEvent(new CustomEvent("connection:lost"));
  setTimeout(look, 1_000);
}

window.addEventListener("offline", lose);
document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx?.response && event.detail.error?.name !== "AbortError") lose();
});
