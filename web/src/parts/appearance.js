// Which theme somebody chose: kept by the browser, and set on the document.
const KEPT = "orchestrator.theme";

function isOne(chosen) {
  return chosen === "light" || chosen === "dark";
}

export function choose(chosen) {
  if (isOne(chosen)) {
    document.documentElement.dataset.theme = chosen;
    localStorage.setItem(KEPT, chosen);
  } else {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(KEPT);
  }
}

export function restore() {
  try {
    const kept = localStorage.getItem(KEPT);
    if (isOne(kept)) document.documentElement.dataset.theme = kept;
  } catch {
    // a browser that keeps nothing shows what the system says
  }
}
