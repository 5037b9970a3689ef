// The page of the web client: the form beside the chat says who the consumer is.
import "./parts/chat/window.js";

const chat = document.querySelector("consumer-chat");
const form = document.querySelector("form[data-profile]");
const told = document.querySelector("[data-told]");

// Fields are named by their place: "ctmrinfo.info.ctype" goes into the SDE ctmrinfo.
function profileOf(fields) {
  const sdes = {};
  for (const field of fields) {
    const value = field.value.trim();
    if (!field.name.includes(".") || !value) continue;
    const [type, ...path] = field.name.split(".");
    let at = (sdes[type] ??= { type });
    for (const key of path.slice(0, -1)) at = at[key] ??= {};
    at[path.at(-1)] = field.dataset.number !== undefined ? Number(value) : value;
  }
  return Object.values(sdes);
}

function say(text, isBad) {
  told.textContent = text;
  told.className = isBad ? "error" : "soft";
}

function listed(text) {
  if (!text.trim()) return [];
  const given = JSON.parse(text);
  return Array.isArray(given) ? given : [given];
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const box = form.elements.namedItem("more");
  let more;
  try {
    more = listed(box.value);
    box.removeAttribute("aria-invalid");
  } catch (error) {
    box.setAttribute("aria-invalid", "true");
    box.focus();
    say(`${form.dataset.wrong} ${error.message}`, true);
    return;
  }
  const sdes = [...profileOf(form.elements), ...more];
  const firstName = form.elements.namedItem("personal.personal.firstname").value.trim();
  try {
    await chat.consumer.setProfile({ firstName: firstName || undefined, authenticatedData: { lp_sdes: sdes } });
    say(form.dataset.saved, false);
  } catch (error) {
    say(error.message, true);
  }
});

document.querySelector("[data-language]")?.addEventListener("change", (event) => {
  chat?.speak(event.target.value || navigator.language);
});
document.querySelector("[data-renew]")?.addEventListener("click", () => chat.newConversation());
document.querySelector("[data-somebody]")?.addEventListener("click", () => {
  chat.consumer.forget();
  form.reset();
  say(form.dataset.fresh, false);
});

const shown = document.querySelector("[data-conversation]");
function tellConversation() {
  shown.textContent = chat.consumer.conversationId ?? "–";
}
if (chat) { // there may be nowhere to begin
  chat.consumer.addEventListener("changed", tellConversation);
  tellConversation();
}
