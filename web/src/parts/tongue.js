// A stranger who takes another language keeps what they typed, the password as well: the page is asked
// for anew and put in the place of this one. Without scripts it comes empty.
import { lose } from "./connection.js";

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches(".door form[data-languages]")) return;
  event.preventDefault();
  try {
    // The answer leads back to this page, as links between languages do everywhere.
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, event.submitter)) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const door = page.querySelector("main.door");
    if (door) show(page, door);
    else location.reload();
  } catch {
    lose();
  }
});

function show(page, door) {
  const shown = document.querySelector("main.door");
  const typed = [...shown.querySelectorAll("input")].map(({ name, value }) => [name, value]);
  const { lang, dir } = page.documentElement;
  Object.assign(document.documentElement, { lang, dir });
  document.title = page.title;
  document.getElementById("offline").textContent = page.getElementById("offline").textContent;
  shown.replaceWith(door);
  for (const [name, value] of typed) {
    const field = door.querySelector(`input[name="${CSS.escape(name)}"]`);
    if (field) field.value = value;
  }
  door.querySelector("form[data-languages] button")?.focus();
}
