// A page that stood open while somebody signed in again elsewhere takes the new session's token.
async function renew() {
  const meta = document.querySelector('meta[name="csrf"]');
  if (!meta || document.hidden) return;
  let found;
  try {
    const answer = await fetch("/console/token", { headers: { accept: "application/json" } });
    found = answer.ok && !answer.redirected ? (await answer.json()).csrf : null;
  } catch {
    return; // a lost connection is told elsewhere
  }
  if (!found || found === meta.content) return;
  meta.content = found;
  for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = found;
}

document.addEventListener("visibilitychange", renew);
window.addEventListener("focus", renew);
document.addEventListener("connection:back", renew);
