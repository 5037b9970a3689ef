// <form data-kept> is sent without leaving the page, so that nothing typed is lost when the server
// does not answer or the session is over; without scripts it is an ordinary form.
import htmx from "htmx.org";
import { answers, lose } from "./connection.js";
import { tellAll } from "./times.js";
import { toast } from "./toasts.js";

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-kept]")) return;
  if (event.submitter?.hasAttribute("hx-post")) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  const focused = document.activeElement;
  form.ariaBusy = "true";
  try {
    const sending = send(form, event.submitter);
    form.inert = true; // what is typed now would not be in what was sent
    await sending;
  } catch {
    lose();
    doubt(form);
  } finally {
    form.ariaBusy = null;
    form.inert = false;
    if (focused.isConnected && document.activeElement === document.body) focused.focus();
  }
});

// An answer that is lost says nothing of what was done.
function doubt(form) {
  form.parentElement.querySelector(":scope > [data-doubt]")?.remove();
  const note = document.createElement("div");
  note.className = "note warn";
  note.role = "alert";
  note.dataset.doubt = "";
  note.textContent = document.getElementById("offline").dataset.doubt;
  form.before(note);
}

// Any other form is sent once, however often somebody presses. While no server answers it is not sent:
// the browser would put its own error in place of the page.
const sent = new Set();
let checked;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.matches("form[data-kept]") || form.method !== "post") return;
  if (form === checked) return;
  event.preventDefault();
  if (sent.has(form)) return;
  sent.add(form);
  const { submitter } = event;
  if (await answers()) {
    checked = form;
    form.requestSubmit(submitter);
    checked = undefined;
  } else {
    sent.delete(form);
    lose();
  }
});
addEventListener("pageshow", () => sent.clear());

async function send(form, submitter) {
  // A button without an address of its own says the page's, which need not be its form's.
  const address = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
  const response = await fetch(address, {
    method: "POST",
    body: new URLSearchParams(new FormData(form, submitter)),
    headers: { "HX-Request": "true" },
  });
  const target = response.headers.get("HX-Redirect");
  if (target) {
    location.assign(target);
    return;
  }
  const answer = new DOMParser().parseFromString(await response.text(), "text/html");
  const page = answer.getElementById("main");
  if (page) show(page, answer.title);
  else toast(answer.querySelector(".toast > span")?.textContent ?? response.statusText, "bad");
}

function show(page, title) {
  const main = document.getElementById("main");
  main.replaceChildren(...page.childNodes);
  document.title = title;
  htmx.process(main);
  tellAll(main);
  document.dispatchEvent(new CustomEvent("page:shown"));
  scrollTo(0, 0);
  (main.querySelector("[autofocus]") ?? main).focus();
}
