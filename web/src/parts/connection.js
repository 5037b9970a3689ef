// A lost connection is said once, looked at again and again, and its end is said as well.
let lost = false;
const offline = () => document.getElementById("offline");

export async function reachable() {
  return Boolean((await asked())?.ok);
}

// Whether anything answers, well or not.
export async function answers() {
  return Boolean(await asked());
}

async function asked() {
  try {
    return await fetch("/healthz", { cache: "no-store" });
  } catch {
    return undefined;
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
