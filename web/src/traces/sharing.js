// The playground's links: what is tried stands in the fragment, which no server is sent.
import { local } from "./moments.js";

const form = () => document.getElementById("trying");

function packed(text) {
  const bytes = new TextEncoder().encode(text);
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function unpacked(text) {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)));
}

// A link has one question as the server tells it: {"attributes", "at", "version"}.
function open() {
  const found = /^#try=([\w-]+)$/.exec(location.hash);
  const trying = form();
  if (!found || !trying) return;
  try {
    const shared = JSON.parse(unpacked(found[1]));
    const as = trying.elements.namedItem("as");
    trying.elements.namedItem("shared").value = JSON.stringify(shared.attributes ?? {});
    trying.elements.namedItem("at").value = shared.at ? local(shared.at) : "";
    trying.elements.namedItem("version").value = shared.version ?? "";
    if (as) trying.requestSubmit();
    history.replaceState(null, "", location.pathname);
  } catch {
    // a link that was cut short shows an empty playground
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-share]");
  if (!button) return;
  const link = `${location.origin}${location.pathname}#try=${packed(button.dataset.share)}`;
  const field = document.getElementById("link");
  field.value = link;
  field.closest("[hidden]")?.removeAttribute("hidden");
  field.select();
  navigator.clipboard?.writeText(link).then(
    () => (button.textContent = button.dataset.copied),
    () => {},
  );
});

addEventListener("hashchange", open);
addEventListener("load", open);
